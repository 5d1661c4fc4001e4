from __future__ import annotations

import math
import random
from dataclasses import replace

from oncall_tui.core.baseline import WEEK
from oncall_tui.core.catalogue import VERSIONS, Catalogue, Service, Signal, SignalKind
from oncall_tui.core.causes import Change, ChangeKind
from oncall_tui.core.investigation import Investigation, conclude
from oncall_tui.core.questions import questions
from oncall_tui.core.readings import Failed, NoData, Outcome, Provenance, Reading, Series, SeriesReading, SignalReading
from oncall_tui.core.silent import PAST_STEP
from oncall_tui.core.slo import Side

NOW = 1_795_000_000.0
FROM = Provenance("prometheus", "q")


def signal(service: str, name: str, kind: SignalKind, *, past_weeks: int = 0) -> Signal:
    return Signal(service, name, kind, "q", good=Side.AT_MOST, past_weeks=past_weeks)


RANKER = Service(
    "ranker",
    source="prometheus",
    depends_on=("feature-store", "elsewhere"),
    signals=(signal("ranker", "accuracy", SignalKind.ACCURACY),),
    versions=Signal("ranker", VERSIONS, SignalKind.OTHER, "v", by="version"),
)
STORE = Service("feature-store", source="other", signals=(signal("feature-store", "freshness", SignalKind.FRESHNESS),))
FLEET = Catalogue((RANKER, STORE))
ASKED = questions(FLEET, "ranker")
STEPS = [NOW - i * ASKED.step for i in range(ASKED.span // ASKED.step, -1, -1)]


def series(before: float, after: float, minutes: float, *, seed: int = 1, until: float = NOW) -> Series:
    """A little noise around one level, and another from so many minutes ago on."""
    rng = random.Random(seed)
    levels = [(at, before if at < NOW - minutes * 60 else after) for at in STEPS if at <= until]
    return Series({"": tuple((at, level * (1 + rng.gauss(0, 0.01))) for at, level in levels)}, NOW, FROM)


def reading(service: str, name: str) -> SeriesReading:
    return SeriesReading(SignalReading(service, name), ASKED.span, ASKED.step)


def concluded(**answers: Outcome) -> Investigation:
    names = {
        "accuracy": reading("ranker", "accuracy"),
        "freshness": reading("feature-store", "freshness"),
        "versions": reading("ranker", VERSIONS),
    }
    given: dict[Reading, Outcome] = {names[name]: answer for name, answer in answers.items()}
    return conclude(ASKED, FLEET, given, NOW, ())


def test_a_service_and_everything_upstream_is_asked_each_from_its_own_source() -> None:
    assert ASKED.services == ("ranker", "feature-store", "elsewhere")
    assert set(ASKED.readings) == {"prometheus", "other"}
    assert ASKED.span // ASKED.step <= 720
    assert reading("feature-store", "freshness") in ASKED.readings["other"]


def test_what_rises_and_falls_every_two_minutes_has_not_moved_where_it_is_asked_more_finely() -> None:
    (whole, late) = (one for one in ASKED.readings["other"] if isinstance(one, SeriesReading))
    lines = {
        one: Series(
            {"": tuple((NOW - i * one.step, 60 + (NOW - i * one.step) % 120) for i in range(n - 1, -1, -1))}, NOW, FROM
        )
        for one in (whole, late)
        for n in (one.span // one.step,)
    }
    found = conclude(ASKED, FLEET, {**lines, reading("ranker", "accuracy"): series(0.95, 0.80, 30)}, NOW, ())
    (freshness,) = (track for track in found.tracks if track.service == "feature-store")
    assert freshness.moved == ()


def test_the_upstream_that_moved_first_is_named() -> None:
    found = concluded(accuracy=series(0.95, 0.80, 30), freshness=series(60, 4_000, 60))
    assert found.symptom is not None
    assert found.symptom.signal == "accuracy"
    assert found.finding.sure
    assert found.finding.suspects[0].service == "feature-store"
    assert [track.name for track in found.tracks] == ["freshness", "accuracy"]


def test_a_new_version_right_before_is_part_of_it() -> None:
    old = tuple((at, 1.0) for at in STEPS if at < NOW - 1_860)
    new = tuple((at, 1.0) for at in STEPS if at >= NOW - 1_860)
    found = concluded(
        accuracy=series(0.95, 0.80, 30),
        freshness=series(60, 60, 0),
        versions=Series({"v41": old, "v42": new}, NOW, FROM),
    )
    assert found.changes == (Change("ranker", new[0][0], ChangeKind.VERSION, "version v42"),)
    assert found.finding.suspects[0].change == found.changes[0]


def test_what_could_not_be_asked_is_said_and_never_taken_for_calm() -> None:
    found = concluded(accuracy=Failed("query timed out", "", NOW, FROM), freshness=NoData("no series", NOW, FROM))
    assert found.symptom is None
    assert not found.finding.sure
    assert found.unanswered == (
        "ranker accuracy: query timed out",
        "feature-store freshness: no series",
        "elsewhere: nobody describes it, so nothing of it is measured",
    )


def test_a_signal_that_stopped_is_missing_not_bad() -> None:
    found = concluded(accuracy=series(0.95, 0.95, 0, until=NOW - 1_800), freshness=series(60, 60, 0))
    assert found.symptom is None
    assert "ranker accuracy: no data for 31m" in found.unanswered


def test_a_quiet_service_has_no_cause() -> None:
    found = concluded(accuracy=series(0.95, 0.95, 0), freshness=series(60, 60, 0))
    assert (found.symptom, found.finding.suspects) == (None, ())
    assert found.finding.doubt == "nothing measured of ranker is out of its range"


def test_a_signal_is_held_against_its_own_past_where_there_is_one() -> None:
    daily = Service(
        "ranker", source="p", signals=(signal("ranker", "throughput", SignalKind.THROUGHPUT, past_weeks=4),)
    )
    fleet = Catalogue((daily,))
    asked = questions(fleet, "ranker")
    now_reading, late_reading, past_reading = asked.readings["p"]

    def swing(at: float) -> float:
        return 100.0 + 60.0 * math.sin((at - NOW) / 86_400 * 2 * math.pi)

    past = Series(
        {"": tuple((NOW - i * PAST_STEP, swing(NOW - i * PAST_STEP)) for i in range(int(5 * WEEK / PAST_STEP), 0, -1))},
        NOW,
        FROM,
    )
    now = Series({"": tuple((at, swing(at)) for at in STEPS)}, NOW, FROM)
    gone = NoData("no series", NOW, FROM)
    with_past = conclude(asked, fleet, {now_reading: now, late_reading: gone, past_reading: past}, NOW, ())
    without = conclude(asked, fleet, {now_reading: now, late_reading: gone, past_reading: gone}, NOW, ())
    assert with_past.tracks[0].against == "its own past"
    assert with_past.tracks[0].moved == ()
    assert without.tracks[0].against == "the first third of the span"
    assert without.tracks[0].moved


def test_the_last_hours_are_asked_more_finely_and_take_the_place_of_the_rest() -> None:
    coarse, fine = ASKED.over_time(SignalReading("ranker", "accuracy"))
    assert fine.step < coarse.step
    joined = ASKED.answer(
        SignalReading("ranker", "accuracy"),
        {
            coarse: Series(
                {"": ((NOW - 20_000, 1.0), (NOW - 1_200, 2.0), (NOW, 2.0)), "old": ((NOW - 20_000, 5.0),)}, NOW, FROM
            ),
            fine: Series({"": ((NOW - 1_230, 3.0), (NOW, 4.0))}, NOW, FROM),
        },
    )
    assert isinstance(joined, Series)
    assert joined.lines == {
        "": ((NOW - 20_000, 1.0), (NOW - 1_230, 3.0), (NOW, 4.0)),
        "old": ((NOW - 20_000, 5.0),),
    }


def test_what_waits_for_labels_moves_nothing_until_they_are_due() -> None:
    """Accuracy that only looks bad because few labels have come is no symptom; the same move, matured, is one."""
    late = replace(RANKER, signals=(replace(RANKER.signals[0], label_delay=7_200),))
    fleet = Catalogue((late, STORE))
    asked = questions(fleet, "ranker")
    for minutes, moved in ((60, False), (300, True)):
        given: dict[Reading, Outcome] = {reading("ranker", "accuracy"): series(0.1, 0.5, minutes)}
        found = conclude(asked, fleet, given, NOW, ())
        (track,) = (one for one in found.tracks if one.name == "accuracy")
        assert bool(track.moved) is moved
        assert track.points[-1][0] <= NOW - 7_200
        assert not any("accuracy: no data" in why for why in found.unanswered)


def test_where_no_label_of_the_span_is_due_it_is_said() -> None:
    late = replace(RANKER, signals=(replace(RANKER.signals[0], label_delay=30 * 86_400),))
    fleet = Catalogue((late, STORE))
    given: dict[Reading, Outcome] = {reading("ranker", "accuracy"): series(0.1, 0.5, 60)}
    found = conclude(questions(fleet, "ranker"), fleet, given, NOW, ())
    assert "ranker accuracy: no label of this span is due yet" in found.unanswered
