"""The command palette: the same commands as the `:` line, found by any part of their words."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.commands import Command


class OncallCommands(Provider):
    """Offers the commands that make sense without an argument."""

    @property
    def _oncall(self) -> OncallApp:
        return cast("OncallApp", self.app)

    def _title(self, command: Command) -> str:
        key = self._oncall.key_of(command.action)
        return f"{command.name}: {command.help}{f'  ({key})' if key else ''}"

    async def discover(self) -> Hits:
        """Every command, before anything is typed."""
        from oncall_tui.ui.commands import COMMANDS

        for command in COMMANDS:
            if command.name != "filter":
                yield DiscoveryHit(self._title(command), partial(command.run, self._oncall, ""))

    async def search(self, query: str) -> Hits:
        """Commands whose name or help fits."""
        from oncall_tui.ui.commands import COMMANDS

        matcher = self.matcher(query)
        for command in COMMANDS:
            title = self._title(command)
            if command.name != "filter" and (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), partial(command.run, self._oncall, ""))
