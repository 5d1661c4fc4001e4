"""What waits for labels on screen: judged as of when they were due, the rest an estimate behind a mark."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller, settled

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Members, NoData, Series, SeriesReading, SignalReading
from oncall_tui.core.snapshot import Figure
from oncall_tui.ui.screens.slo_detail import SloDetailScreen

DELAY = 1_800
SIZES = [(80, 24), (140, 40)]


def snapshot(*, labels=True):
    """The fleet whose ranker's accuracy waits half an hour for labels, and looks far worse since."""
    whole = fleet.snapshot()
    services = [
        replace(
            one,
            slos=tuple(replace(slo, label_delay=DELAY) if slo.name == "accuracy" else slo for slo in one.slos),
            signals=tuple(replace(s, label_delay=DELAY) if s.name == "accuracy" else s for s in one.signals),
        )
        if one.name == "ranker"
        else one
        for one in whole.catalogue.services
    ]
    accuracy, figures = SignalReading("ranker", "accuracy"), dict(whole.figures)
    line = tuple((fleet.NOW - 3_600 + 60 * n, 0.93 if n <= 30 else 0.55) for n in range(61))
    figures[SeriesReading(accuracy, 3_600, 60)] = Figure(
        60, "main", Series({"": line}, fleet.NOW - 4, fleet.provenance())
    )
    value = Members({"": 0.93}, fleet.NOW - 4, fleet.provenance("accuracy"))
    none = NoData("no series", fleet.NOW - 4, fleet.provenance("accuracy"))
    figures[accuracy] = Figure(15, "main", value if labels else None, None if labels else none)
    return replace(whole, catalogue=Catalogue(tuple(services)), figures=figures)


@pytest.fixture
def late(make_app):
    return make_app(StaticPoller(snapshot()))


async def in_slo(pilot):
    await settled(pilot)
    pilot.app.open_slo("ranker/accuracy")
    await settled(pilot, lambda: isinstance(pilot.app.screen, SloDetailScreen))
    await settled(pilot)


async def test_an_slo_says_up_to_when_it_is_judged_and_draws_the_rest_as_an_estimate(late, shown):
    async with late.run_test(size=(140, 40)) as pilot:
        await in_slo(pilot)
        text = shown(late)
        assert "labels take 30m: every window ends at 05:30:00Z; what is younger is an estimate, and not judged" in text
        assert "labels due" in text
        assert "5m est." in text


async def test_models_judge_the_matured_figure_and_tell_the_estimate_apart(late, shown):
    async with late.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        await pilot.press("4")
        await settled(pilot, lambda: "as of 30m ago" in shown(late))
        text = shown(late)
        assert "93.0%" in text
        assert "~55.0% est. now" in text
        accuracy = next(one for one in late.assessment.service("ranker").signals if one.signal.name == "accuracy")
        assert accuracy.reason == "in bounds"  # what is estimated, far out of bounds, does not count


async def test_labels_that_stay_away_are_unknown_though_an_estimate_is_there(make_app, shown):
    app = make_app(StaticPoller(snapshot(labels=False)))
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        accuracy = next(one for one in app.assessment.service("ranker").signals if one.signal.name == "accuracy")
        assert accuracy.state.name == "UNKNOWN"
        await pilot.press("4")
        await settled(pilot)
        assert "est. now" not in shown(app)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_how_an_slo_that_waits_for_labels_looks(snap_compare, make_app, size):
    assert snap_compare(make_app(StaticPoller(snapshot())), run_before=in_slo, terminal_size=size)
