"""Take an acknowledgement back: end its silence, so that the alert rings again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from oncall_tui.actions.acks import NotTakenBack, TakeBackResult, TakenBack
from oncall_tui.actions.ending import Ending, end_silence
from oncall_tui.actions.entry import Entry, Recorder
from oncall_tui.actions.read_back import PATIENCE
from oncall_tui.core.alerts import ACK_PREFIX, Alert, Silence, SilenceState
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import AlertSource
from oncall_tui.core.read_only import refusal
from oncall_tui.journal import Event, EventKind


class TakeBack:
    """Ends acknowledgements, and no other silence. Arguments as for Acknowledge; actor: who does it.

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
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self._sources = sources
        self._journal = journal
        self._actor = actor
        self._read_only = read_only
        self._clock = clock
        self._patience = tuple(patience)

    async def of_alert(self, alert: Alert) -> TakeBackResult:
        """End the actor's own acks that hide the alert now; the result of the first that failed, else the last.

        Somebody else's is not ended: by_id does that. Raises ActionError when read-only.
        """
        source = self._source(alert.source)
        if source is None:
            return _unknown(alert.source)
        try:
            now = await source.alert(alert.fingerprint, alert.labels)
            found = [await source.silence(silence_id) for silence_id in (now.silenced_by if now else ())]
        except SourceError as error:
            return NotTakenBack(error.message, error.hint)
        acks = [silence for silence in found if silence and silence.is_ack and silence.state is SilenceState.ACTIVE]
        own = [silence for silence in acks if silence.author == self._actor]
        if not own:
            others = ", ".join(sorted({silence.author or "somebody" for silence in acks}))
            if others:
                return NotTakenBack(f"{alert.name} is acknowledged by {others}, not by {self._actor}", "ask them first")
            return NotTakenBack(f"{alert.name} is not acknowledged", "")
        result: TakeBackResult | None = None
        for silence in own:
            result = await self._expire(source, silence, alert)
            if isinstance(result, NotTakenBack):
                break
        assert result is not None
        return result

    async def by_id(self, source_name: str, silence_id: str, alert: Alert | None = None) -> TakeBackResult:
        """End the acknowledgement of that id, whoever made it; alert, if given, is then looked at too.

        Raises ActionError when read-only.
        """
        source = self._source(source_name)
        if source is None:
            return _unknown(source_name)
        try:
            silence = await source.silence(silence_id)
        except SourceError as error:
            return NotTakenBack(error.message, error.hint)
        if silence is None:
            return NotTakenBack(f"{source_name} has no silence {silence_id}", "it may be over and forgotten")
        if not silence.is_ack:
            return NotTakenBack(
                f"silence {silence_id} is no acknowledgement: its comment does not begin with {ACK_PREFIX}",
                "end it on the silences' own screen",
            )
        if silence.state is SilenceState.EXPIRED:
            return TakenBack(silence_id, silence, confirmed=True, note="it was over already")
        return await self._expire(source, silence, alert)

    def _source(self, name: str) -> AlertSource | None:
        if self._read_only:
            raise refusal("nothing is taken back", self._read_only)
        return self._sources.get(name)

    async def _expire(self, source: AlertSource, silence: Silence, alert: Alert | None) -> TakeBackResult:
        entry = Entry(self._journal)
        about = {"source": source.name, "silence": silence.id, "author": silence.author}
        await entry.before(self._event(EventKind.TAKE_BACK_INTENDED, alert, silence, about))

        async def told(ending: Ending) -> None:
            kind = EventKind.TAKE_BACK_FAILED if ending.failed else EventKind.TAKE_BACK_DONE
            await entry.after(self._event(kind, alert, silence, about | ending.facts))

        ending = await end_silence(source, silence.id, alert, self._patience, told)
        seen = ending.seen
        if (failed := ending.failed) is not None:
            return NotTakenBack(failed.message, failed.hint, entry.trouble)
        return TakenBack(silence.id, seen.silence, seen.confirmed, seen.note, entry.trouble)

    def _event(self, kind: EventKind, alert: Alert | None, silence: Silence, payload: Mapping[str, object]) -> Event:
        labels = alert.labels if alert else {matcher.name: matcher.value for matcher in silence.matchers}
        return Event(
            at=self._clock(),
            kind=kind,
            actor=self._actor,
            service=labels.get("service", ""),
            fingerprint=alert.fingerprint if alert else "",
            subject=labels.get("alertname", silence.id),
            payload=payload,
        )


def _unknown(name: str) -> NotTakenBack:
    return NotTakenBack(f"no Alertmanager is called {name!r}", "the config names no such Alertmanager")
