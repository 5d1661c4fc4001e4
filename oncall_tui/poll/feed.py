"""What gives a dashboard its snapshots: a poller, or a recording that plays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from oncall_tui.core.readings import Reading
from oncall_tui.core.snapshot import Snapshot


class Feed(Protocol):
    """Publishes snapshots while it runs. Poller tells of each method in full."""

    @property
    def paused(self) -> bool:
        """Whether it stands still."""

    def snapshot(self) -> Snapshot:
        """Everything known now."""

    def watch(self, watcher: str, readings: Iterable[Reading]) -> None:
        """Give these too while watcher (a screen's name) wants them; replaces what it wanted before."""

    def refresh(self) -> None:
        """Ask everything now."""

    def pause(self) -> None:
        """Stand still until resumed."""

    def resume(self) -> None:
        """Go on."""

    async def run(self, publish: Callable[[Snapshot], None]) -> None:
        """Publish snapshots until cancelled."""

    async def close(self) -> None:
        """Let go of everything."""

    def members_of(self, name: str) -> tuple[str, ...]:
        """The Alertmanagers of the cluster of that name, or with the one of that name; those that answer first."""

    def clusters(self) -> tuple[str, ...]:
        """The name of every cluster of Alertmanagers."""

    def skew_of(self, name: str) -> float | None:
        """The clock of the source or cluster of that name minus ours, in seconds; None if it does not tell."""
