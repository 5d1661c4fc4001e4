"""Readings cut in pieces of their time: every moment once, and put together to what the whole would be."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import (
    CountsReading,
    HistoryReading,
    NoData,
    Reading,
    Sample,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, Sli, SlicesSli, Slo, SloKind
from oncall_tui.sources.prometheus.asks import Ask, Row
from oncall_tui.sources.prometheus.operands import Wrong
from oncall_tui.sources.prometheus.pieces import MOST_PIECES, SHORTEST, in_pieces, joined
from oncall_tui.sources.prometheus.questions import Question, outcome, question

SLIS: dict[str, Sli] = {
    "rate": EventsSli("sum(rate(a[$window]))", "sum(rate(b[$window]))"),
    "good": EventsSli("sum(increase(a[$window]))", good="sum(increase(b[$window]))"),
    "counted": EventsSli("sum(count_over_time(a[$window]))", "sum(sum_over_time(b[$window]))"),
    "worst": EventsSli("max(rate(a[$window]))", "max(rate(b[$window]))"),
    "mixed": EventsSli("sum(increase(a[$window]))", "sum(rate(b[$window]))"),
    "latency": LatencySli("lat", 0.3),
    "native": NativeLatencySli("lat", 0.3),
    "slices": SlicesSli("acc", 0.9, Side.AT_LEAST, 60),
    "ratio": RatioSli("r$window"),
}
KNOWN = Catalogue(
    (
        Service(
            "s",
            slos=tuple(Slo("s", name, SloKind.OTHER, 0.99, 30 * DAY, sli) for name, sli in SLIS.items()),
            signals=(Signal("s", "x", SignalKind.OTHER, "x"),),
        ),
    )
)


def cut(reading: Reading, current: int = 1) -> Question | None:
    return in_pieces(question(reading, KNOWN), current)


def pieces(name: str, window: int = 30 * DAY) -> Question:
    found = cut(SliReading(f"s/{name}", window))
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["worst", "mixed", "ratio"])
def test_what_does_not_add_up_is_not_cut(name: str) -> None:
    assert cut(SliReading(f"s/{name}", 30 * DAY)) is None


def test_a_signal_and_the_shortest_window_are_not_cut() -> None:
    assert cut(SignalReading("s", "x")) is None
    assert cut(SliReading("s/rate", 300)) is None


@given(st.integers(1, 43_200).map(lambda minutes: minutes * 60), st.integers(1, MOST_PIECES))
def test_pieces_lie_end_to_end_and_are_the_whole_window(window: int, current: int) -> None:
    found = cut(SliReading("s/rate", window), current)
    if found is None:
        return
    backs = sorted({ask.piece.back for ask in found.asks})
    length = window // len(backs)
    assert backs == [number * length for number in range(len(backs))]
    assert length * len(backs) == window
    assert current < len(backs) <= MOST_PIECES
    assert length >= SHORTEST


@given(st.integers(7, 5_000), st.integers(1, 20))
def test_stretches_of_a_chart_hold_every_point_once(points: int, current: int) -> None:
    reading = SeriesReading(SignalReading("s", "x"), (points - 1) * 60, 60)
    found = cut(reading, current)
    if found is None:
        return
    times: list[int] = []
    for ask in found.asks:
        assert ask.piece.span is not None
        times += range(-ask.piece.back - ask.piece.span, -ask.piece.back + 1, 60)
    assert sorted(times) == [-n * 60 for n in reversed(range(points))]


def rows(found: Question, values: dict[str, list[float | None]]) -> dict[Ask, list[Row]]:
    """The rows of every ask: values by part, newest piece first; None for no series."""
    answers: dict[Ask, list[Row]] = {}
    for part, told in values.items():
        asks = sorted((ask for ask in found.asks if ask.part == part), key=lambda ask: ask.piece.back)
        assert len(asks) == len(told)
        answers |= {ask: [] if v is None else [Row({}, ((0.0, v),))] for ask, v in zip(asks, told, strict=True)}
    return answers


def judged(name: str, part: list[float | None], total: list[float | None]) -> object:
    found = pieces(name)
    return outcome(found, joined(found, rows(found, {"part": part, "total": total})), 0.0, "prom")


def test_rates_are_asked_as_counts_so_that_pieces_weigh_by_their_traffic() -> None:
    sample = judged("rate", [9.0, 0.0, 0.0, 0.0], [10.0, 30.0, 30.0, 30.0])
    assert isinstance(sample, Sample)
    assert sample.value == pytest.approx(0.09)
    assert sample.total == 100


def test_counts_are_summed() -> None:
    sample = judged("good", [9.0, 20.0, None, 0.0], [10.0, 20.0, None, 10.0])
    assert isinstance(sample, Sample)
    assert sample.value == pytest.approx(1 - 29 / 40)
    assert sample.total == 40


def test_a_piece_without_traffic_has_no_say() -> None:
    sample = judged("native", [math.nan, 5.0, math.nan, None], [0.0, 10.0, 0.0, None])
    assert isinstance(sample, Sample)
    assert sample.value == pytest.approx(0.5)


def test_nothing_anywhere_is_no_data_and_says_of_what() -> None:
    no_total = judged("rate", [None] * 4, [None] * 4)
    no_part = judged("rate", [None] * 4, [1.0] * 4)
    no_slice = judged("slices", [None] * 4, [None] * 4)
    idle = judged("rate", [0.0] * 4, [0.0] * 4)
    assert isinstance(no_total, NoData)
    assert no_total.reason == "no series for the total query"
    assert isinstance(no_part, NoData)
    assert no_part.reason == "traffic, but no series for the error query"
    assert isinstance(no_slice, NoData)
    assert no_slice.reason == "no slice has a value"
    assert isinstance(idle, NoData)
    assert idle.reason == "no traffic"


def test_slices_are_as_long_as_in_the_whole_and_none_is_read_twice() -> None:
    found = pieces("slices")
    whole = question(SliReading("s/slices", 30 * DAY), KNOWN)
    (step,) = set(re.findall(r":(\w+)\]", whole.query))
    for ask in found.asks:
        assert re.findall(r"\[(\w+):(\w+)\]", ask.expression)[0] == (f"{30 * DAY // 4 * 1_000 - 1}ms", step)
    sample = judged("slices", [1.0, 0.0, 0.0, 0.0], [10.0, 10.0, 10.0, 10.0])
    assert isinstance(sample, Sample)
    assert (sample.value, sample.total) == (0.025, None)


def test_raw_samples_are_read_once_and_counters_to_both_ends() -> None:
    assert "ms]" in pieces("counted").asks[0].expression
    assert "ms]" not in pieces("rate").asks[0].expression


def test_several_series_in_a_piece_are_wrong() -> None:
    found = pieces("rate")
    told = rows(found, {"part": [1.0] * 4, "total": [1.0] * 4})
    told[found.asks[0]] = [Row({"a": "1"}, ((0.0, 1.0),)), Row({"a": "2"}, ((0.0, 1.0),))]
    with pytest.raises(Wrong, match="2 series"):
        joined(found, told)


def test_history_is_the_earliest_of_its_pieces() -> None:
    found = cut(HistoryReading("s/rate"))
    assert found is not None
    told = joined(found, rows(found, {"": [900.0, 500.0, None, None]}))
    sample = outcome(found, told, 1_000.0, "prom")
    assert isinstance(sample, Sample)
    assert sample.value == 500.0


def test_both_lines_of_counts_are_joined_in_time() -> None:
    found = cut(CountsReading("s/rate", 24 * HOUR, HOUR))
    assert found is not None
    told = {ask: [Row({}, ((-float(ask.piece.back), 1.0),))] for ask in found.asks}
    assert {part: [at for at, _ in lines[0].points] for part, lines in joined(found, told).items()} == {
        part: sorted({-float(ask.piece.back) for ask in found.asks}) for part in ("bad", "total")
    }
