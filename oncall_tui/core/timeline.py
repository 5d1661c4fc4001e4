"""An incident's timeline: which of the journal's entries belong to it, and what each says in a line. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oncall_tui.core.events import STATE_KINDS, Event, EventKind
from oncall_tui.core.incident import ACTION_KINDS, KINDS, Incident, text_of, texts_of
from oncall_tui.core.sightings import RESOLVED
from oncall_tui.core.state import State
from oncall_tui.core.step_records import Outcome

LEAD = 3_600.0
"""Seconds before its beginning from which on changes of states belong to it: causes and first signs come first."""
SAME_ACK = 120.0
"""Seconds within which an acknowledgement given here and one seen on its Alertmanager are the same."""
MOST_DETAIL = 40
"""Lines of a step's output that are kept in the timeline."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a timeline. what: a word for its kind. state: how bad it is, None for what is neither good nor bad.

    who: '' for what nobody did. details: further lines, such as a step's output. All of it is untrusted text.
    """

    at: float
    what: str
    text: str
    who: str = ""
    state: State | None = None
    details: tuple[str, ...] = ()
    id: int = 0


def timeline(incident: Incident, events: Iterable[Event], now: float) -> tuple[Moment, ...]:
    """What happened, oldest first: its own entries, and what was done to or seen of its alerts and services.

    events: from LEAD before it began on; others are left out.
    """
    own = {event.id: event for event in belonging(incident, events, now)}
    given = [event for event in own.values() if event.kind == EventKind.ACK_DONE]
    told = {event.intent for event in own.values()} | {event.id for event in own.values() if _seen_too(event, given)}
    moments = (moment_of(event, own.get(event.intent or 0)) for event in own.values() if event.id not in told)
    return tuple(sorted((one for one in moments if one is not None), key=lambda one: (one.at, one.id)))


def belonging(incident: Incident, events: Iterable[Event], now: float) -> tuple[Event, ...]:
    """The entries that are part of the incident; what came of them is, too, however late it was known."""
    events = tuple(events)
    own = {event.id for event in events if belongs(incident, event, now)}
    return tuple(event for event in events if event.id in own or event.intent in own)


def belongs(incident: Incident, event: Event, now: float) -> bool:
    """Whether an entry is part of the incident."""
    ids = {incident.id, *incident.merged}
    if event.kind in KINDS:
        return event.subject in ids
    if event.kind in ACTION_KINDS or text_of(event, "incident"):
        return text_of(event, "incident") in ids
    end = now if incident.resolved_at is None else incident.resolved_at
    if not incident.began - (LEAD if event.kind in STATE_KINDS else 0.0) <= event.at <= end:
        return False
    if event.kind == EventKind.SOURCE_STATE:
        return True
    alerts = {event.fingerprint, *texts_of(event, "alerts")} - {""}
    return bool(alerts & set(incident.alerts)) or (event.service != "" and event.service in incident.services)


def _seen_too(event: Event, given: Iterable[Event]) -> bool:
    """Whether an entry is that of an acknowledgement seen of which there is one, too, of how it was given."""
    by = text_of(event, "by")
    return (event.kind == EventKind.ALERT_STATE and by != "") and any(
        by == (text_of(one, "to") or one.actor)
        and event.fingerprint in {one.fingerprint, *texts_of(one, "alerts")}
        and abs(event.at - one.at) <= SAME_ACK
        for one in given
    )


def moment_of(event: Event, intent: Event | None = None) -> Moment | None:
    """What an entry says, with what was said when it was intended; None for one that tells people nothing."""
    if event.kind in (EventKind.INCIDENT_FIGURES, EventKind.STEP_CLAIMED):
        return None
    if event.kind == EventKind.VERSION_STATE and not text_of(event, "was"):
        return None  # The first that was ever seen: it did not come, it was there.
    what, text, state = _said(event)
    if intent is not None and what != "step" and (comment := text_of(intent, "comment") or text_of(intent, "note")):
        text = f"{text}: {comment}"
    return Moment(event.at, what, text, event.actor, state, _details(event), event.id)


def _details(event: Event) -> tuple[str, ...]:
    lines = text_of(event, "tail").splitlines()
    if len(lines) > MOST_DETAIL:
        lines = [f"({len(lines) - MOST_DETAIL} lines before)", *lines[-MOST_DETAIL:]]
    return tuple(lines)


def _said(event: Event) -> tuple[str, str, State | None]:
    kind = str(event.kind)
    what, _, how = kind.partition(".")
    match kind:
        case EventKind.ALERT_STATE:
            return _alert(event)
        case EventKind.SLO_STATE | EventKind.SIGNAL_STATE | EventKind.ENDPOINT_STATE:
            return _state(what, event)
        case EventKind.SOURCE_STATE | EventKind.VERSION_STATE:
            return _source_or_version(what, event)
        case EventKind.STEP_VERIFIED:
            return _verified(event)
    if what == "incident":
        return _incident(event)
    if what == "action":
        owner = text_of(event, "owner")
        text = text_of(event, "text") or event.subject
        return "action", f"{text}{f' ({owner})' if owner else ''}{' done' if how == 'closed' else ''}", None
    return _deed(what, how, event)


def _alert(event: Event) -> tuple[str, str, State | None]:
    state = text_of(event, "state")
    page = text_of(event, "urgency") == "page"
    if state == RESOLVED:
        return "alert", f"{event.subject} resolved", State.OK
    if state == "firing":
        summary = text_of(event, "summary")
        words = f"{event.subject} fires ({text_of(event, 'urgency') or 'alert'})"
        return "alert", f"{words}: {summary}" if summary else words, State.CRIT if page else State.WARN
    return "alert", f"{event.subject} {state}", None


def _state(what: str, event: Event) -> tuple[str, str, State | None]:
    word, was, reason = (text_of(event, name) for name in ("state", "was", "reason"))
    state = State[word] if word in State.__members__ else None
    left = event.payload.get("left")
    budget = f", {left:.0%} of the budget left" if isinstance(left, int | float) else ""
    before = f" (was {was})" if was else ""
    why = f": {reason}" if reason and state is not State.OK else ""
    return what, f"{event.subject} {word}{before}{why}{budget}", state


def _source_or_version(what: str, event: Event) -> tuple[str, str, State | None]:
    word, was, reason = (text_of(event, name) for name in ("state", "was", "reason"))
    if what == "version":
        return what, f"{event.subject} answers as version {word}{f', {was} before' if was else ''}", None
    silent = word != "answers"
    return what, f"{event.subject} {word}{f': {reason}' if reason else ''}", State.UNKNOWN if silent else State.OK


def _incident(event: Event) -> tuple[str, str, State | None]:
    match event.kind:
        case EventKind.INCIDENT_NOTE:
            return "note", text_of(event, "text"), None
        case EventKind.INCIDENT_FINDING:
            return "finding", text_of(event, "text"), None
        case EventKind.INCIDENT_OPENED:
            return "incident", f"opened: {text_of(event, 'title')} ({text_of(event, 'severity')})", None
        case EventKind.INCIDENT_JOINED:
            joined = ", ".join((*texts_of(event, "services"), *texts_of(event, "names")))
            return "incident", f"joined by {joined or 'an alert'}", None
        case EventKind.INCIDENT_MERGED:
            return "incident", f"{event.subject} goes on in {text_of(event, 'into')}", None
        case EventKind.INCIDENT_EXPORTED:
            return "incident", f"written down as {text_of(event, 'format')}", None
    name, value, why = (text_of(event, one) for one in ("field", "value", "why"))
    if name == "role":
        return "incident", f"{text_of(event, 'role')}: {value or 'nobody'}", None
    done = State.OK if value in ("mitigated", "resolved") else None
    return "incident", f"{name}: {value}{f' ({why})' if why else ''}", done


_DEEDS: Mapping[str, str] = {
    "ack": "acknowledged",
    "take-back": "took the acknowledgement back of",
    "page": "acknowledged the page of",
    "silence": "silenced",
    "step": "ran",
}
_OUTCOMES: Mapping[str, str] = {
    "intended": " (what came of it is not known)",
    "failed": " failed",
    "end-intended": ": its end (what came of it is not known)",
    "end-done": ": ended",
    "end-failed": ": its end failed",
    "ack.intended": " (what came of it is not known)",
    "ack.failed": " failed",
}


def _verified(event: Event) -> tuple[str, str, State | None]:
    """What became of what a step was to move."""
    outcome, of, why = (text_of(event, name) for name in ("outcome", "of", "why"))
    state = {Outcome.RECOVERED: State.OK, Outcome.WORSE: State.CRIT, Outcome.UNKNOWN: State.UNKNOWN}
    known = next((bad for one, bad in state.items() if one == outcome), State.WARN)
    return "step", f"after {event.subject}: {outcome}: {of} {why}".rstrip(), known


def _deed(what: str, how: str, event: Event) -> tuple[str, str, State | None]:
    """What was done and what came of it, also of kinds that only later versions know."""
    verb = _DEEDS.get(what, what if what in str(event.kind) else str(event.kind))
    said = [text_of(event, name) for name in ("summary", "error", "cut_short", "note", "comment", "words")]
    more = "; ".join(dict.fromkeys(one for one in said if one))
    cut = any(event.payload.get(name) for name in ("stopped", "timed_out", "cut_short"))
    failed = how.endswith("failed") or cut or event.payload.get("exit_code") not in (None, 0)
    state = State.WARN if failed else None
    text = f"{verb} {event.subject}".rstrip() + _OUTCOMES.get(how, "")
    return what, f"{text}: {more}" if more else text, state
