"""Acknowledge: say 'mine', in the alert's own Alertmanager, where everybody sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from oncall_tui.actions.ack_case import AckCase, acks_over, as_seen
from oncall_tui.actions.acks import (
    PLAIN,
    Acknowledged,
    AckResult,
    AckSettings,
    AckWish,
    AlreadyAcknowledged,
    NotAcknowledged,
)
from oncall_tui.actions.entry import Entry, Recorder
from oncall_tui.actions.posting import drafted, post_or_find
from oncall_tui.actions.read_back import PATIENCE, Seen, see_freed, see_silenced
from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.alerts import Alert, Silence, SilenceDraft, exact_matchers
from oncall_tui.core.errors import SourceError
from oncall_tui.core.keeping import is_elder
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.ports import AlertSource
from oncall_tui.core.read_only import refusal
from oncall_tui.core.silence_preview import mistake_in
from oncall_tui.journal import Event, EventKind

AT_ONCE: Final = 4
"""Alerts acknowledged at the same time."""
SKEW_IGNORED: Final = 2.0
"""Seconds by which clocks may differ before it counts: the Date header that tells has whole seconds."""
_NAMED: Final = 100
"""Alerts of a group whose fingerprints stand in the journal."""


def _no_skew(source: str) -> float | None:
    return None


class Acknowledge:
    """Silences alerts for a short while, with a comment that begins with ACK!: each by its full label set, or a group.

    sources: every Alertmanager by name. clock: unix seconds. skew_of: a source's clock minus ours in seconds,
    None if unknown. patience: seconds before each look at what came of it.
    read_only: why nothing may be written, '' where it may.
    """

    def __init__(
        self,
        sources: Mapping[str, AlertSource],
        journal: Recorder,
        settings: AckSettings,
        *,
        read_only: str = "",
        clock: Callable[[], float] = time.time,
        skew_of: Callable[[str], float | None] = _no_skew,
        patience: Sequence[float] = PATIENCE,
    ) -> None:
        self.settings = settings
        self._sources = sources
        self._journal = journal
        self._read_only = read_only
        self._clock = clock
        self._skew_of = skew_of
        self._patience = tuple(patience)

    async def __call__(self, alerts: Sequence[Alert], wish: AckWish = PLAIN) -> tuple[AckResult, ...]:
        """Acknowledge each alert; one result for each, in their order. Nothing that fails for one stops another.

        Raises ActionError when read-only, and nothing else.
        """
        self._refuse_read_only()
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(alert: Alert) -> AckResult:
            async with slots:
                return await self._one(alert, wish)

        unique = {alert.key: alert for alert in alerts}
        results = dict(zip(unique, await asyncio.gather(*map(one, unique.values())), strict=True))
        return tuple(results[alert.key] for alert in alerts)

    async def group(self, matchers: Sequence[Matcher], shown: Sequence[Alert], wish: AckWish = PLAIN) -> AckResult:
        """Acknowledge whatever the matchers hold for, in one silence. shown: what it was said to be of, at least one.

        Raises ActionError when read-only, and nothing else.
        """
        self._refuse_read_only()
        first = shown[0]
        source = self._sources.get(first.source)
        if source is None:
            return _unknown(first)
        try:
            board = await source.board()
        except SourceError as error:
            return NotAcknowledged(first, error.message, error.hint)
        found = [one for one in board.alerts if all(matcher.matches(one.labels) for matcher in matchers)]
        if not found:
            return NotAcknowledged(first, "none of the alerts fires any more", "nothing was done")
        known = {alert.fingerprint for alert in shown}
        found.sort(key=lambda one: one.fingerprint != first.fingerprint)
        new = sum(one.fingerprint not in known for one in found)
        note = f"it hides {new} more than were shown: they began to fire meanwhile" if new else ""
        return await self._acknowledge(AckCase(source, tuple(found), tuple(matchers), note), wish)

    async def _one(self, shown: Alert, wish: AckWish) -> AckResult:
        source = self._sources.get(shown.source)
        if shown.pending:
            error = f"{shown.name or 'the alert'} is only pending: no Alertmanager has it yet"
            return NotAcknowledged(shown, error, "it can be acknowledged once it fires")
        if source is None:
            return _unknown(shown)
        try:
            alert = await source.alert(shown.fingerprint, shown.labels)
        except SourceError as error:
            return NotAcknowledged(shown, error.message, error.hint)
        if alert is None:
            return NotAcknowledged(shown, f"{shown.name or 'the alert'} fires no more", "nothing was done")
        return await self._acknowledge(AckCase(source, (alert,), exact_matchers(alert.labels)), wish)

    async def _acknowledge(self, case: AckCase, wish: AckWish) -> AckResult:
        try:
            standing = await acks_over(case.source, case.alerts)
        except SourceError as error:
            return NotAcknowledged(case.alert, error.message, error.hint)
        holder = standing[0] if standing else None
        if holder is not None and not (wish.renew if holder.author == self.settings.author else wish.take_over):
            return AlreadyAcknowledged(case.alert, holder)
        same = next((one for one in standing if set(one.matchers) == set(case.matchers)), None)
        figures = self._figures(case, wish)
        draft = replace(self._draft(case, wish, same), annotations=figures.annotations())
        if same is not None and self._is_aged(same):
            draft = replace(draft, id="", starts_at=self._draft(case, wish, None).starts_at)
        now = self._clock() + self._skew(case.source.name)
        if (mistake := mistake_in(draft, now)) is not None:
            return NotAcknowledged(case.alert, *mistake)
        result = await self._post(case, draft, standing, same, figures)
        if same is not None and not draft.id and isinstance(result, Acknowledged) and result.confirmed:
            result = await self._end_old(case, same, result)
        rest = sorted({one.author or "somebody" for one in standing if one is not same} - {draft.author})
        if rest and isinstance(result, Acknowledged):
            beside = f"{', '.join(rest)}'s acknowledgement stands beside it"
            return replace(result, note="; ".join(filter(None, (result.note, beside))))
        return result

    def _is_aged(self, silence: Silence) -> bool:
        """Whether so much of the time for which it may be kept is gone that a new one is made in its place."""
        return silence.is_kept and self._clock() - silence.starts_at > self.settings.at_most / 2

    async def _end_old(self, case: AckCase, old: Silence, made: Acknowledged) -> Acknowledged:
        try:
            await case.source.expire_silence(old.id)
            freed = await see_freed(case.source, None, old.id, self._patience)
        except SourceError as error:
            freed = Seen(None, False, error.message)
        if freed.confirmed:
            return made
        return replace(made, confirmed=False, note=f"the old acknowledgement {old.id} may still stand: {freed.note}")

    def _draft(self, case: AckCase, wish: AckWish, same: Silence | None) -> SilenceDraft:
        """same: an acknowledgement of the very same matchers: changed where it stands, so that never two stand."""
        now, skew = self._clock(), self._skew(case.source.name)
        ends_at = (now + self.settings.duration if wish.ends_at is None else wish.ends_at) + skew
        had = same.author if same else ""
        draft = SilenceDraft(
            matchers=case.matchers,
            # A start that is past by its clock Alertmanager moves to its now; one to come would leave the alert firing.
            starts_at=now + min(skew, 0.0),
            ends_at=ends_at,
            author=self.settings.owner(wish),
            comment=self.settings.comment_for(wish, had),
        )
        if same is None:
            return draft
        if wish.ends_at is None:
            draft = replace(draft, ends_at=max(ends_at, same.ends_at))
        return replace(draft, id=same.id, matchers=same.matchers, starts_at=same.starts_at)

    def _figures(self, case: AckCase, wish: AckWish) -> AckFigures:
        """What it is given under; at the least when what it is of had begun."""
        began = max(alert.starts_at for alert in case.alerts)
        known = wish.figures.get(case.alert.key) or AckFigures(self._clock(), began)
        return replace(known, at=self._clock(), began=began)

    async def _post(
        self,
        case: AckCase,
        draft: SilenceDraft,
        standing: Sequence[Silence],
        same: Silence | None,
        figures: AckFigures,
    ) -> AckResult:
        source, had = case.source, same.author if same else ""
        entry = Entry(self._journal)
        passed: dict[str, object] = {"from": had, "to": draft.author, "figures": figures.as_json()}
        passed["alerts"] = [one.fingerprint for one in case.alerts[:_NAMED]]
        await entry.before(self._event(EventKind.ACK_INTENDED, case, drafted(source.name, draft) | passed))
        try:
            silence_id = await post_or_find(source, draft)
        except SourceError as error:
            failed = {"source": source.name, "error": error.message}
            await entry.after(self._event(EventKind.ACK_FAILED, case, failed))
            return NotAcknowledged(case.alert, error.message, error.hint, entry.trouble)
        cut_short = "cancelled before it was read back"
        result: AckResult = Acknowledged(case.alert, silence_id, None, False, cut_short, alerts=case.alerts, had=had)
        try:
            seen = await see_silenced(source, case.alerts, silence_id, self._patience)
            result = as_seen(case, silence_id, seen, draft, had)
            if seen.confirmed and not draft.id:
                result = await self._only_one(case, result, seen, standing)
        finally:
            await entry.after(self._outcome(case, silence_id, result, passed))
        return replace(result, journal=entry.trouble)

    async def _only_one(
        self, case: AckCase, mine: Acknowledged, seen: Seen, standing: Sequence[Silence]
    ) -> Acknowledged | AlreadyAcknowledged:
        """Of two who acknowledge at the same moment the first has it; the other takes theirs back, which is said.

        standing: what stood before, and was meant to.
        """
        known = {mine.silence_id, *(one.id for one in standing)}
        try:
            rivals = [one for one in await acks_over(case.source, seen.alerts) if one.id not in known]
        except SourceError as error:
            note = f"whether somebody else acknowledged it, too, is not known: {error.message}"
            return replace(mine, note="; ".join(filter(None, (mine.note, note))))
        assert mine.silence is not None, "it was confirmed"
        elders = [one for one in rivals if is_elder(one, mine.silence)]
        elder = min(elders, key=lambda one: (one.starts_at, one.id), default=None)
        if elder is None:
            return mine
        who = elder.author or "somebody"
        try:
            await case.source.expire_silence(mine.silence_id)
            freed = await see_freed(case.source, None, mine.silence_id, self._patience)
        except SourceError as error:
            freed = Seen(None, False, error.message)
        if freed.confirmed:
            return AlreadyAcknowledged(case.alert, elder, withdrawn=True)
        return replace(mine, confirmed=False, note=f"{who} was first, and ending yours failed: {freed.note}")

    def _outcome(self, case: AckCase, silence_id: str, result: AckResult, passed: Mapping[str, object]) -> Event:
        about = {"source": case.source.name, "silence": silence_id, **passed}
        if isinstance(result, AlreadyAcknowledged):
            first = f"{result.silence.author or 'somebody'} was first: ours was ended"
            return self._event(EventKind.ACK_FAILED, case, about | {"error": first, "elder": result.silence.id})
        assert isinstance(result, Acknowledged)
        told = {"confirmed": result.confirmed, "note": result.note}
        return self._event(EventKind.ACK_DONE, case, about | told)

    def _event(self, kind: EventKind, case: AckCase, payload: Mapping[str, object]) -> Event:
        return Event(
            at=self._clock(),
            kind=kind,
            actor=self.settings.author,
            service=case.alert.labels.get("service", ""),
            fingerprint=case.alert.fingerprint,
            subject=case.alert.name,
            payload=payload,
        )

    def _skew(self, source: str) -> float:
        skew = self._skew_of(source) or 0.0
        return skew if abs(skew) > SKEW_IGNORED else 0.0

    def _refuse_read_only(self) -> None:
        if self._read_only:
            raise refusal("nothing is acknowledged", self._read_only)


def _unknown(alert: Alert) -> NotAcknowledged:
    error = f"{alert.name or 'the alert'} is from {alert.source!r}"
    return NotAcknowledged(alert, error, "the config names no such Alertmanager")
