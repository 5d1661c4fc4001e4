"""The theme picker: what is under the cursor is worn at once, kept with enter, undone with escape."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from textual.app import App
from textual.widgets import OptionList, Static

from oncall_tui.ui.screens.theme_picker import ThemePicker
from oncall_tui.ui.theming import ThemeShelf, shipped_themes_folder

UNSET = "unset"


class Harness(App):
    CSS = "Static { color: $state-crit; background: $cursor; }"

    def __init__(self, *folders: Path, theme: str = "night"):
        self.shelf = ThemeShelf([shipped_themes_folder(), *folders])
        self.chosen = UNSET
        super().__init__()
        self.register_theme(self.shelf.get(theme))
        self.theme = theme

    def compose(self):
        yield Static("behind")

    def pick(self):
        self.push_screen(ThemePicker(self.shelf), lambda name: setattr(self, "chosen", name))


async def test_moving_previews_and_escape_restores():
    app = Harness()
    async with app.run_test(size=(60, 15)) as pilot:
        app.pick()
        await pilot.pause()
        seen = []
        for key in ("j", "down", "j", "k", "up"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(app.theme)
        names = [look.name for look in app.shelf.all()[0]]
        assert seen == [names[1], names[2], names[3], names[2], names[1]]
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == "night"
        assert app.chosen is None


async def test_enter_keeps_the_theme_and_says_which():
    app = Harness()
    async with app.run_test(size=(60, 15)) as pilot:
        app.pick()
        await pilot.pause()
        await pilot.press("G", "enter")
        await pilot.pause()
        assert app.theme == app.chosen == app.shelf.all()[0][-1].name
        assert not isinstance(app.screen, ThemePicker)


async def test_opening_and_leaving_changes_nothing_even_at_once():
    app = Harness(theme="okabe")
    async with app.run_test(size=(60, 15)) as pilot:
        app.pick()
        await pilot.pause()
        assert app.theme == "okabe"
        assert app.screen.query_one(OptionList).highlighted_option.id == "okabe"
        await pilot.press("j", "j", "escape")
        await pilot.pause()
        assert app.theme == "okabe"


async def test_what_is_behind_wears_the_preview():
    app = Harness()
    async with app.run_test(size=(60, 15)) as pilot:
        behind = app.query_one(Static)
        app.pick()
        await pilot.pause()
        await pilot.press("j")
        await pilot.pause()
        assert behind.styles.color.hex.lower() == app.shelf.look(app.theme).variable("state-crit")
        assert behind.styles.background.hex.lower() == app.shelf.look(app.theme).variable("cursor")


async def test_a_picker_without_a_theme_can_be_left():
    app = Harness()
    async with app.run_test(size=(60, 15)) as pilot:
        app.shelf = ThemeShelf([])
        app.pick()
        await pilot.pause()
        await pilot.press("j", "k", "G", "enter", "escape")
        await pilot.pause()
        assert app.theme == "night"
        assert app.chosen is None


def rows_of(app):
    return ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]


@pytest.mark.parametrize("size", [(60, 15), (140, 40)])
async def test_every_theme_shows_its_states_in_its_own_colours_with_glyph_and_word(size):
    app = Harness()
    async with app.run_test(size=size) as pilot:
        app.pick()
        await pilot.pause()
        rows = rows_of(app)
        swatches = [row for row in rows if "■ CRIT" in row]
        assert len(swatches) >= (6 if size[1] == 15 else 7)
        assert all(word in row for row in swatches for word in ("▲ WARN", "≈ SILENT", "? UNKNOWN", "✓ OK"))
        assert any("esc leave" in row for row in rows)
        look = app.shelf.look("day")
        option = app.screen.query_one(OptionList).get_option("day")
        styles = {str(span.style).lower() for span in option.prompt.spans}
        assert f"bold {look.variable('state-crit')}" in styles
        assert f"on {look.theme.background}" in styles


@pytest.fixture
def short_path():
    """A folder whose name is short wherever the tests run: what is wrong with a theme is told in three lines."""
    with TemporaryDirectory() as folder:
        yield Path(folder)


async def test_a_broken_theme_is_told_and_its_text_cannot_do_harm(short_path):
    (short_path / "mine.yaml").write_text("name: mine\n'[@click=app.quit]x[/': 1\n")
    good = (shipped_themes_folder() / "night.yaml").read_text()
    evil = good.replace("name: night", "name: evil").replace("title: Night", 'title: "[/nope]\\e[2J"')
    (short_path / "evil.yaml").write_text(evil)
    app = Harness(short_path)
    async with app.run_test(size=(140, 40)) as pilot:
        app.pick()
        await pilot.pause()
        text = "\n".join(rows_of(app))
        told = " ".join(text.replace("│", " ").split())  # where the line is broken depends on the folder's name
        assert "mine.yaml:2: [@click=app.quit]x[/: no such key" in told
        assert "[/nope]" in text
        assert "\x1b" not in text
        await pilot.press("G")
        await pilot.pause()
        assert app.theme == "evil"
