"""What an answer means: no data, NaN and nonsense never become a number, least of all 0."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    Members,
    NoData,
    Origin,
    Outcome,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli, Slo, SloKind
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.questions import Unanswerable, outcome, question
from oncall_tui.sources.prometheus.recorded import Recorded, requests, trusted

NOW = 1_000_000.0
NAN = math.nan


def slo(name: str, sli: EventsSli | RatioSli | LatencySli) -> Slo:
    return Slo("s", name, SloKind.OTHER, 0.99, 604_800, sli)


KNOWN = Catalogue(
    (
        Service(
            "s",
            slos=(
                slo("ratio", RatioSli("r")),
                slo("same", EventsSli("sum(rate(a[$window]))", 'sum(rate(a{code="500"}[$window]))')),
                slo("good", EventsSli("sum(rate(a[$window]))", good='sum(rate(a{code="200"}[$window]))')),
                slo("other", EventsSli("sum(rate(a[$window]))", "sum(rate(b[$window]))")),
                slo("instant", EventsSli("sum(irate(a[$window]))", "sum(irate(b[$window]))")),
                slo("latency", LatencySli("h", 0.3)),
            ),
            signals=(
                Signal("s", "one", SignalKind.OTHER, "x"),
                Signal("s", "many", SignalKind.DRIFT, "x", by="feature"),
            ),
        ),
    )
)


def row(*values: float, **labels: str) -> Row:
    return Row(labels, tuple((NOW - 60 * i, value) for i, value in enumerate(reversed(values)))[::-1])


def told(reading: Reading, parts: Mapping[str, list[Row]]) -> Outcome:
    return outcome(question(reading, KNOWN), parts, NOW, "prom")


def sli(name: str, *rows: Row) -> Outcome:
    return told(SliReading(f"s/{name}", 300), {"": list(rows)})


def events(name: str, part: list[Row], total: list[Row]) -> Outcome:
    return told(SliReading(f"s/{name}", 300), {"part": part, "total": total})


@pytest.mark.parametrize("value", [NAN, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_no_data(value: float) -> None:
    assert isinstance(sli("ratio", row(value)), NoData)
    assert isinstance(told(SignalReading("s", "one"), {"": [row(value)]}), NoData)


def test_no_series_is_no_data_with_its_reason() -> None:
    nothing, no_bucket = events("latency", [], []), events("latency", [], [row(5.0)])
    assert isinstance(nothing, NoData)
    assert nothing.reason == "no series"
    assert isinstance(no_bucket, NoData)
    assert no_bucket.reason == "traffic, but no bucket le=0.3"


def test_a_ratio_of_counts_says_how_many_events_it_rests_on() -> None:
    answer, per_second = events("same", [row(0.5)], [row(5.0)]), events("instant", [row(0.5)], [row(5.0)])
    assert isinstance(answer, Sample)
    assert answer.total == 5.0, "it is asked as an increase"
    assert isinstance(per_second, Sample)
    assert per_second.total == 5.0 * 300
    ratio = sli("ratio", row(0.1))
    assert isinstance(ratio, Sample)
    assert ratio.total is None


def test_history_is_the_age_of_the_oldest_sample() -> None:
    answer = told(HistoryReading("s/same"), {"": [row(NOW - 86_400)]})
    assert isinstance(answer, Sample)
    assert answer.value == 86_400
    assert isinstance(told(HistoryReading("s/same"), {"": []}), NoData)


def test_several_series_fail_and_the_hint_says_to_aggregate() -> None:
    answer = sli("ratio", row(0.1, a="1"), row(0.2, a="2"))
    assert isinstance(answer, Failed)
    assert "2 series" in answer.error
    assert "aggregate" in answer.hint


@pytest.mark.parametrize("value", [1.5, -0.2, 100.0])
def test_a_ratio_that_cannot_be_one_fails_and_is_named(value: float) -> None:
    answer = sli("ratio", row(value))
    assert isinstance(answer, Failed)
    assert f"{value:.4g}" in answer.error


@pytest.mark.parametrize(("value", "seen"), [(1 + 1e-9, 1.0), (-1e-12, 0.0), (0.25, 0.25)])
def test_rounding_is_forgiven(value: float, seen: float) -> None:
    answer = sli("ratio", row(value))
    assert isinstance(answer, Sample)
    assert answer.value == seen
    assert answer.provenance.source == "prom"


def test_traffic_without_any_error_series_is_unknown_unless_errors_come_from_the_same_metric() -> None:
    unknown = events("other", [], [row(5.0)])
    assert isinstance(unknown, NoData)
    assert unknown.reason == "traffic, but no series for the error query"
    known = events("same", [], [row(5.0)])
    assert isinstance(known, Sample)
    assert known.value == 0.0


def test_no_good_series_of_the_same_metric_means_that_all_are_bad() -> None:
    answer = events("good", [], [row(5.0)])
    assert isinstance(answer, Sample)
    assert answer.value == 1.0


@pytest.mark.parametrize(
    ("part", "total", "reason"),
    [
        ([row(0.0)], [], "no series for the total query"),
        ([], [], "no series for the total query"),
        ([row(0.0)], [row(0.0)], "no traffic"),
        ([], [row(0.0)], "no traffic"),
        ([row(1.0)], [row(0.0)], "errors without traffic"),
        ([row(NAN)], [row(0.0)], "no traffic"),
    ],
)
def test_each_way_of_having_no_ratio_has_its_reason(part: list[Row], total: list[Row], reason: str) -> None:
    answer = events("other", part, total)
    assert isinstance(answer, NoData)
    assert answer.reason == reason


@pytest.mark.parametrize(
    ("part", "total", "side"),
    [([row(NAN)], [row(3.0)], "error"), ([row(1.0)], [row(NAN)], "total"), ([], [row(NAN)], "total")],
)
def test_a_side_that_is_nan_despite_traffic_is_a_failure_that_no_policy_for_missing_data_covers(
    part: list[Row], total: list[Row], side: str
) -> None:
    answer = events("same", part, total)
    assert isinstance(answer, Failed)
    assert answer.error == f"the {side} is not a number (NaN)"


def test_a_total_outage_stays_one_where_errors_and_total_were_extrapolated_apart() -> None:
    outage, nonsense = events("other", [row(5.2)], [row(5.0)]), events("other", [row(6.0)], [row(5.0)])
    assert isinstance(outage, Sample)
    assert outage.value == 1.0
    assert isinstance(nonsense, Failed)


def test_more_good_events_than_there_are_is_not_taken_for_a_day_without_errors() -> None:
    assert isinstance(events("good", [row(5.2)], [row(5.0)]), Failed)


def test_errors_and_total_with_other_labels_are_not_divided() -> None:
    answer = events("same", [row(1.0, job="a")], [row(2.0, job="b")])
    assert isinstance(answer, Failed)
    assert "labels" in answer.error


@given(st.floats(0, 1e9), st.floats(1e-3, 1e9))
def test_a_ratio_is_what_promql_would_make_of_it(part: float, total: float) -> None:
    answer = events("other", [row(part)], [row(total)])
    if part / total <= 1:
        assert isinstance(answer, Sample)
        assert answer.value == part / total
    else:
        assert isinstance(answer, Failed) or answer.value == 1.0  # type: ignore[union-attr]


def test_members_are_told_apart_by_their_label_and_those_without_a_number_are_left_out() -> None:
    answer = told(SignalReading("s", "many"), {"": [row(0.1, feature="age"), row(NAN, feature="zip")]})
    assert isinstance(answer, Members)
    assert answer.values == {"age": 0.1}


def test_two_series_for_one_member_fail() -> None:
    answer = told(SignalReading("s", "many"), {"": [row(1, feature="a", pod="1"), row(2, feature="a", pod="2")]})
    assert isinstance(answer, Failed)
    assert "by (feature)" in answer.hint


def test_several_series_of_a_signal_without_by_fail() -> None:
    answer = told(SignalReading("s", "one"), {"": [row(1, a="1"), row(2, a="2")]})
    assert isinstance(answer, Failed)
    assert "`by`" in answer.hint


def test_steps_without_a_value_are_missing_from_a_series() -> None:
    reading = SeriesReading(SliReading("s/ratio", 300), 180, 60)
    answer = told(reading, {"": [row(0.1, NAN, 0.3)]})
    assert isinstance(answer, Series)
    assert answer.lines[""] == ((NOW - 120, 0.1), (NOW, 0.3))
    assert isinstance(told(reading, {"": [row(NAN, NAN)]}), NoData)
    assert isinstance(told(reading, {"": []}), NoData)


def test_counts_share_their_timestamps_and_leave_out_what_lies_before_the_span() -> None:
    reading = CountsReading("s/same", 120, 60)
    answer = told(reading, {"bad": [row(9, 1, 2)], "total": [row(90, 10, NAN)]})
    assert isinstance(answer, Series)
    assert answer.lines == {"bad": ((NOW - 60, 1.0),), "total": ((NOW - 60, 10.0),)}
    assert isinstance(told(reading, {"bad": [], "total": [row(1, 1, 1)]}), NoData)


def test_what_is_not_in_the_catalogue_or_cannot_count_is_not_asked() -> None:
    for reading in (SliReading("s/nope", 300), SignalReading("s", "nope"), SignalReading("t", "one")):
        with pytest.raises(Unanswerable) as why:
            question(reading, KNOWN)
        assert why.value.failed
    with pytest.raises(Unanswerable) as why:
        question(CountsReading("s/ratio", 300, 60), KNOWN)
    assert not why.value.failed


# Recorded rules


def known_recorded(*names: str) -> Recorded:
    recorded = Recorded()
    identity = {"sloth_id": "s-ratio", "sloth_service": "s", "sloth_slo": "ratio"}
    recorded.learn([Row({"__name__": name} | identity, ((NOW, 1.0),)) for name in names], NOW)
    return recorded


def test_a_recorded_window_is_found_by_its_length_however_it_is_written() -> None:
    recorded = known_recorded("slo:sli_error:ratio_rate5m", "slo:sli_error:ratio_rate4w", "slo:sli_error:ratio_ratex")
    five = recorded.question(SliReading("s/ratio", 300), KNOWN)
    assert five is not None
    assert five.origin is Origin.RECORDED
    assert five.query == 'slo:sli_error:ratio_rate5m{sloth_id="s-ratio",sloth_service="s",sloth_slo="ratio"}'
    assert recorded.question(SliReading("s/ratio", 28 * 86_400), KNOWN) is not None
    assert recorded.question(SliReading("s/ratio", 3_600), KNOWN) is None
    assert recorded.question(SliReading("s/same", 300), KNOWN) is None
    assert recorded.question(SignalReading("s", "one"), KNOWN) is None


def test_two_recorded_names_for_one_window_are_both_disbelieved() -> None:
    recorded = known_recorded("slo:sli_error:ratio_rate4w", "slo:sli_error:ratio_rate28d")
    assert recorded.question(SliReading("s/ratio", 28 * 86_400), KNOWN) is None


def test_all_recorded_windows_are_one_request() -> None:
    recorded = known_recorded("slo:sli_error:ratio_rate5m", "slo:sli_error:ratio_rate1h")
    found = [recorded.question(SliReading("s/ratio", window), KNOWN) for window in (300, 3_600)]
    (request,) = requests([one for one in found if one])
    names = '__name__=~"slo:sli_error:ratio_rate5m|slo:sli_error:ratio_rate1h"'
    assert request.text == f'{{{names}, sloth_id=~"s-ratio", sloth_service=~"s", sloth_slo=~"ratio"}}'


def test_slos_whose_ids_collide_are_told_apart_by_service_and_name() -> None:
    pairs = (("a-b", "c"), ("a", "b-c"))
    known = Catalogue(
        tuple(
            Service(service, slos=(Slo(service, name, SloKind.OTHER, 0.99, 86_400, RatioSli("r$window")),))
            for service, name in pairs
        )
    )
    name = "slo:sli_error:ratio_rate5m"
    rows = [
        Row({"__name__": name, "sloth_id": "a-b-c", "sloth_service": service, "sloth_slo": slo}, ((NOW, value),))
        for (service, slo), value in zip(pairs, (0.1, 0.2), strict=True)
    ]
    recorded = Recorded()
    recorded.learn(rows, NOW)
    found = [recorded.question(SliReading(f"{service}/{slo}", 300), known) for service, slo in pairs]
    assert found[0] is not None
    assert found[1] is not None
    (request,) = requests([found[0], found[1]])
    told_apart = {ask.reading.slo: [row.points[0][1] for row in own] for ask, own in request.answers(rows).items()}  # type: ignore[union-attr]
    assert told_apart == {"a-b/c": [0.1], "a/b-c": [0.2]}
    recorded.learn(rows[:1], NOW)
    assert recorded.question(SliReading("a/b-c", 300), known) is None


def test_what_exists_is_asked_again_after_five_minutes() -> None:
    recorded = known_recorded("slo:sli_error:ratio_rate5m")
    assert not recorded.due(NOW + 299)
    assert recorded.due(NOW + 300)
    assert recorded.due(NOW - 1)


def test_a_recorded_history_with_holes_is_not_trusted() -> None:
    reading = SeriesReading(SliReading("s/ratio", 300), 600, 60)
    whole = told(reading, {"": [row(*[0.1] * 11)]})
    holes = told(reading, {"": [row(*[0.1] * 5, *[NAN] * 6)]})
    assert trusted(reading, whole)
    assert not trusted(reading, holes)
    assert not trusted(SliReading("s/ratio", 300), sli("ratio", row(NAN)))
