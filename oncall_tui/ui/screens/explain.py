"""`=`: where a figure comes from, on a sheet over the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from oncall_tui.ui.keys import EXPLAIN_KEYS
from oncall_tui.ui.render.explain import Explanation, Page
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines


class ExplainScreen(Sheet[None]):
    """One figure a page. What it says is of the moment it was opened, so that nothing moves while it is read."""

    DEFAULT_CSS = """
    ExplainScreen > Vertical { width: 94%; max-width: 118; max-height: 96%; }
    ExplainScreen VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    ExplainScreen #pages { dock: top; margin-bottom: 1; }
    ExplainScreen #keys { dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,equals_sign", "dismiss(None)", "Close", show=False),
        Binding("j,down", "scroll(1)", "Scroll down", show=False),
        Binding("k,up", "scroll(-1)", "Scroll up", show=False),
        *EXPLAIN_KEYS,
    ]

    def __init__(self, explanation: Explanation) -> None:
        super().__init__()
        self._explanation = explanation
        self._place = explanation.first

    @property
    def _page(self) -> Page:
        return self._explanation.pages[self._place]

    def compose(self) -> ComposeResult:
        """The figures by name, the one explained, the keys."""
        with Vertical():
            yield Lines(id="pages")
            with VerticalScroll():
                yield Lines(id="page")
            yield Lines(id="keys")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one("#keys", Lines).show([self._keys()])
        self.query_one(VerticalScroll).focus()
        self._show()

    def _show(self) -> None:
        names = [
            outside(f" {page.name} ", Role.BADGE if place == self._place else Role.MUTED)
            for place, page in enumerate(self._explanation.pages)
        ]
        self.query_one("#pages", Lines).show([join(names, "")])
        self.query_one("#page", Lines).show(self._page.lines)
        self.query_one(VerticalScroll).scroll_home(animate=False)

    def _keys(self) -> Line:
        pairs = [
            (f"{self.oncall.key_of('previous_figure')} {self.oncall.key_of('next_figure')}", "other figure"),
            (self.oncall.key_of("copy"), "copy the query"),
            ("esc", "close"),
        ]
        return join([join([outside(key, Role.ACCENT), span(what, Role.MUTED)]) for key, what in pairs], "   ")

    def action_step(self, step: int) -> None:
        """Another figure, round and round."""
        self._place = (self._place + step) % len(self._explanation.pages)
        self._show()

    def action_scroll(self, step: int) -> None:
        """Scroll the page."""
        self.query_one(VerticalScroll).scroll_relative(y=step, animate=False, immediate=True)

    def action_copy(self) -> None:
        """Copy the query, as it was asked, by the terminal's own clipboard (OSC 52)."""
        if not self._page.query:
            self.oncall.complain(f"no query was asked for this figure yet: {self.oncall.key_of('refresh')} asks now")
            return
        self.app.copy_to_clipboard(self._page.query)
        self.oncall.say("The query was handed to the terminal's clipboard (OSC 52)")
