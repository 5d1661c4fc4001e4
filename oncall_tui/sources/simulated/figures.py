"""Error ratios and signals of a catalogue, computed from the fleet's own counters and gauges."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping

from oncall_tui.core.binned import BinnedDrift, sides_of
from oncall_tui.core.catalogue import Catalogue, Signal
from oncall_tui.core.comparison import Comparison
from oncall_tui.core.errors import Refused
from oncall_tui.core.slo import RatioSli, SlicesSli, Slo
from oncall_tui.sources.prometheus.promql import counts, error_ratio, operands
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.query import Expression, Vector, by_metric, compile_query
from oncall_tui.sources.simulated.slices import SliceTally


class Figures:
    """What the SLOs and signals are at any moment. Pure but for what it keeps; safe to share between threads."""

    def __init__(self, fleet: Fleet, catalogue: Catalogue) -> None:
        self._fleet = fleet
        self._series = by_metric(fleet.series)
        self._slos = {slo.id: slo for slo in catalogue.slos()}
        self._catalogue = catalogue
        self._compiled: dict[str, Expression] = {}
        self._tallies: dict[str, SliceTally] = {}
        self._done = len(fleet.interventions.entries)
        self._lock = threading.RLock()

    def slo(self, slo_id: str) -> Slo:
        """The SLO of that id. Raises Refused if the catalogue has none."""
        if slo_id not in self._slos:
            raise Refused(f"no SLO {slo_id!r} in the catalogue", "")
        return self._slos[slo_id]

    def signal(self, service: str, name: str) -> Signal:
        """The signal of that name. Raises Refused if the catalogue has none."""
        signal = self._catalogue.signal(service, name)
        if signal is None:
            raise Refused(f"no signal {name!r} of {service!r} in the catalogue", "")
        return signal

    def error_ratio(self, slo: Slo, window: float, t: float) -> float | None:
        """Bad / total over the window that ends at unix time t, 0..1; None when nothing was counted in it."""
        with self._lock:
            if isinstance(slo.sli, RatioSli):
                return _ratio(_only(self.evaluate(error_ratio(slo.sli, int(window)), t)), 1.0)
            bad, total = self.counts(slo, window, t)
            return _ratio(bad, total)

    def events(self, slo: Slo, window: int, t: float) -> float | None:
        """How many events the window saw; None for an SLI that counts none."""
        return None if operands(slo.sli, window) is None else self.counts(slo, window, t)[1]

    def reach(self, slo: Slo, t: float) -> float:
        """How far back what is simulated reaches within the SLO's period, in seconds."""
        return min(float(slo.period), max(0.0, t - self._fleet.begins))

    def counts(self, slo: Slo, window: float, t: float) -> tuple[float, float]:
        """Bad and total events (or slices) in the window that ends at unix time t. Raises Refused for a ratio SLI."""
        with self._lock:
            if isinstance(slo.sli, SlicesSli):
                return self._tally(slo.id, slo.sli).counts(t - window, t)
            queries = counts(slo.sli, int(window))
            if queries is None:
                raise Refused(f"{slo.id} counts no events", "ask for its error ratio over time instead")
            bad, total = (_only(self.evaluate(query, t)) for query in queries)
            return bad, total

    def members(self, signal: Signal, t: float) -> Mapping[str, float]:
        """The signal's finite values at unix time t by member; empty when there are none."""
        if signal.binned is not None:
            compared = self.comparisons(signal, signal.binned, t)
            return {name: one.distances.psi for name, one in compared.items() if one.distances is not None}
        return {
            labels.get(signal.by, "") if signal.by else "": value
            for labels, value in self.evaluate(signal.query, t)
            if math.isfinite(value)
        }

    def comparisons(self, signal: Signal, binned: BinnedDrift, t: float) -> Mapping[str, Comparison]:
        """Every feature of a drift computed from histograms, at unix time t. Raises Refused as evaluate does."""
        now = _buckets(self.evaluate(signal.query, t), signal.by)
        then = _buckets(self.evaluate(binned.query, t), signal.by) if binned.query else {}
        known = {name: sides_of(one) for name, one in then.items()} if binned.query else binned.stored
        return binned.comparisons(known, now)

    def evaluate(self, query: str, t: float) -> Vector:
        """A query's answer at unix time t. Raises Refused for one the fleet cannot answer."""
        with self._lock:
            self._fleet.settle()
            return self._expression(query)(t)

    def _expression(self, query: str) -> Expression:
        if query not in self._compiled:
            self._compiled[query] = compile_query(query, self._series)
        return self._compiled[query]

    def _tally(self, slo_id: str, sli: SlicesSli) -> SliceTally:
        """The SLO's tally, with what an intervention changed forgotten."""
        self._fleet.settle()
        entries = self._fleet.interventions.entries
        if self._done < len(entries):
            since = min(at for at, _ in entries[self._done :])
            self._done = len(entries)
            for tally in self._tallies.values():
                tally.forget(since)
        if slo_id not in self._tallies:
            value = self._expression(sli.query)
            self._tallies[slo_id] = SliceTally(sli, value, self._fleet.begins, self._fleet.calm_until)
        return self._tallies[slo_id]


def _buckets(vector: Vector, by: str) -> dict[str, dict[float, float]]:
    counts: dict[str, dict[float, float]] = {}
    for labels, value in vector:
        counts.setdefault(labels.get(by, "") if by else "", {})[float(labels["le"])] = value
    return counts


def _only(vector: Vector) -> float:
    """The sum of an answer; 0.0 for none: no series of errors means no errors, and no total means no ratio."""
    return math.fsum(value for _, value in vector)


def _ratio(bad: float, total: float) -> float | None:
    if not total > 0 or math.isnan(bad):
        return None
    return min(1.0, max(0.0, bad / total))
