"""Firings of alerts, from Prometheus' own record and from the journal: when, for how long, and who took them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import Assessment
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.readings import Series
from oncall_tui.core.sightings import RESOLVED

_GAP = 1.5
"""Steps without a point from which on an alert was away in between."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One firing of an alert. Times are unix seconds.

    began: cut to the beginning of the time looked at where it began before, which `before` says. ended: None while it
    fires. acked_at, acked_by: of the first who took it; None and '' where nobody did, or, with `watched` False, where
    no dashboard saw it, so that nobody knows. hidden: whether a silence or another alert hid it all the time.
    """

    service: str
    name: str
    urgency: str
    began: float
    ended: float | None
    acked_at: float | None = None
    acked_by: str = ""
    watched: bool = False
    before: bool = False
    hidden: bool = False

    def lasted(self, now: float) -> float:
        """Seconds within the time looked at, which ends now."""
        return max(0.0, (now if self.ended is None else self.ended) - self.began)


def of_prometheus(fired: Mapping[str, Series], since: float, until: float, step: float) -> list[Episode]:
    """Firings by service from series that are there while an alert fires, one line for each name.

    They are exact to a step (seconds). Two alerts of one name in one service that overlap are one firing here.
    """
    found = []
    for service, series in fired.items():
        for name, line in series.lines.items():
            times = [at for at, _ in line if since <= at <= until]
            for first, last in _runs(times, step):
                ended = None if last >= until - _GAP * step else last + step
                found.append(Episode(service, name, "", first, ended, before=first <= since + _GAP * step))
    return found


def _runs(times: Sequence[float], step: float) -> Iterable[tuple[float, float]]:
    """The first and last of points that follow each other without a gap."""
    first = before = None
    for at in times:
        if first is None or before is None:
            first = at
        elif at - before > _GAP * step:
            yield first, before
            first = at
        before = at
    if first is not None and before is not None:
        yield first, before


def of_journal(events: Iterable[Event], since: float, until: float) -> list[Episode]:
    """Firings from the entries about alerts, in the order of their writing; one that began before `since` is cut."""
    standing: dict[tuple[str, str, object], Episode] = {}
    for event in events:
        if event.kind != EventKind.ALERT_STATE or event.at > until:
            continue
        key = (event.fingerprint, event.subject, event.payload.get("since"))
        known = standing.get(key)
        if known is not None and known.ended is not None:
            continue
        standing[key] = _after(known or _begun(event), event)
    whole = (one for one in standing.values() if one.ended is None or one.ended > since)
    return [replace(one, began=since, before=True) if one.began < since else one for one in whole]


def _begun(event: Event) -> Episode:
    told = event.payload.get("since")
    began = float(told) if isinstance(told, int | float) and told > 0 else event.at
    name = str(dict(_labels(event)).get("alertname") or event.subject)
    urgency = str(event.payload.get("urgency", ""))
    return Episode(event.service, name, urgency, min(began, event.at), None, watched=True, hidden=True)


def _labels(event: Event) -> Mapping[str, object]:
    labels = event.payload.get("labels")
    return labels if isinstance(labels, Mapping) else {}


def _after(known: Episode, event: Event) -> Episode:
    state, by = str(event.payload.get("state", "")), str(event.payload.get("by", ""))
    if state == RESOLVED:
        return replace(known, ended=event.at)
    if by and known.acked_at is None:
        return replace(known, acked_at=event.at, acked_by=by, hidden=False)
    return replace(known, hidden=known.hidden and state != "firing")


def of_board(assessment: Assessment, since: float) -> list[Episode]:
    """Alerts that fire at the end, as Alertmanager tells them; one that began before `since` is cut."""
    return [
        Episode(
            service=one.service,
            name=one.alert.name,
            urgency=one.alert.urgency.value,
            began=max(since, one.alert.starts_at),
            ended=None,
            acked_at=None if one.ack is None else max(one.ack.starts_at, one.alert.starts_at),
            acked_by=one.ack.author if one.ack is not None else "",
            watched=True,
            before=one.alert.starts_at < since,
            hidden=one.phase not in (Phase.FIRING, Phase.ACKNOWLEDGED),
        )
        for one in assessment.alerts
        if one.phase is not Phase.PENDING and one.alert.urgency is not Urgency.INFO
    ]


def joined(recorded: Iterable[Episode], watched: Sequence[Episode], step: float) -> list[Episode]:
    """Firings of both records, the newest first; what both know is told as the journal has it, which knows more.

    A firing that Prometheus recorded is the same as one in the journal of that service and name that overlaps it.
    """
    by_name: dict[tuple[str, str], list[Episode]] = {}
    for one in watched:
        by_name.setdefault((one.service, one.name), []).append(one)
    found = list(watched)
    for one in recorded:
        ends = float("inf") if one.ended is None else one.ended
        known = by_name.get((one.service, one.name), ())
        if not any(
            other.began <= ends + step and one.began - step <= (float("inf") if other.ended is None else other.ended)
            for other in known
        ):
            found.append(one)
    return sorted(found, key=lambda one: (-one.began, one.service, one.name))
