"""What is found out once about an assessment's alerts: facts for filters, storms, what is new."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from oncall_tui.core.alert_filter import FLAPPING, NEW, SNOOZED, AlertFacts
from oncall_tui.core.alert_words import AlertWords
from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment, assess
from oncall_tui.core.seen import Seen, seen_now
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.storms import Storm, StormRule, storms_of
from oncall_tui.preferences.memory import Section
from oncall_tui.runbooks.library import RunbookLibrary

MANY = 1_000
"""Alerts from which on a snapshot is understood in a thread: keys are to be answered meanwhile."""

_Key = tuple[str, str]


def _runbook_key(status: AlertStatus) -> tuple[str, str]:
    return (status.alert.fingerprint, status.alert.runbook_url)


@dataclass(frozen=True)
class AlertView:
    """An assessment with what is known of its alerts. facts: of another moment, or other marks, another object.

    unasked: alerts of which it is not known yet whether a runbook fits.
    """

    assessment: Assessment
    facts: AlertFacts
    storm_rule: StormRule
    unasked: Sequence[AlertStatus] = ()

    @cached_property
    def storms(self) -> tuple[Storm, ...]:
        """The storms among all alerts."""
        return storms_of(self.assessment.alerts, self.storm_rule)

    @cached_property
    def by_key(self) -> Mapping[_Key, AlertStatus]:
        """Every listed alert by its key."""
        return {status.alert.key: status for status in self.assessment.listed}

    @cached_property
    def pages(self) -> frozenset[int]:
        """The pages that fire and nobody has, by identity."""
        pages = (s for s in self.assessment.alerts if s.phase is Phase.FIRING and s.alert.urgency is Urgency.PAGE)
        return frozenset(map(id, pages))

    @cached_property
    def words(self) -> AlertWords:
        """What a filter may be made of."""
        return AlertWords(self.facts)

    def warm(self) -> None:
        """Find out now, in a thread, what keys ask for later. Takes long for thousands of alerts."""
        for status in self.assessment.listed:
            self.facts.text(status)
        self.words.labels()
        _ = self.storms, self.by_key, self.pages


class AlertKnowledge:
    """Keeps the view of the newest assessment, which runbooks fit, and what has been seen.

    flapping: how often an alert must begin within an hour. memory: the preferences' section of what was seen. wires:
    puts tripwires on what is acknowledged.
    """

    def __init__(
        self,
        library: RunbookLibrary,
        flapping: int,
        storm_rule: StormRule,
        memory: Section,
        clock: Callable[[], float],
        wires: Callable[[Assessment], Assessment],
    ) -> None:
        self._wires = wires
        self._library = library
        self._flapping = flapping
        self._storm_rule = storm_rule
        self._memory = memory
        self._runbooks: dict[tuple[str, str], bool] = {}
        self._view: AlertView | None = None
        self._ask_again = False
        self._seen = self._remembered(clock())

    def _remembered(self, now: float) -> Seen:
        """What was seen when the program ran last; in the first run everything that is older than it is."""
        at, told = self._memory.number("at"), self._memory.get("alerts")
        if at is None or at > now:
            at, told = now, []
            self._memory.update({"at": at, "alerts": told})
        marks = told if isinstance(told, list) else []
        return Seen(at, frozenset(mark for mark in marks if isinstance(mark, str)))

    # The view

    def understood(self, snapshot: Snapshot, before: Assessment | None) -> AlertView:
        """A snapshot assessed, and its view; for a thread where the alerts are many. It is not yet the newest."""
        return self._made(self._wires(assess(snapshot, before)))

    def _made(self, assessment: Assessment) -> AlertView:
        last = self._view
        facts = AlertFacts(
            assessment.listed, assessment.snapshot.at, self.marks, self.has_runbook, last.facts if last else None
        )
        same = last is not None and last.assessment.listed is assessment.listed
        asked = last.unasked if last is not None and same and not self._ask_again else assessment.listed
        unasked = [status for status in asked if _runbook_key(status) not in self._runbooks]
        view = AlertView(assessment, facts, self._storm_rule, unasked)
        if last is not None and same:
            view.__dict__.update(
                {name: last.__dict__[name] for name in ("storms", "by_key", "pages") if name in last.__dict__}
            )
        return view

    def take(self, view: AlertView) -> None:
        """This is the newest."""
        self._view, self._ask_again = view, False

    def view(self, assessment: Assessment) -> AlertView:
        """The view of an assessment; the same one as long as the assessment and what is known of it are."""
        if self._view is None or self._view.assessment is not assessment:
            self._view = self._made(assessment)
        return self._view

    def _look_again(self) -> None:
        """What was filtered by what is known of alerts is to be filtered again."""
        if self._view is not None:
            self._view = self._made(self._view.assessment)

    # What an alert is beside its phase

    def marks(self, status: AlertStatus) -> tuple[str, ...]:
        """NEW, FLAPPING and SNOOZED, where it is."""
        flapping = status.begun >= self._flapping
        snoozed = (SNOOZED,) if status.snoozed_until is not None else ()
        if self._seen.is_new(status):
            return (NEW, FLAPPING, *snoozed) if flapping else (NEW, *snoozed)
        return (FLAPPING, *snoozed) if flapping else snoozed

    def see_all(self, now: float) -> int:
        """Everything that is listed now has been seen; how many of it were new."""
        listed: Sequence[AlertStatus] = self._view.assessment.listed if self._view else ()
        new = sum(self._seen.is_new(status) for status in listed)
        self._seen = seen_now(listed, now)
        self._memory.update({"at": self._seen.at, "alerts": sorted(self._seen.alerts)})
        self._look_again()
        return new

    # Runbooks

    def has_runbook(self, status: AlertStatus) -> bool:
        """Whether some runbook is known to fit the alert."""
        return self._runbooks.get(_runbook_key(status), False)

    def unknown(self) -> list[AlertStatus]:
        """The alerts of which it is not known yet whether a runbook fits."""
        return list(self._view.unasked) if self._view else []

    async def learn(self, alerts: Sequence[AlertStatus]) -> None:
        """Look up whether runbooks fit, in a thread, as files are read."""
        self._runbooks |= await asyncio.to_thread(self._look_up, alerts)
        self._look_again()

    def _look_up(self, alerts: Sequence[AlertStatus]) -> dict[tuple[str, str], bool]:
        library = self._library
        return {_runbook_key(s): bool(library.for_alert(s.alert.labels, s.alert.annotations)) for s in alerts}

    def forget_runbooks(self) -> None:
        """Look all of them up again."""
        self._runbooks.clear()
        self._ask_again = True
