"""Makes a new page noticed where nobody looks: the bell, a desktop notification, the terminal's title."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oncall_tui.core.pages_anew import PagesAnew, is_loud
from oncall_tui.core.quiet_hours import QuietHours, is_quiet
from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.core.assess import AlertStatus, Assessment

BELL = "\x07"
_LONGEST = 180
"""Characters of a notification; terminals cut it, or drop longer ones."""
_KEEP_TITLE, _GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """bell, title: whether there is one. desktop: 'osc9' or 'osc777', by which the terminal is asked; 'none'.

    quiet: hours, local time, in which there is neither bell nor notification; the title goes on telling.
    """

    bell: bool = True
    desktop: str = "osc9"
    title: bool = True
    quiet: tuple[QuietHours, ...] = ()


class Noticing:
    """Looks at every assessment. emit: writes to the terminal as it is. name: of the environment, for the title."""

    def __init__(
        self, settings: NoticeSettings, name: str, emit: Callable[[str], object], clock: Callable[[], float]
    ) -> None:
        self._settings = settings
        self._name = clean_line(f"oncall-tui {name}".strip(), 60)
        self._emit = emit
        self._clock = clock
        self._pages = PagesAnew()
        self._title = ""

    def look(self, assessment: Assessment) -> None:
        """Ring for what became loud since the last time, once for all of it; say in the title how much is."""
        if news := self._pages.news(assessment):
            self.ring(_said(news))
        if self._settings.title:
            self._show_title(assessment)

    def ring(self, why: str) -> None:
        """Bell and notification, unless they are off or the hours are quiet. why: text, from outside as it may be."""
        if is_quiet(self._settings.quiet, self._clock()):
            return
        if self._settings.desktop != "none":
            self._emit(notification(why, self._settings.desktop, in_tmux=bool(os.environ.get("TMUX"))))
        if self._settings.bell:
            self._emit(BELL)

    def close(self) -> None:
        """Give the terminal its title back; the screen is down by then."""
        if self._title and sys.__stderr__ is not None and sys.__stderr__.isatty():
            sys.__stderr__.write(_GIVE_TITLE_BACK)
            sys.__stderr__.flush()

    def _show_title(self, assessment: Assessment) -> None:
        loud = sum(map(is_loud, assessment.alerts))
        doubt = "? " if assessment.snapshot.alerts_doubt() else ""
        pages = f"{loud} page{'' if loud == 1 else 's'} · " if loud else ""
        title = f"{doubt}{pages}{self._name}"
        if title != self._title:
            kept = "" if self._title else _KEEP_TITLE
            self._title = title
            self._emit(f"{kept}\x1b]2;{title}{BELL}")


def notification(text: str, kind: str, *, in_tmux: bool) -> str:
    """The sequence that asks a terminal for a desktop notification, on one line, without anything that ends it early.

    tmux hands it on where `allow-passthrough` is on, and drops it where it is not.
    """
    # OSC 777 tells its parts apart by semicolons; what begins with a number and one means progress to some terminals.
    said = clean_line(text, _LONGEST).replace(";", ",")
    sequence = f"\x1b]777;notify;oncall-tui;{said}{BELL}" if kind == "osc777" else f"\x1b]9;oncall-tui: {said}{BELL}"
    return f"\x1bPtmux;{sequence.replace(chr(27), chr(27) * 2)}\x1b\\" if in_tmux else sequence


def _said(news: Sequence[AlertStatus]) -> str:
    if len(news) == 1:
        status = news[0]
        why = f" ({status.rings})" if status.rings else ""
        return f"PAGE {status.alert.name or 'an alert'} {status.service}".strip() + why
    names = ", ".join(dict.fromkeys(status.alert.name for status in news[:_MOST_NAMES]))
    return f"{len(news)} PAGES: {names}{'…' if len(news) > _MOST_NAMES else ''}"
