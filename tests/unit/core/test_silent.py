from __future__ import annotations

from dataclasses import replace

import pytest

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import assess
from oncall_tui.core.baseline import DAY, WEEK
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import Failed, Members, NoData, Provenance, Series, SignalReading
from oncall_tui.core.silent import PAST_STEP, departed, no_past, past_reading, past_readings
from oncall_tui.core.slo import Side
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State

NOW = 1_795_000_000.0
FROM = Provenance("prometheus", "model_accuracy_ratio")
ACCURACY = Signal("ranker", "accuracy", SignalKind.ACCURACY, "q", good=Side.AT_LEAST, past_weeks=4)
SERVICE = Service("ranker", signals=(ACCURACY,))


def past(level: float = 0.95, weeks: float = 5, **members: float) -> Series:
    steps = [NOW - i * PAST_STEP for i in range(int(weeks * WEEK / PAST_STEP), 0, -1)]
    lines = {member: tuple((at, value) for at in steps) for member, value in (members or {"": level}).items()}
    return Series(lines, NOW, FROM)


def snapshot(*recent: float, known: Series | NoData | Failed | None = None, alerts: tuple[Alert, ...] = ()) -> Snapshot:
    values = tuple(Members({"": value}, NOW, FROM) for value in recent)
    return built(values, known or past(), ACCURACY, alerts)


def built(
    values: tuple[Members, ...], known: Series | NoData | Failed, signal: Signal, alerts: tuple[Alert, ...] = ()
) -> Snapshot:
    reading = past_reading(signal)
    assert reading is not None
    figures = {SignalReading("ranker", signal.name): Figure(15.0, "prometheus", values[-1], recent=values)}
    if isinstance(known, Series):
        figures[reading] = Figure(21_600.0, "prometheus", known)
    else:
        figures[reading] = Figure(21_600.0, "prometheus", None, known)
    health = [
        SourceHealth("prometheus", SourceKind.PROMETHEUS, "", 15.0, answered_at=NOW),
        SourceHealth("alertmanager", SourceKind.ALERTMANAGER, "", 15.0, answered_at=NOW),
    ]
    catalogue = Catalogue((replace(SERVICE, signals=(signal,)),))
    return Snapshot(NOW, catalogue, {one.name: one for one in health}, figures, alerts=alerts)


def firing() -> Alert:
    labels = {"alertname": "ModelAccuracyLow", "service": "ranker", "severity": "ticket"}
    return Alert("alertmanager", "f1", labels, starts_at=NOW - 60)


def test_a_signal_within_its_past_is_in_order() -> None:
    assert departed(snapshot(0.95, 0.949, 0.951), ACCURACY) is None
    assert assess(snapshot(0.95, 0.949, 0.951)).state is State.OK


def test_a_signal_that_left_its_past_with_no_alert_is_silent_and_says_from_what() -> None:
    assessment = assess(snapshot(0.90, 0.90, 0.90))
    assert assessment.services[0].state is State.SILENT
    assert assessment.services[0].reason == "accuracy: 0.9, usually 0.95: 13x its usual spread"
    left = assessment.services[0].signals[0].left
    assert left is not None
    assert (left.member, left.departure.value, left.departure.band.occasions) == ("", 0.90, 4)


def test_it_is_silent_no_more_once_an_alert_of_the_service_fires() -> None:
    assert assess(snapshot(0.90, 0.90, 0.90, alerts=(firing(),))).services[0].state is State.WARN


def test_one_spike_is_not_silent_nor_is_a_move_for_the_better() -> None:
    assert departed(snapshot(0.95, 0.10, 0.95), ACCURACY) is None
    assert departed(snapshot(1.0, 1.0, 1.0), ACCURACY) is None


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (NoData("no series", NOW, FROM), "its past is not known: no series"),
        (Failed("query timed out", "", NOW, FROM), "its past is not known: query timed out"),
        (past(weeks=2 / 7), "its past is too short to compare with: 3.0 more days wanted"),
    ],
)
def test_without_a_past_nobody_is_accused_and_it_is_said(known: Series | NoData | Failed, why: str) -> None:
    asked = snapshot(0.5, 0.5, 0.5, known=known)
    assert departed(asked, ACCURACY) is None
    assert no_past(asked, ACCURACY) == why


def test_a_signal_that_shall_not_be_held_against_its_past_is_not_asked_for_it() -> None:
    plain = replace(ACCURACY, past_weeks=0)
    assert past_reading(plain) is None
    assert past_readings(replace(SERVICE, signals=(plain,))) == ()
    assert no_past(snapshot(0.9), plain) == ""


def test_of_many_members_the_furthest_is_told_and_new_ones_have_no_past_to_leave() -> None:
    drift = Signal("ranker", "drift", SignalKind.DRIFT, "q", by="feature", good=Side.AT_MOST, past_weeks=4)
    known = past(ctr=0.02, age=0.02)
    values = tuple(Members({"ctr": 0.09, "age": 0.2, "brand_new": 9.0}, NOW, FROM) for _ in range(3))
    left = departed(built(values, known, drift), drift)
    assert left is not None
    assert left.member == "age"


def test_a_stricter_signal_leaves_sooner() -> None:
    assert departed(snapshot(0.94, 0.94, 0.94), replace(ACCURACY, past_spreads=2.0)) is not None
    assert departed(snapshot(0.94, 0.94, 0.94), ACCURACY) is None


def test_what_is_asked_reaches_back_over_all_the_weeks_and_only_every_few_hours() -> None:
    (reading,) = past_readings(SERVICE)
    assert reading.span >= 4 * WEEK
    assert reading.span % reading.step == 0
    assert 0 < reading.every <= DAY
