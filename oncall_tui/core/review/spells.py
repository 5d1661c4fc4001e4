"""How long things were in a state, from the journal's entries about changes of state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oncall_tui.core.events import Event
from oncall_tui.core.state import State


@dataclass(frozen=True, slots=True)
class Spell:
    """Something that was in one state for a while. Times are unix seconds; ended: None while it lasts.

    reason: what was said of it when it began.
    """

    subject: str
    service: str
    state: str
    began: float
    ended: float | None
    reason: str = ""

    def lasted(self, now: float) -> float:
        """Seconds until its end, or until now."""
        return max(0.0, (now if self.ended is None else self.ended) - self.began)


def spells(events: Iterable[Event], kind: str, since: float, until: float) -> tuple[Spell, ...]:
    """Every spell between two moments of what entries of one kind tell of, in the order they began.

    events: in the order of their writing, those before `since` among them as far as they are known: how something
    stood then is told by the last of them. A spell is cut to the time looked at.
    """
    open_ones: dict[tuple[str, str], Spell] = {}
    found: list[Spell] = []
    for event in events:
        if event.kind != kind or event.at >= until:
            continue
        key, state = (event.service, event.subject), str(event.payload.get("state", ""))
        before = open_ones.pop(key, None)
        if before is not None and event.at > since:
            found.append(_ended(before, event.at))
        at = max(since, event.at)
        open_ones[key] = Spell(event.subject, event.service, state, at, None, str(event.payload.get("reason", "")))
    found += open_ones.values()
    return tuple(sorted(found, key=lambda one: (one.began, one.subject)))


def _ended(spell: Spell, at: float) -> Spell:
    return Spell(spell.subject, spell.service, spell.state, spell.began, at, spell.reason)


@dataclass(frozen=True, slots=True)
class Uptime:
    """An endpoint over a stretch of time. watched, down: seconds; downs: how often it went down.

    share: of the time it was watched in which it was not down; None where it was not watched.
    """

    endpoint: str
    service: str
    watched: float
    down: float
    downs: int

    @property
    def share(self) -> float | None:
        """1.0 for never down."""
        return None if self.watched <= 0 else 1 - self.down / self.watched


def uptimes(found: Iterable[Spell], until: float) -> tuple[Uptime, ...]:
    """How available endpoints were, the worst first. CRIT is down; of UNKNOWN nobody can say either."""
    by_endpoint: dict[tuple[str, str], list[Spell]] = {}
    for one in found:
        by_endpoint.setdefault((one.service, one.subject), []).append(one)
    lines = []
    for (service, endpoint), own in by_endpoint.items():
        watched = sum(one.lasted(until) for one in own if one.state != State.UNKNOWN.name)
        downs = [one for one in own if one.state == State.CRIT.name]
        lines.append(Uptime(endpoint, service, watched, sum(one.lasted(until) for one in downs), len(downs)))
    return tuple(sorted(lines, key=lambda one: (-one.down, one.endpoint)))
