"""The line where a filter or a command is typed."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from oncall_tui.core.text import clean_line


class Purpose(Enum):
    """What is being typed."""

    FILTER = "/"
    COMMAND = ":"


class PromptBar(Horizontal):
    """Hidden until asked for; says what is wrong while it is typed."""

    DEFAULT_CSS = """
    PromptBar { height: 1; display: none; background: $panel; }
    PromptBar.-open { display: block; }
    PromptBar > #sigil { width: 2; color: $accent; text-style: bold; }
    PromptBar > Input { width: 1fr; border: none; height: 1; padding: 0; background: $panel; }
    PromptBar > #complaint { width: auto; max-width: 50%; color: $state-warn; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel", show=False)]

    class Typed(Message):
        """The text of an open filter changed."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose, self.text = purpose, text

    class Cancelled(Message):
        """Escape was pressed."""

        def __init__(self, purpose: Purpose) -> None:
            super().__init__()
            self.purpose = purpose

    def __init__(self, commands: Sequence[str]) -> None:
        super().__init__()
        self._purpose = Purpose.FILTER
        self._commands = SuggestFromList(commands, case_sensitive=False)

    def compose(self) -> ComposeResult:
        """A sigil, the input, and room for a complaint."""
        yield Static("/", id="sigil", markup=False)
        yield Input(select_on_focus=False)
        yield Static("", id="complaint", markup=False)

    def open(self, purpose: Purpose, text: str = "") -> None:
        """Show the bar and take the keys."""
        self._purpose = purpose
        self.query_one("#sigil", Static).update(purpose.value)
        self.complain("")
        field = self.query_one(Input)
        field.suggester = self._commands if purpose is Purpose.COMMAND else None
        field.placeholder = (
            'words, or severity="page" service=~"rank.*"' if purpose is Purpose.FILTER else "command (tab completes)"
        )
        field.value = text
        field.cursor_position = len(text)
        self.add_class("-open")
        field.focus()

    def shut(self) -> None:
        """Hide the bar."""
        self.remove_class("-open")

    def complain(self, text: str) -> None:
        """Say what is wrong with what stands there; '' when nothing is."""
        self.query_one("#complaint", Static).update(Content(clean_line(text, 200)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters apply as they are typed."""
        event.stop()
        if self._purpose is Purpose.FILTER and self.has_class("-open"):
            self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.shut()
        self.post_message(self.Submitted(self._purpose, event.value))

    def on_key(self, event: object) -> None:
        """Tab takes the completion, where Textual would move the focus."""
        from textual import events

        assert isinstance(event, events.Key)
        if event.key == "tab":
            event.stop()
            event.prevent_default()
            self.query_one(Input).action_cursor_right()

    def action_cancel(self) -> None:
        """Escape."""
        self.shut()
        self.post_message(self.Cancelled(self._purpose))
