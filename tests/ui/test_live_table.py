"""The live table in an app: the cursor follows the key, and only what changed is painted."""

from textual.app import App

from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import outside, span
from oncall_tui.ui.wardrobe import VARIABLE_DEFAULTS
from oncall_tui.ui.widgets.live_table import LiveTable

COLUMNS = (Column("name", "NAME", 10, grow=1), Column("value", "VALUE", 10))


def table(**values):
    rows = [
        Row(name, lambda column, width, name=name, value=value: outside(name if column == "name" else str(value)))
        for name, value in values.items()
    ]
    return Table(COLUMNS, rows, (span("nothing here"),))


class Harness(App):
    def __init__(self):
        super().__init__()
        self.opened = []
        self.highlighted = []

    def get_theme_variable_defaults(self):
        return dict(VARIABLE_DEFAULTS)

    def compose(self):
        yield LiveTable(marking=True)

    def on_live_table_opened(self, event):
        self.opened.append(event.key)

    def on_live_table_highlighted(self, event):
        self.highlighted.append(event.key)

    @property
    def table(self):
        return self.query_one(LiveTable)

    def text(self):
        return [self.table.render_line(y).text.rstrip() for y in range(self.table.size.height)]


async def test_the_cursor_follows_its_object_when_rows_move():
    app = Harness()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(table(a=1, b=2, c=3))
        app.table.focus()
        await pilot.press("j")
        assert app.table.cursor == "b"
        app.table.show(table(b=2, z=9, c=3, a=1))
        assert app.table.cursor == "b"
        app.table.show(table(z=9, c=3))
        assert app.table.cursor == "z"
        app.table.show(table())
        assert app.table.cursor is None
        assert "nothing here" in "\n".join(app.text())


async def test_only_lines_that_changed_are_painted_again():
    app = Harness()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(table(a=1, b=2, c=3))
        await pilot.pause()
        refreshed = []
        app.table.refresh = lambda *regions, **_: refreshed.extend(region.y for region in regions)
        app.table.show(table(a=1, b=2, c=3))
        assert refreshed == []
        app.table.show(table(a=1, b=7, c=3))
        assert refreshed == [2]


async def test_marks_are_kept_by_key_and_let_go_with_the_row():
    app = Harness()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(table(a=1, b=2, c=3))
        app.table.focus()
        await pilot.press("space", "space")
        assert app.table.marked == {"a", "b"}
        app.table.show(table(c=3, b=2))
        assert app.table.marked == {"b"}


async def test_ten_thousand_rows_scroll_and_open():
    app = Harness()
    async with app.run_test(size=(40, 12)) as pilot:
        app.table.show(table(**{f"row{i}": i for i in range(10_000)}))
        app.table.focus()
        await pilot.press("G")
        await pilot.pause()
        assert app.table.cursor == "row9999"
        assert any("row9999" in line for line in app.text())
        await pilot.press("enter")
        assert app.opened == ["row9999"]
        await pilot.press("g")
        await pilot.pause()
        assert any("row0" in line for line in app.text())


async def test_markup_and_control_bytes_are_text():
    app = Harness()
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.show(table(**{"[red]x[/] [/nope]": "\x1b]52;c;aGk=\x07"}))
        await pilot.pause()
        shown = "\n".join(app.text())
        assert "[red]x[/]" in shown
        assert "\x1b" not in shown


async def test_a_click_selects_and_a_second_opens():
    app = Harness()
    async with app.run_test(size=(40, 10)) as pilot:
        app.table.show(table(a=1, b=2))
        await pilot.click(LiveTable, offset=(3, 2))
        assert app.table.cursor == "b"
        await pilot.click(LiveTable, offset=(3, 2))
        assert app.opened == ["b"]


async def test_it_survives_one_cell_of_room():
    app = Harness()
    async with app.run_test(size=(1, 1)) as pilot:
        app.table.show(table(a=1))
        await pilot.resize_terminal(200, 60)
        assert any("a" in line for line in app.text())


async def test_a_heading_takes_the_cursor_and_is_opened_by_space_but_never_marked():
    app = Harness()
    async with app.run_test(size=(40, 10)) as pilot:
        rows = [Row("heading", lambda column, width: outside("a heading of its own"), whole=True)]
        app.table.show(Table(COLUMNS, [*rows, *table(a=1, b=2).rows]))
        app.table.focus()
        assert app.table.cursor == "heading"
        await pilot.press("space", "enter")
        assert app.opened == ["heading", "heading"]
        assert app.table.marked == frozenset()
        assert any("a heading of its own" in line for line in app.text())
        await pilot.press("j", "space")
        assert app.table.marked == {"a"}
