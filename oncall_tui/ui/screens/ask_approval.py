"""A second person's word before a danger step: what they run, and the code they read out."""

from __future__ import annotations

import asyncio
import shlex
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from oncall_tui.actions.approve import Asked, SecondPerson
from oncall_tui.actions.prepared_step import PreparedStep
from oncall_tui.core.errors import OncallError
from oncall_tui.ui.render.spans import Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.field import Field
from oncall_tui.ui.widgets.lines import Lines


class AskApproval(Sheet[PreparedStep | None]):
    """Dismissed with the approved step, or None."""

    DEFAULT_CSS = """
    AskApproval > Vertical { max-width: 100; border: round $state-crit; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Leave", show=False)]

    def __init__(self, second: SecondPerson, asked: Asked) -> None:
        super().__init__()
        self._second, self._asked = second, asked

    def compose(self) -> ComposeResult:
        """What the other runs, and the answer."""
        with Vertical():
            yield Lines(id="asked")
            yield Field(placeholder="NAME CODE")
            yield Lines(id="told")

    def on_mount(self) -> None:
        """Say what is wanted."""
        title = join([span("A second person has to agree to"), outside(self._asked.prepared.step.title, Role.STRONG)])
        command = outside(f"  {shlex.join(self._asked.command)}", Role.ACCENT)
        after = span("Then type their name and the code they read out, within 15 minutes:", Role.MUTED)
        self.query_one("#asked", Lines).show(
            [title, span("Ask them to run, and to read what it shows:"), command, after]
        )
        keys = [span("enter", Role.ACCENT), span("goes on", Role.MUTED), span("esc", Role.ACCENT)]
        self.query_one("#told", Lines).show([join([*keys, span("leaves it", Role.MUTED)])])
        self.query_one(Field).focus()

    async def on_input_submitted(self, event: Field.Submitted) -> None:
        """Take the code, or say why not."""
        name, _, code = event.value.strip().rpartition(" ")
        try:
            approved = await asyncio.to_thread(self._second.answer, self._asked, name, code)
        except OncallError as error:
            self.query_one("#told", Lines).show([outside(str(error), Role.CRIT)])
            self.app.bell()
        else:
            self.dismiss(approved)
