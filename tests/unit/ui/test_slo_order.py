"""In which order SLOs stand, and under which headings: the worst is never hidden by an order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from burning import BURNING, CALM, MONTH, NOTHING, SLO, assessed

from oncall_tui.core.slo import Slo
from oncall_tui.core.state import State
from oncall_tui.ui.render.slo_order import Entry, Grouping, Sort, arranged


def entry(name: str, ratios: dict[int, float], team: str = "", objective: float = 0.999, **more: object) -> Entry:
    slo = replace(SLO, name=name, objective=objective)
    assessment, status = assessed(ratios, slo, **more)  # type: ignore[arg-type]
    service = assessment.services[0]
    return Entry(replace(service, service=replace(service.service, team=team)), status)


ENTRIES = (
    entry("calm", dict(CALM), "search"),
    entry("burning", dict(BURNING), "ranking"),
    entry("poor", dict(CALM) | {MONTH: 0.0009}, "search"),
    entry("unknown", {}, "", trouble=dict.fromkeys(SLO.windows, NOTHING)),
    entry("strict", dict(CALM), "ranking", objective=0.9995),
)


def order(sort: Sort) -> list[str]:
    (group,) = arranged(ENTRIES, sort, Grouping.NONE)
    return [status.slo.name for status in group.slos]


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        (Sort.WORST, ["burning", "unknown", "poor", "strict", "calm"]),
        (Sort.NAME, ["burning", "calm", "poor", "strict", "unknown"]),
        (Sort.BUDGET, ["poor", "strict", "burning", "calm", "unknown"]),
        (Sort.BURN, ["burning", "strict", "calm", "poor", "unknown"]),
        (Sort.TIME, ["burning", "poor", "strict", "calm", "unknown"]),
        (Sort.OBJECTIVE, ["strict", "burning", "calm", "poor", "unknown"]),
    ],
)
def test_each_order_puts_first_what_it_is_named_after_and_last_what_is_not_known(sort: Sort, names: list[str]) -> None:
    assert order(sort) == names


def test_groups_stand_worst_first_with_their_worst_state() -> None:
    groups = arranged(ENTRIES, Sort.WORST, Grouping.TEAM)
    assert [(group.name, group.state, len(group.slos)) for group in groups] == [
        ("ranking", State.CRIT, 2),
        ("", State.UNKNOWN, 1),
        ("search", State.OK, 2),
    ]


def test_sorted_by_name_the_groups_are_too() -> None:
    assert [group.name for group in arranged(ENTRIES, Sort.NAME, Grouping.TEAM)] == ["", "ranking", "search"]


@pytest.mark.parametrize(("grouping", "name"), [(Grouping.SERVICE, "ranker"), (Grouping.KIND, "availability")])
def test_groups_are_named_after_the_service_or_the_kind(grouping: Grouping, name: str) -> None:
    assert [group.name for group in arranged(ENTRIES, Sort.WORST, grouping)] == [name]


def test_no_slo_is_no_group() -> None:
    assert arranged((), Sort.WORST, Grouping.NONE) == ()


def test_members_of_one_slo_keep_their_own_ids_apart() -> None:
    members: list[Slo] = [replace(SLO, by=("region",), group={"region": region}) for region in ("us", "eu")]
    entries = [Entry(assessed(slo=slo)[0].services[0], assessed(slo=slo)[1]) for slo in members]
    (group,) = arranged(entries, Sort.WORST, Grouping.NONE)
    assert [status.slo.group["region"] for status in group.slos] == ["eu", "us"]
