"""What changed on the Investigate screen: labels, versions, deploys, alerts and runs around an onset."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller, settled

from oncall_tui.core.beside import ALERTED, BY_VERSION, DEPLOYS, alerted_signal, deploys_signal, labels_signal
from oncall_tui.core.catalogue import VERSIONS, Catalogue, Service, Signal, SignalKind
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.readings import NoData, Readout, Series
from oncall_tui.journal import Journal
from oncall_tui.poll.investigate import Investigate
from oncall_tui.ui.screens.investigate import InvestigateScreen
from oncall_tui.ui.screens.model_page import ModelPage

HOSTILE = "[red]v2[/red]\x1b[2J\u202e"
ERRORS = Signal("ranker", "errors", SignalKind.ERRORS, "q", unit="ratio")
BESIDE = (
    alerted_signal("ranker"),
    deploys_signal("ranker", "d", "rev"),
    labels_signal("ranker", "i", ["image"]),
    replace(ERRORS, name=f"{BY_VERSION}errors", by="version"),
)
VERSION = Signal("ranker", VERSIONS, SignalKind.OTHER, "q", by="version")
SERVICE = Service("ranker", source="main", signals=(ERRORS,), versions=VERSION, beside=BESIDE, version_label="version")


def line(step, span, low, high, since):
    times = [fleet.NOW - span + step * n for n in range(1, span // step + 1)]
    return tuple((t, v) for t in times if (v := high if t >= since else low) is not None)


class Metrics:
    """Ten minutes ago everything changed."""

    name = "main"

    def __init__(self, versions=True):
        self.versions = versions

    async def read(self, readings, now):
        return Readout({reading: self.answer(reading) for reading in readings})

    def answer(self, reading):
        since = fleet.NOW - 600
        step, span = reading.step, reading.span

        def came(low, high):
            return line(step, span, low, high, since)

        lines = {
            "errors": {"": came(0.01, 0.3)},
            VERSIONS: {"v1": came(1.0, None), HOSTILE: came(None, 1.0)},
            ALERTED: {"RankerErrors": line(step, span, None, 1.0, since + 240)},
            DEPLOYS: {"rev-1": came(1.0, None), "rev-2": came(None, 1.0)},
            "@labels:image": {"ranker:1": came(4.0, 1.0), "ranker:2": came(None, 3.0)},
            f"{BY_VERSION}errors": {"v1": came(0.01, None), HOSTILE: came(None, 0.3)} if self.versions else {},
        }[reading.of.signal]
        kept = {member: points for member, points in lines.items() if points}
        where = fleet.provenance()
        return Series(kept, fleet.NOW, where) if kept else NoData("none", fleet.NOW, where)


@pytest.fixture
def ranker(make_app, tmp_path):
    def app_of(metrics=None):
        journal = Journal(tmp_path / "runs.sqlite3")
        ran = Event(fleet.NOW - 120, EventKind.STEP_INTENDED, "sre", service="ranker", subject="roll-back#2")
        journal.record(ran)
        journal.record(replace(ran, service="other", subject="elsewhere#1"))
        snapshot = replace(fleet.snapshot(), catalogue=Catalogue((SERVICE,)), alerts=(), probes={})
        investigate = Investigate((metrics or Metrics(),), clock=lambda: fleet.NOW, journal=journal)
        return make_app(StaticPoller(snapshot), investigate=investigate)

    return app_of


async def investigated(pilot, shown):
    await settled(pilot)
    pilot.app.push_screen(InvestigateScreen("ranker"))
    await settled(pilot, lambda: "symptom" in shown(pilot.app), seconds=30)


async def test_a_wide_screen_shows_all_of_it_beside_the_verdict(ranker, shown):
    app = ranker()
    async with app.run_test(size=(200, 60)) as pilot:
        await investigated(pilot, shown)
        text = shown(app)
        for words in (
            "WHAT CHANGED",
            "ranker image ranker:1 ×4 → ranker:2 ×3, ranker:1",
            "replicas differ",
            "deploy rev-2",
            "THIS VERSION AGAINST THE LAST",
            "▲ worse",
            "RESTS ON",
            "ranker: alert RankerErrors",
            "ranker: ran roll-back#2",
        ):
            assert words in text, words
        assert "elsewhere" not in text
        assert "[red]v2[/red]" in text
        assert "\x1b" not in text
        assert "\u202e" not in text


async def test_on_a_narrow_screen_a_key_goes_from_pane_to_pane_and_the_verdict_says_it_in_short(ranker, shown):
    app = ranker()
    async with app.run_test(size=(80, 24)) as pilot:
        await investigated(pilot, shown)
        assert "WHAT CHANGED" not in shown(app)
        await pilot.press("v")
        await settled(pilot, lambda: "WHAT CHANGED" in shown(app))
        assert "symptom" not in shown(app)
        await pilot.press("v")
        await settled(pilot, lambda: "RESTS ON" in shown(app))
        await pilot.press("v")
        await settled(pilot, lambda: "symptom" in shown(app))


async def test_a_middle_screen_shows_one_of_two_beside_the_verdict(ranker, shown):
    app = ranker()
    async with app.run_test(size=(140, 40)) as pilot:
        await investigated(pilot, shown)
        assert "RESTS ON" in shown(app)
        assert "changed: ranker image" in shown(app)
        await pilot.press("v")
        await settled(pilot, lambda: "WHAT CHANGED" in shown(app))
        assert "RESTS ON" not in shown(app)
        assert "symptom" in shown(app)


async def test_figures_that_do_not_say_their_version_are_said_not_to(ranker, shown):
    app = ranker(Metrics(versions=False))
    async with app.run_test(size=(200, 60)) as pilot:
        await investigated(pilot, shown)
        assert "do not say which version" in shown(app)


async def test_where_nobody_tells_what_changed_that_is_said_and_not_that_nothing_did(ranker, shown, monkeypatch):
    app = ranker()
    bare = replace(SERVICE, versions=None, beside=(alerted_signal("ranker"),))
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        app.desk.poller.hand(replace(app.desk.poller.now, catalogue=Catalogue((bare,))))
        await settled(pilot)
        await investigated(pilot, shown)
        assert "no info metric is asked" in shown(app)


async def test_the_models_page_marks_alerts_that_are_over_and_deploys(ranker, shown):
    app = ranker()
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        app.push_screen(ModelPage("ranker"))
        await settled(pilot, lambda: isinstance(app.screen, ModelPage))
        wanted = app.desk.poller.watched["model-page"]
        assert {ALERTED, DEPLOYS, VERSIONS, "errors"} == {reading.of.signal for reading in wanted}
        from oncall_tui.core.snapshot import Figure

        figures = {reading: Figure(60, "main", Metrics().answer(reading)) for reading in wanted}
        app.desk.poller.hand(replace(app.desk.poller.now, figures={**app.desk.poller.now.figures, **figures}))
        await settled(pilot)
        await settled(pilot, lambda: "RankerErrors" in shown(app))
        assert "rev-2" in shown(app)
