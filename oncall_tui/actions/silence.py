"""Silences made, extended, changed and ended, each in its own Alertmanager and with a result of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from oncall_tui.actions.ending import Ending, end_silence
from oncall_tui.actions.entry import Entry, Recorder
from oncall_tui.actions.posting import drafted, post_or_find
from oncall_tui.actions.read_back import PATIENCE, Seen, see_standing
from oncall_tui.actions.silence_results import (
    Ended,
    EndResult,
    NotEnded,
    NotSilenced,
    Silenced,
    SilenceResult,
    SilenceWish,
)
from oncall_tui.core.alerts import Silence, SilenceDraft, SilenceState
from oncall_tui.core.errors import SourceError
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.ports import AlertSource
from oncall_tui.core.read_only import refusal
from oncall_tui.core.silence_preview import mistake_in
from oncall_tui.core.text import clean_line
from oncall_tui.journal import Event, EventKind

SKEW_IGNORED: Final = 2.0
"""Seconds by which clocks may differ before it counts: the Date header that tells has whole seconds."""
COMMENT_LIMIT: Final = 500
"""Characters of a comment: it is shown in one line by everyone who sees the silence."""


def _no_skew(source: str) -> float | None:
    return None


class Silences:
    """Makes, extends, changes and ends silences.

    sources: every Alertmanager by name. actor: who does it, for the journal. clock: unix seconds. skew_of: a source's
    clock minus ours in seconds, None if unknown. patience: seconds before each look at what came of it.
    Every method raises ActionError when read-only, and nothing else.
    read_only: why nothing may be written, '' where it may.
    """

    def __init__(
        self,
        sources: Mapping[str, AlertSource],
        journal: Recorder,
        actor: str,
        *,
        read_only: str = "",
        clock: Callable[[], float] = time.time,
        skew_of: Callable[[str], float | None] = _no_skew,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self._sources = sources
        self._journal = journal
        self._actor = actor
        self._read_only = read_only
        self._clock = clock
        self._skew_of = skew_of
        self._patience = tuple(patience)

    async def create(self, wish: SilenceWish, sources: Sequence[str]) -> tuple[SilenceResult, ...]:
        """Make the silence at each of these Alertmanagers; one result for each, in their order."""
        self._refuse_read_only()
        return tuple(await asyncio.gather(*(self._create(wish, name) for name in sources)))

    async def extend(self, source_name: str, silence_id: str, ends_at: float, what: str = "extend") -> SilenceResult:
        """Give the silence another end (unix seconds by our clock), whatever else has become of it meanwhile.

        what: how the journal calls it.
        """
        return await self._change(source_name, silence_id, ends_at, None, what)

    async def change(self, source_name: str, silence_id: str, wish: SilenceWish) -> SilenceResult:
        """Make the silence what is wished.

        In place, under its id, where its matchers stay. Else a new one is made first and read back, and only then is
        the old one ended: whatever an Alertmanager refuses, what was hidden stays hidden.
        """
        return await self._change(source_name, silence_id, wish.ends_at, wish, "change")

    async def end(self, source_name: str, silence_id: str) -> EndResult:
        """End the silence now."""
        self._refuse_read_only()
        source = self._sources.get(source_name)
        if source is None:
            return NotEnded(source_name, silence_id, *_unknown(source_name))
        try:
            silence = await source.silence(silence_id)
        except SourceError as error:
            return NotEnded(source_name, silence_id, error.message, error.hint)
        if silence is None:
            none = f"{source_name} has no silence {clean_line(silence_id, 60)}"
            return NotEnded(source_name, silence_id, none, "it may be over and forgotten")
        if silence.state is SilenceState.EXPIRED:
            return Ended(source_name, silence_id, silence, confirmed=True, note="it was over already")
        return await self._end(source, silence)

    # Making and changing

    async def _create(self, wish: SilenceWish, name: str) -> SilenceResult:
        source = self._sources.get(name)
        if source is None:
            return NotSilenced(name, *_unknown(name))
        return await self._post(source, self._draft(wish, name), "create")

    async def _change(
        self, name: str, silence_id: str, ends_at: float, wish: SilenceWish | None, what: str
    ) -> SilenceResult:
        """wish: None where only the end is another, and all else stays as it stands there."""
        self._refuse_read_only()
        source = self._sources.get(name)
        if source is None:
            return NotSilenced(name, *_unknown(name))
        try:
            old = await source.silence(silence_id)
        except SourceError as error:
            return NotSilenced(name, error.message, error.hint)
        if old is None or old.state is SilenceState.EXPIRED:
            gone = "is over" if old else "is not there any more"
            return NotSilenced(name, f"the silence {gone}: there is nothing to {what}", "make it again")
        draft = self._draft(wish or SilenceWish(old.matchers, ends_at, "", ""), name)
        if set(draft.matchers) != set(old.matchers):
            return await self._replace(source, old, draft)
        kept = replace(draft, id=old.id, matchers=old.matchers, starts_at=old.starts_at, annotations=old.annotations)
        if wish is None:
            kept = replace(kept, author=old.author, comment=old.comment)
        return await self._post(source, kept, what)

    async def _replace(self, source: AlertSource, old: Silence, draft: SilenceDraft) -> SilenceResult:
        if old.state is SilenceState.PENDING:
            draft = replace(draft, starts_at=max(draft.starts_at, old.starts_at))
        made = await self._post(source, replace(draft, annotations=old.annotations), "change")
        if isinstance(made, NotSilenced):
            return made
        if not made.confirmed:
            note = f"{made.note}; the old silence was left as it is"
            return replace(made, note=note)
        ended = await self._end(source, old)
        journal = made.journal or ended.journal
        if isinstance(ended, Ended) and ended.confirmed:
            return replace(made, replaced=old.id, journal=journal)
        why = ended.error if isinstance(ended, NotEnded) else ended.note
        return replace(made, confirmed=False, note=f"the old silence {old.id} may still stand: {why}", journal=journal)

    def _draft(self, wish: SilenceWish, name: str) -> SilenceDraft:
        skew = self._skew_of(name) or 0.0
        skew = skew if abs(skew) > SKEW_IGNORED else 0.0
        # A start that is past by its clock Alertmanager moves to its now; one to come would leave alerts firing.
        starts = self._clock() + min(skew, 0.0)
        comment = clean_line(wish.comment.strip(), COMMENT_LIMIT)
        return SilenceDraft(wish.matchers, starts, wish.ends_at + skew, wish.author.strip(), comment)

    async def _post(self, source: AlertSource, draft: SilenceDraft, what: str) -> SilenceResult:
        if (mistake := mistake_in(draft, self._clock() + (self._skew_of(source.name) or 0.0))) is not None:
            return NotSilenced(source.name, *mistake)
        entry = Entry(self._journal)
        about = {"what": what, "id": draft.id, **drafted(source.name, draft)}
        await entry.before(self._event(EventKind.SILENCE_INTENDED, draft.matchers, about))
        try:
            silence_id = await post_or_find(source, draft)
        except SourceError as error:
            failed = {"what": what, "source": source.name, "id": draft.id, "error": error.message}
            await entry.after(self._event(EventKind.SILENCE_FAILED, draft.matchers, failed))
            return NotSilenced(source.name, error.message, error.hint, entry.trouble)
        seen = Seen(None, False, "cancelled before it was read back")
        try:
            seen = await see_standing(source, silence_id, draft.ends_at, self._patience)
        finally:
            told = {"confirmed": seen.confirmed, "note": seen.note}
            done = {"what": what, "source": source.name, "silence": silence_id, **told}
            await entry.after(self._event(EventKind.SILENCE_DONE, draft.matchers, done))
        note = seen.note
        if draft.id and silence_id != draft.id:
            note = note or f"{source.name} made a new silence of it"
        return Silenced(source.name, silence_id, seen.silence, seen.confirmed, note, journal=entry.trouble)

    # Ending

    async def _end(self, source: AlertSource, silence: Silence) -> EndResult:
        entry = Entry(self._journal)
        about = {"source": source.name, "silence": silence.id, "author": silence.author, "comment": silence.comment}
        await entry.before(self._event(EventKind.SILENCE_END_INTENDED, silence.matchers, about))

        async def told(ending: Ending) -> None:
            kind = EventKind.SILENCE_END_FAILED if ending.failed else EventKind.SILENCE_END_DONE
            await entry.after(self._event(kind, silence.matchers, about | ending.facts))

        ending = await end_silence(source, silence.id, None, self._patience, told)
        seen = ending.seen
        if (failed := ending.failed) is not None:
            return NotEnded(source.name, silence.id, failed.message, failed.hint, entry.trouble)
        return Ended(source.name, silence.id, seen.silence, seen.confirmed, seen.note, entry.trouble)

    def _event(self, kind: EventKind, matchers: Sequence[Matcher], payload: Mapping[str, object]) -> Event:
        equal = {matcher.name: matcher.value for matcher in matchers if matcher.op is MatchOp.EQUAL}
        return Event(
            at=self._clock(),
            kind=kind,
            actor=self._actor,
            service=equal.get("service", ""),
            subject=equal.get("alertname", "") or ", ".join(map(str, matchers)),
            payload=payload,
        )

    def _refuse_read_only(self) -> None:
        if self._read_only:
            raise refusal("no silence is made, changed or ended", self._read_only)


def _unknown(name: str) -> tuple[str, str]:
    return f"no Alertmanager is called {clean_line(name, 60)!r}", "the config names no such Alertmanager"
