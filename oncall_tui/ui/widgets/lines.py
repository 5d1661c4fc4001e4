"""A widget of a few lines that paints again only when its text changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Static

from oncall_tui.ui.render.spans import Line, width_of
from oncall_tui.ui.widgets.painter import to_content


class Lines(Static):
    """Shows lines of spans. Showing the same lines again costs nothing."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._shown: tuple[Line, ...] | None = None

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        if (fresh := tuple(lines)) != self._shown:
            before, self._shown = self._shown, fresh
            layout = before is None or self._may_be_higher(before, fresh)
            if layout:
                # Textual counts this once as long as a change before it waits to be laid out, and would take the
                # size that it measured meanwhile for the size of this one.
                self._layout_updates += 1
            self.update(to_content(fresh), layout=layout)

    def _may_be_higher(self, before: tuple[Line, ...], fresh: tuple[Line, ...]) -> bool:
        """Whether they may take another number of lines on screen: what is longer than one goes on in the next."""
        room = self.size.width
        return len(before) != len(fresh) or any(
            old != new and max(width_of(old), width_of(new)) > room for old, new in zip(before, fresh, strict=True)
        )
