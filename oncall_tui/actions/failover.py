"""A cluster of Alertmanagers as one: asked and written to where somebody answers, never twice without looking."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from oncall_tui.actions.read_back import find_silence
from oncall_tui.core.alerts import Alert, AlertBoard, Silence, SilenceDraft
from oncall_tui.core.errors import BadGateway, Busy, Cut, Malformed, Refused, SourceError, TimedOut
from oncall_tui.core.merging import stamped
from oncall_tui.core.ports import AlertSource

_T = TypeVar("_T")

GOSSIP = (0.0, 0.3, 0.7, 1.0)
"""Seconds before each look for a silence that another member may have taken."""

_SHUNNED_FOR = 60.0
"""Seconds for which a member that failed is asked last."""

_MAYBE_DONE = (Cut, TimedOut, Malformed, BadGateway)
"""What leaves open whether a silence was made."""


class Posted(str):
    """The id of a silence that a cluster took. member: who took it. note: why it was not the first one asked, or ''."""

    member: str
    note: str

    def __new__(cls, silence_id: str, member: str, note: str = "") -> Posted:
        """An id that says where the silence is."""
        made = super().__new__(cls, silence_id)
        made.member, made.note = member, note
        return made


def landing(silence_id: str) -> str:
    """Where a silence landed, if that is worth a word: 'on am-2 (am-1: connection refused)'; '' where it is not."""
    return f"on {silence_id.member} ({silence_id.note})" if isinstance(silence_id, Posted) and silence_id.note else ""


class Clusters(Mapping[str, AlertSource]):
    """An AlertSource for each cluster, by the cluster's name; one of its members' names will do as well.

    sources: every Alertmanager. members_of: the members of a cluster as of now, those that answer first; () for no
    cluster. names: the clusters as of now. gossip: seconds before each look for a silence on another member.
    """

    def __init__(
        self,
        sources: Sequence[AlertSource],
        members_of: Callable[[str], Sequence[str]],
        names: Callable[[], Sequence[str]],
        *,
        gossip: Sequence[float] = GOSSIP,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._members_of = members_of
        self._names = names
        self._gossip = tuple(gossip)
        self._clock = clock
        self._failed_at: dict[str, float] = {}

    def __getitem__(self, name: str) -> AlertSource:
        if not self._members_of(name):
            raise KeyError(name)
        return ClusterSource(name, self, self._gossip)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    def members(self, name: str) -> list[AlertSource]:
        """Whom to ask, in that order: those that answer the poller first, those that failed here a moment ago last."""
        known = [self._sources[member] for member in self._members_of(name)]
        since = self._clock() - _SHUNNED_FOR
        return sorted(known, key=lambda member: self._failed_at.get(member.name, since) > since)

    def failed(self, member: str) -> None:
        """A member did not answer: others are asked before it for a while."""
        self._failed_at[member] = self._clock()

    def answered(self, member: str) -> None:
        """A member answered."""
        self._failed_at.pop(member, None)


class ClusterSource:
    """The members of one cluster as one AlertSource. What it tells has the cluster as its source.

    Reads ask one member after another until one answers; 'there is none' is believed only when no member knows
    better. A SourceError names every member that was tried.
    """

    def __init__(self, name: str, clusters: Clusters, gossip: Sequence[float] = GOSSIP) -> None:
        self.name = name
        self._clusters = clusters
        self._gossip = tuple(gossip)
        self._wrote_to = ""
        self.url = self._members()[0].url

    async def board(self) -> AlertBoard:
        """What the first member that answers tells. Raises SourceError."""
        board = await self._ask(lambda member: member.board())
        assert board is not None
        return stamped(board, self.name)

    async def silence(self, silence_id: str) -> Silence | None:
        """Read one silence back; None if no member that answers has one of that id. Raises SourceError."""
        found = await self._ask(lambda member: member.silence(silence_id))
        return replace(found, source=self.name) if found else None

    async def alert(self, fingerprint: str, labels: Mapping[str, str]) -> Alert | None:
        """Read one alert back; None when it fires on no member that answers. Raises SourceError."""
        found = await self._ask(lambda member: member.alert(fingerprint, labels))
        return replace(found, source=self.name) if found else None

    async def post_silence(self, draft: SilenceDraft) -> str:
        """Make the silence on one member; a Posted. What a member refuses is not tried on another.

        Where a member may have taken it without saying so, the next is first looked at for it. Raises SourceError.
        """
        errors: list[SourceError] = []
        for member in self._members():
            try:
                if any(isinstance(error, _MAYBE_DONE) for error in errors):
                    found = await self._gossiped(member, draft)
                    if found is not None:
                        return self._landed(found.id, member, errors)
                return self._landed(await member.post_silence(draft), member, errors)
            except SourceError as error:
                if _is_final(error):
                    raise
                self._clusters.failed(member.name)
                errors.append(error)
        raise _all_of(errors, self.name)

    async def expire_silence(self, silence_id: str) -> None:
        """End it now, on the first member that knows it. Raises SourceError."""
        errors: list[SourceError] = []
        for member in self._members():
            try:
                await member.expire_silence(silence_id)
            except SourceError as error:
                if not _is_final(error):
                    self._clusters.failed(member.name)
                errors.append(error)
            else:
                self._wrote(member)
                return
        raise _all_of(errors, self.name)

    async def close(self) -> None:
        """Nothing: the members belong to the poller."""

    def _members(self) -> list[AlertSource]:
        """Whoever took the last write is asked first: gossip may not have told the others yet."""
        return sorted(self._clusters.members(self.name), key=lambda member: member.name != self._wrote_to)

    async def _ask(self, question: Callable[[AlertSource], Awaitable[_T | None]]) -> _T | None:
        errors: list[SourceError] = []
        members = self._members()
        for member in members:
            try:
                answer = await question(member)
            except SourceError as error:
                self._clusters.failed(member.name)
                errors.append(error)
                continue
            self._clusters.answered(member.name)
            if answer is not None:
                return answer
        if len(errors) == len(members):
            raise _all_of(errors, self.name)
        return None

    async def _gossiped(self, member: AlertSource, draft: SilenceDraft) -> Silence | None:
        for seconds in self._gossip:
            await asyncio.sleep(seconds)
            found = await find_silence(member, draft)
            if found is not None:
                return found
        return None

    def _landed(self, silence_id: str, member: AlertSource, errors: Sequence[SourceError]) -> Posted:
        self._wrote(member)
        return Posted(silence_id, member.name, "; ".join(error.message for error in errors))

    def _wrote(self, member: AlertSource) -> None:
        self._wrote_to = member.name
        self._clusters.answered(member.name)


def _is_final(error: SourceError) -> bool:
    """Whether a member understood and said no, as any other would."""
    return isinstance(error, Refused) and not isinstance(error, (Busy, BadGateway))


def _all_of(errors: Sequence[SourceError], cluster: str) -> SourceError:
    """One error for all members; it leaves open what any of them leaves open."""
    worst = next((error for error in errors if isinstance(error, _MAYBE_DONE)), errors[0])
    if len(errors) == 1:
        return worst
    return type(worst)(f"{cluster}: no member did it: {'; '.join(error.message for error in errors)}", worst.hint)
