"""After a write: what Alertmanager itself says came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Alert, Silence, SilenceDraft, SilenceState
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import AlertSource

PATIENCE = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8)
"""Seconds before each look: Alertmanager may mark an alert a little after it took the silence."""

SAME_END = 2.0
"""Seconds within which two ends are the same: Alertmanager moves a start that is past to its now."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The last look: the silence, whether all is as it should be, and why not (or what else to know)."""

    silence: Silence | None
    confirmed: bool
    note: str = ""
    alerts: tuple[Alert, ...] = ()
    """Those looked at, as they are now; without those that fire no more."""


async def see_silenced(
    source: AlertSource, alerts: Sequence[Alert], silence_id: str, patience: Sequence[float]
) -> Seen:
    """Look until the silence is active and all the alerts are silenced by it, or patience is at its end."""
    seen = Seen(None, False, "not read back")
    for seconds in patience:
        await asyncio.sleep(seconds)
        seen = await _look_silenced(source, alerts, silence_id, seen.silence)
        if seen.confirmed:
            break
    return seen


async def see_standing(source: AlertSource, silence_id: str, ends_at: float, patience: Sequence[float]) -> Seen:
    """Look until the silence stands (active, or pending until its start) and ends when it should (within 2 s)."""
    seen = Seen(None, False, "not read back")
    for seconds in patience:
        await asyncio.sleep(seconds)
        try:
            silence = await source.silence(silence_id)
        except SourceError as error:
            seen = Seen(seen.silence, False, f"the silence was taken, but reading it back failed: {error}")
            continue
        if silence is None:
            seen = Seen(seen.silence, False, f"{source.name} took the silence but does not show it")
        elif silence.state is SilenceState.EXPIRED:
            seen = Seen(silence, False, f"{source.name} shows the silence as over: compare the clocks")
        elif abs(silence.ends_at - ends_at) >= SAME_END:
            seen = Seen(silence, False, f"{source.name} shows another end than was sent")
        else:
            return Seen(silence, True)
    return seen


async def see_freed(source: AlertSource, alert: Alert | None, silence_id: str, patience: Sequence[float]) -> Seen:
    """Look until the silence is over and the alert (if one is given) is not silenced by it any more."""
    seen = Seen(None, False, "not read back")
    for seconds in patience:
        await asyncio.sleep(seconds)
        seen = await _look_freed(source, alert, silence_id, seen.silence)
        if seen.confirmed:
            break
    return seen


async def find_silence(source: AlertSource, draft: SilenceDraft) -> Silence | None:
    """The silence that draft made, if it did although no answer came. Raises SourceError."""
    for silence in (await source.board()).silences:
        same = (silence.author, silence.comment) == (draft.author, draft.comment)
        if same and set(silence.matchers) == set(draft.matchers) and abs(silence.ends_at - draft.ends_at) < SAME_END:
            return silence
    return None


async def firing_of(source: AlertSource, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts as they are now, in their order; those that fire no more are left out. Raises SourceError."""
    if len(alerts) == 1:
        found = await source.alert(alerts[0].fingerprint, alerts[0].labels)
        return (found,) if found else ()
    now = {alert.fingerprint: alert for alert in (await source.board()).alerts}
    return tuple(now[alert.fingerprint] for alert in alerts if alert.fingerprint in now)


async def _look_silenced(source: AlertSource, alerts: Sequence[Alert], silence_id: str, last: Silence | None) -> Seen:
    try:
        silence = await source.silence(silence_id)
        if silence is None:
            return Seen(last, False, f"{source.name} took the silence but does not show it")
        if silence.state is not SilenceState.ACTIVE:
            return Seen(silence, False, f"the silence is {silence.state}, not active: compare the clocks")
        last = silence
        now = await firing_of(source, alerts)
    except SourceError as error:
        return Seen(last, False, f"the silence was taken, but reading it back failed: {error}")
    if not now:
        return Seen(
            silence, True, "the alert fires no more" if len(alerts) == 1 else "none of the alerts fires any more"
        )
    loud = sum(silence_id not in alert.silenced_by for alert in now)
    if loud:
        what = "the alert" if len(alerts) == 1 else f"{loud} of {len(now)} alerts"
        return Seen(silence, False, f"the silence is active, but {source.name} still shows {what} as firing", now)
    return Seen(silence, True, "", now)


async def _look_freed(source: AlertSource, alert: Alert | None, silence_id: str, last: Silence | None) -> Seen:
    try:
        silence = await source.silence(silence_id)
        if silence is not None and silence.state is not SilenceState.EXPIRED:
            return Seen(silence, False, f"{source.name} still shows the silence as {silence.state}")
        last = silence
        now = None if alert is None else await source.alert(alert.fingerprint, alert.labels)
    except SourceError as error:
        return Seen(last, False, f"reading it back failed: {error}")
    if now is None:
        return Seen(silence, True, "" if alert is None else "the alert fires no more")
    if silence_id in now.silenced_by:
        return Seen(silence, False, f"the silence is over, but {source.name} still shows the alert as silenced by it")
    others = len(now.silenced_by)
    return Seen(silence, True, f"still silenced by {others} other silence{'s' * (others > 1)}" if others else "")
