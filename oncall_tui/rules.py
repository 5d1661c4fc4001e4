"""SLOs -> Prometheus rule groups: error ratios recorded under Sloth's names, and multiwindow burn-rate alerts.

The recorded names and labels are Sloth's, so that its dashboards (and this program) read them; the alerts are
the workbook's, one per severity, each the `or` of its tiers. How an SLI becomes PromQL is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import yaml

from oncall_tui import __version__
from oncall_tui.core.burn import DAY, HOUR, Severity, Tier, error_budget
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import Slo

Expression = Callable[[Slo, int], str]
"""The PromQL of an SLO's error ratio over a window (seconds)."""

Group = dict[str, Any]
Rule = dict[str, Any]

LONG_WINDOW = 6 * HOUR
"""Windows beyond this move slowly, so that their recordings may be evaluated more rarely."""

_WORDS = re.compile(r"[^A-Za-z0-9]+")


def rule_groups(
    catalogue: Catalogue,
    expression: Expression,
    *,
    recorded: Collection[str] | None = None,
    runbook_url: Callable[[str], str] | None = None,
    long_interval: int = 60,
) -> list[Group]:
    """Prometheus rule groups for every SLO of the catalogue, ready to be dumped as YAML.

    recorded: ids of the SLOs whose ratios are recorded, None for all that allow it; the others have alerts on
    the raw expression. runbook_url: alert name -> link ('' for none). long_interval: seconds between evaluations
    of windows over LONG_WINDOW; keep it below Prometheus' five minutes of lookback.
    Raises ValueError for an objective outside 0..1.
    """
    groups: list[Group] = []
    for service in catalogue.services:
        for slo in service.slos:
            is_recorded = slo.recorded if recorded is None else slo.id in recorded
            if is_recorded:
                groups += recording_groups(slo, expression, long_interval)
            ratio = recorded_ratio if is_recorded else expression
            alerts = [burn_alert(slo, severity, ratio, service.team, runbook_url) for severity in Severity]
            if rules := [alert for alert in alerts if alert is not None]:
                groups.append({"name": f"slo-alerts-{sloth_id(slo)}", "rules": rules})
    return groups


def sloth_id(slo: Slo) -> str:
    """Sloth's name for an SLO."""
    return f"{slo.service}-{slo.name}"


def identity(slo: Slo) -> dict[str, str]:
    """The labels by which Sloth's series of one SLO are found."""
    return {"sloth_id": sloth_id(slo), "sloth_service": slo.service, "sloth_slo": slo.name}


def recorded_name(window: int) -> str:
    """The series that holds the error ratio over a window (seconds)."""
    return f"slo:sli_error:ratio_rate{format_duration(window)}"


def recorded_ratio(slo: Slo, window: int) -> str:
    """The recorded error ratio over a window as a query without the window's own label, so that two windows match."""
    return f"max({recorded_name(window)}{selector(identity(slo))}) without (sloth_window)"


def recording_groups(slo: Slo, expression: Expression, long_interval: int = 60) -> list[Group]:
    """The recordings of one SLO: short windows, long windows at their own pace, and what Sloth tells about it."""
    short = [recording(slo, window, expression) for window in slo.windows if window <= LONG_WINDOW]
    long = [recording(slo, window, expression) for window in slo.windows if window > LONG_WINDOW]
    name = sloth_id(slo)
    groups: list[Group] = [{"name": f"slo-sli-recordings-{name}", "rules": short}] if short else []
    if long:
        interval = format_duration(long_interval)
        groups.append({"name": f"slo-sli-recordings-long-{name}", "interval": interval, "rules": long})
    return [*groups, {"name": f"slo-meta-recordings-{name}", "rules": metadata(slo)}]


def recording(slo: Slo, window: int, expression: Expression) -> Rule:
    """The rule that records the error ratio over one window."""
    labels = {**slo.labels, **identity(slo), "sloth_window": format_duration(window)}
    return {"record": recorded_name(window), "expr": expression(slo, window), "labels": labels}


def metadata(slo: Slo) -> list[Rule]:
    """What Sloth records beside the ratios: objective, budget, period, burn rates and an info series."""
    labels = {**slo.labels, **identity(slo)}
    budget = _number(error_budget(slo.objective))
    now, period = (recorded_name(window) + selector(identity(slo)) for window in (slo.windows[0], slo.period))
    info = {"sloth_version": f"oncall-tui-{__version__}", "sloth_mode": "oncall-tui", "sloth_spec": "prometheus/v1"}
    rules = {
        "slo:objective:ratio": f"vector({_number(slo.objective)})",
        "slo:error_budget:ratio": f"vector({budget})",
        "slo:time_period:days": f"vector({_number(slo.period / DAY)})",
        "slo:current_burn_rate:ratio": f"{now} / {budget}",
        "slo:period_burn_rate:ratio": f"{period} / {budget}",
        "slo:period_error_budget_remaining:ratio": f"1 - {period} / {budget}",
    }
    described = labels | info | {"sloth_objective": _number(slo.objective * 100)}
    return [
        *({"record": name, "expr": expr, "labels": labels} for name, expr in rules.items()),
        {"record": "sloth_slo_info", "expr": "vector(1)", "labels": described},
    ]


def burn_alert(
    slo: Slo,
    severity: Severity,
    ratio: Expression,
    team: str = "",
    runbook_url: Callable[[str], str] | None = None,
) -> Rule | None:
    """The alert of one severity: any of its tiers burns over both of its windows.

    Tiers that even 100 % errors cannot reach are left out; None when no tier is left.
    """
    tiers = [
        tier
        for tier in slo.policy
        if tier.severity is severity and tier.factor(slo.period) * error_budget(slo.objective) < 1
    ]
    if not tiers:
        return None
    name = alert_name(slo)
    labels = {**slo.labels, "severity": severity.value, "service": slo.service, "slo": slo.name}
    annotations = _annotations(slo, severity, tiers)
    if url := runbook_url(name) if runbook_url else "":
        annotations["runbook_url"] = _literal(url)
    return {
        "alert": name,
        "expr": "\nor\n".join(_tier_expression(slo, tier, ratio) for tier in tiers),
        "labels": {key: _literal(value) for key, value in (labels | ({"team": team} if team else {})).items()},
        "annotations": annotations,
    }


def alert_name(slo: Slo) -> str:
    """The alert's name: 'feature-store' and 'freshness' make FeatureStoreFreshnessBurn."""
    return f"{camel_case(slo.service)}{camel_case(slo.name)}Burn"


def camel_case(text: str) -> str:
    """text as one CamelCase word; capitals inside its words are kept."""
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.split(text))


def selector(labels: Mapping[str, str]) -> str:
    """Labels as a PromQL selector that wants exactly these values."""
    return "{" + ", ".join(f"{name}={_quoted(value)}" for name, value in labels.items()) + "}"


def to_yaml(groups: Iterable[Group]) -> str:
    """Rule groups as a rules file. Expressions of several lines stay readable."""
    return yaml.dump({"groups": list(groups)}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)


class _Dumper(yaml.SafeDumper):
    """Writes text of several lines as a literal block, and nothing as an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _tier_expression(slo: Slo, tier: Tier, ratio: Expression) -> str:
    bound = f"({_number(tier.factor(slo.period))} * {_number(error_budget(slo.objective))})"
    legs = (f"    (({ratio(slo, window)}) > {bound})" for window in (tier.short, tier.long))
    return "(\n" + "\n  and\n".join(legs) + "\n)"


def _annotations(slo: Slo, severity: Severity, tiers: Sequence[Tier]) -> dict[str, str]:
    pairs = " or ".join(
        f"{_number(round(tier.factor(slo.period), 3))}x over {format_duration(tier.long)} and "
        f"{format_duration(tier.short)}"
        for tier in tiers
    )
    pace = "fast" if severity is Severity.PAGE else "steadily"
    promise = f"{_number(slo.objective * 100)}% over {format_duration(slo.period)}"
    about = f"{_literal(slo.description)} " if slo.description else ""
    return {
        "summary": f"{_literal(slo.service)} burns its {_literal(slo.name)} error budget {pace}",
        "description": f"{about}{{{{ $value | humanizePercentage }}}} bad in the short window; the objective is "
        f"{promise}. Fires at burn rates above {pairs}.",
    }


def _number(value: float) -> str:
    """value without the noise of binary fractions: 1 - 0.999 is written 0.001."""
    return f"{value:.12g}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _literal(text: str) -> str:
    """text as Prometheus' templates show it unchanged."""
    return text.replace("{{", '{{ "{{" }}')
