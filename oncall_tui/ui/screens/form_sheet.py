"""A form of a few fields over a preview of what would come of them, drawn anew at every letter."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import ClassVar, Generic, TypeVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from oncall_tui.core.text import clean_line
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.field import Field

Wanted = TypeVar("Wanted")


class FormSheet(Sheet[Wanted | None], Generic[Wanted]):
    """Dismissed with what was typed when it is to be done, else with None. It asks no server: the snapshot tells.

    FIELDS: by name, what stands before a field, and the hint in it while it is empty. A form composes a Vertical with
    its fields, Choices, and a VerticalScroll of what would come of it.
    """

    DEFAULT_CSS = """
    FormSheet { background: $background 40%; }
    FormSheet > Vertical { width: 96%; }
    FormSheet .field { height: 1; }
    FormSheet .label { width: 6; color: $muted; }
    FormSheet Field { width: 1fr; background: $surface; }
    FormSheet Field:focus { background: $surface-lighten-1; }
    FormSheet #moment { width: auto; max-width: 60%; }
    FormSheet #end { width: 1fr; min-width: 12; }
    FormSheet Choices { padding: 0 0 0 6; }
    FormSheet VerticalScroll { border-top: solid $surface-lighten-1; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", show=False),
        Binding("ctrl+s", "post", "Do it", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = None
    FIELDS: ClassVar[Mapping[str, tuple[str, str]]]

    drawn: object = None
    """The assessment that the preview was drawn from."""

    @property
    def preview_width(self) -> int:
        """Cells of a line of the preview."""
        return min(104, self.size.width * 96 // 100 - 6)

    def field(self, name: str, value: str, more: Iterable[Widget] = (), *, select: bool = False) -> Horizontal:
        """A field as it begins. more: what stands behind it. select: what is typed first takes the value's place."""
        label, hint = self.FIELDS[name]
        field = Field(clean_line(value), placeholder=hint, id=name, select_on_focus=select)
        return Horizontal(Static(label, classes="label", markup=False), field, *more, classes="field")

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.query_one(f"#{name}", Field).value

    def begin(self, first: str) -> None:
        """Draw it, put the cursor into the field of this name, and take in new snapshots from now on."""
        self.redraw()
        self.query_one(f"#{first}").focus()
        self.set_interval(1.0, self._catch_up)

    def _catch_up(self) -> None:
        if self.oncall.assessment is not self.drawn:
            self.redraw()

    @abstractmethod
    def redraw(self) -> None:
        """Show what would come of what is typed; sets drawn."""

    @abstractmethod
    def action_post(self) -> None:
        """Do it, or say why not."""

    def on_input_changed(self) -> None:
        """Every letter counts."""
        self.redraw()

    def on_resize(self) -> None:
        """Another size has another number of lines."""
        self.redraw()

    def on_input_submitted(self) -> None:
        """Enter in a field."""
        self.action_post()

    def on_choices_submitted(self) -> None:
        """Enter on a list."""
        self.action_post()
