"""Incidents that open, grow and close by themselves: by pages that fire, and when it has been quiet long enough."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from oncall_tui.actions.entry import Reader
from oncall_tui.actions.incidents import MOST_ENTRIES
from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import KINDS, WATCHMAN, Incident, Severity, Status, incidents, new_id, text_of, with_entry
from oncall_tui.core.state import State
from oncall_tui.core.topology import Topology, topology_of

QUIET = 60.0
"""Seconds without anything that fires after which it counts as mitigated."""
REOPENED = 1_800.0
"""Seconds after its end within which what fires again is the same incident."""
SETTLED = 21_600.0
"""Seconds after its beginning from which on figures are kept less often."""
EVERY, LATER_EVERY = 60.0, 300.0
MOST_SLOS = 60
"""SLOs of an incident whose figures are kept."""
RELOAD = 600.0


class ChangeRecorder(Protocol):
    """An Outbox, as far as the watch needs one."""

    def record_changes(self, events: Sequence[Event]) -> tuple[int, ...]:
        """Write what is news, once for all instances. Raises OncallError."""
        ...


class IncidentWatch:
    """Is shown every assessment, in a thread. on_page: whether a page that fires opens an incident.

    resolve_after: seconds of quiet after which an incident that has alerts is resolved, None for never. Quiet is: none
    of its alerts fires, silenced or not, no SLO of its services is CRIT, and every Alertmanager answers.
    """

    def __init__(
        self, journal: Reader, outbox: ChangeRecorder, *, on_page: bool = True, resolve_after: float | None = 1_800.0
    ) -> None:
        self._journal = journal
        self._outbox = outbox
        self._on_page = on_page
        self._resolve_after = resolve_after
        self._events: list[Event] = []
        self._found: tuple[Incident, ...] | None = None
        """What the entries tell, as long as there are no others."""
        self._loaded_at: float | None = None
        self._quiet_since: dict[str, float] = {}
        self._figures_at: dict[str, float] = {}
        self._followed: set[str] = set()
        self.news: deque[str] = deque(maxlen=20)
        """What was opened, for the screen to tell; whoever tells it takes it out."""

    def follow(self, assessment: Assessment) -> None:
        """Do what is due now. Blocks. Raises OncallError where the journal is not read or written."""
        now = assessment.snapshot.at
        self._load(now)
        if self._on_page:
            self._take_pages(_pages(assessment), topology_of(assessment.snapshot.catalogue), now)
        found = self._known()
        for incident in found:
            if incident.going_on:
                self._write(list(self._for_quiet(incident, assessment)))
            if incident.going_on or incident.id in self._followed:
                self._keep_figures(incident, assessment)
        self._followed = {one.id for one in found if one.going_on}

    def _load(self, now: float) -> None:
        if self._loaded_at is None or now - self._loaded_at > RELOAD:
            self._events = list(self._journal.events(kinds=KINDS, limit=MOST_ENTRIES))
            self._loaded_at, self._found = now, None
        else:
            last = max((event.id for event in self._events), default=0)
            if more := self._journal.events(kinds=KINDS, limit=MOST_ENTRIES, after=last):
                # Our own among them take the place of what was only written.
                self._events = [*(event for event in self._events if event.id), *more]
                self._found = None

    def _known(self) -> tuple[Incident, ...]:
        if self._found is None:
            self._found = incidents(self._events)
        return self._found

    def _write(self, events: Sequence[Event]) -> None:
        if events:
            self._outbox.record_changes(events)
            self._events += events  # As they will be read back; told twice, they count once.
            self._found = None

    # Pages

    def _take_pages(self, pages: Sequence[AlertStatus], topology: Topology, now: float) -> None:
        """Write what becomes of those that are in no incident; what is written of one is known to the next."""
        found, entries = self._known(), list[Event]()
        held = {fingerprint for one in found if one.going_on for fingerprint in one.alerts}
        for status in pages:
            if status.alert.fingerprint in held:
                continue
            for event in _for_page(status, topology, now, found):
                entries.append(event)
                found = with_entry(found, event)
            held.add(status.alert.fingerprint)
        # All at once: in a storm there are thousands. The first by itself: what a journal that takes nothing refuses is
        # kept, and would be kept again with every poll.
        self._write(entries[:1])
        self._write(entries[1:])
        opened = (event for event in entries if event.kind == EventKind.INCIDENT_OPENED)
        self.news += [f"Incident {event.subject} opened: {text_of(event, 'title')}" for event in opened]

    # Quiet

    def _for_quiet(self, incident: Incident, assessment: Assessment) -> Iterator[Event]:
        now = assessment.snapshot.at
        if not incident.alerts or assessment.snapshot.alerts_doubt():
            self._quiet_since.pop(incident.id, None)
            return
        if why := _fires(incident, assessment):
            self._quiet_since.pop(incident.id, None)
            if incident.status is Status.MITIGATED and self._last_said(incident) == WATCHMAN:
                yield _changed(incident, Status.OPEN, now, why)
            return
        since = self._quiet_since.setdefault(incident.id, now)
        quiet = now - since
        if self._resolve_after is not None and quiet >= self._resolve_after:
            yield _changed(incident, Status.RESOLVED, since, f"quiet for {humanize(quiet)}")
        elif incident.status is Status.OPEN and quiet >= QUIET:
            yield _changed(incident, Status.MITIGATED, since, "nothing of it fires any more")

    def _last_said(self, incident: Incident) -> str:
        """Who last said how far it is."""
        own = {incident.id, *incident.merged}
        said = (e.actor for e in reversed(self._events) if e.subject in own and text_of(e, "field") == "status")
        return next(said, "")

    # Figures

    def _keep_figures(self, incident: Incident, assessment: Assessment) -> None:
        """Now and then, and once more when it is over: what it cost in all."""
        now = assessment.snapshot.at
        every = EVERY if now - incident.began < SETTLED else LATER_EVERY
        if incident.going_on and now - self._figures_at.get(incident.id, 0.0) < every:
            return
        figures = _figures(incident, assessment)
        if figures:
            turn = int(now // every)
            payload = {"slos": figures, "state": turn if incident.going_on else f"{turn} over"}
            self._outbox.record_changes(
                [Event(now, EventKind.INCIDENT_FIGURES, WATCHMAN, subject=incident.id, payload=payload)]
            )
            self._figures_at[incident.id] = now


def subject_of(status: AlertStatus) -> str:
    """What an alert's incident is about: its service, else what its labels name, else the alert itself."""
    labels = status.alert.labels
    return status.service or labels.get("service") or labels.get("job") or status.alert.name or status.alert.fingerprint


def _for_page(status: AlertStatus, topology: Topology, now: float, found: Sequence[Incident]) -> Iterator[Event]:
    """What a page that is in no incident that goes on becomes: a part of one nearby, of one anew, or another."""
    alert, about = status.alert, subject_of(status)
    going_on = [one for one in found if one.going_on]
    near = {about, *topology.upstream(about), *topology.downstream(about)}
    joined = {"services": [about], "alerts": [alert.fingerprint], "names": [alert.name], "began": alert.starts_at}
    joined["state"] = f"joined {alert.fingerprint} {alert.starts_at:.0f}"
    if incident := next((one for one in going_on if near & set(one.services)), None):
        yield Event(now, EventKind.INCIDENT_JOINED, WATCHMAN, about, alert.fingerprint, incident.id, joined)
    elif incident := next((one for one in found if _again(one, near, alert.starts_at)), None):
        yield _changed(incident, Status.OPEN, alert.starts_at, f"{alert.name} fires again")
        joined.pop("began")
        yield Event(now, EventKind.INCIDENT_JOINED, WATCHMAN, about, alert.fingerprint, incident.id, joined)
    else:
        summary = alert.annotations.get("summary", "")
        what = summary or alert.name
        title = what if about in what else f"{about}: {what}"
        incident_id = new_id(alert.starts_at, alert.source, alert.fingerprint)
        payload = {**joined, "title": title, "severity": Severity.SEV2.value, "state": "opened", "page": True}
        yield Event(now, EventKind.INCIDENT_OPENED, WATCHMAN, about, alert.fingerprint, incident_id, payload)


def _pages(assessment: Assessment) -> list[AlertStatus]:
    """The pages that fire and that nothing hides but an acknowledgement, the first first: all instances agree on it."""
    loud = (Phase.FIRING, Phase.ACKNOWLEDGED)
    pages = [one for one in assessment.alerts if one.phase in loud and one.alert.urgency is Urgency.PAGE]
    return sorted(pages, key=lambda one: (one.alert.starts_at, one.alert.fingerprint))


def _again(incident: Incident, near: set[str], at: float) -> bool:
    """Whether it ended so short a while before that this is it again."""
    ended = incident.resolved_at
    return (
        not incident.into and ended is not None and 0 <= at - ended <= REOPENED and bool(near & set(incident.services))
    )


def _changed(incident: Incident, status: Status, at: float, why: str) -> Event:
    payload = {"field": "status", "value": status.value, "why": why, "state": f"status {status.value}"}
    return Event(at, EventKind.INCIDENT_CHANGED, WATCHMAN, subject=incident.id, payload=payload)


def _fires(incident: Incident, assessment: Assessment) -> str:
    """Why it is not quiet, in a few words; '' when it is."""
    own = frozenset(incident.alerts)
    for status in assessment.alerts:
        if status.alert.fingerprint in own and not status.alert.pending:
            return f"{status.alert.name} fires"
    for name in incident.services:
        service = assessment.service(name)
        burning = [slo for slo in service.slos if slo.state is State.CRIT and slo.loudest] if service else []
        if burning:
            return f"{burning[0].slo.id} burns"
    return ""


def _figures(incident: Incident, assessment: Assessment) -> dict[str, Mapping[str, float]]:
    found: dict[str, Mapping[str, float]] = {}
    for name in incident.services:
        service = assessment.service(name)
        for status in service.slos if service else ():
            if len(found) >= MOST_SLOS:
                return found
            told = {"errors": status.error_ratio(min(status.slo.windows)), "left": status.remaining}
            found[status.slo.id] = {key: round(value, 6) for key, value in told.items() if value is not None}
    return found
