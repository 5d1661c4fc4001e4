"""Keep acknowledgements while what they hide fires: extended before they end, let go when it does not."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.actions.silence import Silences
from oncall_tui.actions.silence_results import Ended, EndResult, NotEnded, NotSilenced, Silenced, SilenceResult
from oncall_tui.core.alerts import Alert, Silence, SilenceState
from oncall_tui.core.errors import SourceError
from oncall_tui.core.keeping import Fate, KeepRules, fate, grown, turn, younger_twins
from oncall_tui.core.ports import AlertSource
from oncall_tui.core.silences import time_at
from oncall_tui.core.snapshot import Snapshot

_FORGOTTEN = 3_600.0
"""Seconds after which whoever extended acknowledgements, and was not seen to since, counts as gone."""

_GETS_AROUND = 5.0
"""Seconds after a change in which other members of a cluster may not have heard of it, and tell what was before."""

Key = tuple[str, str]
BeganOf = Callable[[Silence], float | None]


def _not_known(silence: Silence) -> float | None:
    return None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of one acknowledgement. fate: why. alerts: what it hid. elder: of a twin, the one that stays.

    result: of what was done, None where nothing was. error: why it could not even be looked at.
    """

    silence: Silence
    fate: Fate
    alerts: tuple[Alert, ...] = ()
    result: SilenceResult | EndResult | None = None
    elder: Silence | None = None
    error: str = ""

    @property
    def trouble(self) -> str:
        """Why it is not as it should be; '' where it is."""
        match self.result:
            case NotSilenced(error=error) | NotEnded(error=error):
                return error
            case Silenced(confirmed=False, note=note) | Ended(confirmed=False, note=note):
                return note
            case _:
                return self.error


class Keeper:
    """Extends acknowledgements that say so before they end, and never one that is over.

    One owner at a time: that of the person who has it, else each of the other instances in its turn. Where something
    else is seen to extend (kthxbye, another instance) this one stands by. sources: every Alertmanager by name.
    silences: does it and journals it. began_of: when the newest of what an acknowledgement was given for had begun.
    instance: what tells this running program from others.
    read_only: why nothing may be written, '' where it may.
    """

    def __init__(
        self,
        sources: Mapping[str, AlertSource],
        silences: Silences,
        actor: str,
        rules: KeepRules,
        *,
        read_only: str = "",
        began_of: BeganOf = _not_known,
        clock: Callable[[], float] = time.time,
        instance: str = "",
    ) -> None:
        self.rules = rules
        self._sources = sources
        self._silences = silences
        self._actor = actor
        self.read_only = read_only
        self._began_of = began_of
        self._clock = clock
        self._instance = instance or uuid.uuid4().hex
        self._seen: dict[Key, Silence] = {}
        self._seen_at = 0.0
        self._ours: dict[Key, float] = {}
        self._others: dict[Key, float] = {}
        self._kthxbye: dict[str, float] = {}
        self._busy: set[Key] = set()
        self._done: dict[Key, float] = {}
        self._spent: set[Key] = set()

    def others_at_work(self, silence: Silence) -> bool:
        """Whether something else is known to extend it: kthxbye, which does so with all, or another instance."""
        since = self._clock() - _FORGOTTEN
        return self._kthxbye.get(silence.source, since) > since or self._others.get(_key(silence), since) > since

    def due(self, snapshot: Snapshot) -> tuple[Silence, ...]:
        """What wants something done, as far as the snapshot tells: () at nearly every poll, and always when read-only.

        Takes note of who extends what, so it wants to be asked with every snapshot.
        """
        if self.read_only:
            return ()
        self._watch(snapshot)
        twins = {_key(younger) for younger, _ in younger_twins(snapshot.silences, self._actor)}
        wanted = [s for s in snapshot.silences if _key(s) in twins or (s.is_kept and s.state is SilenceState.ACTIVE)]
        since = self._clock() - _GETS_AROUND
        resting = self._busy | {key for key, at in self._done.items() if at > since}
        wanted = [silence for silence in wanted if _key(silence) not in resting]
        if not wanted:
            return ()
        hidden = _hidden_by(snapshot.alerts, wanted)
        return tuple(
            silence
            for silence in wanted
            if _key(silence) in twins or self._wants_work(silence, hidden[_key(silence)], snapshot)
        )

    async def __call__(self, silences: Sequence[Silence]) -> tuple[Kept, ...]:
        """Look at these anew, at their Alertmanagers, and do what they want. One fails alone. Never raises."""
        taken = [silence for silence in silences if _key(silence) not in self._busy]
        keys = {_key(silence) for silence in taken}
        self._busy |= keys
        try:
            found: list[Kept] = []
            for name in dict.fromkeys(silence.source for silence in taken):
                found += await self._at(name, [silence for silence in taken if silence.source == name])
            self._done |= {_key(kept.silence): self._clock() for kept in found if not kept.trouble}
            return tuple(found)
        finally:
            self._busy -= keys

    # Who does it

    def _watch(self, snapshot: Snapshot) -> None:
        acks = {_key(silence): silence for silence in snapshot.silences if silence.is_ack}
        now = self._clock()
        for silence in grown(self._seen, acks.values(), self._seen_at):
            if abs(self._ours.get(_key(silence), 0.0) - silence.ends_at) < 2.0:
                continue
            # What is not marked as kept no instance extends, and a person would have changed more than the end.
            if silence.is_kept:
                self._others[_key(silence)] = now
            else:
                self._kthxbye[silence.source] = now
        self._seen, self._seen_at = acks, now
        for known in (self._ours, self._others, self._done):
            for key in known.keys() - acks.keys():
                del known[key]
        self._spent &= acks.keys()

    def _turn(self, silence: Silence) -> float:
        others = self.others_at_work(silence)
        return turn(silence, self._actor, self._instance, self.rules, others=others)

    def _wants_work(self, silence: Silence, hidden: Sequence[Alert], snapshot: Snapshot) -> bool:
        now = time_at(snapshot, silence.source)
        found, _ = fate(silence, hidden, now, self._turn(silence), self.rules, self._began_of(silence))
        return found in (Fate.EXTEND, Fate.OUTDATED) or (found is Fate.SPENT and _key(silence) not in self._spent)

    # Doing it

    async def _at(self, name: str, silences: Sequence[Silence]) -> list[Kept]:
        source = self._sources.get(name)
        if source is None:
            return []
        try:
            board = await source.board()
        except SourceError as error:
            return [Kept(silence, Fate.WAIT, error=error.message) for silence in silences]
        now = self._clock() + (board.skew if board.skew is not None and abs(board.skew) > 2.0 else 0.0)
        standing = {silence.id: silence for silence in board.silences}
        twins = {younger.id: elder for younger, elder in younger_twins(board.silences, self._actor)}
        fresh = [standing[silence.id] for silence in silences if silence.id in standing]
        hidden = _hidden_by(board.alerts, fresh)
        found = []
        for silence in fresh:
            if silence.id in twins:
                found.append(await self._yield_to(silence, twins[silence.id], hidden[_key(silence)]))
            elif (kept := await self._keep(silence, hidden[_key(silence)], now)) is not None:
                found.append(kept)
        return found

    async def _yield_to(self, silence: Silence, elder: Silence, hidden: tuple[Alert, ...]) -> Kept:
        ended = await self._silences.end(silence.source, silence.id)
        return Kept(silence, Fate.OUTDATED, hidden, ended, elder)

    async def _keep(self, silence: Silence, hidden: tuple[Alert, ...], now: float) -> Kept | None:
        found, ends_at = fate(silence, hidden, now, self._turn(silence), self.rules, self._began_of(silence))
        if found is Fate.OUTDATED:
            return Kept(silence, found, hidden, await self._silences.end(silence.source, silence.id))
        if found is Fate.SPENT:
            self._spent.add(_key(silence))
            return Kept(silence, found, hidden)
        if found is not Fate.EXTEND:
            return None
        self._ours[_key(silence)] = ends_at
        ours = ends_at - now + self._clock()
        made = await self._silences.extend(silence.source, silence.id, ours, "keep")
        if isinstance(made, Silenced) and made.silence_id != silence.id:
            # It was over before the change arrived, and is another one now that nobody has asked for.
            made_anew = await self._silences.end(silence.source, made.silence_id)
            return Kept(silence, found, hidden, made_anew, error="it was over already")
        if isinstance(made, Silenced) and made.silence is not None:
            self._ours[_key(silence)] = made.silence.ends_at
        return Kept(silence, found, hidden, made)


def _key(silence: Silence) -> Key:
    return (silence.source, silence.id)


def _hidden_by(alerts: Iterable[Alert], silences: Iterable[Silence]) -> dict[Key, tuple[Alert, ...]]:
    """By source and id of each silence the alerts that their Alertmanager says it hides."""
    hidden: dict[Key, list[Alert]] = {_key(silence): [] for silence in silences}
    for alert in alerts:
        for silence_id in alert.silenced_by:
            if (found := hidden.get((alert.source, silence_id))) is not None and alert.resolved_at is None:
                found.append(alert)
    return {key: tuple(found) for key, found in hidden.items()}
