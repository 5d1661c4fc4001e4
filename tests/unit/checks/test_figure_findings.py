"""What no data, little data and odd data mean for an SLO or a signal."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from oncall_tui.checks.figures import readings_of_slo, signal_finding, slo_finding
from oncall_tui.core.burn import DAY
from oncall_tui.core.catalogue import Signal, SignalKind
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    Members,
    NoData,
    Origin,
    Provenance,
    Sample,
    Series,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, NoDataPolicy, Slo, SloKind
from oncall_tui.reports.check import Result

SLO = Slo("s", "a", SloKind.AVAILABILITY, 0.99, 30 * DAY, EventsSli("t[$window]", "e[$window]"))
LATENCY = replace(SLO, sli=LatencySli("h", 0.25))
RAW, RECORDED = Provenance("p", "q"), Provenance("p", "q", Origin.RECORDED)


def outcomes(slo: Slo, where: Provenance = RAW, history: float = 30 * DAY, **windows: object) -> dict:
    """Samples for all readings but the windows given, as w300=NoData(...)."""
    found: dict = {SliReading(slo.id, window): Sample(0.0, 0.0, where) for window in slo.windows}
    found[HistoryReading(slo.id)] = Sample(history, 0.0, RAW)
    found |= {SliReading(slo.id, int(name[1:])): outcome for name, outcome in windows.items()}
    return found


def empty(slo: Slo, reason: str) -> dict:
    return {SliReading(slo.id, window): NoData(reason, 0.0, RAW) for window in slo.windows}


def told(slo: Slo, found: dict) -> tuple[Result, str]:
    finding = slo_finding(slo, found, "c.yaml:1")
    assert finding.where == "c.yaml:1"
    assert finding.do or finding.result in (Result.OK, Result.NOT_CHECKED)
    return finding.result, finding.what


def test_an_slo_with_data_everywhere_is_ok_and_says_how_it_is_read() -> None:
    assert told(SLO, outcomes(SLO)) == (Result.OK, "data over all 8 windows")
    assert told(SLO, outcomes(SLO, RECORDED)) == (Result.OK, "data over all 8 windows, 8 of them recorded")
    assert told(LATENCY, outcomes(LATENCY)) == (Result.OK, "data over all 8 windows; le=0.25 exists")


def test_an_slo_younger_than_its_period_is_told_so() -> None:
    what = "data over all 8 windows; since 3d: younger than its period of 30d"
    assert told(SLO, outcomes(SLO, history=3 * DAY)) == (Result.OK, what)


def test_no_series_at_all_fails_with_the_reason() -> None:
    assert told(SLO, empty(SLO, "no series for the total query")) == (
        Result.FAILED,
        "no data over any window: no series for the total query",
    )


def test_a_bound_that_is_no_bucket_fails_and_says_what_to_take() -> None:
    finding = slo_finding(LATENCY, empty(LATENCY, "traffic, but no bucket le=0.25"), "")
    assert finding.result is Result.FAILED
    assert finding.do.startswith("take one of the histogram's own bounds")


def test_no_traffic_is_a_warning_and_neither_good_nor_bad() -> None:
    assert told(SLO, empty(SLO, "no traffic")) == (Result.WARNING, "no data over any window: no traffic")


def test_a_short_window_without_data_is_a_warning() -> None:
    found = outcomes(SLO, w300=NoData("no traffic", 0.0, RAW))
    assert told(SLO, found) == (Result.WARNING, "no data over 5m: no traffic")


def test_a_policy_for_no_data_covers_a_window_but_not_a_definition_that_finds_nothing() -> None:
    slo = replace(SLO, no_data=NoDataPolicy.GOOD)
    some = outcomes(slo, w300=NoData("no traffic", 0.0, RAW))
    assert told(slo, some) == (Result.OK, "no data over 5m: no traffic; it counts as good")
    assert told(slo, empty(slo, "no series"))[0] is Result.FAILED


def test_a_failed_query_weighs_more_than_missing_data() -> None:
    found = outcomes(SLO, w300=NoData("no traffic", 0.0, RAW), w3600=Failed("p: too heavy", "ask less", 0.0, RAW))
    assert told(SLO, found) == (Result.FAILED, "no data over 1h: p: too heavy")


def test_recorded_rules_do_not_hide_a_query_that_finds_nothing() -> None:
    reading = next(reading for reading in readings_of_slo(LATENCY) if isinstance(reading, CountsReading))
    found = outcomes(LATENCY, RECORDED)
    assert told(LATENCY, {**found, reading: Series({}, 0.0, RAW)})[0] is Result.OK
    result, what = told(LATENCY, {**found, reading: NoData("no bucket le=0.25, or no series", 0.0, RAW)})
    assert result is Result.WARNING
    assert what.endswith("does not: no bucket le=0.25, or no series")


def test_what_was_not_answered_is_not_checked() -> None:
    assert told(SLO, {}) == (Result.NOT_CHECKED, "it was not answered")


SIGNAL = Signal("s", "drift", SignalKind.DRIFT, "q", by="feature")


@pytest.mark.parametrize(
    ("outcome", "result", "what"),
    [
        (Members({"age": 0.1, "price": 0.2}, 0, RAW), Result.OK, "2 members by feature"),
        (Members({"": 0.1}, 0, RAW), Result.FAILED, "its series have no label feature"),
        (
            Members({"": 0.1, "age": 0.2}, 0, RAW),
            Result.WARNING,
            "1 members by feature, and a series without that label",
        ),
        (NoData("no series", 0, RAW), Result.FAILED, "no data: no series"),
        (Failed("p: bad", "mend it", 0, RAW), Result.FAILED, "p: bad"),
        (None, Result.NOT_CHECKED, "it was not answered"),
    ],
)
def test_a_signal_has_data_and_the_label_of_its_members(outcome: object, result: Result, what: str) -> None:
    finding = signal_finding(SIGNAL, outcome, "")  # type: ignore[arg-type]
    assert (finding.result, finding.what) == (result, what)


def test_a_single_value_is_told_as_it_is() -> None:
    finding = signal_finding(replace(SIGNAL, by=""), Members({"": 0.125}, 0, RAW), "")
    assert (finding.result, finding.what) == (Result.OK, "0.125")


def drift_of(importance=None, **comparisons):
    from oncall_tui.checks.figures import signal_finding
    from oncall_tui.core.binned import BinnedDrift
    from oncall_tui.core.catalogue import Signal, SignalKind
    from oncall_tui.core.readings import Members, Provenance

    binned = BinnedDrift(3_600, "the same 1h 7d before", "ref", importance=importance or {})
    signal = Signal("m", "drift", SignalKind.DRIFT, "now", by="feature", binned=binned)
    values = {name: one.distances.psi for name, one in comparisons.items() if one.distances}
    return signal_finding(signal, Members(values, 0.0, Provenance("p", "q"), comparisons), "config.yaml:3")


def test_a_computed_drift_says_which_features_cannot_be_compared_and_why():
    from oncall_tui.core.comparison import compare
    from oncall_tui.core.drift import Bins
    from oncall_tui.reports.check import Result

    full, thin = Bins((1.0, math.inf), (900.0, 800.0)), Bins((1.0, math.inf), (9.0, 8.0))
    good, few, lost = compare(full, full), compare(full, thin), compare(None, full)
    assert drift_of(a=good).result is Result.OK
    assert "1 features compared against the same 1h 7d before" in drift_of(a=good).what
    some = drift_of(a=good, b=few)
    assert (some.result, some.do) == (Result.WARNING, "widen `window`, or lower `minimum`")
    assert "1 of 2 compared" in some.what
    assert "b: too few: 17 events now" in some.what
    assert drift_of(a=few).result is Result.WARNING
    none = drift_of(**dict.fromkeys("abcde", lost))
    assert none.result is Result.FAILED
    assert none.what.endswith("and 2 more")
