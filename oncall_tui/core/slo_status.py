"""What the figures of one SLO mean: its state and why, what is left of its budget, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oncall_tui.core.burn import (
    HOUR,
    Severity,
    Tier,
    TierVerdict,
    Traffic,
    Verdict,
    budget_remaining,
    burn_rate,
    error_budget,
    judge,
    time_to_exhaustion,
)
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import HistoryReading, NoData, Sample, SliReading
from oncall_tui.core.slo import NoDataPolicy, Slo
from oncall_tui.core.snapshot import STALE_AFTER_POLLS, Snapshot
from oncall_tui.core.state import State

WHOLE = 0.97
"""The part of a period from which on it counts as whole: its oldest sample is told in steps, and scrapes are late."""

_SKEW = 0.01
"""How far a ratio may lie outside 0..1 and be rounded to it: increase() extrapolates errors and totals apart."""


@dataclass(frozen=True, slots=True)
class Budget:
    """An error budget now. left: 1.0 = all of it, negative when overspent.

    seconds, seconds_left: of full outage, which time slices count exactly and events at the period's even traffic.
    events, events_left: bad events allowed in all and from now on, at the traffic of the past period; None where
    events are not counted.
    """

    left: float
    seconds: float
    events: float | None

    @property
    def seconds_left(self) -> float:
        """Seconds of full outage that are still affordable; negative when overspent."""
        return self.left * self.seconds

    @property
    def events_left(self) -> float | None:
        """Bad events that are still affordable; negative when overspent, None when not counted."""
        return None if self.events is None else self.left * self.events


@dataclass(frozen=True, slots=True)
class SloStatus:
    """An SLO now. samples holds the believed error ratios by window; a window not in it is not known.

    remaining: budget left over the period, 1.0 = all. exhausted_in: seconds at the present (1h) burn rate.
    Both None when not known; exhausted_in also when nothing burns. reason says why the state is what it is.
    doubt: why figures are missing, '' when none are. assumed: windows without data that the SLO's own policy
    calls good or bad. since: how far back there is data, in seconds, when that is less than the period; else None.
    """

    slo: Slo
    state: State
    reason: str
    samples: Mapping[int, Sample]
    verdicts: tuple[TierVerdict, ...]
    remaining: float | None
    exhausted_in: float | None
    doubt: str
    assumed: frozenset[int] = frozenset()
    since: float | None = None

    def error_ratio(self, window: int) -> float | None:
        """Bad / total over a window, None when not known."""
        sample = self.samples.get(window)
        return None if sample is None else sample.value

    def burn(self, window: int) -> float | None:
        """The burn rate over a window, None when not known."""
        ratio = self.error_ratio(window)
        return None if ratio is None else burn_rate(ratio, self.slo.objective)

    def sli(self, window: int) -> float | None:
        """Good / total over a window, None when not known."""
        ratio = self.error_ratio(window)
        return None if ratio is None else 1 - ratio

    def gone_in(self, window: int) -> float | None:
        """Seconds until the budget is gone at the pace of a window; None when that is not known or nothing burns."""
        pace = self.burn(window)
        if self.remaining is None or pace is None:
            return None
        return time_to_exhaustion(self.remaining, pace, self.slo.period)

    @property
    def budget(self) -> Budget | None:
        """The error budget in every measure it has; None when what is left is not known."""
        if self.remaining is None:
            return None
        share, total = error_budget(self.slo.objective), self.samples[self.slo.period].total
        return Budget(self.remaining, share * self.slo.period, None if total is None else share * total)

    @property
    def loudest(self) -> TierVerdict | None:
        """The loudest tier whose alert stands; None when none does."""
        standing = [verdict for verdict in self.verdicts if verdict.fires]
        return min(standing, key=lambda one: (one.tier.severity is not Severity.PAGE, -one.factor), default=None)

    @property
    def frozen(self) -> bool:
        """Whether what is loud about it stands on figures as they were last known, and on none of now."""
        if self.loudest is None:
            return self.state is State.CRIT and self.remaining is None
        as_loud = [one for one in self.verdicts if one.tier.severity is self.loudest.tier.severity]
        return all(one.verdict is not Verdict.FIRING for one in as_loud)

    @property
    def too_few(self) -> bool:
        """Whether it is UNKNOWN only because what burns rests on fewer events than the SLO wants to see."""
        few = any(one.verdict is Verdict.TOO_FEW for one in self.verdicts)
        return few and self.state is State.UNKNOWN and not self.doubt

    @property
    def lasting_ratio(self) -> float | None:
        """The error ratio at which what is left lasts just one more period; 0.0 of nothing left, None if not known."""
        return None if self.remaining is None else max(0.0, self.remaining) * error_budget(self.slo.objective)

    @property
    def consequence(self) -> str:
        """What the team has agreed to do now, in its own words; '' when nothing fires or nothing was agreed."""
        if self.loudest is not None:
            return self.slo.consequences.get(self.loudest.tier.severity, "")
        spent = self.remaining is not None and self.remaining <= 0
        return self.slo.consequences.get(Severity.PAGE, "") if spent else ""


def assess_slo(snapshot: Snapshot, slo: Slo) -> SloStatus:
    """The SLO's state: CRIT when a page tier fires or the budget is gone, WARN when a ticket tier fires.

    UNKNOWN when nothing fires and any of its windows is not known: a missing figure may be the burning one. What
    fired when data went missing stays as it was: silence resolves nothing.
    """
    samples, assumed, doubt = _believed(snapshot, slo)
    ratios = {window: sample.value for window, sample in samples.items()}
    # Only where something is missing does it matter how it was last: thousands of SLOs are judged at every poll.
    last = {**_last_known(snapshot, slo), **ratios} if doubt else ratios
    verdicts = tuple(_verdict(slo, tier, ratios, last, samples.get(tier.long)) for tier in slo.policy)
    spent = ratios.get(slo.period)
    remaining = None if spent is None else budget_remaining(spent, slo.objective)
    state, reason = _state(verdicts, remaining, doubt)
    if state is State.UNKNOWN and slo.period in last and budget_remaining(last[slo.period], slo.objective) <= 0:
        state, reason = State.CRIT, f"budget was spent when last seen ({doubt})"
    status = SloStatus(slo, state, reason, samples, verdicts, remaining, None, doubt, assumed, _since(snapshot, slo))
    return replace(status, exhausted_in=status.gone_in(HOUR))


def _verdict(
    slo: Slo, tier: Tier, ratios: Mapping[int, float], last: Mapping[int, float], long: Sample | None
) -> TierVerdict:
    """A tier held against the figures of now and, where one is missing, against those last known."""
    verdict = judge(tier, slo.period, slo.objective, ratios)
    if verdict.verdict is Verdict.UNKNOWN:
        held = judge(tier, slo.period, slo.objective, last).verdict is Verdict.FIRING
        verdict = replace(verdict, held=held)
    if slo.min_events:
        verdict = replace(verdict, traffic=Traffic(long.total if long else None, slo.min_events))
    return verdict


def _believed(snapshot: Snapshot, slo: Slo) -> tuple[dict[int, Sample], frozenset[int], str]:
    """The believed error ratios by window, the windows that only a policy answers for, and the first doubt."""
    if slo.is_template:
        return {}, frozenset(), f"not all of its groups by {', '.join(slo.by)} are known"
    samples, assumed, doubts, slo_id = {}, set(), [], slo.id
    for window in slo.windows:
        reading = SliReading(slo_id, window)
        sample, doubt = _error_ratio(snapshot, reading)
        if sample is None and (sample := _by_policy(snapshot, slo, reading)) is not None:
            assumed.add(window)
        if sample is None:
            doubts.append(doubt)
        else:
            samples[window] = sample
    return samples, frozenset(assumed), doubts[0] if doubts else ""


def _error_ratio(snapshot: Snapshot, reading: SliReading) -> tuple[Sample | None, str]:
    """The trusted error ratio within 0..1, or None and why not: a query that gives 30 (percent?) is not believed."""
    sample = snapshot.sample(reading)
    if sample is None:
        return None, snapshot.doubt(reading) or "not a single number"
    within = _within(sample)
    return (None, f"error ratio {sample.value:.3g} is not in 0..1") if within is None else (within, "")


def _within(sample: Sample) -> Sample | None:
    if 0 <= sample.value <= 1:
        return sample
    if -_SKEW <= sample.value <= 1 + _SKEW:
        return replace(sample, value=min(1.0, max(0.0, sample.value)))
    return None


def _by_policy(snapshot: Snapshot, slo: Slo, reading: SliReading) -> Sample | None:
    """What the SLO's own policy says of a window of which the source says, now, that there is nothing in it."""
    figure = snapshot.figures.get(reading)
    if slo.no_data is NoDataPolicy.UNKNOWN or figure is None or not isinstance(figure.trouble, NoData):
        return None
    source, told = snapshot.sources.get(figure.source), figure.trouble
    heard = source is None or source.live(snapshot.at)
    if not heard or snapshot.at - told.at > STALE_AFTER_POLLS * figure.every:
        return None
    return Sample(0.0 if slo.no_data is NoDataPolicy.GOOD else 1.0, told.at, told.provenance)


def _last_known(snapshot: Snapshot, slo: Slo) -> dict[int, float]:
    """The error ratios by window as they were last had, however old."""
    known = {}
    for window in slo.windows:
        figure = snapshot.figures.get(SliReading(slo.id, window))
        if figure is not None and isinstance(figure.value, Sample) and (sample := _within(figure.value)) is not None:
            known[window] = sample.value
    return known


def _since(snapshot: Snapshot, slo: Slo) -> float | None:
    reach = snapshot.sample(HistoryReading(slo.id))
    return None if reach is None or reach.value >= WHOLE * slo.period else reach.value


def _state(verdicts: tuple[TierVerdict, ...], remaining: float | None, doubt: str) -> tuple[State, str]:
    standing = [verdict for verdict in verdicts if verdict.fires]
    for verdict in standing:
        if verdict.tier.severity is Severity.PAGE:
            return State.CRIT, _burning(verdict, doubt)
    if remaining is not None and remaining <= 0:
        return State.CRIT, "budget spent"
    if standing:
        return State.WARN, _burning(standing[0], doubt)
    if doubt:
        return State.UNKNOWN, doubt
    few = next((verdict for verdict in verdicts if verdict.verdict is Verdict.TOO_FEW), None)
    return (State.UNKNOWN, _too_few(few)) if few else (State.OK, "within budget")


def _burning(verdict: TierVerdict, doubt: str) -> str:
    if verdict.verdict is Verdict.FROZEN:
        return f"{verdict.tier.severity.value} was firing when data went missing ({doubt})"
    assert verdict.long_burn is not None
    return f"burns {verdict.long_burn:.1f}x over {format_duration(verdict.tier.long)}"


def _too_few(verdict: TierVerdict) -> str:
    assert verdict.traffic is not None
    assert verdict.traffic.seen is not None
    window = format_duration(verdict.tier.long)
    return f"too few to judge: {verdict.traffic.seen:.0f} in {window}, {verdict.traffic.wanted} wanted"
