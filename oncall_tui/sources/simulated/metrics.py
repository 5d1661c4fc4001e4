"""The simulated fleet as a metrics source."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from oncall_tui.core.alert_rule import AlertRule, RuleCurve, RuleCurves
from oncall_tui.core.alerts import Alert
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import SourceError
from oncall_tui.core.readings import (
    Cost,
    CountsReading,
    Failed,
    Grouped,
    HistoryReading,
    Members,
    NoData,
    Origin,
    Outcome,
    Provenance,
    Reading,
    Readout,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.recurrence import Recurrence
from oncall_tui.core.slo import Slo
from oncall_tui.sources.prometheus.alert_queries import MOST_CURVES
from oncall_tui.sources.prometheus.binned import compared, shown
from oncall_tui.sources.prometheus.promql import counts, missing, ratio_of
from oncall_tui.sources.prometheus.reach import search
from oncall_tui.sources.simulated.figures import Figures
from oncall_tui.sources.simulated.rules import Rule, RuleEvaluation

Lines = dict[str, tuple[tuple[float, float], ...]]


class SimulatedMetrics:
    """Implements core.ports.MetricsSource. Every figure says SIMULATED, with the PromQL a Prometheus would be asked."""

    def __init__(self, name: str, figures: Figures, rules: RuleEvaluation, clock: Callable[[], float]) -> None:
        self.name = name
        self.url = "simulated fleet"
        self.version = ""
        self._figures = figures
        self._rules = rules
        self._clock = clock

    async def read(self, readings: Sequence[Reading], now: float) -> Readout:
        """Answer every reading as of now (unix seconds). Never raises; one failing reading fails alone."""
        outcomes = await asyncio.to_thread(lambda: {reading: self._answer(reading, now) for reading in readings})
        return Readout(outcomes, skew=0.0)

    async def greet(self, now: float) -> Readout:
        """It always answers."""
        return Readout({}, skew=0.0)

    async def cost(self, readings: Sequence[Reading], now: float) -> Cost:
        """Nothing: there is no server."""
        return Cost(())

    async def groups(self, slos: Sequence[Slo], now: float) -> Mapping[str, Grouped]:
        """None: the fleet has no grouped SLO."""
        return {}

    def adopt(self, catalogue: Catalogue) -> None:
        """Its catalogue is its own and never changes."""

    async def pending_alerts(self) -> tuple[Alert, ...]:
        """Alerts whose condition holds but not yet for long enough to fire."""
        return await asyncio.to_thread(self._rules.pending, self._clock(), self.name)

    async def alert_rule(self, labels: Mapping[str, str]) -> AlertRule | None:
        """The rule that raises an alert with these labels."""
        rule = self._rules.rule_of(labels)
        return None if rule is None else AlertRule(rule.expression, "the simulated fleet's rules", rule.hold)

    async def rule_curves(
        self, expression: str, labels: Mapping[str, str], start: float, end: float, step: int
    ) -> RuleCurves:
        """What the rule of these labels compares, whatever the expression: the fleet has no others."""
        rule = self._rules.rule_of(labels)
        if rule is None:
            return RuleCurves(trouble="the simulated fleet has no such rule")
        return await asyncio.to_thread(_compared, rule, labels, _steps(end, int(end - start), step))

    async def recurrence(self, labels: Mapping[str, str], at: float) -> Recurrence | None:
        """None: the fleet keeps no record of alerts that ended."""
        return None

    async def close(self) -> None:
        """Nothing is held."""

    def _answer(self, reading: Reading, now: float) -> Outcome:
        provenance = Provenance(self.name, "", Origin.SIMULATED)
        try:
            provenance = Provenance(self.name, self._query(reading), Origin.SIMULATED)
            return self._value(reading, now, provenance)
        except SourceError as error:
            return Failed(error.message, error.hint, now, provenance)

    def _query(self, reading: Reading) -> str:
        match reading:
            case SliReading(slo, window):
                return ratio_of(self._figures.slo(slo), window)
            case HistoryReading(slo):
                known = self._figures.slo(slo)
                return search(known.sli, known.period) or ""
            case SignalReading(service, name):
                signal = self._figures.signal(service, name)
                return signal.query if signal.binned is None else shown(signal)
            case SeriesReading(of):
                return self._query(of)
            case CountsReading(slo, _, step):
                return "\n".join(counts(self._figures.slo(slo).sli, step) or ())

    def _value(self, reading: Reading, now: float, provenance: Provenance) -> Outcome:
        figures = self._figures
        match reading:
            case SliReading(slo, window):
                known = figures.slo(slo)
                due = now - known.label_delay
                ratio = figures.error_ratio(known, window, due)
                if ratio is None:
                    return NoData(missing(known.sli), now, provenance)
                return Sample(ratio, now, provenance, figures.events(known, window, due))
            case HistoryReading(slo):
                known = figures.slo(slo)
                return Sample(figures.reach(known, now - known.label_delay), now, provenance)
            case SignalReading(service, name):
                signal = figures.signal(service, name)
                if signal.binned is not None:
                    return compared(figures.comparisons(signal, signal.binned, now), now, provenance, now)
                members = figures.members(signal, now - signal.label_delay)
                return Members(members, now, provenance) if members else NoData("no series", now, provenance)
            case SeriesReading(of, span, step):
                lines = self._lines(of, _steps(now, span, step))
            case CountsReading(slo, span, step):
                lines = self._counts(slo, _steps(now - figures.slo(slo).label_delay, span, step), step)
        return Series(lines, now, provenance) if lines else NoData("no points", now, provenance)

    def _lines(self, of: SliReading | SignalReading, times: Sequence[float]) -> Lines:
        figures = self._figures
        if isinstance(of, SliReading):
            slo = figures.slo(of.slo)
            ratios = ((t, figures.error_ratio(slo, of.window, t)) for t in times)
            points = tuple((t, ratio) for t, ratio in ratios if ratio is not None)
            return {"": points} if points else {}
        signal = figures.signal(of.service, of.signal)
        lines: dict[str, list[tuple[float, float]]] = {}
        for t in times:
            for member, value in figures.members(signal, t).items():
                lines.setdefault(member, []).append((t, value))
        return {member: tuple(points) for member, points in lines.items()}

    def _counts(self, slo_id: str, times: Sequence[float], step: int) -> Lines:
        slo = self._figures.slo(slo_id)
        counts = [(t, *self._figures.counts(slo, step, t)) for t in times]
        if not any(total for _, _, total in counts):
            return {}
        return {"bad": tuple((t, bad) for t, bad, _ in counts), "total": tuple((t, total) for t, _, total in counts)}


def _compared(rule: Rule, labels: Mapping[str, str], times: Sequence[float]) -> RuleCurves:
    curves = []
    for comparison, value in rule.compared[:MOST_CURVES]:
        points = tuple((t, found) for t in times if (found := value(t, labels)) is not None)
        name = comparison.operand if comparison is not None and len(rule.compared) > 1 else ""
        curves.append(RuleCurve(name, points, comparison))
    if not any(curve.points for curve in curves):
        return RuleCurves(trouble="no points in this window")
    return RuleCurves(tuple(curves), len(rule.compared) - len(curves))


def _steps(now: float, span: int, step: int) -> list[float]:
    """The ends of the steps that fill the span, oldest first; the last is now."""
    return [now - i * step for i in range(span // step - 1, -1, -1)]
