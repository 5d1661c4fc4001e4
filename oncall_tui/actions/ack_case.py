"""What an acknowledgement is of, as its Alertmanager has it now: before it is posted, and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncall_tui.actions.acks import Acknowledged
from oncall_tui.actions.failover import landing
from oncall_tui.actions.read_back import Seen
from oncall_tui.core.alerts import Alert, Silence, SilenceDraft, SilenceState
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.ports import AlertSource


@dataclass(frozen=True, slots=True)
class AckCase:
    """What is acknowledged: alerts of one Alertmanager as they are now, and matchers that hold for all of them.

    note: what else to know of it, '' for nothing.
    """

    source: AlertSource
    alerts: tuple[Alert, ...]
    matchers: tuple[Matcher, ...]
    note: str = ""

    @property
    def alert(self) -> Alert:
        """The one that was asked for."""
        return self.alerts[0]


def as_seen(case: AckCase, silence_id: str, seen: Seen, draft: SilenceDraft, had: str) -> Acknowledged:
    """What came of a silence that was posted, from what was seen of it. had: who had it before."""
    confirmed, note = seen.confirmed, seen.note
    if confirmed and seen.silence is not None and seen.silence.author != draft.author:
        confirmed, note = False, f"{seen.silence.author or 'somebody'} has it: both took it at the same moment"
    note = "; ".join(filter(None, (note, case.note, landing(silence_id))))
    return Acknowledged(case.alert, silence_id, seen.silence, confirmed, note, alerts=case.alerts, had=had)


async def acks_over(source: AlertSource, alerts: Sequence[Alert]) -> tuple[Silence, ...]:
    """The acknowledgements that hide every one of these alerts now, the longest first. Raises SourceError."""
    shared = set.intersection(*(set(alert.silenced_by) for alert in alerts)) if alerts else set()
    found = [await source.silence(silence_id) for silence_id in sorted(shared)]
    acks = [silence for silence in found if silence and silence.is_ack and silence.state is SilenceState.ACTIVE]
    return tuple(sorted(acks, key=lambda silence: -silence.ends_at))
