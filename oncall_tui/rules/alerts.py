"""The alerts of an SLO: one per severity on how fast its budget burns, and one on silence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.burn import HOUR, Severity, Tier, error_budget
from oncall_tui.core.duration import format_duration
from oncall_tui.core.ports import SliQueries
from oncall_tui.core.slo import NoDataPolicy, Slo
from oncall_tui.rules.document import Rule
from oncall_tui.rules.names import camel_case, identity, literal, number, words
from oncall_tui.rules.queries import valued
from oncall_tui.rules.recordings import recorded_events, recorded_ratio

RunbookUrl = Callable[[Mapping[str, str]], str]
"""An alert's labels -> the link to its runbook, '' for none."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures that alerts of one SLO are on: what is recorded of it, or else the raw expressions."""

    slo: Slo
    queries: SliQueries
    recorded: bool

    def ratio(self, window: int) -> str:
        """The error ratio over a window (seconds); no series where there is none. Raises NotARule."""
        if self.recorded:
            return recorded_ratio(self.slo, window)
        return valued(self.queries.ratio(self.slo, window))

    def events(self, window: int) -> str | None:
        """The number of events in a window (seconds), None where they are not counted. Raises NotARule."""
        raw = self.queries.events(self.slo, window)
        return recorded_events(self.slo, window) if self.recorded and raw is not None else raw


def reachable(slo: Slo, severity: Severity) -> list[Tier]:
    """The tiers of one severity that fire at 100 % errors; the others never can."""
    budget = error_budget(slo.objective)
    return [tier for tier in slo.policy if tier.severity is severity and tier.factor(slo.period) * budget < 1]


def burn_alert(
    figures: Figures, severity: Severity, team: str = "", runbook_url: RunbookUrl | None = None
) -> Rule | None:
    """The alert of one severity: any of its tiers burns over both of its windows.

    Where no data counts as bad, a window without any burns whole; elsewhere it fires nothing. Tiers that even 100 %
    errors cannot reach are left out; None when no tier is left. Raises NotARule.
    """
    slo = figures.slo
    tiers = reachable(slo, severity)
    if not tiers:
        return None
    labels = {"severity": severity.value, "sloth_severity": severity.value}
    texts = _burn_texts(slo, severity, tiers)
    expr = "\nor\n".join(_tier(figures, tier) for tier in tiers)
    return _alert(slo, alert_name(slo), expr, labels, texts, team, runbook_url)


def no_data_alert(figures: Figures, team: str = "", runbook_url: RunbookUrl | None = None) -> Rule | None:
    """The ticket for an SLO of which nothing has been measured for long, since no burn alert would ever say so.

    For a grouped SLO it names the groups that have fallen silent since its longest burn window began. None where
    silence is not told. Raises NotARule.
    """
    slo = figures.slo
    if not tells_silence(slo):
        return None
    window = silent_after(slo)
    now = figures.ratio(window)
    expr = f"absent({now})"
    if slo.by:
        expr = f"(\n  ({figures.ratio(_longest(slo))})\n  unless\n  ({now})\n)\nor on ()\n{expr}"
    span = format_duration(window)
    texts = {
        "summary": f"{words(slo.service)} has no data for its {words(slo.name)} objective",
        "description": f"Nothing was measured over {span}, for {span}: no series, or no traffic. "
        "Until it is measured again nobody knows whether the objective is kept.",
    }
    name = f"{_stem(slo)}NoData"
    rule = _alert(slo, name, expr, {"severity": Severity.TICKET.value}, texts, team, runbook_url)
    return {"alert": rule.pop("alert"), "expr": rule.pop("expr"), "for": span, **rule}


def tells_silence(slo: Slo) -> bool:
    """Whether an alert tells that an SLO has no data: not where that counts as good, nor where it has no alerts."""
    return slo.no_data is not NoDataPolicy.GOOD and bool(slo.policy)


def silent_after(slo: Slo) -> int:
    """Seconds without data, and again as many to hold, after which silence is told: the shortest long window.

    Of an SLO that has no alerts: an hour.
    """
    return min((tier.long for tier in slo.policy), default=HOUR)


def alert_name(slo: Slo) -> str:
    """The alert's name: 'feature-store' and 'freshness' make FeatureStoreFreshnessBurn."""
    return f"{_stem(slo)}Burn"


def _stem(slo: Slo) -> str:
    return camel_case(slo.service) + camel_case(slo.name)


def _longest(slo: Slo) -> int:
    return max((tier.long for tier in slo.policy), default=slo.period)


def _alert(
    slo: Slo,
    name: str,
    expr: str,
    labels: Mapping[str, str],
    annotations: dict[str, str],
    team: str,
    runbook_url: RunbookUrl | None,
) -> Rule:
    # What tells groups apart comes with the series; a label of the rule would cover it.
    own = {key: value for key, value in slo.labels.items() if key not in slo.by}
    worn = (
        own
        | identity(slo)
        | dict(labels)
        | {"service": slo.service, "slo": slo.name}
        | ({"team": team} if team else {})
    )
    if url := runbook_url({**worn, "alertname": name}) if runbook_url else "":
        annotations = {**annotations, "runbook_url": literal(url)}
    worn = {key: literal(value) for key, value in worn.items()}
    return {"alert": name, "expr": expr, "labels": worn, "annotations": annotations}


def _tier(figures: Figures, tier: Tier) -> str:
    slo = figures.slo
    bound = f"({number(tier.factor(slo.period))} * {number(error_budget(slo.objective))})"
    legs = [f"    (({_leg(figures, window)}) > {bound})" for window in (tier.short, tier.long)]
    # What is made up for a window without data has not the labels of what is measured.
    together = "and on ()" if slo.no_data is NoDataPolicy.BAD and not slo.by else "and"
    return "(\n" + f"\n  {together}\n".join(legs) + _few(figures, tier.long) + "\n)"


def _leg(figures: Figures, window: int) -> str:
    """A window's ratio; where no data counts as bad, 1 for a window without, of each group that is known."""
    ratio = figures.ratio(window)
    if figures.slo.no_data is not NoDataPolicy.BAD:
        return ratio
    if figures.slo.by:
        return f"({ratio}) or (0 * ({figures.ratio(_longest(figures.slo))}) + 1)"
    return f"({ratio}) or on () vector(1)"


def _few(figures: Figures, window: int) -> str:
    """What holds a tier back while its long window saw some events, but fewer than are wanted.

    Where they are not known it is not held back, and none at all is no data, for which there is a policy.
    """
    slo = figures.slo
    events = figures.events(window) if slo.min_events else None
    if events is None:
        return ""
    return f"\n  unless on ({', '.join(slo.by)})\n    ((({events}) > 0) < {slo.min_events})"


def _burn_texts(slo: Slo, severity: Severity, tiers: Sequence[Tier]) -> dict[str, str]:
    pairs = " or ".join(
        f"{number(round(tier.factor(slo.period), 3))}x over {format_duration(tier.long)} and "
        f"{format_duration(tier.short)}"
        for tier in tiers
    )
    pace = "fast" if severity is Severity.PAGE else "steadily"
    promise = f"{number(slo.objective * 100)}% over {format_duration(slo.period)}"
    about = f"{words(slo.description)} " if slo.description else ""
    of = "".join(f" ({name} {{{{ $labels.{name} }}}})" for name in slo.by)
    bad = " No data counts as bad." if slo.no_data is NoDataPolicy.BAD else ""
    texts = {
        "summary": f"{words(slo.service)} burns its {words(slo.name)} error budget {pace}{of}",
        "description": f"{about}{{{{ $value | humanizePercentage }}}} bad in the short window; the objective is "
        f"{promise}. Fires at burn rates above {pairs}.{bad}",
    }
    agreed = slo.consequences.get(severity, "")
    return texts | ({"consequence": words(agreed)} if agreed else {})
