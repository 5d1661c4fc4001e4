"""Charts in an app: they wear the theme, follow their size, and paint only what changed."""

import math
from datetime import UTC, datetime

import pytest
from textual.app import App
from textual.color import Color

from oncall_tui.ui.render.charts import Mark, Period, Threshold
from oncall_tui.ui.render.spans import Role
from oncall_tui.ui.theming import ThemeShelf, shipped_themes_folder
from oncall_tui.ui.widgets.budget_chart import BudgetChart
from oncall_tui.ui.widgets.burn_chart import BurnChart
from oncall_tui.ui.widgets.time_chart import TimeChart

NOW = datetime(2026, 3, 14, 15, 0, tzinfo=UTC).timestamp()
PERIOD = Period(NOW - 21_600, NOW, 300)
FACTORS = (Threshold(14.4, "page", Role.CRIT), Threshold(1, "ticket", Role.WARN))
SIZES = pytest.mark.parametrize("size", [(38, 8), (120, 20)])
SHELF = ThemeShelf([shipped_themes_folder()])


class Harness(App):
    def __init__(self, chart):
        super().__init__()
        for name in ("night", "day"):
            self.register_theme(SHELF.get(name))
        self.theme = "night"
        self.chart = chart

    def compose(self):
        yield self.chart


def burn(last=2.0):
    return {"5m": [(NOW - 300 * n, last if n == 0 else 2.0 + math.sin(n / 9)) for n in range(73)]}


def cells(app):
    """{colour: text} of what is on screen, and the text alone."""
    colours, text = {}, []
    for strip in app.screen._compositor.render_strips():
        for segment in strip:
            if segment.text.strip() and segment.style and segment.style.color:
                name = segment.style.color.get_truecolor().hex
                colours[name] = colours.get(name, "") + segment.text
        text.append("".join(segment.text for segment in strip))
    return colours, "\n".join(text)


def has_curve(text):
    return any(0x2800 < ord(char) < 0x2900 for char in text)


@SIZES
async def test_a_burn_chart_wears_the_theme_and_a_new_theme_restyles_it(size):
    app = Harness(BurnChart())
    async with app.run_test(size=size) as pilot:
        app.chart.show(burn(), FACTORS, PERIOD, marks=[Mark(NOW - 9000, "v43")])
        await pilot.pause()
        for name in ("night", "day", "night"):
            app.theme = name
            await pilot.pause()
            colours, text = cells(app)
            look = SHELF.look(name)
            assert has_curve(colours[look.theme.accent])
            assert "14.4" in colours[look.variable("state-crit")]
            assert "┊" in colours[look.variable("muted")]
            assert "5m 2.0x" in text
            background = Color.parse(look.theme.background)
            assert app.chart.rich_style.bgcolor.get_truecolor().hex == background.hex.lower()


@SIZES
async def test_a_budget_chart_shows_what_is_left_and_where_it_ends(size):
    app = Harness(BudgetChart())
    async with app.run_test(size=size) as pilot:
        points = [(NOW - 21_600 * n, 0.5 + n / 240) for n in range(120, -1, -1)]
        app.chart.show(points, Period(NOW - 30 * 86_400, NOW, 21_600), exhausted_in=9 * 86_400)
        await pilot.pause()
        colours, text = cells(app)
        assert "left 50.0%" in text
        assert "spent" in text
        assert " Mar" in text
        assert has_curve(colours[SHELF.look("night").variable("muted")])


@SIZES
@pytest.mark.parametrize("chart", [BurnChart, BudgetChart, TimeChart])
async def test_no_data_is_unknown_in_words(size, chart):
    app = Harness(chart())
    async with app.run_test(size=size) as pilot:
        if chart is BurnChart:
            app.chart.show({"5m": []}, FACTORS, PERIOD, trouble="no traffic")
        elif chart is BudgetChart:
            app.chart.show([], PERIOD, trouble="no traffic")
        else:
            app.chart.show("DRIFT", {}, "", PERIOD, trouble="no traffic")
        await pilot.pause()
        colours, text = cells(app)
        assert "? no data: no traffic" in colours[SHELF.look("night").variable("state-unknown")]
        assert not has_curve(text)


async def test_data_that_goes_away_takes_its_curve_with_it():
    app = Harness(BurnChart())
    async with app.run_test(size=(60, 12)) as pilot:
        app.chart.show(burn(), FACTORS, PERIOD)
        await pilot.pause()
        assert has_curve(cells(app)[1])
        app.chart.show({}, FACTORS, PERIOD, trouble="prom: no answer")
        await pilot.pause()
        assert not has_curve(cells(app)[1])
        assert "prom: no answer" in cells(app)[1]


async def test_only_lines_that_changed_are_painted_and_none_when_nothing_did():
    app = Harness(BurnChart())
    async with app.run_test(size=(60, 16)) as pilot:
        app.chart.show(burn(), FACTORS, PERIOD)
        await pilot.pause()
        asked = []
        refresh = app.chart.refresh
        app.chart.refresh = lambda *regions, **how: (asked.append(regions), refresh(*regions, **how))[1]
        app.chart.show(burn(), FACTORS, PERIOD)
        await pilot.pause()
        assert asked == []
        app.chart.show(burn(last=2.2), FACTORS, PERIOD)
        await pilot.pause()
        lines = {region.y for regions in asked for region in regions}
        assert 0 in lines
        assert 1 <= len(lines) <= 4
        assert all(len(regions) == 1 for regions in asked)
        assert "2.2x" in cells(app)[1]


async def test_a_chart_follows_its_size():
    app = Harness(TimeChart())
    async with app.run_test(size=(120, 20)) as pilot:
        app.chart.show("LATENCY", {"p99": burn()["5m"]}, "s", PERIOD)
        await pilot.pause()
        for size in ((38, 8), (200, 50), (12, 3), (60, 16)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            rows = cells(app)[1].split("\n")
            assert len(rows) == size[1]
            assert has_curve("".join(rows)) == (size != (12, 3))
            if size != (12, 3):
                assert ":00" in rows[-1]
            if size[0] >= 60:
                assert rows[-1].rstrip().endswith("UTC")


async def test_a_chart_shown_before_it_has_a_size_is_there_when_it_does():
    chart = TimeChart()
    chart.show("LATENCY", {"p99": burn()["5m"]}, "s", PERIOD)
    app = Harness(chart)
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        assert has_curve(cells(app)[1])


async def test_a_chart_with_nothing_said_to_it_yet_is_blank():
    app = Harness(TimeChart())
    async with app.run_test(size=(40, 8)) as pilot:
        await pilot.pause()
        assert cells(app)[1].strip() == ""
