from __future__ import annotations

from dataclasses import replace

import pytest

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import (
    Failed,
    Members,
    NoData,
    Provenance,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind

NOW = 1_000_000.0
HERE = Provenance("prom", "up")
SLI = SliReading("ranker/availability", 300)
SAMPLE = Sample(0.01, NOW, HERE)
NO_DATA = NoData("no series", NOW, HERE)
FAILED = Failed("query timed out", "narrow it", NOW, HERE)


def source(answered_at: float | None = NOW, **fields: object) -> SourceHealth:
    return SourceHealth("prom", SourceKind.PROMETHEUS, "http://p", 15, answered_at, **fields)  # type: ignore[arg-type]


def snapshot(figure: Figure | None = None, health: SourceHealth | None = None, reading: Reading = SLI) -> Snapshot:
    figures = {} if figure is None else {reading: figure}
    return Snapshot(NOW, Catalogue(), {"prom": health or source()}, figures)


def old(seconds: float) -> Sample:
    return Sample(0.01, NOW - seconds, HERE)


@pytest.mark.parametrize(
    ("figure", "health", "doubt"),
    [
        (None, source(), "not asked yet"),
        (Figure(15, "prom"), source(), "not asked yet"),
        (Figure(15, "prom", SAMPLE, NO_DATA), source(), "no series"),
        (Figure(15, "prom", None, NO_DATA), source(), "no series"),
        (Figure(15, "prom", None, FAILED), source(), "query timed out"),
        (Figure(15, "prom", old(46)), source(), "stale"),
        (Figure(15, "prom", old(46), FAILED), source(), "query timed out"),
        (Figure(15, "prom", SAMPLE), source(NOW - 46), "prom: no answer"),
        (Figure(15, "prom", SAMPLE), source(NOW - 46, error="connection refused"), "prom: connection refused"),
        (Figure(15, "prom", SAMPLE), source(None), "prom: no answer"),
        (Figure(3_600, "prom", SAMPLE), source(NOW - 46), "prom: no answer"),
    ],
)
def test_a_figure_that_may_be_wrong_is_not_trusted_and_says_why(
    figure: Figure | None, health: SourceHealth, doubt: str
) -> None:
    view = snapshot(figure, health)
    assert view.trusted(SLI) is None
    assert view.sample(SLI) is None
    assert view.doubt(SLI) == doubt


@pytest.mark.parametrize(
    ("figure", "health"),
    [
        (Figure(15, "prom", SAMPLE), source()),
        (Figure(15, "prom", old(45)), source(NOW - 45)),
        (Figure(15, "prom", old(30), FAILED), source()),  # one failed attempt: the last figure still stands
        (Figure(300, "prom", old(900)), source()),  # a slow figure keeps its own pace
    ],
)
def test_a_figure_is_trusted_up_to_three_of_its_own_intervals(figure: Figure, health: SourceHealth) -> None:
    view = snapshot(figure, health)
    assert view.trusted(SLI) is figure.value
    assert view.doubt(SLI) == ""


def test_no_data_unseats_a_figure_at_once_though_it_is_fresh() -> None:
    assert snapshot(Figure(15, "prom", SAMPLE)).sample(SLI) is SAMPLE
    assert snapshot(Figure(15, "prom", SAMPLE, NO_DATA)).sample(SLI) is None


def test_a_source_lives_while_it_answered_within_three_intervals() -> None:
    assert source(NOW - 45).live(NOW)
    assert not source(NOW - 45.1).live(NOW)
    assert not source(None).live(NOW)


def test_a_value_of_another_kind_is_no_answer() -> None:
    members = Members({"age": 0.1}, NOW, HERE)
    series = Series({"": ((NOW, 1.0),)}, NOW, HERE)
    signal = SignalReading("ranker", "drift")
    line = SeriesReading(signal, 3_600, 60)
    assert snapshot(Figure(15, "prom", members), reading=signal).members(signal) is members
    assert snapshot(Figure(15, "prom", members), reading=signal).sample(signal) is None
    assert snapshot(Figure(15, "prom", series), reading=line).series(line) is series
    assert snapshot(Figure(15, "prom", series), reading=line).members(line) is None
    assert snapshot(Figure(15, "prom", SAMPLE)).series(SLI) is None


def test_a_list_of_alerts_is_complete_only_when_every_alertmanager_answers() -> None:
    def source(name: str, answered_at: float | None, error: str = "") -> SourceHealth:
        return SourceHealth(name, SourceKind.ALERTMANAGER, "", 15, answered_at, error=error)

    def doubt(*sources: SourceHealth) -> str:
        return Snapshot(1_000, Catalogue(), {each.name: each for each in sources}).alerts_doubt()

    assert doubt(source("a", 999), source("b", 990)) == ""
    assert doubt(source("a", 999), source("b", 900, "refused")) == "b: refused"
    assert doubt(source("a", None)) == "a: no answer yet"
    assert doubt(source("a", 900)) == "a: no answer for 1m40s"
    assert doubt() == "no Alertmanager is configured"


def test_a_snapshot_is_late_after_three_of_the_shortest_intervals() -> None:
    slow, fast = SourceHealth("s", SourceKind.ENDPOINTS, "", 60), SourceHealth("f", SourceKind.PROMETHEUS, "", 10)
    snapshot = Snapshot(1_000, Catalogue(), {"s": slow, "f": fast})
    assert not snapshot.late(1_030)
    assert snapshot.late(1_031)


def alertmanager(name: str, cluster: str, answered_at: float | None) -> SourceHealth:
    return SourceHealth(name, SourceKind.ALERTMANAGER, "", 15, answered_at, error="refused", cluster=cluster)


@pytest.mark.parametrize(
    ("one", "two", "lab", "doubt"),
    [
        (NOW, NOW, NOW, ""),
        (NOW - 46, NOW, NOW, ""),
        (None, NOW, NOW, ""),
        (NOW, NOW, NOW - 46, "lab: refused"),
        (NOW - 46, NOW - 46, NOW, "am-1: refused; am-2: refused"),
        (None, None, None, "am-1: refused; am-2: refused; lab: refused"),
    ],
)
def test_a_cluster_is_in_doubt_only_when_all_its_members_are_silent(
    one: float | None, two: float | None, lab: float | None, doubt: str
) -> None:
    told = [alertmanager("am-1", "prod", one), alertmanager("am-2", "prod", two), alertmanager("lab", "lab", lab)]
    view = Snapshot(NOW, Catalogue(), {health.name: health for health in told})
    assert view.alerts_doubt() == doubt
    assert view.clusters() == ("prod", "lab")


def test_of_sources_in_no_cluster_none_speaks_for_another() -> None:
    told = {"prom": source(), "old": SourceHealth("old", SourceKind.PROMETHEUS, "", 15, NOW - 46)}
    assert [health.name for health in Snapshot(NOW, Catalogue(), told).silent()] == ["old"]


def test_where_no_prometheus_ever_answered_the_doubt_is_what_it_failed_with() -> None:
    reading = SliReading("ranker/a", 3600)
    failed = SourceHealth("main", SourceKind.PROMETHEUS, "http://p", 15, failures=2, error="main: connection refused")
    silent = Snapshot(1_000.0, Catalogue(()), {"main": failed})
    assert silent.doubt(reading) == "main: connection refused"
    other = replace(failed, name="other", failures=0, error="")
    assert replace(silent, sources={"main": failed, "other": other}).doubt(reading) == "not asked yet"
    assert replace(silent, sources={"main": replace(failed, answered_at=990.0)}).doubt(reading) == "not asked yet"
