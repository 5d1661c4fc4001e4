"""The line where a filter, a command or a filter's name is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from oncall_tui.core.completion import Completion, Vocabulary, complete
from oncall_tui.core.matchers import MatcherSyntaxError
from oncall_tui.ui.widgets.candidates import Candidates
from oncall_tui.ui.widgets.field import Field


class Purpose(Enum):
    """What is being typed."""

    FILTER = "/"
    COMMAND = ":"
    NAME = "F"


_PLACEHOLDERS = {
    Purpose.FILTER: 'words, or severity="page" service=~"rank.*"',
    Purpose.COMMAND: "command (tab completes)",
    Purpose.NAME: "a name to save this filter under",
}
_NOTHING = Completion(0, 0)
SIGIL_WIDTH = 2


class PromptInput(Field):
    """An input whose right arrow, at its end, asks for the completion first."""

    class AtEnd(Message):
        """Right was pressed at the end of the text."""

    def action_cursor_right(self, select: bool = False) -> None:
        """Move, or ask for the completion where there is nowhere to move."""
        if self.cursor_at_end and not self._suggestion:
            self.post_message(self.AtEnd())
        else:
            super().action_cursor_right(select)


class PromptBar(Horizontal):
    """Hidden until asked for; says what is wrong while it is typed."""

    DEFAULT_CSS = """
    PromptBar { height: 1; display: none; background: $panel; }
    PromptBar.-open { display: block; }
    PromptBar > #sigil { width: 2; color: $accent; text-style: bold; }
    PromptBar > Field { width: 1fr; background: $panel; }
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

    def __init__(self) -> None:
        super().__init__()
        self._purpose = Purpose.FILTER
        self._vocabulary: Callable[[], Vocabulary] | None = None
        self._completion = _NOTHING
        self._chosen = 0
        self._choosing = False
        self._complaint: tuple[str, int] = ("", 0)

    def compose(self) -> ComposeResult:
        """A sigil and the input."""
        yield Static("/", id="sigil", markup=False)
        yield PromptInput(select_on_focus=False)

    def on_mount(self) -> None:
        """Complete where the cursor is, wherever it goes."""
        self.watch(self._field, "selection", self._offer_soon, init=False)

    @property
    def _field(self) -> PromptInput:
        return self.query_one(PromptInput)

    def open(
        self,
        purpose: Purpose,
        text: str = "",
        commands: Sequence[str] = (),
        vocabulary: Callable[[], Vocabulary] | None = None,
    ) -> None:
        """Show the bar and take the keys. commands: what a command completes to. vocabulary: gives a filter's words."""
        self._purpose, self._vocabulary = purpose, vocabulary
        self.query_one("#sigil", Static).update(purpose.value)
        self.complain(None)
        field = self._field
        field.suggester = SuggestFromList(commands, case_sensitive=False) if purpose is Purpose.COMMAND else None
        field.placeholder = _PLACEHOLDERS[purpose]
        field.value = text
        field.cursor_position = len(text)
        self.add_class("-open")
        # Not focus(), which waits its turn: keys typed ahead (":ack" over a slow line) would act on the screen.
        self.screen.set_focus(field)
        self._offer_soon()

    def shut(self) -> None:
        """Hide the bar."""
        self.remove_class("-open")
        self._completion = _NOTHING
        self.complain(None)

    def complain(self, slip: MatcherSyntaxError | str | None) -> None:
        """Say what is wrong with what stands there, and where; None when nothing is."""
        column = slip.column if isinstance(slip, MatcherSyntaxError) else 1
        self._complaint = ("" if slip is None else str(slip), column)
        self._show()

    # What may follow

    def _offer_soon(self) -> None:
        # Typing changes the text, then the cursor: looked at once, when both are done.
        self.call_next(self._offer)

    def _offer(self) -> None:
        open_filter = self.has_class("-open") and self._purpose is Purpose.FILTER
        vocabulary = self._vocabulary() if open_filter and self._vocabulary is not None else None
        field = self._field
        found = complete(field.value, field.cursor_position, vocabulary) if vocabulary is not None else _NOTHING
        if found != self._completion:
            self._completion, self._chosen, self._choosing = found, 0, False
        self._show()

    def _show(self) -> None:
        field, (complaint, column) = self._field, self._complaint
        at = cell_len(field.value[: column - 1]) + SIGIL_WIDTH - int(field.scroll_offset.x)
        self.screen.query_one(Candidates).show(self._completion.candidates, self._chosen, complaint, at)

    def _accept(self) -> None:
        if self._completion.candidates:
            text, place = self._completion.applied(self._field.value, self._completion.candidates[self._chosen])
            self._completion = _NOTHING
            self._field.value, self._field.cursor_position = text, place
            self._offer_soon()

    def _choose(self, step: int) -> None:
        if self._completion.candidates:
            self._choosing = True
            self._chosen = (self._chosen + step) % len(self._completion.candidates)
            self._show()

    # Keys

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filters apply as they are typed."""
        event.stop()
        if self._purpose is Purpose.FILTER and self.has_class("-open"):
            self._offer_soon()
            self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter; on a candidate that was gone to, it takes that."""
        event.stop()
        if self._choosing and self._completion.candidates:
            self._accept()
            return
        self.shut()
        self.post_message(self.Submitted(self._purpose, event.value))

    def on_prompt_input_at_end(self, event: PromptInput.AtEnd) -> None:
        """Right, at the end."""
        event.stop()
        self._accept()

    def on_key(self, event: events.Key) -> None:
        """Tab takes the completion, where Textual would move the focus; up and down choose among candidates."""
        if event.key not in ("tab", "up", "down"):
            return
        event.stop()
        event.prevent_default()
        if event.key != "tab":
            self._choose(1 if event.key == "down" else -1)
        elif self._purpose is Purpose.COMMAND:
            self._field.action_cursor_right()
        else:
            self._accept()

    def action_cancel(self) -> None:
        """Escape."""
        self.shut()
        self.post_message(self.Cancelled(self._purpose))
