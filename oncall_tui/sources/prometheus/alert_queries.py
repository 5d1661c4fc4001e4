"""What a Prometheus tells of one alert: its rule, and the values that the rule holds against its bounds."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from oncall_tui.core.alert_rule import AlertRule, Comparison, RuleCurve, RuleCurves, agrees, unlike
from oncall_tui.core.burn import HOUR
from oncall_tui.core.errors import Malformed
from oncall_tui.core.recurrence import SPAN, Recurrence, begun, merged
from oncall_tui.core.text import clean_line
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.client import PrometheusClient
from oncall_tui.sources.prometheus.comparisons import comparisons
from oncall_tui.sources.prometheus.printing import quote, quote_regex

PATIENCE = 10.0
"""Seconds for all that one look asks: a person waits for it."""
MOST_CURVES = 4
"""As many as a chart tells apart."""
_SET_BY_RULES = frozenset({"alertname", "severity"})
"""Labels that a rule gives its alert, whatever its series have there."""


async def alert_rule(client: PrometheusClient, name: str, labels: Mapping[str, str]) -> AlertRule | None:
    """The rule of an alert with these labels, from /api/v1/rules; None where none fits. Raises SourceError.

    name: the source's, for messages.
    """
    asked = urlencode({"type": "alert", "rule_name[]": labels.get("alertname", "")})
    told = await client.get(f"/api/v1/rules?{asked}", time.monotonic() + PATIENCE)
    try:
        # Servers that do not know rule_name[] list all rules.
        rules = [rule for group in told["groups"] for rule in group["rules"] if _may_be(rule, labels)]
        found = next((rule for rule in rules if _raised(rule, labels)), rules[0] if rules else None)
        if found is None:
            return None
        trouble = clean_line(str(found.get("lastError") or ""), 300)
        return AlertRule(str(found["query"]), f"{name}'s rules", float(found.get("duration") or 0), trouble)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Malformed(f"{name}: its list of rules is not one", "is this a Prometheus?") from None


def _may_be(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a rule may have raised an alert with these labels. What it fills in from a template may be anything."""
    if rule.get("type") != "alerting" or rule.get("name") != labels.get("alertname"):
        return False
    own = rule.get("labels") or {}
    return all(labels.get(name) == value for name, value in own.items() if "{{" not in str(value))


def _raised(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether it lists an alert that has no label otherwise; external labels come on top of those it lists."""
    return any(all(labels.get(n) == v for n, v in one["labels"].items()) for one in rule.get("alerts") or ())


async def rule_curves(
    client: PrometheusClient, expression: str, labels: Mapping[str, str], start: float, end: float, step: int
) -> RuleCurves:
    """What an alert's expression compares, over time, for the series that are the alert's own. Raises SourceError.

    labels: the alert's. start, end: unix seconds. What cannot be taken apart is asked as it is, and has points only
    while it holds.
    """
    until = time.monotonic() + PATIENCE
    parts: Sequence[Comparison | None] = _distinct(comparisons(expression)) or [None]
    asked = [expression if part is None else part.operand for part in parts]
    answers = await asyncio.gather(*(client.range(query, start, end, step, until) for query in asked))
    own = [[row for row in answer.rows if agrees(row.labels, labels, _SET_BY_RULES)] for answer in answers]
    curves = [curve for part, rows in zip(parts, own, strict=True) for curve in _curves(part, rows, len(parts) > 1)]
    others = sum(len(answer.rows) for answer in answers)
    return RuleCurves(tuple(curves[:MOST_CURVES]), max(0, len(curves) - MOST_CURVES), _nothing(parts, curves, others))


def _distinct(parts: Sequence[Comparison]) -> list[Comparison]:
    """The comparisons, one of each operand: multiwindow rules hold several against one bound, and ranges one twice."""
    return list({(part.operand, part.bound): part for part in parts}.values())


def _curves(part: Comparison | None, rows: Sequence[Row], several: bool) -> Iterator[RuleCurve]:
    named = clean_line(part.operand.replace("{}", ""), 200) if part is not None and several else ""
    for row, special in zip(rows, unlike([row.labels for row in rows]), strict=True):
        apart = ",".join(f"{name}={value}" for name, value in sorted(special.items()))
        yield RuleCurve(" ".join(filter(None, (apart, named))), row.points, part)


def _nothing(parts: Sequence[Comparison | None], curves: Sequence[RuleCurve], others: int) -> str:
    if curves:
        return ""
    if others:
        return f"no series has this alert's labels; {others} others have a value"
    return "it holds at no moment of this window" if parts == [None] else "no series in this window"


# How often it came

_PART = "oncall_part"
"""The label by which the parts of the one query are told apart."""
_KEPT = "ALERTS_FOR_STATE"
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")


async def recurrence(client: PrometheusClient, labels: Mapping[str, str], at: float) -> Recurrence | None:
    """How often an alert with these labels began in the 30 days before `at` (unix seconds), by one query.

    None where Prometheus has no record of it. Raises SourceError.
    """
    query = recurrence_query(labels)
    answer = await client.range(query, at - SPAN + HOUR, at, HOUR, time.monotonic() + PATIENCE)
    parts: dict[str, list[Row]] = {}
    for row in answer.rows:
        parts.setdefault(row.labels.get(_PART, ""), []).append(row)
    first = {_own(row): row.points for row in parts.get("first", ())}
    if not first:
        return None
    known = [hour for part in ("known", "first") for row in parts.get(part, ()) for hour, _ in row.points]
    changes, last = ({_own(row): row.points for row in parts.get(name, ())} for name in ("changes", "last"))
    counts = [begun(changes.get(key, ()), points, last.get(key, ())) for key, points in first.items()]
    return Recurrence(at, min(known) - HOUR, merged(counts))


def recurrence_query(labels: Mapping[str, str]) -> str:
    """One hour at a time: how often the moment since which the alert holds changed, the first such and the last.

    Prometheus lacks the labels that are added on the way to Alertmanager, so each may be missing.
    """
    matchers = [
        f"{name}=~{quote(f'(?:{quote_regex(value)})?')}" for name, value in sorted(labels.items()) if _usable(name)
    ]
    matchers.insert(0, f"alertname={quote(labels.get('alertname', ''))}")
    hour = f"{_KEPT}{{{','.join(matchers)}}}[1h]"
    parts = {
        "changes": f"changes({hour})",
        "first": f"min_over_time({hour})",
        "last": f"max_over_time({hour})",
        "known": f"count({_KEPT})",
    }
    return " or ".join(f'label_replace({text}, "{_PART}", "{name}", "", "")' for name, text in parts.items())


def _usable(name: str) -> bool:
    return name != "alertname" and bool(_NAME.match(name))


def _own(row: Row) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in row.labels.items() if name != _PART)
