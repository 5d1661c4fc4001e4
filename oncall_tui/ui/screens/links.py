"""`o`: the links of an alert, each with where it goes, before any of them is opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets.option_list import Option

from oncall_tui.ui.links import Link, can_open, open_page
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.menu import Menu
from oncall_tui.ui.widgets.painter import to_content

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp


class LinksScreen(Sheet[None]):
    """Enter opens the link where this machine has a browser, else copies it; `y` copies it."""

    DEFAULT_CSS = """
    LinksScreen > Vertical { width: 94%; max-width: 118; }
    LinksScreen Menu { max-height: 14; }
    LinksScreen #where { margin-top: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,o", "dismiss(None)", "Close", show=False),
        Binding("y", "copy", "Copy", show=False),
    ]

    def __init__(self, links: Sequence[Link]) -> None:
        super().__init__()
        self._links = tuple(links)

    @property
    def _link(self) -> Link:
        return self._links[self.query_one(Menu).highlighted or 0]

    def compose(self) -> ComposeResult:
        """The links by name and host, the one under the cursor in full, the keys."""
        with Vertical():
            yield Lines(id="title")
            yield Menu(*(Option(to_content([_row(link)])) for link in self._links), markup=False)
            yield Lines(id="where")
            yield Lines(id="keys")

    def on_mount(self) -> None:
        """Write it."""
        self.query_one("#title", Lines).show([span("LINKS, as whoever sent the alert wrote them", Role.HEADING)])
        what = "opens it in this machine's browser" if can_open() else "copies it: there is no browser here"
        keys = [("enter", what), ("y", "copies it"), ("esc", "close")]
        pieces = [join([span(key, Role.ACCENT), span(words, Role.MUTED)]) for key, words in keys]
        self.query_one("#keys", Lines).show([join(pieces, "   ")])
        self.query_one(Menu).highlighted = 0
        self.query_one(Menu).focus()
        self._tell()

    def _tell(self) -> None:
        link = self._link
        self.query_one("#where", Lines).show(
            [join([span("goes to", Role.MUTED), outside(link.host, Role.STRONG)]), outside(link.url)]
        )

    def on_option_list_option_highlighted(self) -> None:
        """Another link: where it goes."""
        self._tell()

    def on_option_list_option_selected(self) -> None:
        """Open it."""
        link = self._link
        if can_open():
            self.oncall.run_worker(_opened(self.oncall, link), group="links")
            self.dismiss(None)
        else:
            self.action_copy()

    def action_copy(self) -> None:
        """Copy it, by the terminal's own clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self._link.url)
        self.oncall.say("The link was handed to the terminal's clipboard (OSC 52)")
        self.dismiss(None)


async def _opened(app: OncallApp, link: Link) -> None:
    if await open_page(link):
        app.say(f"Opened {link.host}")
    else:
        app.complain(f"no browser took {link.host}: y in the list of links copies it")


def _row(link: Link) -> Line:
    return join([fitted(outside(link.name, Role.STRONG), 18), outside(link.host, Role.ACCENT)])
