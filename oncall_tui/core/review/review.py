"""The review of a stretch of time, put together of what Prometheus recorded and what the journal holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from oncall_tui.core.assess import Assessment
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import ActionItem, Incident
from oncall_tui.core.readings import Members, Sample, Series
from oncall_tui.core.review.alert_tally import AlertTally, mean_time_to_take, tally
from oncall_tui.core.review.budgets import BudgetLine, budget_lines
from oncall_tui.core.review.episodes import Episode, joined, of_board, of_journal, of_prometheus
from oncall_tui.core.review.movers import Mover, Stale, movers, stale_features
from oncall_tui.core.review.spells import Spell, Uptime, spells, uptimes
from oncall_tui.core.silences import SilenceStatus, survey
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State
from oncall_tui.core.toil import Toil

STEP = 60.0
"""Seconds between two looks at which alerts fired; more for a long time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a review is made of. Times are unix seconds.

    assessment: of everything at its end. spent: by SLO, the error ratio over the time, or why there is none; week_ago:
    the share of the budget that was left a week before the end, where that is known; then: signals at the beginning,
    by service and name. fired: by service, its alerts while they fired, every step seconds; fired_lately: (service,
    name) of every alert that fired in the week before the end. events: of the journal, in
    the order of their writing, with how everything stood at the beginning. troubles: what could not be had, a line
    each. present: whether the end is now, so that the alerts and silences of the assessment are those of the end.
    """

    since: float
    until: float
    assessment: Assessment
    spent: Mapping[str, Sample | str] = field(default_factory=dict)
    week_ago: Mapping[str, float] = field(default_factory=dict)
    then: Mapping[tuple[str, str], Members] = field(default_factory=dict)
    fired: Mapping[str, Series] = field(default_factory=dict)
    step: float = STEP
    fired_lately: frozenset[tuple[str, str]] = frozenset()
    events: Sequence[Event] = ()
    incidents: Sequence[Incident] = ()
    actions: Sequence[ActionItem] = ()
    toil: Toil | None = None
    troubles: tuple[str, ...] = ()
    present: bool = True


@dataclass(frozen=True, slots=True)
class Review:
    """A stretch of time, from since to until (unix seconds), in the order in which to read it.

    time_to_take: mean seconds until an alert was taken, None where none was. silent: services that left their own past
    with no alert. silences: those that go on at the end. unknown: what nobody can say, a line each.
    """

    since: float
    until: float
    budgets: tuple[BudgetLine, ...]
    alerts: tuple[AlertTally, ...]
    episodes: tuple[Episode, ...]
    time_to_take: float | None
    silent: tuple[Spell, ...]
    drift: tuple[Mover, ...]
    stale: tuple[Stale, ...]
    endpoints: tuple[Uptime, ...]
    silences: tuple[SilenceStatus, ...]
    incidents: tuple[Incident, ...]
    actions: tuple[ActionItem, ...]
    toil: Toil | None
    unknown: tuple[str, ...]

    @property
    def noisy(self) -> tuple[AlertTally, ...]:
        """Alerts that fire and resolve alone."""
        return tuple(one for one in self.alerts if one.noisy)

    @property
    def never_taken(self) -> tuple[AlertTally, ...]:
        """Pages that nobody took."""
        return tuple(one for one in self.alerts if one.urgency == "page" and one.never_taken)

    @property
    def leaks(self) -> tuple[BudgetLine, ...]:
        """Budgets that shrink slowly, with nobody told."""
        return tuple(one for one in self.budgets if one.leaks)


def review(evidence: Evidence) -> Review:
    """The review that evidence gives."""
    since, until, assessment = evidence.since, evidence.until, evidence.assessment
    seen = of_journal(evidence.events, since, until)
    recorded = of_prometheus(evidence.fired, since, until, evidence.step)
    standing = of_board(assessment, since) if evidence.present else []
    episodes = joined(recorded, joined(standing, seen, evidence.step), evidence.step)
    return Review(
        since=since,
        until=until,
        budgets=_budgets(evidence, episodes),
        alerts=tally(episodes, until),
        episodes=tuple(episodes),
        time_to_take=mean_time_to_take(one for one in episodes if not one.hidden),
        silent=_silent(evidence),
        drift=movers(assessment, lambda service, name: _values(evidence.then.get((service, name)))),
        stale=stale_features(assessment),
        endpoints=uptimes(spells(evidence.events, EventKind.ENDPOINT_STATE, since, until), until),
        silences=survey(assessment) if evidence.present else (),
        incidents=tuple(one for one in evidence.incidents if one.began < until and _touches(one, since)),
        actions=tuple(one for one in evidence.actions if one.closed_at is None or one.closed_at > since),
        toil=evidence.toil,
        unknown=(*_unknown(assessment), *evidence.troubles),
    )


def _values(members: Members | None) -> dict[str, float]:
    return dict(members.values) if members else {}


def _touches(incident: Incident, since: float) -> bool:
    return not incident.into and (incident.resolved_at is None or incident.resolved_at >= since)


def _budgets(evidence: Evidence, episodes: Iterable[Episode]) -> tuple[BudgetLine, ...]:
    fired = evidence.fired_lately | {(one.service, one.name) for one in episodes}

    def told(status: SloStatus) -> bool:
        """Whether an alert of it fired: one that says so in its labels, or one with its name in its own."""
        own = {one.alert.name for one in evidence.assessment.alerts_of_slo(status.slo.id)}
        word = _bare(status.slo.name)
        return bool(own) or any(service == status.slo.service and word in _bare(name) for service, name in fired)

    def spent(slo: str) -> float | str:
        found = evidence.spent.get(slo, "not asked")
        return found if isinstance(found, str) else found.value

    return budget_lines(evidence.assessment, evidence.until - evidence.since, spent, evidence.week_ago.get, told)


def _bare(name: str) -> str:
    """'feature-freshness' as it stands in 'FeatureFreshnessBurn'."""
    return name.replace("-", "").replace("_", "").lower()


def _silent(evidence: Evidence) -> tuple[Spell, ...]:
    """Signals that were SILENT, each spell of them; those of now that no journal saw begin among them."""
    found = [
        one
        for one in spells(evidence.events, EventKind.SIGNAL_STATE, evidence.since, evidence.until)
        if one.state == State.SILENT.name
    ]
    known = {one.subject for one in found if one.ended is None}
    for service in evidence.assessment.services:
        for signal in service.signals:
            subject = f"{service.service.name}/{signal.signal.name}"
            if signal.state is State.SILENT and subject not in known:
                until = evidence.until
                found.append(Spell(subject, service.service.name, State.SILENT.name, until, None, signal.reason))
    return tuple(sorted(found, key=lambda one: (one.ended is not None, -one.lasted(evidence.until), one.subject)))


def _unknown(assessment: Assessment) -> Iterable[str]:
    """What the end says nothing about."""
    for health in assessment.snapshot.sources.values():
        if health.error:
            yield f"{health.name} does not answer: {health.error}"
    for service in assessment.services:
        if service.state is State.UNKNOWN:
            yield f"{service.service.name}: {service.reason}"
