"""What an acknowledgement needs, and what can come of one."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.alerts import ACK_PREFIX, Alert, Silence
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line

DEFAULT_COMMENT = f"{ACK_PREFIX} acknowledged with oncall-tui"
COMMENT_LIMIT = 500
"""Characters of a comment: it is shown in one line by everyone who sees the silence."""


@dataclass(frozen=True, slots=True)
class AckSettings:
    """author: whose acknowledgement it is. duration: seconds it lasts. comment: begins with ACK!.

    Raises ConfigError for a comment that does not, a duration of nothing, and an author of nobody.
    """

    author: str
    duration: int = 900
    comment: str = DEFAULT_COMMENT

    def __post_init__(self) -> None:
        if not self.comment.startswith(ACK_PREFIX):
            raise ConfigError(
                f"the ack comment {self.comment!r} does not begin with {ACK_PREFIX}", "others look for it"
            )
        if self.duration <= 0:
            raise ConfigError("an ack must last at least a second", "give it a duration such as 15m")
        if not self.author.strip():
            raise ConfigError("an ack has no author", "set the ack author in the config")

    def comment_with(self, words: str) -> str:
        """The comment, and what the person added to it."""
        return clean_line(f"{self.comment}: {words.strip()}" if words.strip() else self.comment, COMMENT_LIMIT)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A silence was made. silence: as read back; None when it could not be.

    confirmed: the silence is active and the alert says it is silenced by it (or fires no more). When it is not
    confirmed, note says why; note may say more. journal: '' or why the journal was not written.
    """

    alert: Alert
    silence_id: str
    silence: Silence | None
    confirmed: bool
    note: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class AlreadyAcknowledged:
    """Somebody has it: nothing was done. silence: their acknowledgement."""

    alert: Alert
    silence: Silence


@dataclass(frozen=True, slots=True)
class NotAcknowledged:
    """It was not done, or nobody can tell. journal: '' or why the journal was not written."""

    alert: Alert
    error: str
    hint: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """An acknowledgement was ended. silence: as read back, None when it could not be; confirmed, note: as above."""

    silence_id: str
    silence: Silence | None
    confirmed: bool
    note: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class NotTakenBack:
    """It still stands, or nobody can tell."""

    error: str
    hint: str = ""
    journal: str = ""


AckResult = Acknowledged | AlreadyAcknowledged | NotAcknowledged
TakeBackResult = TakenBack | NotTakenBack
