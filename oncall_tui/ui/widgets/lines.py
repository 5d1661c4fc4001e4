"""A widget of a few lines that paints again only when its text changed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Static

from oncall_tui.ui.render.spans import Line
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
            self.update(to_content(fresh), layout=before is None or len(before) != len(fresh))
