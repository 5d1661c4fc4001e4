"""A sheet over the screen below it: a frame in the middle, and what stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from textual.screen import ModalScreen

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp

Result = TypeVar("Result")


class Sheet(ModalScreen[Result], Generic[Result]):
    """Composes one Vertical, or one VerticalScroll, which gets the frame."""

    DEFAULT_CSS = """
    Sheet { align: center middle; }
    Sheet > Vertical, Sheet > VerticalScroll {
        width: 90%; max-width: 110; height: auto; max-height: 90%; background: $surface; padding: 0 1;
        border: round $accent; border-title-color: $accent; border-subtitle-color: $muted;
    }
    """

    @property
    def oncall(self) -> OncallApp:
        """The app, by its own type."""
        return cast("OncallApp", self.app)
