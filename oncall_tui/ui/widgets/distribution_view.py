"""Two distributions side by side, in whatever room there is."""

from __future__ import annotations

from oncall_tui.ui.render.distribution import Distribution, draw
from oncall_tui.ui.render.spans import Line
from oncall_tui.ui.widgets.drawing import Drawing


class DistributionView(Drawing[Distribution]):
    """Bars of the reference beside bars of now."""

    DEFAULT_CSS = "DistributionView { height: 1fr; width: 1fr; background: $background; color: $foreground; }"

    def drawn(self, what: Distribution, width: int, height: int) -> tuple[Line, ...]:
        """The lines of the pair."""
        return draw(what, width, height)

    def show(self, pair: Distribution | None) -> None:
        """Show this pair; nothing of None."""
        self.show_drawing(pair)
