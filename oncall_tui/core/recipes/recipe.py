"""A recipe: what to make of the metrics that one kind of model server exports.

In a query $own stands for the matchers that tell one model, $job for those of the jobs that export it.
A query that divides by a filtered part adds `or ... * 0`: where the whole is counted, no such event is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from oncall_tui.core.catalogue import Protocol, ServiceKind, SignalKind
from oncall_tui.core.slo import Side


@dataclass(frozen=True, slots=True)
class SignalRecipe:
    """One signal. needs: every metric that must be exported; a histogram's _bucket stands for the whole of it.

    label: one that they must have, lest a matcher on it find nothing and be taken for none. by: the label that tells
    members apart. good, warn, crit: as of a configured signal; None: what its kind has.
    """

    name: str
    kind: SignalKind
    unit: str
    query: str
    needs: tuple[str, ...]
    label: str = ""
    by: str = ""
    good: Side | None = None
    warn: float | None = None
    crit: float | None = None


@dataclass(frozen=True, slots=True)
class EventsRecipe:
    """An availability SLO that the metrics allow: errors and all events, with $window. needs, label: as for signals."""

    error: str
    total: str
    needs: tuple[str, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class HistogramRecipe:
    """A latency SLO that a histogram allows. per_second: its unit, 1 for seconds, 1e6 for microseconds."""

    histogram: str
    per_second: float = 1


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of server. identity: the labels that name a model on it, best first.

    Of signals of one name, the first whose metrics are exported is taken. port: where it answers, if not where it is
    scraped. lacks: a signal that a person may look for in vain, and why. more: signals for whom names the recipe, which
    discovery finds in a way of its own. versions: a metric and its label that tells which versions serve. info: info
    metrics, and those of their labels that tell what runs.
    """

    server: str
    identity: tuple[str, ...]
    signals: tuple[SignalRecipe, ...]
    availability: tuple[EventsRecipe, ...] = ()
    latency: tuple[HistogramRecipe, ...] = ()
    kind: ServiceKind = ServiceKind.MODEL
    protocol: Protocol | None = None
    port: int | None = None
    lacks: tuple[str, str] = ("", "")
    more: tuple[SignalRecipe, ...] = ()
    versions: tuple[str, str] | None = None
    info: tuple[tuple[str, tuple[str, ...]], ...] = ()


def p99(histogram: str, per_second: float = 1, name: str = "latency-p99", own: str = "$own") -> SignalRecipe:
    """The 99th percentile of a classic histogram, in seconds. per_second: the histogram's unit."""
    query = f"histogram_quantile(0.99, sum by (le) (rate({histogram}_bucket{{{own}}}[5m])))"
    scale = f" / {per_second:g}" if per_second != 1 else ""
    return SignalRecipe(name, SignalKind.LATENCY, "s", query + scale, (f"{histogram}_bucket",))


def mean(total: str, count: str, per_second: float, name: str = "latency-mean") -> SignalRecipe:
    """The mean of what is added up in a counter, in seconds. per_second: the counter's unit."""
    query = f"sum(rate({total}{{$own}}[5m])) / sum(rate({count}{{$own}}[5m])) / {per_second:g}"
    return SignalRecipe(name, SignalKind.LATENCY, "s", query, (total, count))


def rate(*counters: str, name: str = "throughput", unit: str = "req/s", own: str = "$own") -> SignalRecipe:
    """What counters count, together, a second."""
    query = " + ".join(f"sum(rate({counter}{{{own}}}[5m]))" for counter in counters)
    return SignalRecipe(name, SignalKind.THROUGHPUT, unit, query, counters)


def gauge(name: str, metric: str, unit: str = "requests", kind: SignalKind = SignalKind.OTHER) -> SignalRecipe:
    """A gauge, of all replicas together."""
    return SignalRecipe(name, kind, unit, f"sum({metric}{{$own}})", (metric,))


def highest(name: str, metric: str) -> SignalRecipe:
    """A gauge, of the replica where it is highest."""
    return SignalRecipe(name, SignalKind.OTHER, "", f"max({metric}{{$own}})", (metric,))


def _enclosed(query: str) -> str:
    return f"({query})" if " or " in query or " + " in query else query


def errors(error: str, total: str, needs: tuple[str, ...], label: str = "") -> tuple[SignalRecipe, EventsRecipe]:
    """The share of errors now, and the SLO that it allows. error and total have $window."""
    now = f"{_enclosed(error)} / {_enclosed(total)}".replace("$window", "5m")
    signal = SignalRecipe("errors", SignalKind.ERRORS, "", now, needs, label)
    return signal, EventsRecipe(error, total, needs, label)


def failures(bad: str, good: str) -> tuple[SignalRecipe, EventsRecipe]:
    """Two counters: what failed, and what did not."""
    error = f"sum(rate({bad}{{$own}}[$window]))"
    return errors(error, f"{error} + sum(rate({good}{{$own}}[$window]))", (bad, good))


def errors_of(bad: str, total: str) -> tuple[SignalRecipe, EventsRecipe]:
    """Two counters: what failed, and everything."""
    return errors(f"sum(rate({bad}{{$own}}[$window]))", f"sum(rate({total}{{$own}}[$window]))", (bad, total))


def labelled(counter: str, label: str, failed: str, own: str = "$own") -> tuple[SignalRecipe, EventsRecipe]:
    """One counter, and the end of a matcher on a label that picks what failed."""
    total = f"sum(rate({counter}{{{own}}}[$window]))"
    error = f"sum(rate({counter}{{{own},{label}{failed}}}[$window])) or {total} * 0"
    return errors(error, total, (counter,), label)


def quantile(signal: SignalRecipe, share: str) -> SignalRecipe:
    """A 99th percentile as another one. share: what stands after '0.', '5' or '95'."""
    name = signal.name.replace("p99", f"p{share.ljust(2, '0')}")
    return replace(
        signal, name=name, query=signal.query.replace("histogram_quantile(0.99,", f"histogram_quantile(0.{share},")
    )


def worst(name: str, kind: SignalKind, metric: str, by: str, matching: str = "") -> SignalRecipe:
    """The highest value of each member of a gauge. matching: what its series must have besides."""
    own = f"$own,{matching}" if matching else "$own"
    return SignalRecipe(name, kind, "", f"max by ({by}) ({metric}{{{own}}})", (metric,), by=by)
