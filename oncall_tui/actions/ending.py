"""A silence ended and seen to be over, whatever it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from oncall_tui.actions.read_back import Seen, see_freed
from oncall_tui.core.alerts import Alert, SilenceState
from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import AlertSource


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of it. failure: what its Alertmanager said against it, None where it took it."""

    seen: Seen
    failure: SourceError | None

    @property
    def failed(self) -> SourceError | None:
        """Why it stands yet; None where it is over all the same."""
        silence = self.seen.silence
        over = silence is not None and silence.state is SilenceState.EXPIRED
        return None if over else self.failure

    @property
    def facts(self) -> dict[str, object]:
        """As the journal keeps it."""
        error = self.failure.message if self.failure else ""
        return {"confirmed": self.seen.confirmed, "note": self.seen.note, "error": error}


async def end_silence(
    source: AlertSource,
    silence_id: str,
    alert: Alert | None,
    patience: Sequence[float],
    told: Callable[[Ending], Awaitable[None]],
) -> Ending:
    """End it, and look until it is over and the alert, if one is given, is free of it.

    told: is given what came of it, also when this is cancelled before it is known.
    """
    failure: SourceError | None = None
    seen = Seen(None, False, "cancelled before it was read back")
    try:
        try:
            await source.expire_silence(silence_id)
        except SourceError as error:
            failure = error  # It may have been ended all the same: looking tells.
        seen = await see_freed(source, alert, silence_id, patience if failure is None else (0.0,))
    finally:
        ending = Ending(seen, failure)
        await told(ending)
    return ending
