"""From asks to requests and back: nothing is lost, and nothing means something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.readings import (
    CountsReading,
    HistoryReading,
    Origin,
    Reading,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import RatioSli, Slo, SloKind
from oncall_tui.sources.prometheus import planner, recorded
from oncall_tui.sources.prometheus.asks import TAG, Ask, Piece, Request, Row
from oncall_tui.sources.prometheus.planner import Planner, units_of
from oncall_tui.sources.prometheus.printing import quote
from oncall_tui.sources.prometheus.questions import Question
from oncall_tui.sources.prometheus.shapes import grouped, labelled, shapes_of
from oncall_tui.sources.prometheus.tree import parse


def ask(text: str, name: str = "s/a", window: int = 300) -> Ask:
    return Ask(SliReading(name, window), text)


def events(service: str) -> str:
    return f'sum(rate(bad{{service="{service}"}}[5m])) / sum(rate(all{{service="{service}"}}[5m]))'


@pytest.mark.parametrize(
    "text",
    [
        'sum(a{s="x"}) / b{s="x"}',
        'sum(a{s="x"}) or vector(0)',
        'topk(3, a{s="x"})',
        'absent(a{s="x"})',
        'a{s="x"} / on (i) b{s="x"}',
        'a{s="x"} * on (i) group_left b{s="x"}',
        'sum(a{s="x"}) / sum(b{s="y"})',
        'sum(a{s="x"}) / sum(b)',
        'sum(a{s="x",s!="y"})',
        'sum without (s) (a{s="x"})',
        'sum by (s) (a{s="x"})',
        'scalar(a{s="x"}) + b{s="x"}',
        'label_replace(a{s="x"}, "s", "y", "", "")',
        'histogram_quantile(0.9, sum by (le) (rate(a{s="x"}[5m])))',
        'sum(a{s="x"} @ end())',
        'sum(a{s=""})',
        "sum(a)",
        "time()",
        "sum(",
    ],
)
def test_an_expression_whose_values_could_touch_is_not_grouped(text: str) -> None:
    assert not shapes_of(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('sum(rate(a{s="x"}[5m]))', 'sum by (s) (rate(a{s=~"x|y"}[5m]))'),
        ('max by (f) (a{s="x"})', 'max by (f, s) (a{s=~"x|y"})'),
        ('time() - max(a{s="x"})', '(time() - max by (s) (a{s=~"x|y"}))'),
        ('a{s="x",b!="c"} > bool 1', '(a{b!="c",s=~"x|y"} > bool 1.0)'),
        ('sum(a{s="x"} offset 1h)', 'sum by (s) (a{s=~"x|y"} offset 1h)'),
        ('avg_over_time(min(a{s="x"})[1h:1m])', 'avg_over_time(min by (s) (a{s=~"x|y"})[1h:1m])'),
    ],
)
def test_a_grouped_query_asks_for_every_value_and_keeps_them_apart(text: str, wanted: str) -> None:
    assert grouped(text, "s", ["x", "y"]) == wanted
    assert parse(wanted) is not None


def test_values_are_quoted_for_the_regular_expression_and_for_the_string() -> None:
    assert 's=~"a\\\\.b|c\\\\|d|e\\""' in grouped('sum(a{s="x"})', "s", ["a.b", "c|d", 'e"'])


def test_slos_of_one_shape_are_one_unit_and_equal_expressions_are_asked_once() -> None:
    asks = [ask(events("a"), "1"), ask(events("b"), "2"), ask(events("b"), "3"), ask("up", "4")]
    sizes = sorted(len(unit.members) for unit in units_of(asks))
    assert sizes == [1, 2]


def test_one_request_per_window_and_one_for_all_signals() -> None:
    asks = [ask(events(f"s{i}"), f"s{i}/a", window) for i in range(50) for window in (300, 3_600)]
    asks += [Ask(SignalReading(f"s{i}", "x"), f"up * {i}") for i in range(50)]
    asks += [Ask(SeriesReading(SliReading("s1/a", 300), 3_600, 60), "up"), Ask(CountsReading("s1/a", 3_600, 60), "up")]
    requests = Planner().plan(asks, {})
    assert sorted((len(request.asks), request.span, request.step) for request in requests) == [
        (2, 3_600, 60),
        (50, 0, 0),
        (50, 0, 0),
        (50, 0, 0),
    ]


def test_a_request_never_outgrows_its_bound() -> None:
    asks = [ask(f"metric_{i} + {'x' * 4_500}", str(i)) for i in range(200)]
    requests = Planner().plan(asks, {})
    assert 4 <= len(requests) <= 8
    assert all(len(request.text) <= planner.MOST_TEXT * 1.1 for request in requests)


def test_text_that_would_break_out_of_a_union_is_asked_alone() -> None:
    requests = Planner().plan([ask("a) or (b", "1"), ask("up", "2"), ask("down", "3")], {})
    assert sorted(request.text for request in requests if len(request.asks) == 1) == ["a) or (b"]


def test_a_reading_that_failed_in_company_is_asked_alone() -> None:
    asks = [ask(events(s), s) for s in "abc"]
    requests = Planner().plan(asks, {asks[1].reading: 1})
    assert sorted(len(request.asks) for request in requests) == [1, 2]
    assert any(request.text == events("b") for request in requests)


def test_a_culprit_is_reached_by_halving_and_then_stands_as_it_was_written() -> None:
    (request,) = Planner().plan([ask(events(s), s) for s in "abcde"] + [ask("up", "u")], {})
    queue, alone = [request], []
    while queue:
        one = queue.pop()
        halves = one.halves()
        if halves is None:
            alone.append(one)
        else:
            queue += halves
    assert sorted(one.text for one in alone) == sorted([*(events(s) for s in "abcde"), "up"])


_names = st.text(st.sampled_from('ab.|\\"*'), min_size=1, max_size=3)


@st.composite
def _asks(draw: st.DrawFn) -> list[Ask]:
    asks = []
    for i in range(draw(st.integers(1, 25))):
        window = draw(st.sampled_from([300, 3_600]))
        reading: Reading = draw(
            st.sampled_from(
                [SliReading(f"s/{i}", window), SignalReading("s", str(i)), CountsReading(f"s/{i}", 3_600, window)]
            )
        )
        value = quote(draw(_names))
        shape = draw(
            st.sampled_from(
                [
                    "sum(rate(a{{s={}}}[5m]))",
                    'max(b{{s={},t="1"}})',
                    "c{{s={}}}",
                    "topk(1, d{{s={}}})",
                    "sum(a{{s={}}}) or vector(0)",
                    "broken {} (",
                ]
            )
        )
        asks.append(Ask(reading, shape.format(value), draw(st.sampled_from(["", "bad"]))))
    return asks


def _served(request: Request) -> list[Row]:
    """What a server would send: for every expression asked, one series that names it."""
    rows = []
    for tag, unit in enumerate(request.units):
        for key, asks in unit.members.items():
            labels = dict(zip(unit.labels, key, strict=True)) | {"was": asks[0].expression}
            rows.append(Row(labels | ({TAG: str(tag)} if len(request.units) > 1 else {}), ((0.0, 1.0),)))
    return rows


@given(_asks(), st.integers(0, 3))
def test_every_ask_gets_its_own_rows_and_exactly_once(asks: list[Ask], most: int) -> None:
    company = {one.reading: most for one in asks[::3]} if most else {}
    requests = Planner().plan(asks, company)
    assert sorted(map(repr, (one for r in requests for one in r.asks))) == sorted({repr(one) for one in asks})
    for request in requests:
        for one, rows in request.answers(_served(request)).items():
            assert [row.labels["was"] for row in rows] == [one.expression]
            assert TAG not in rows[0].labels


def test_a_label_that_only_grouping_brought_is_taken_off_again() -> None:
    (request,) = Planner().plan([ask('sum(a{s="x"})', "1"), ask('sum(a{s="y"})', "2")], {})
    answers = request.answers([Row({"s": "x"}, ((0, 1.0),)), Row({"s": "y"}, ((0, 2.0),)), Row({"s": "z"}, ())])
    assert [rows[0].labels for rows in answers.values()] == [{}, {}]
    assert labelled('a{s="x"}')
    assert not labelled('sum(a{s="x"})')


def of_many(count: int) -> list[Ask]:
    """What that many SLOs of one shape ask over three windows."""
    names = [f"recommendation-model-{i:04d}" for i in range(count)]
    return [
        Ask(SliReading(f"{name}/a", window), f'sum(rate({metric}{{service="{name}"}}[{window}s]))', metric)
        for name in names
        for window in (300, 3_600, 86_400)
        for metric in ("part", "total")
    ]


def test_two_thousand_slos_of_one_shape_take_as_many_requests_as_twenty() -> None:
    few, many = (Planner().plan(of_many(count), {}) for count in (20, 2_000))
    assert len(few) == len(many) == 3
    assert all(len(request.text) <= planner.MOST_TEXT for request in many)


def test_short_windows_go_first_then_long_ones_then_charts_then_history() -> None:
    readings: list[Reading] = [
        HistoryReading("s/a"),
        SeriesReading(SliReading("s/a", 300), 3_600, 60),
        SliReading("s/a", 86_400),
        SignalReading("s", "x"),
        SliReading("s/a", 300),
    ]
    requests = Planner().plan([Ask(reading, "up") for reading in readings], {})
    assert [request.asks[0].reading for request in requests] == [readings[i] for i in (3, 4, 2, 1, 0)]


def test_a_plan_is_kept_while_the_same_is_asked_and_made_anew_when_not() -> None:
    made = Planner()
    asks = of_many(20)
    first = made.plan(asks, {})
    assert all(one is other for one, other in zip(first, made.plan(asks, {}), strict=True))
    fewer = made.plan(asks[6:], {})
    assert {ask for request in fewer for ask in request.asks} == set(asks[6:])
    made.most_text = 500
    assert all(len(request.text) <= 700 for request in made.plan(asks, {}))


def test_pieces_of_one_stretch_share_a_request_and_others_do_not() -> None:
    asks = [
        Ask(SliReading(f"{name}/a", 86_400), f'sum(a{{s="{name}"}})', "total", Piece(4, back))
        for name in "abc"
        for back in (0, 21_600)
    ]
    requests = Planner().plan([*asks, Ask(SliReading("d/a", 86_400), 'sum(a{s="d"})', "total")], {})
    assert sorted((request.back, len(request.asks)) for request in requests) == [(0, 1), (0, 3), (21_600, 3)]


def test_recorded_figures_of_two_thousand_slos_over_eight_windows_are_one_request() -> None:
    slos = [Slo(f"model-{i}", "a", SloKind.OTHER, 0.99, 86_400, RatioSli("x")) for i in range(2_000)]
    asked = []
    for slo in slos:
        for window in range(8):
            reading = SliReading(slo.id, window)
            name = f"slo:sli_error:ratio_rate{window}m"
            asked.append(Question(reading, slo, (Ask(reading, name, name),), name, Origin.RECORDED))
    (request,) = recorded.requests(asked)
    assert len(request.asks) == 16_000
    several = recorded.requests(asked, 10_000)
    assert 3 <= len(several) <= 8
    assert all(len(one.text) <= 10_500 for one in several)
    assert sum(len(one.asks) for one in several) == 16_000
