"""What is asked of a silence, and what can come of it."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.alerts import Silence
from oncall_tui.core.matchers import Matcher


@dataclass(frozen=True, slots=True)
class SilenceWish:
    """A silence as a person wants it from now on, wherever it is posted. ends_at: unix seconds by our clock."""

    matchers: tuple[Matcher, ...]
    ends_at: float
    author: str
    comment: str


@dataclass(frozen=True, slots=True)
class Silenced:
    """One Alertmanager took it. silence: as read back, None when it could not be.

    confirmed: it stands there and ends as wanted, and one that it replaces is over; when not, note says why, and it
    may say more. replaced: id of the silence that was ended for it, '' if none was. journal: '' or why the journal
    was not written.
    """

    source: str
    silence_id: str
    silence: Silence | None
    confirmed: bool
    note: str = ""
    replaced: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class NotSilenced:
    """It was not done there, or nobody can tell; a silence that was to be changed stands as it did."""

    source: str
    error: str
    hint: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """A silence is over. silence: as read back, None when it could not be; confirmed, note, journal: as above."""

    source: str
    silence_id: str
    silence: Silence | None
    confirmed: bool
    note: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class NotEnded:
    """It still stands, or nobody can tell."""

    source: str
    silence_id: str
    error: str
    hint: str = ""
    journal: str = ""


SilenceResult = Silenced | NotSilenced
EndResult = Ended | NotEnded
