"""Jobs that run elsewhere and are only launched from here. A launcher implements the port; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from oncall_tui.core.placeholders import Facts


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What will be sent, to the letter but for secrets. body: as text; '' for none."""

    method: str
    url: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Launched:
    """What came of it. ok: whether the job ended well, None where it was accepted and nobody tells what became of it.

    word: that in a word. said: what the server said, untrusted.
    """

    ok: bool | None
    word: str
    said: str = ""


class Launcher(Protocol):
    """Something that runs a job when it is asked to."""

    name: str

    def request(self, facts: Facts) -> LaunchRequest:
        """What launching it for an alert will send. Raises NothingThere where it needs what the alert does not have."""
        ...

    async def launch(self, facts: Facts, say: Callable[[str], None]) -> Launched:
        """Send it, and follow the job where that is possible; say: takes lines as they come. Raises SourceError."""
        ...
