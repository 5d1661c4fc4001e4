"""What an acknowledgement needs, and what can come of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.alerts import ACK_PREFIX, KEPT_MARK, Alert, Silence
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line

DEFAULT_COMMENT = f"{ACK_PREFIX} acknowledged with oncall-tui"
COMMENT_LIMIT = 500
"""Characters of a comment: it is shown in one line by everyone who sees the silence."""
NAME_LIMIT = 60
"""Characters of a name in a comment."""


@dataclass(frozen=True, slots=True)
class AckWish:
    """What a person wants of an acknowledgement. Where nothing is said, the settings hold.

    words: the comment, in place of the settings'. ends_at: unix seconds by our clock. keep: while firing. owner: who
    has it afterwards, '' for the settings' author. take_over: also when somebody else has it. renew: also when it is
    one's own already. figures: what is known now of what each alert is about, by source and fingerprint.
    """

    words: str = ""
    ends_at: float | None = None
    keep: bool | None = None
    owner: str = ""
    take_over: bool = False
    renew: bool = False
    figures: Mapping[tuple[str, str], AckFigures] = field(default_factory=dict, hash=False)


PLAIN = AckWish()
"""What one key asks for."""


@dataclass(frozen=True, slots=True)
class AckSettings:
    """author: whose acknowledgement it is. duration: seconds it lasts. comment: begins with ACK!. keep: while firing.

    at_most: seconds from its start to its end up to which it is kept.

    Raises ConfigError for a comment that does not, a duration of nothing, and an author of nobody.
    """

    author: str
    duration: int = 900
    comment: str = DEFAULT_COMMENT
    keep: bool = False
    at_most: int = 43_200

    def __post_init__(self) -> None:
        if not self.comment.startswith(ACK_PREFIX):
            raise ConfigError(
                f"the ack comment {self.comment!r} does not begin with {ACK_PREFIX}", "others look for it"
            )
        if self.duration <= 0:
            raise ConfigError("an ack must last at least a second", "give it a duration such as 15m")
        if not self.author.strip():
            raise ConfigError("an ack has no author", "set the ack author in the config")

    def comment_for(self, wish: AckWish, had: str = "") -> str:
        """The comment of an acknowledgement. had: who has it until now, '' for nobody.

        It begins with ACK!, and however long the words are, what follows them stands in it whole: from whom it was
        taken over, by whom it was handed over, and that it is kept while firing.
        """
        words = wish.words.strip().removeprefix(ACK_PREFIX).strip()
        after = _passed_on(had, self.author, self.owner(wish)) + (f" {KEPT_MARK})" if self.kept(wish) else "")
        return clean_line(f"{ACK_PREFIX} {words}" if words else self.comment, COMMENT_LIMIT - len(after)) + after

    def owner(self, wish: AckWish) -> str:
        """Who has it afterwards."""
        return wish.owner.strip() or self.author

    def kept(self, wish: AckWish) -> bool:
        """Whether it is to be extended while it hides something that fires."""
        return self.keep if wish.keep is None else wish.keep


def _passed_on(had: str, by: str, to: str) -> str:
    """From whom to whom, as it stands in a comment; '' where nobody had it but who has it now."""
    had, by = clean_line(had.strip(), NAME_LIMIT), clean_line(by, NAME_LIMIT)
    if had in ("", by):
        return "" if to == by else f" (handed over by {by})"
    if had == to:
        return ""
    return f" (taken over from {had})" if to == by else f" (taken from {had} by {by})"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A silence was made, or one there was is changed. silence: as read back; None when it could not be.

    confirmed: the silence is active, is its owner's, and the alerts say they are silenced by it (or fire no more).
    When it is not confirmed, note says why; note may say more. alert: what was acknowledged, the first of alerts.
    alerts: all that it is of. had: who had it before, '' if nobody. journal: '' or why the journal was not written.
    """

    alert: Alert
    silence_id: str
    silence: Silence | None
    confirmed: bool
    note: str = ""
    journal: str = ""
    alerts: tuple[Alert, ...] = ()
    had: str = ""


@dataclass(frozen=True, slots=True)
class AlreadyAcknowledged:
    """Somebody has it: nothing was done, or it was undone. silence: their acknowledgement.

    withdrawn: theirs came a moment before ours, which was ended again. journal: as above.
    """

    alert: Alert
    silence: Silence
    withdrawn: bool = False
    journal: str = ""


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
