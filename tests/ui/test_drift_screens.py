"""The drift of a service, feature by feature; one feature with both its distributions."""

from dataclasses import replace

import drifting_fleet
import fleet
import pytest
from staging import StaticPoller, settled

from oncall_tui.core.readings import Failed
from oncall_tui.ui.screens.drift import DriftScreen
from oncall_tui.ui.screens.explain import ExplainScreen
from oncall_tui.ui.screens.feature import FeatureScreen
from oncall_tui.ui.widgets.live_table import LiveTable

SIZES = [(80, 24), (200, 60)]


def notices(app):
    return " | ".join(notification.message for notification in app._notifications)


async def opened(pilot, service="embedder"):
    await settled(pilot)
    await pilot.press("colon", *f"drift {service}", "enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, DriftScreen))
    await settled(pilot)


async def in_feature(pilot):
    await opened(pilot)
    await pilot.press("enter")
    await settled(pilot, lambda: isinstance(pilot.app.screen, FeatureScreen))
    await settled(pilot)


@pytest.fixture
def drifting(make_app):
    return make_app(StaticPoller(drifting_fleet.snapshot()))


async def test_features_come_worst_first_and_each_state_has_its_words(drifting, shown):
    async with drifting.run_test(size=(200, 40)) as pilot:
        await opened(pilot)
        names = [row.key[1] for row in drifting.screen.query_one(LiveTable)._table.rows]
        assert names[0] == "query_tokens"
        assert names[-1] == "country"
        text = shown(drifting)
        for words in ("■ CRIT", "✓ OK", "? TOO FEW", "· noise", "gone: it is in the reference", "share no `le`", "NaN"):
            assert words in text
        assert "against the same 1h 7d before, asked 4m ago" in text
        assert "\x1b[2J" not in text
        assert "[red]x[/]" in text


async def test_d_opens_the_drift_of_the_service_under_the_cursor(drifting, shown):
    async with drifting.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        table = drifting.screen.query_one(LiveTable)
        while table.cursor != "embedder":
            await pilot.press("j")
        await pilot.press("D")
        await settled(pilot, lambda: isinstance(drifting.screen, DriftScreen))
        assert "embedder drift" in shown(drifting)
        await pilot.press("escape")
        await settled(pilot, lambda: not isinstance(drifting.screen, DriftScreen))


@pytest.mark.parametrize(("service", "told"), [("gateway", "has no drift signal"), ("nobody", "no service nobody")])
async def test_where_there_is_no_drift_it_says_so(drifting, service, told):
    async with drifting.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("colon", *f"drift {service}", "enter")
        await settled(pilot, lambda: told in notices(drifting))
        assert not isinstance(drifting.screen, DriftScreen)


async def test_a_gauge_has_its_rows_but_no_distributions(drifting, shown):
    async with drifting.run_test(size=(120, 40)) as pilot:
        await opened(pilot, "ranker")
        assert "user_ctr_7d" in shown(drifting)
        await pilot.press("enter")
        await settled(pilot, lambda: "a gauge tells this drift" in notices(drifting))
        assert isinstance(drifting.screen, DriftScreen)


async def test_a_feature_shows_both_sides_and_what_they_rest_on(drifting, shown):
    async with drifting.run_test(size=(120, 40)) as pilot:
        await in_feature(pilot)
        text = shown(drifting)
        one = drifting_fleet.COMPARISONS["query_tokens"].distances
        for words in (
            "▒▒ reference 12k events the same 1h 7d before",
            "██ now 13k events",
            "≤16",
            ">1024",
            f"{one.psi:.4f}",
            f"{one.js:.4f}",
            f"{one.ks:.4f}",
            f"{one.wasserstein:.4g}",
            "12,640 now, 12,140 in the reference",
            "50.0% of all that is configured",
            "the last 1h, 4s old",
        ):
            assert words in text


async def test_left_and_right_go_through_the_features_and_those_without_a_side_say_so(drifting, shown):
    async with drifting.run_test(size=(120, 40)) as pilot:
        await in_feature(pilot)
        seen = []
        for _ in drifting_fleet.COMPARISONS:
            text = shown(drifting)
            seen.append(text)
            await pilot.press("right")
            await settled(pilot)
        assert shown(drifting) == seen[0]
        assert len(set(seen)) == len(drifting_fleet.COMPARISONS)
        assert any("now no data" in text and "gone: it is in the reference" in text for text in seen)
        assert not any("\x1b[2J" in text for text in seen)
        await pilot.press("left")
        await settled(pilot, lambda: shown(drifting) == seen[-1])


async def test_a_feature_that_goes_away_while_it_is_shown_is_said_to_be_gone(make_app, shown):
    poller = StaticPoller(drifting_fleet.snapshot())
    app = make_app(poller)
    async with app.run_test(size=(100, 30)) as pilot:
        await in_feature(pilot)
        left = {name: one for name, one in drifting_fleet.COMPARISONS.items() if name == "country"}
        poller.hand(drifting_fleet.snapshot(left))
        await settled(pilot, lambda: "no longer seen" in shown(app))
        assert "██" not in shown(app)


async def test_a_drift_that_failed_is_one_row_that_says_why(make_app, shown):
    trouble = Failed("p: too many samples", "narrow it", fleet.NOW - 4, fleet.provenance("now"))
    app = make_app(StaticPoller(drifting_fleet.snapshot(trouble=trouble)))
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot)
        assert "? UNKNOWN" in shown(app)
        assert "too many samples" in shown(app)
        assert "✓ OK" not in shown(app).split("STATE")[1]


async def test_a_prometheus_that_is_gone_leaves_no_feature_green(make_app, shown):
    whole = drifting_fleet.snapshot()
    gone = replace(whole.sources["main"], answered_at=fleet.NOW - 90, failures=4, error="connection refused")
    app = make_app(StaticPoller(replace(whole, sources={**whole.sources, "main": gone})))
    async with app.run_test(size=(120, 30)) as pilot:
        await opened(pilot)
        assert "connection refused" in shown(app)
        assert "✓ OK" not in shown(app).split("STATE")[1]


async def test_explaining_shows_the_arithmetic_and_both_queries(drifting, shown):
    async with drifting.run_test(size=(140, 40)) as pilot:
        await opened(pilot)
        await pilot.press("equals_sign")
        await settled(pilot, lambda: isinstance(drifting.screen, ExplainScreen))
        text = shown(drifting)
        assert "PSI is the sum over all bins" in text
        assert "# against the same 1h 7d before" in text
        assert "query_tokens" in text


async def test_sparklines_are_asked_for_while_they_are_looked_at(make_app):
    poller = StaticPoller(drifting_fleet.snapshot())
    app = make_app(poller)
    async with app.run_test(size=(120, 30)) as pilot:
        await in_feature(pilot)
        assert [reading.of for reading in poller.watched["feature"]] == [drifting_fleet.READING]
        await pilot.press("escape", "escape")
        await settled(pilot, lambda: not poller.watched["feature"] and not poller.watched["drift"])


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("keys", [[], ["enter"]], ids=["features", "feature"])
def test_how_drift_looks(snap_compare, make_app, keys, size):
    async def press(pilot):
        await opened(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause(0.3)
        await settled(pilot)

    app = make_app(StaticPoller(drifting_fleet.snapshot()))
    assert snap_compare(app, run_before=press, terminal_size=size)
