"""Whether SLOs and signals have data: what a reading's outcomes mean for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oncall_tui.checks.computed import computed_finding
from oncall_tui.core.burn import HOUR
from oncall_tui.core.catalogue import Service, Signal
from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    Members,
    NoData,
    Origin,
    Outcome,
    Reading,
    Sample,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, NoDataPolicy, Slo
from oncall_tui.reports.check import Explained, ExplainedWindow, Finding, Result
from oncall_tui.sources.prometheus.promql import ratio_of

YOUNG = 0.99
"""An SLO whose data reach back less than this share of its period is told."""

IDLE = "no traffic"
"""The reason of a reading whose series are there, and count nothing."""

Outcomes = Mapping[Reading, Outcome]


def polled_of_slo(slo: Slo) -> tuple[Reading, ...]:
    """What the dashboard keeps asking about one SLO."""
    return (*(SliReading(slo.id, window) for window in slo.windows), HistoryReading(slo.id))


def readings_of_slo(slo: Slo) -> tuple[Reading, ...]:
    """Everything asked about one SLO. Counts are never recorded: they tell whether the raw query works too."""
    counted = isinstance(slo.sli, (EventsSli, LatencySli, NativeLatencySli))
    return (*polled_of_slo(slo), *((_counts(slo),) if counted else ()))


def _counts(slo: Slo) -> CountsReading:
    return CountsReading(slo.id, HOUR, HOUR)


def slo_finding(slo: Slo, outcomes: Outcomes, place: str) -> Finding:
    """Whether an SLO has data over each of its windows."""
    by_window = {window: outcomes.get(SliReading(slo.id, window)) for window in slo.windows}
    failed = {window: one for window, one in by_window.items() if isinstance(one, Failed)}
    empty = {window: one for window, one in by_window.items() if isinstance(one, NoData)}
    if failed:
        first = next(iter(failed.values()))
        return Finding("SLO", slo.id, Result.FAILED, f"{_over(slo, failed)}: {first.error}", place, first.hint)
    if any(one is None for one in by_window.values()):
        return Finding("SLO", slo.id, Result.NOT_CHECKED, "it was not answered", place)
    if empty:
        return _without_data(slo, empty, place)
    recorded = sum(one.provenance.origin is Origin.RECORDED for one in by_window.values() if isinstance(one, Sample))
    raw = outcomes.get(_counts(slo))
    if recorded and isinstance(raw, (NoData, Failed)):
        why = raw.reason if isinstance(raw, NoData) else raw.error
        what = f"recorded rules answer, but its own query, which charts are made of, does not: {why}"
        return Finding("SLO", slo.id, Result.WARNING, what, place, _advice(slo, idle=False))
    return Finding("SLO", slo.id, Result.OK, "; ".join(_good(slo, recorded, outcomes)), place)


def _without_data(slo: Slo, empty: Mapping[int, NoData], place: str) -> Finding:
    """All windows empty is a fault of the definition, unless there was just no traffic; some are how things go."""
    reasons = dict.fromkeys(one.reason for one in empty.values())
    idle = set(reasons) == {IDLE}
    whole = len(empty) == len(slo.windows)
    meant = "" if slo.no_data is NoDataPolicy.UNKNOWN else f"; it counts as {slo.no_data.value}"
    what = f"{_over(slo, empty)}: {', '.join(reasons)}{meant}"
    result = Result.FAILED if whole and not idle else Result.OK if meant and not whole else Result.WARNING
    return Finding("SLO", slo.id, result, what, place, _advice(slo, idle))


def _advice(slo: Slo, idle: bool) -> str:
    if idle:
        return "right if nothing uses it; no_data says what that counts as"
    if isinstance(slo.sli, LatencySli):
        return "take one of the histogram's own bounds as threshold, and see that its name and selector are right"
    return "try the query in Prometheus' own page: is every metric and label spelt right, and scraped?"


def _good(slo: Slo, recorded: int, outcomes: Outcomes) -> Iterator[str]:
    yield f"data over all {len(slo.windows)} windows" + (f", {recorded} of them recorded" if recorded else "")
    if isinstance(slo.sli, LatencySli):
        yield f"le={slo.sli.threshold:g} exists"
    reach = outcomes.get(HistoryReading(slo.id))
    if isinstance(reach, Sample) and reach.value < YOUNG * slo.period:
        yield f"since {humanize(reach.value)}: younger than its period of {format_duration(slo.period)}"


def _over(slo: Slo, windows: Mapping[int, object]) -> str:
    if len(windows) == len(slo.windows):
        return "no data over any window" if len(windows) > 1 else "no data"
    return f"no data over {' '.join(format_duration(window) for window in windows)}"


def signals_of(service: Service) -> tuple[Signal, ...]:
    """A service's signals, and what tells its versions and whether Prometheus reaches it."""
    beside = (signal for signal in (service.versions, service.up) if signal is not None)
    return (*service.signals, *beside)


def subject_of(signal: Signal) -> str:
    """What a signal is called: 'ranker/drift', 'ranker/versions'."""
    return f"{signal.service}/{signal.name.removeprefix('@')}"


def signal_finding(signal: Signal, outcome: Outcome | None, place: str) -> Finding:
    """Whether a signal has data, and the label its members are told apart by."""
    subject = subject_of(signal)
    match outcome:
        case Members(comparisons=comparisons) if signal.binned is not None:
            return computed_finding(signal, subject, comparisons, place)
        case Members(values=values) if signal.by and set(values) == {""}:
            what, do = f"its series have no label {signal.by}", "name in `by` a label that the query keeps"
            return Finding("signal", subject, Result.FAILED, what, place, do)
        case Members(values=values) if signal.by and "" in values:
            what = f"{len(values) - 1} members by {signal.by}, and a series without that label"
            return Finding("signal", subject, Result.WARNING, what, place, "aggregate by that label")
        case Members(values=values):
            what = f"{len(values)} members by {signal.by}" if signal.by else f"{next(iter(values.values())):g}"
            return Finding("signal", subject, Result.OK, what, place)
        case Failed(error=error, hint=hint):
            return Finding("signal", subject, Result.FAILED, error, place, hint)
        case NoData(reason=reason) if signal.recipe:
            what = f"{signal.recipe} has it, and here it is not exported ({reason}): left out, unless none of it is"
            do = f"if it should be there: does `match` of the recipe fit? {signal.query}"
            return Finding("signal", subject, Result.NOT_CHECKED, what, place, do)
        case NoData(reason=reason):
            do = "try the query in Prometheus' own page: is every metric and label spelt right, and scraped?"
            return Finding("signal", subject, Result.FAILED, f"no data: {reason}", place, do)
    return Finding("signal", subject, Result.NOT_CHECKED, "it was not answered", place)


def readings_of_signals(signals: Sequence[Signal]) -> tuple[Reading, ...]:
    """Everything asked about signals."""
    return tuple(SignalReading(signal.service, signal.name) for signal in signals)


def explained(slo: Slo, outcomes: Outcomes, now: float) -> Explained:
    """An SLO's windows with their PromQL, and what came back. now: unix seconds."""
    return Explained(slo.id, tuple(_window(slo, w, outcomes.get(SliReading(slo.id, w)), now) for w in slo.windows))


def _window(slo: Slo, window: int, outcome: Outcome | None, now: float) -> ExplainedWindow:
    match outcome:
        case Sample(value, at, provenance, total):
            age = max(0.0, now - at)
            return ExplainedWindow(window, provenance.query, value, age, total, provenance.origin.value)
        case NoData(reason=why) | Failed(error=why):
            return ExplainedWindow(window, outcome.provenance.query or ratio_of(slo, window), why=why)
    why = f"its groups by {', '.join(slo.by)} are not known" if slo.is_template else ""
    return ExplainedWindow(window, ratio_of(slo, window), why=why)
