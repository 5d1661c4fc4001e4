"""A group of commands that are imported when they are run: the dashboard does not wait for what `silence` needs."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

import click


class LazyGroup(click.Group):
    """later: names of commands, each in a module of that name in this package, under that name."""

    def __init__(self, *args: object, later: Iterable[str] = (), **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self._later = frozenset(later)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in order."""
        return sorted({*super().list_commands(ctx), *self._later})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now if it was not before."""
        if cmd_name in self._later:
            command: click.Command = getattr(import_module(f"oncall_tui.commands.{cmd_name}"), cmd_name)
            return command
        return super().get_command(ctx, cmd_name)
