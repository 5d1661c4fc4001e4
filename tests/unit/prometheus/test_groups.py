"""A grouped SLO becomes one SLO a group, whose queries touch that group alone."""

from __future__ import annotations

from dataclasses import replace

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.burn import DAY
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, Sli, SlicesSli, Slo, SloKind
from oncall_tui.sources.prometheus import reach, tree
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.groups import MOST_GROUPS, Unsplittable, grouped, groups_query, member

EVENTS = EventsSli(
    'sum by (handler) (rate(requests_total{job="api"}[$window]))',
    'sum by (handler) (rate(requests_total{job="api",code=~"5.."}[$window]))',
)


def template(sli: Sli, *by: str) -> Slo:
    return Slo("api", "availability", SloKind.AVAILABILITY, 0.99, 30 * DAY, sli, by=by or ("handler",))


def of_group(sli: Sli, **group: str) -> Sli:
    return member(template(sli, *group), group).sli


def test_a_member_selects_its_own_group_and_carries_no_label_of_it() -> None:
    assert of_group(EVENTS, handler="/rank") == EventsSli(
        'sum(rate(requests_total{job="api",handler="/rank"}[$window]))',
        'sum(rate(requests_total{job="api",code=~"5..",handler="/rank"}[$window]))',
    )


def test_members_have_names_of_their_own() -> None:
    one = member(template(EVENTS), {"handler": "/rank"})
    assert one.id == "api/availability{handler=/rank}"
    assert not one.is_template


@pytest.mark.parametrize(
    ("sli", "expected"),
    [
        (LatencySli("h", 0.3), LatencySli("h", 0.3, 'handler="x"')),
        (LatencySli("h", 0.3, 'job="a",'), LatencySli("h", 0.3, 'job="a",handler="x"')),
        (NativeLatencySli("h", 0.3, 'job="a"'), NativeLatencySli("h", 0.3, 'job="a",handler="x"')),
        (SlicesSli("acc", 0.9, Side.AT_LEAST), SlicesSli('acc{handler="x"}', 0.9, Side.AT_LEAST)),
        (
            RatioSli('max without (w) (slo:ratio_rate$window{id="a"})', "max(p)"),
            RatioSli('max without (w, handler) (slo:ratio_rate$window{id="a",handler="x"})', 'max(p{handler="x"})'),
        ),
    ],
)
def test_every_kind_of_sli_can_be_narrowed(sli: Sli, expected: Sli) -> None:
    assert of_group(sli, handler="x") == expected


@pytest.mark.parametrize(
    ("query", "narrowed"),
    [
        ("a / on (handler) group_left (team) b", '(a{handler="x"} / on (handler) group_left (team) b{handler="x"})'),
        ("topk(5, a)", 'topk(5.0, a{handler="x"})'),
        ("quantile by (le, handler) (0.9, a)", 'quantile by (le) (0.9, a{handler="x"})'),
    ],
)
def test_matching_and_parameters_survive(query: str, narrowed: str) -> None:
    told = of_group(SlicesSli(query, 1, Side.AT_LEAST), handler="x")
    assert isinstance(told, SlicesSli)
    assert told.query == narrowed
    promql_parser.parse(told.query)


@pytest.mark.parametrize("query", ["a @ end()", "not promql ("])
def test_a_query_that_cannot_be_narrowed_says_so(query: str) -> None:
    with pytest.raises(Unsplittable):
        of_group(SlicesSli(query, 1, Side.AT_LEAST), handler="x")


@given(st.text().filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text)))
def test_any_group_value_is_selected_to_the_letter(value: str) -> None:
    told = of_group(EVENTS, handler=value)
    assert isinstance(told, EventsSli)
    node = promql_parser.parse(told.total.replace("$window", "5m"))
    (selector,) = tree.selectors(node)
    assert ("handler", value) in {(m.name, m.value) for m in selector.matchers.matchers}


def test_which_groups_there_are_is_asked_over_the_whole_period() -> None:
    assert groups_query(template(EVENTS)) == (
        'count by (handler) (max_over_time(requests_total{job="api"}[30d:3h]) or requests_total{job="api"})'
    )
    assert groups_query(template(SlicesSli("not promql (", 1, Side.AT_LEAST))) is None


def test_groups_come_in_order_and_a_missing_label_is_a_group_too() -> None:
    rows = [Row({"handler": value} if value else {}, ((0.0, 1.0),)) for value in ("b", "", "a", "b")]
    found = grouped(template(EVENTS), rows)
    assert [slo.group["handler"] for slo in found.members] == ["", "a", "b"]
    assert not found.complaint


def test_more_groups_than_are_watched_are_said() -> None:
    rows = [Row({"handler": f"{i:04}"}, ()) for i in range(MOST_GROUPS + 3)]
    found = grouped(template(EVENTS), rows)
    assert len(found.members) == MOST_GROUPS
    assert "3 more groups" in found.complaint


def test_members_are_asked_together_again() -> None:
    from oncall_tui.core.catalogue import Catalogue, Service
    from oncall_tui.core.readings import SliReading
    from oncall_tui.sources.prometheus.planner import Planner
    from oncall_tui.sources.prometheus.questions import question

    members = tuple(member(template(EVENTS), {"handler": f"/{i}"}) for i in range(50))
    known = Catalogue((Service("api", slos=members),))
    asks = [ask for slo in members for ask in question(SliReading(slo.id, 3_600), known).asks]
    (request,) = Planner().plan(asks, {})
    assert len(request.units) == 2


def test_a_member_of_a_recorded_slo_is_not_answered_by_the_rule_of_all_groups() -> None:
    from oncall_tui.core.catalogue import Catalogue, Service
    from oncall_tui.core.readings import SliReading
    from oncall_tui.sources.prometheus.recorded import Recorded

    one = member(template(EVENTS), {"handler": "/rank"})
    recorded = Recorded()
    recorded.learn(
        [
            Row(
                {
                    "__name__": "slo:sli_error:ratio_rate1h",
                    "sloth_id": "api-availability",
                    "sloth_service": "api",
                    "sloth_slo": "availability",
                },
                (),
            )
        ],
        0.0,
    )
    alone = replace(one, by=(), group={})
    for slo, found in ((one, False), (alone, True)):
        catalogue = Catalogue((Service("api", slos=(slo,)),))
        assert (recorded.question(SliReading(slo.id, 3_600), catalogue) is not None) is found


def test_a_history_query_is_of_the_group_alone() -> None:
    own = of_group(LatencySli("h", 0.3), handler="x")
    assert reach.start(own, 30 * DAY) == ('min(min_over_time(timestamp(h_count{handler="x"})[3h:15m] offset 717h))')
    assert reach.search(own, 30 * DAY) == (
        'min(min_over_time(timestamp(present_over_time(h_count{handler="x"}[3h]))[30d:3h])'
        ' or min_over_time(timestamp(present_over_time(h_count{handler="x"}[5m]))[3h:5m])'
        ' or timestamp(h_count{handler="x"}))'
    )
