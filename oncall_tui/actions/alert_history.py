"""What the journal knows of one alert: who did what to it, and what they wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.actions.entry import Reader
from oncall_tui.core.events import Event, EventKind

MOST_EVENTS = 200
"""Entries of one alert that are read, the newest."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done, or seen (by nobody: who is ''), as one line. at: unix seconds.

    words and outcome (what came of it) are untrusted text. done: False where it failed, None where nobody wrote down
    what came of it. took: whether it says 'mine'.
    """

    at: float
    who: str
    what: str
    words: str = ""
    done: bool | None = True
    outcome: str = ""
    took: bool = False


class AlertHistory:
    """Reads the journal for one alert; in a thread."""

    def __init__(self, journal: Reader) -> None:
        self._journal = journal

    async def __call__(self, fingerprint: str) -> tuple[Deed, ...]:
        """What was done to the alert of that fingerprint, newest first. Raises OncallError."""
        return tuple(reversed(deeds(await asyncio.to_thread(self._about, fingerprint))))

    def _about(self, fingerprint: str) -> list[Event]:
        """Its own entries, and those of pages and groups it was one alert of: they stand under the first's name."""
        if not fingerprint:
            return []
        own = self._journal.events(limit=MOST_EVENTS, fingerprint=fingerprint)
        pages = self._journal.events(kinds=_SHARED, limit=MOST_EVENTS)
        shared = [one for one in pages if fingerprint in _texts(one, "alerts")]
        return sorted({one.id: one for one in (*own, *shared)}.values(), key=lambda one: one.id)


_SHARED = (
    *(EventKind.PAGE_ACK_INTENDED, EventKind.PAGE_ACK_DONE, EventKind.PAGE_ACK_FAILED),
    *(EventKind.ACK_INTENDED, EventKind.ACK_DONE, EventKind.ACK_FAILED),
)
_DEEDS: Mapping[str, tuple[str, str, str, str]] = {
    EventKind.ACK_INTENDED: ("acknowledged", "comment", EventKind.ACK_DONE, EventKind.ACK_FAILED),
    EventKind.TAKE_BACK_INTENDED: ("took back", "comment", EventKind.TAKE_BACK_DONE, EventKind.TAKE_BACK_FAILED),
    EventKind.PAGE_ACK_INTENDED: ("acknowledged at", "note", EventKind.PAGE_ACK_DONE, EventKind.PAGE_ACK_FAILED),
    EventKind.STEP_INTENDED: ("ran", "step", EventKind.STEP_ENDED, EventKind.STEP_FAILED),
}
"""By what announces it: what it is called, where what was written stands, and what says how it went."""


def deeds(events: Sequence[Event]) -> list[Deed]:
    """The entries as deeds, in their order: an intent and its outcome are one, and what is not known stays told."""
    ended: dict[int, list[Event]] = {}
    for event in events:
        if event.intent is not None:
            ended.setdefault(event.intent, []).append(event)
    known = {event.id for event in events}
    told = []
    for event in events:
        if event.kind in _DEEDS:
            told.append(_deed(event, ended.pop(event.id, [])))
        elif event.kind == EventKind.STEP_CLAIMED:
            continue  # Which dashboard diagnoses says nothing of the alert.
        elif event.kind == EventKind.ALERT_STATE:
            told.append(Deed(event.at, "", f"became {_text(event, 'state')}"))
        elif event.intent is None or event.intent not in known:
            failed = str(event.kind).endswith("failed")
            told.append(Deed(event.at, event.actor, _plain(event.kind), "", not failed, _outcome(event)))
    return told


def _deed(intent: Event, outcomes: Iterable[Event]) -> Deed:
    what, words, good, bad = _DEEDS[intent.kind]
    outcomes = list(outcomes)
    last = next((one for one in reversed(outcomes) if one.kind in (good, bad)), None)
    verified = next((one for one in outcomes if one.kind == EventKind.STEP_VERIFIED), None)
    helped = f"; {_text(verified, 'outcome')}: {_text(verified, 'why')}" if verified is not None else ""
    at = _text(intent, "pager") or (intent.subject if intent.kind == EventKind.STEP_INTENDED else "")
    done = None if last is None else last.kind == good
    return Deed(
        intent.at,
        intent.actor,
        f"{what} {at}".strip(),
        _text(intent, words),
        done,
        (_outcome(last) if last is not None else "how it went was not written down") + helped,
        took=intent.kind == EventKind.ACK_INTENDED and done is True,
    )


def _outcome(event: Event) -> str:
    names = ("error", "cut_short", "summary", "note", "why")
    said = next((text for name in names if (text := _text(event, name))), "")
    return said or ("not confirmed" if event.payload.get("confirmed") is False else "")


def _text(event: Event, name: str) -> str:
    value = event.payload.get(name)
    return value if isinstance(value, str) else ""


def _texts(event: Event, name: str) -> list[str]:
    value = event.payload.get(name)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _plain(kind: str) -> str:
    """An entry of another kind, or one that only a newer version knows."""
    return kind.replace(".", " ").replace("-", " ")
