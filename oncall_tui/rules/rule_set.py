"""Every rule for every SLO of a catalogue."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from oncall_tui.core.burn import Severity
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.ports import NotARule, SliQueries
from oncall_tui.core.slo import RatioSli, Slo
from oncall_tui.rules.alerts import Figures, RunbookUrl, burn_alert, no_data_alert
from oncall_tui.rules.document import Group, Rule
from oncall_tui.rules.names import sloth_id
from oncall_tui.rules.recordings import LONG_INTERVAL, recording_groups

_WINDOW_IN_NAME = re.compile(r"(?<![\w:$])[A-Za-z_:][\w:]*\$window")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Rule groups, the SLOs they are for, and for the others by id why they have none.

    recorded: ids of the SLOs whose figures are recorded; the others have alerts on the raw expressions.
    """

    groups: tuple[Group, ...]
    slos: tuple[Slo, ...]
    recorded: frozenset[str]
    left_out: Mapping[str, str]

    @property
    def document(self) -> dict[str, Any]:
        """As a Prometheus rules file holds it."""
        return {"groups": list(self.groups)}


def rule_set(
    catalogue: Catalogue,
    queries: SliQueries,
    *,
    recorded: Collection[str] | None = None,
    runbook_url: RunbookUrl | None = None,
    long_interval: int = LONG_INTERVAL,
) -> RuleSet:
    """The rules of every SLO in the catalogue.

    recorded: ids of the SLOs to record, None for all that allow it. long_interval: seconds between evaluations of
    long windows; keep it below half of Prometheus' five minutes of lookback. Raises ValueError for an objective
    outside 0..1.
    """
    groups: list[Group] = []
    slos: list[Slo] = []
    left_out: dict[str, str] = {}
    kept = {slo.id for slo in catalogue.slos() if (slo.recorded if recorded is None else slo.id in recorded)}
    for service in catalogue.services:
        for slo in service.slos:
            try:
                groups += _groups_of(slo, queries, slo.id in kept, service.team, runbook_url, long_interval)
            except NotARule as why:
                left_out[slo.id] = str(why)
            else:
                slos.append(slo)
    made = frozenset(slo.id for slo in slos if slo.id in kept)
    return RuleSet(tuple(_named_once(groups)), tuple(slos), made, left_out)


def _groups_of(
    slo: Slo, queries: SliQueries, recorded: bool, team: str, runbook_url: RunbookUrl | None, long_interval: int
) -> list[Group]:
    _refuse(slo)
    figures = Figures(slo, queries, recorded)
    groups = recording_groups(slo, queries, long_interval) if recorded else []
    alerts = [burn_alert(figures, severity, team, runbook_url) for severity in Severity]
    rules: list[Rule] = [alert for alert in (*alerts, no_data_alert(figures, team, runbook_url)) if alert is not None]
    return [*groups, {"name": f"slo-alerts-{sloth_id(slo)}", "rules": rules}] if rules else groups


def _refuse(slo: Slo) -> None:
    """Raise NotARule for what is recorded already, and for labels that no series may carry."""
    if isinstance(slo.sli, RatioSli) and _WINDOW_IN_NAME.search(slo.sli.error_ratio):
        raise NotARule("its figures are recorded already, by the rules it reads")
    if "__name__" in slo.labels:
        raise NotARule("a rule cannot carry the label __name__")
    # A lone surrogate is no UTF-8, and neither a label value nor a file can hold it.
    if any("\ud800" <= character <= "\udfff" for value in slo.labels.values() for character in value):
        raise NotARule("a label of its own is not UTF-8 text")


def _named_once(groups: Iterable[Group]) -> Iterable[Group]:
    """The groups under names of their own: services a and a-b may each have an SLO that Sloth would call a-b-c."""
    seen: Counter[str] = Counter()
    for group in groups:
        seen[group["name"]] += 1
        again = seen[group["name"]]
        yield group if again == 1 else {**group, "name": f"{group['name']} ({again})"}
