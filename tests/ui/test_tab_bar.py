"""The tabs at every width: whole, closer together, or numbers; the one that is shown always by its name."""

import pytest
from staging import settled


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (120, " 1 Fleet  2 Alerts  3 SLOs  4 Models  5 Runbooks  6 Incident  7 Review  8 Silences "),
        (80, " 1 Fleet 2 Alerts 3 SLOs 4 Models 5 Runbooks 6 Incident 7 Review 8 Silences"),
        (60, " 1 2 Alerts  3 4 5 6 7 8"),
    ],
)
async def test_no_tab_is_cut(make_app, shown, width, line):
    app = make_app()
    async with app.run_test(size=(width, 24)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot, lambda: app.front.NAME == "alerts")
        await settled(pilot, lambda: shown(app).splitlines()[1].startswith(line))


async def test_a_click_on_a_short_tab_opens_it(make_app):
    app = make_app()
    async with app.run_test(size=(60, 24)) as pilot:
        await settled(pilot)
        await pilot.click("TabBar", offset=(12, 0))
        await settled(pilot, lambda: app.front.NAME != "fleet")
