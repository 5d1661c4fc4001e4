"""Acknowledge: say 'mine', in the alert's own Alertmanager, where everybody sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from oncall_tui.actions.acks import (
    Acknowledged,
    AckResult,
    AckSettings,
    AlreadyAcknowledged,
    NotAcknowledged,
)
from oncall_tui.actions.entry import Entry, Recorder
from oncall_tui.actions.failover import landing
from oncall_tui.actions.posting import drafted, post_or_find
from oncall_tui.actions.read_back import PATIENCE, Seen, see_silenced
from oncall_tui.core.alerts import Alert, Silence, SilenceDraft, SilenceState, exact_matchers
from oncall_tui.core.errors import ActionError, SourceError
from oncall_tui.core.ports import AlertSource
from oncall_tui.journal import Event, EventKind

AT_ONCE: Final = 4
"""Alerts acknowledged at the same time."""
SKEW_IGNORED: Final = 2.0
"""Seconds by which clocks may differ before it counts: the Date header that tells has whole seconds."""


def _no_skew(source: str) -> float | None:
    return None


class Acknowledge:
    """Silences alerts by their full label sets for a short while, with a comment that begins with ACK!.

    sources: every Alertmanager by name. clock: unix seconds. skew_of: a source's clock minus ours in seconds,
    None if unknown. patience: seconds before each look at what came of it.
    """

    def __init__(
        self,
        sources: Mapping[str, AlertSource],
        journal: Recorder,
        settings: AckSettings,
        *,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
        skew_of: Callable[[str], float | None] = _no_skew,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self._sources = sources
        self._journal = journal
        self._settings = settings
        self._read_only = read_only
        self._clock = clock
        self._skew_of = skew_of
        self._patience = tuple(patience)

    async def __call__(
        self, alerts: Sequence[Alert], words: str = "", take_over: bool = False
    ) -> tuple[AckResult, ...]:
        """Acknowledge each alert; one result for each, in their order. Nothing that fails for one stops another.

        words: added to the comment. take_over: also when somebody has it already; theirs is left as it is.
        Raises ActionError when read-only, and nothing else.
        """
        if self._read_only:
            raise ActionError("read-only: nothing is acknowledged", "take read_only out of the config to act")
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(alert: Alert) -> AckResult:
            async with slots:
                return await self._acknowledge(alert, words, take_over)

        unique = {alert.key: alert for alert in alerts}
        results = dict(zip(unique, await asyncio.gather(*map(one, unique.values())), strict=True))
        return tuple(results[alert.key] for alert in alerts)

    async def _acknowledge(self, shown: Alert, words: str, take_over: bool) -> AckResult:
        source = self._sources.get(shown.source)
        if shown.pending or source is None:
            hint = "it can be acknowledged once it fires" if shown.pending else "the config names no such Alertmanager"
            known = "is only pending: no Alertmanager has it yet" if shown.pending else f"is from {shown.source!r}"
            return NotAcknowledged(shown, f"{shown.name or 'the alert'} {known}", hint)
        try:
            alert = await source.alert(shown.fingerprint, shown.labels)
            if alert is None:
                return NotAcknowledged(shown, f"{shown.name or 'the alert'} fires no more", "nothing was done")
            theirs = await _standing_ack(source, alert)
        except SourceError as error:
            return NotAcknowledged(shown, error.message, error.hint)
        if theirs is not None and not take_over:
            return AlreadyAcknowledged(alert, theirs)
        draft = self._draft(alert, words)
        if not draft.matchers:
            return NotAcknowledged(alert, "the alert has no labels", "a silence for it would hide every alert")
        result = await self._post(source, alert, draft)
        if theirs is not None and isinstance(result, Acknowledged):
            return _beside(result, theirs)
        return result

    def _draft(self, alert: Alert, words: str) -> SilenceDraft:
        now = self._clock()
        skew = self._skew_of(alert.source) or 0.0
        skew = skew if abs(skew) > SKEW_IGNORED else 0.0
        return SilenceDraft(
            matchers=exact_matchers(alert.labels),
            # A start that is past by its clock Alertmanager moves to its now; one to come would leave the alert firing.
            starts_at=now + min(skew, 0.0),
            ends_at=now + self._settings.duration + skew,
            author=self._settings.author,
            comment=self._settings.comment_with(words),
        )

    async def _post(self, source: AlertSource, alert: Alert, draft: SilenceDraft) -> AckResult:
        entry = Entry(self._journal)
        await entry.before(self._event(EventKind.ACK_INTENDED, alert, drafted(alert.source, draft)))
        try:
            silence_id = await post_or_find(source, draft)
        except SourceError as error:
            failed = {"source": alert.source, "error": error.message}
            await entry.after(self._event(EventKind.ACK_FAILED, alert, failed))
            return NotAcknowledged(alert, error.message, error.hint, entry.trouble)
        seen = Seen(None, False, "cancelled before it was read back")
        try:
            seen = await see_silenced(source, alert, silence_id, self._patience)
        finally:
            done = {"source": alert.source, "silence": silence_id, "confirmed": seen.confirmed, "note": seen.note}
            await entry.after(self._event(EventKind.ACK_DONE, alert, done))
        note = "; ".join(filter(None, (seen.note, landing(silence_id))))
        return Acknowledged(alert, silence_id, seen.silence, seen.confirmed, note, entry.trouble)

    def _event(self, kind: EventKind, alert: Alert, payload: Mapping[str, object]) -> Event:
        return Event(
            at=self._clock(),
            kind=kind,
            actor=self._settings.author,
            service=alert.labels.get("service", ""),
            fingerprint=alert.fingerprint,
            subject=alert.name,
            payload=payload,
        )


async def _standing_ack(source: AlertSource, alert: Alert) -> Silence | None:
    """The acknowledgement that hides the alert now, the one that lasts longest. Raises SourceError."""
    found = [await source.silence(silence_id) for silence_id in alert.silenced_by]
    acks = [silence for silence in found if silence and silence.is_ack and silence.state is SilenceState.ACTIVE]
    return max(acks, key=lambda silence: silence.ends_at, default=None)


def _beside(result: Acknowledged, theirs: Silence) -> Acknowledged:
    note = f"{theirs.author or 'somebody'}'s acknowledgement stands beside it"
    note = f"{result.note}; {note}" if result.note else note
    return Acknowledged(result.alert, result.silence_id, result.silence, result.confirmed, note, result.journal)
