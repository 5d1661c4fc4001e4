"""The command palette: the same commands as the `:` line, found by any part of their words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.commands import Command


class Palette(CommandPalette):
    """Textual's, with a cursor that stands still as in our own fields."""

    def on_mount(self) -> None:
        """Nothing blinks on the wire."""
        self.query_one(Input).cursor_blink = False


class OncallCommands(Provider):
    """Offers the commands that make sense without an argument."""

    @property
    def _oncall(self) -> OncallApp:
        return cast("OncallApp", self.app)

    def _title(self, command: Command) -> str:
        key = self._oncall.key_of(command.action)
        return f"{command.name}: {command.help}{f'  ({key})' if key else ''}"

    def _saved(self) -> list[tuple[str, Callable[[], None]]]:
        """The saved filters, as commands."""
        oncall = self._oncall
        return [
            (f"filter {one.name}: {one.text}", partial(oncall.filter_by, one.name))
            for one in oncall.saved_filters.all()
        ]

    async def discover(self) -> Hits:
        """Every command, before anything is typed."""
        from oncall_tui.ui.commands import COMMANDS

        for command in COMMANDS:
            if command.name != "filter":
                yield DiscoveryHit(self._title(command), partial(command.run, self._oncall, ""))
        for title, run in self._saved():
            yield DiscoveryHit(clean_line(title), run)

    async def search(self, query: str) -> Hits:
        """Commands whose name or help fits."""
        from oncall_tui.ui.commands import COMMANDS

        matcher = self.matcher(query)
        for command in COMMANDS:
            title = self._title(command)
            if command.name != "filter" and (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(title), partial(command.run, self._oncall, ""))
        for title, run in self._saved():
            if (score := matcher.match(title)) > 0:
                yield Hit(score, matcher.highlight(clean_line(title)), run)
