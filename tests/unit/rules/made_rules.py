"""SLOs and queries that the tests of rules share."""

from __future__ import annotations

from typing import Any

from oncall_tui.core.burn import DAY
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.duration import format_duration
from oncall_tui.core.inputs import Inputs
from oncall_tui.core.ports import NotARule
from oncall_tui.core.slo import RatioSli, Slo, SloKind
from oncall_tui.rules import rule_set


class Queries:
    """ratio and events as if every SLO counted requests; no inputs."""

    def ratio(self, slo: Slo, window: int) -> str:
        if slo.name == "odd":
            raise NotARule("it is odd")
        over = format_duration(window)
        return f'sum(rate(bad_total{{service="{slo.service}"}}[{over}])) / sum(rate(all_total[5m]))'

    def events(self, slo: Slo, window: int) -> str | None:
        return f"sum(increase(all_total[{format_duration(window)}]))"

    def inputs(self, slo: Slo, rate: float) -> Inputs:
        return Inputs(why="nobody knows how")


QUERIES = Queries()


def slo(**changes: Any) -> Slo:
    values: dict[str, Any] = {
        "service": "ranker",
        "name": "accuracy",
        "kind": SloKind.ACCURACY,
        "objective": 0.999,
        "period": 30 * DAY,
        "sli": RatioSli("errors:ratio[$window]"),
    }
    return Slo(**(values | changes))


def catalogue(*slos: Slo, team: str = "search") -> Catalogue:
    return Catalogue((Service("ranker", team=team, slos=slos),))


def groups_of(*slos: Slo, **options: Any) -> list[dict[str, Any]]:
    return list(rule_set(catalogue(*slos, team=options.pop("team", "search")), QUERIES, **options).groups)


def rules_of(groups: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [rule for group in groups for rule in group["rules"] if key in rule]
