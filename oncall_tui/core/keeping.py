"""Acknowledgements over time: who was first, which are to be extended now, by whom, and which are to be let go.

The rules are kthxbye's (a prefix, a moment before the end, a ceiling), so that both can work on one Alertmanager.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.alerts import Alert, Silence, SilenceState

SLACK = 60.0
"""Seconds by which the clocks of a Prometheus and an Alertmanager may be apart."""
TOGETHER = 30.0
"""Seconds within which two acknowledgements of the same are of the same moment: neither of the two saw the other."""
AUTOMATIC = 900.0
"""Seconds before its end in which a program extends a silence; people do it at any time."""


@dataclass(frozen=True, slots=True)
class KeepRules:
    """All in seconds. extend_by: from now to the new end. at_most: from an acknowledgement's start to its end."""

    extend_by: float = 900.0
    at_most: float = 43_200.0

    @property
    def before(self) -> float:
        """From when before its end on an acknowledgement is extended."""
        return min(300.0, self.extend_by / 3)

    @property
    def last(self) -> float:
        """From when before its end on even who stands by for others extends it."""
        return self.before / 5

    @property
    def too_late(self) -> float:
        """From when before its end on it is left alone: an update that arrives after it would make it anew."""
        return self.before / 20


class Fate(StrEnum):
    """What is to become of a kept acknowledgement now."""

    WAIT = "wait"
    EXTEND = "extend"
    IDLE = "idle"
    """Nothing that it hides fires any more: it runs out."""
    OUTDATED = "outdated"
    """All it hides began to fire after it was given: it is ended, so that they ring."""
    SPENT = "spent"
    """It has reached its ceiling: it runs out while alerts fire."""
    LATE = "late"
    """It ends before it could be changed for certain."""


def turn(silence: Silence, actor: str, instance: str, rules: KeepRules, *, others: bool) -> float:
    """How many seconds before its end this instance extends it.

    The owner's instance comes first. Each of the others has a moment of its own after that, which follows from its
    name: they see that it was done, and have nothing to do. others: whether somebody else is known to extend it;
    then only when they do not. Between `before` and `too_late`.
    """
    digest = hashlib.blake2b(f"{instance}\n{silence.source}\n{silence.id}".encode(errors="replace"), digest_size=4)
    share = int.from_bytes(digest.digest()) / 2**32
    if others:
        return rules.last * (1.0 - 0.4 * share)
    if silence.author == actor:
        return rules.before * (1.0 - 0.2 * share)
    return rules.before * (0.7 - 0.4 * share)


def fate(
    silence: Silence, hidden: Sequence[Alert], now: float, turn: float, rules: KeepRules, began: float | None = None
) -> tuple[Fate, float]:
    """What is to become of it, and its new end (unix seconds by its Alertmanager's clock; as it is where it stays).

    hidden: the alerts that its Alertmanager says it hides. now: by that clock. began: as is_newer has it.
    """
    left = silence.ends_at - now
    if not silence.is_kept or silence.state is not SilenceState.ACTIVE or left <= 0:
        return Fate.WAIT, silence.ends_at
    if hidden and all(is_newer(alert, silence, began) for alert in hidden):
        return Fate.OUTDATED, silence.ends_at
    if left > turn:
        return Fate.WAIT, silence.ends_at
    if not hidden:
        return Fate.IDLE, silence.ends_at
    ends_at = min(now + rules.extend_by, silence.starts_at + rules.at_most)
    if ends_at <= silence.ends_at + 1:
        return Fate.SPENT, silence.ends_at
    return (Fate.LATE, silence.ends_at) if left <= rules.too_late else (Fate.EXTEND, ends_at)


def is_newer(alert: Alert, silence: Silence, began: float | None = None) -> bool:
    """Whether the alert began to fire after the acknowledgement was given: nobody has said 'mine' to that.

    began: when the newest of what it was given for had begun, None where that is not known. Whoever changed it since
    has seen what fired then, so its last change counts, too.
    """
    changed = max(silence.starts_at, silence.updated_at)
    if began is None:
        return alert.starts_at > changed + SLACK
    return alert.starts_at > began + 1 and alert.starts_at > changed - SLACK


def is_elder(one: Silence, other: Silence) -> bool:
    """Whether one came before the other; whoever asks gets the same answer, since no two are equal."""
    return (one.starts_at, one.id) < (other.starts_at, other.id)


def younger_twins(silences: Iterable[Silence], actor: str) -> tuple[tuple[Silence, Silence], ...]:
    """The actor's acknowledgements that came a moment after another of the very same, each with the eldest."""
    alike: dict[tuple[str, frozenset[object]], list[Silence]] = {}
    for silence in silences:
        if silence.is_ack and silence.state is SilenceState.ACTIVE:
            alike.setdefault((silence.source, frozenset(silence.matchers)), []).append(silence)
    found = []
    for same in alike.values():
        eldest = min(same, key=lambda one: (one.starts_at, one.id))
        close = (one for one in same if one is not eldest and one.starts_at - eldest.starts_at <= TOGETHER)
        found += [(one, eldest) for one in close if one.author == actor]
    return tuple(found)


def grown(before: Mapping[tuple[str, str], Silence], now: Iterable[Silence], at: float) -> tuple[Silence, ...]:
    """The acknowledgements that a program has extended since: a little before their end, and all else as it was.

    before: by source and id. at: when before was seen, unix seconds.
    """
    return tuple(
        silence
        for silence in now
        if (old := before.get((silence.source, silence.id))) is not None
        and silence.is_ack
        and silence.ends_at > old.ends_at + 1
        and old.ends_at - at <= AUTOMATIC
        and (silence.author, silence.comment) == (old.author, old.comment)
    )
