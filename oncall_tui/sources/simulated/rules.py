"""The fleet's alert rules, evaluated as a Prometheus would: a condition, a time it must hold, pending, firing."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from oncall_tui.core.alert_rule import Comparison
from oncall_tui.core.alerts import Alert
from oncall_tui.core.burn import Severity, Tier, Verdict, error_budget, judge
from oncall_tui.core.catalogue import Catalogue, Endpoint, Service, Signal, SignalKind
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import Slo
from oncall_tui.sources.prometheus.promql import error_ratio
from oncall_tui.sources.simulated.figures import Figures
from oncall_tui.sources.simulated.fleet import Fleet

INTERVAL = 15.0
"""Seconds between two evaluations."""
_LOOKBACK, _STEPS = 6 * 3_600.0, 24
"""What is evaluated, in so many steps, of the time before the epoch: alerts that fire already are as old as that."""
_CATCH_UP = 240
"""Evaluations at most at once, however long nobody asked (a laptop that slept)."""

Firing = Iterator[tuple[Mapping[str, str], str]]
"""What holds: further labels and a description each."""


Value = Callable[[float, Mapping[str, str]], float | None]
"""What is compared, at a unix time, for an alert with these labels."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One alert rule. hold: seconds its condition must hold before it fires.

    expression: the PromQL that a Prometheus would be given. compared: its operands, as functions of time.
    """

    labels: Mapping[str, str]
    summary: str
    hold: float
    condition: Callable[[float], Firing]
    expression: str
    compared: tuple[tuple[Comparison | None, Value], ...]


@dataclass(frozen=True, slots=True)
class Active:
    """One alert whose condition holds since a unix time."""

    rule: Rule
    labels: Mapping[str, str]
    description: str
    since: float

    def fires(self, t: float) -> bool:
        """Whether it has held for long enough at unix time t."""
        return t - self.since >= self.rule.hold


class RuleEvaluation:
    """The catalogue's rules over time. Its state only moves forward; safe to share between threads.

    runbook_url: alert name -> the link its annotations carry, '' for none.
    """

    def __init__(self, fleet: Fleet, figures: Figures, catalogue: Catalogue, runbook_url: Callable[[str], str]) -> None:
        self._figures = figures
        self._fleet = fleet
        self._runbook_url = runbook_url
        self._rules = tuple(self._every_rule(catalogue))
        self._active: dict[str, Active] = {}
        self._evaluated = fleet.epoch - _LOOKBACK
        self._lock = threading.Lock()

    def firing(self, t: float, source: str) -> tuple[Alert, ...]:
        """The alerts that fire at unix time t, as source tells them."""
        return tuple(self._alert(active, source, pending=False) for active in self._at(t) if active.fires(t))

    def pending(self, t: float, source: str) -> tuple[Alert, ...]:
        """The alerts at unix time t whose condition has not held for long enough yet."""
        return tuple(self._alert(active, source, pending=True) for active in self._at(t) if not active.fires(t))

    def rule_of(self, labels: Mapping[str, str]) -> Rule | None:
        """The rule that raises an alert with these labels."""
        return next((r for r in self._rules if all(labels.get(n) == v for n, v in r.labels.items())), None)

    def _at(self, t: float) -> list[Active]:
        with self._lock:
            epoch = self._fleet.epoch
            if self._evaluated < epoch:
                self._advance(min(t, epoch), _LOOKBACK / _STEPS)
            self._advance(t, max(INTERVAL, (t - self._evaluated) / _CATCH_UP))
            return list(self._active.values())

    def _advance(self, t: float, step: float) -> None:
        while self._evaluated + step <= t:
            self._evaluated += step
            self._evaluate(self._evaluated)

    def _evaluate(self, t: float) -> None:
        active: dict[str, Active] = {}
        for rule in self._rules:
            for extra, description in rule.condition(t):
                labels = {**rule.labels, **extra}
                key = fingerprint(labels)
                before = self._active.get(key)
                active[key] = Active(rule, labels, description, before.since if before else t)
        self._active = active

    def _alert(self, active: Active, source: str, *, pending: bool) -> Alert:
        annotations = {"summary": active.rule.summary, "description": active.description}
        if url := self._runbook_url(active.labels["alertname"]):
            annotations["runbook_url"] = url
        return Alert(
            source=source,
            fingerprint=fingerprint(active.labels),
            labels=active.labels,
            annotations=annotations,
            starts_at=active.since if pending else active.since + active.rule.hold,
            updated_at=self._evaluated,
            receivers=() if pending else (receiver_of(active.labels),),
            pending=pending,
        )

    def _every_rule(self, catalogue: Catalogue) -> Iterator[Rule]:
        words, one = "Alerting works: this alert always fires", ((None, lambda t, labels: 1.0),)
        yield Rule({"alertname": "Watchdog", "severity": "none"}, words, 0, _always, "vector(1)", one)
        for service in catalogue.services:
            for slo in service.slos:
                for severity, hold in ((Severity.PAGE, 15.0), (Severity.TICKET, 60.0)):
                    yield self._burn(service, slo, severity, hold)
            for signal in service.signals:
                if signal.warn is not None and signal.kind in _OUT_OF_BOUNDS:
                    yield self._out_of_bounds(service, signal, signal.warn)
            for endpoint in service.endpoints:
                yield self._down(service, endpoint)

    def _burn(self, service: Service, slo: Slo, severity: Severity, hold: float) -> Rule:
        tiers = [tier for tier in slo.policy if tier.severity is severity]

        def condition(t: float) -> Firing:
            for tier in tiers:
                ratios: dict[int, float | None] = {
                    tier.short: self._figures.error_ratio(slo, tier.short, t - slo.label_delay)
                }
                if judge(tier, slo.period, slo.objective, ratios).verdict is Verdict.QUIET:
                    continue
                ratios[tier.long] = self._figures.error_ratio(slo, tier.long, t - slo.label_delay)
                verdict = judge(tier, slo.period, slo.objective, ratios)
                if verdict.verdict is Verdict.FIRING:
                    over = format_duration(tier.long)
                    yield {}, f"burns {verdict.long_burn:.1f} times its budget's pace over {over}"
                    return

        name = f"{_camel(slo.service)}{_camel(slo.name)}Burn"
        labels = _labels(name, severity.value, service) | {"slo": slo.name}
        legs = {(tier, window): self._leg(slo, tier, window) for tier in tiers for window in (tier.short, tier.long)}
        text = " or ".join(f"({_text(legs[t, t.short][0])} and {_text(legs[t, t.long][0])})" for t in tiers)
        words = f"{slo.service} spends its {slo.name} error budget too fast"
        return Rule(labels, words, hold, condition, text, tuple(legs.values()))

    def _leg(self, slo: Slo, tier: Tier, window: int) -> tuple[Comparison, Value]:
        bound = tier.factor(slo.period) * error_budget(slo.objective)
        comparison = Comparison(error_ratio(slo.sli, window), ">", bound)
        return comparison, lambda t, labels: self._figures.error_ratio(slo, window, t)

    def _out_of_bounds(self, service: Service, signal: Signal, warn: float) -> Rule:
        def condition(t: float) -> Firing:
            for member, value in self._figures.members(signal, t - signal.label_delay).items():
                if value > warn:
                    named = f"{member} is" if member else "it is"
                    yield ({signal.by: member} if member else {}), f"{named} at {value:.3g}, above {warn:.3g}"

        name = _OUT_OF_BOUNDS[signal.kind] if signal.by else f"Pipeline{_OUT_OF_BOUNDS[signal.kind][len('Feature') :]}"
        what = {SignalKind.DRIFT: "drifts from what it was trained on", SignalKind.FRESHNESS: "serves stale data"}
        over = Comparison(signal.query, ">", warn)

        def value(t: float, labels: Mapping[str, str]) -> float | None:
            return self._figures.members(signal, t - signal.label_delay).get(
                labels.get(signal.by, "") if signal.by else ""
            )

        words = f"{service.name} {what[signal.kind]}"
        return Rule(_labels(name, "ticket", service), words, 30, condition, _text(over), ((over, value),))

    def _down(self, service: Service, endpoint: Endpoint) -> Rule:
        def condition(t: float) -> Firing:
            if service.name in self._fleet.services and not self._fleet.vitals(service.name, t).live:
                yield {}, f"{endpoint.url} refuses connections"

        def value(t: float, _: Mapping[str, str]) -> float | None:
            known = service.name in self._fleet.services
            return float(self._fleet.vitals(service.name, t).live) if known else None

        labels = _labels("EndpointDown", "page", service) | {"endpoint": endpoint.name}
        down = Comparison(f'up{{service="{service.name}",endpoint="{endpoint.name}"}}', "==", 0.0)
        return Rule(labels, f"{endpoint.id} does not answer", 30, condition, _text(down), ((down, value),))


_OUT_OF_BOUNDS = {SignalKind.DRIFT: "FeatureDrift", SignalKind.FRESHNESS: "FeatureStale"}


def _text(comparison: Comparison) -> str:
    return f"{comparison.operand} {comparison.op} {comparison.bound:.6g}"


def _always(_: float) -> Firing:
    yield {}, "When it is missing, no other alert can be trusted to come."


def _labels(name: str, severity: str, service: Service) -> dict[str, str]:
    team = {"team": service.team} if service.team else {}
    return {"alertname": name, "severity": severity, "service": service.name, **team}


def _camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", name))


def receiver_of(labels: Mapping[str, str]) -> str:
    """Where the fleet's Alertmanager routes an alert of these labels."""
    return {"page": "pager", "none": "deadman"}.get(labels.get("severity", ""), "tickets")


def fingerprint(labels: Mapping[str, str]) -> str:
    """Sixteen hexadecimal digits that tell this label set from every other."""
    text = "\xff".join(f"{name}\xff{value}" for name, value in sorted(labels.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
