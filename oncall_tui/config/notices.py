"""How a new page is noticed, as it is configured."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from oncall_tui.config.fields import expected
from oncall_tui.config.http_config import Model
from oncall_tui.core.quiet_hours import QuietHours, parse_quiet_hours


class Desktop(StrEnum):
    """Which sequence asks the terminal for a desktop notification."""

    OSC9 = "osc9"
    OSC777 = "osc777"
    NONE = "none"


def _hours(value: str) -> str:
    try:
        parse_quiet_hours(value)
    except ValueError as error:
        raise expected("hours such as 22:00-07:00", str(error)) from None
    return value


class Notices(Model):
    """What happens when a page begins that nobody has. quiet: hours without bell and notification, local time.

    bell: the terminal's. desktop: a notification by the terminal. title: the terminal's title tells how many there are.
    """

    bell: bool = True
    desktop: Desktop = Desktop.OSC9
    title: bool = True
    quiet: tuple[Annotated[str, AfterValidator(_hours)], ...] = ()

    def quiet_hours(self) -> tuple[QuietHours, ...]:
        """What `quiet` says."""
        return tuple(map(parse_quiet_hours, self.quiet))
