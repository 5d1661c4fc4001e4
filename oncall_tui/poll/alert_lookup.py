"""Looks up the rule behind one alert and how its value went, when a person opens it; no poll waits for that."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from oncall_tui.core.alert_rule import AlertRule, Looked, Recalled, RuleCurves, expression_in, server_in
from oncall_tui.core.alerts import Alert
from oncall_tui.core.dead_man import OURS
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import RuleSource
from oncall_tui.core.text import clean_line

_NO_RULE = "it is this dashboard's own alarm, and no Prometheus has a rule for it"


class AlertLookup:
    """sources: the configured Prometheus servers, the first one for alerts that belong to none.

    Only these are asked. The server that an alert's own link names is not: whoever sends an alert writes that link,
    and credentials go nowhere because of it.
    """

    def __init__(self, sources: Sequence[RuleSource], *, clock: Callable[[], float] = time.time) -> None:
        self._sources = tuple(sources)
        self._clock = clock

    async def __call__(self, alert: Alert, home: str, span: int, step: int) -> Looked:
        """The alert's rule, and its value over the last span seconds, a point every step. Never raises.

        home: the name of the Prometheus that knows the alert's service; '' where that is not known.
        """
        now = self._clock()
        if alert.source == OURS:
            return Looked(now, trouble=_NO_RULE)
        source = self.source_of(alert, home)
        if source is None:
            rule = _linked(alert)
            return Looked(now, rule=rule, trouble="no Prometheus is configured that could be asked")
        note = _elsewhere(alert, self._sources, source)
        try:
            rule = _linked(alert) or await source.alert_rule(alert.labels)
        except SourceError as error:
            return Looked(now, source.name, trouble=error.message, note=note)
        if rule is None:
            trouble = f"its link shows no expression, and {source.name} has no such rule"
            return Looked(now, source.name, trouble=trouble, note=note)
        try:
            curves = await source.rule_curves(rule.expression, alert.labels, now - span, now, step)
        except SourceError as error:
            return Looked(now, source.name, rule, RuleCurves(), error.message, note)
        return Looked(now, source.name, rule, curves, curves.trouble, note)

    async def recurrence(self, alert: Alert, home: str) -> Recalled:
        """How often the alert came in the last 30 days, as its Prometheus kept it. Never raises."""
        source = self.source_of(alert, home)
        if alert.source == OURS:
            return Recalled(None, _NO_RULE)
        if source is None:
            return Recalled(None, "no Prometheus is configured that could be asked")
        try:
            found = await source.recurrence(alert.labels, self._clock())
        except SourceError as error:
            return Recalled(None, error.message)
        return Recalled(found, "" if found else f"{source.name} keeps no record of it (ALERTS_FOR_STATE)")

    def source_of(self, alert: Alert, home: str) -> RuleSource | None:
        """Whom to ask about an alert: who made it if that is one of ours, else its service's own, else the first."""
        maker = server_in(alert.generator_url)
        by_maker = (one for one in self._sources if maker and one.url.rstrip("/") == maker)
        by_name = (one for name in (alert.source, home) for one in self._sources if name and one.name == name)
        return next(by_maker, None) or next(by_name, None) or next(iter(self._sources), None)


def _linked(alert: Alert) -> AlertRule | None:
    expression = expression_in(alert.generator_url)
    return AlertRule(expression, "its own link") if expression else None


def _elsewhere(alert: Alert, sources: Sequence[RuleSource], asked: RuleSource) -> str:
    """What to say where another server made the alert than the one that is asked."""
    maker = server_in(alert.generator_url)
    if not maker or maker == asked.url.rstrip("/") or any(one.url.rstrip("/") == maker for one in sources):
        return ""
    host = clean_line(urlsplit(maker).netloc, 80)
    return f"{host} made it, which is not configured: asked of {asked.name}"
