"""Roles to styles, by the theme in force: the one place where a role gets its colour."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.app import App
from textual.content import Content
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from oncall_tui.ui.render.spans import Line, Role

ROLE_STYLES = {
    Role.TEXT: "",
    Role.STRONG: "bold",
    Role.MUTED: "$muted",
    Role.ACCENT: "$accent",
    Role.PRIMARY: "$primary",
    Role.SECONDARY: "$secondary",
    Role.HEADING: "bold $muted",
    Role.CRIT: "bold $state-crit",
    Role.WARN: "bold $state-warn",
    Role.SILENT: "bold $state-silent",
    Role.UNKNOWN: "italic $state-unknown",
    Role.OK: "$state-ok",
    Role.CRIT_BADGE: "bold $background on $state-crit",
    Role.WARN_BADGE: "bold $background on $state-warn",
    Role.DEMO: "bold $background on $accent",
    Role.BADGE: "bold $foreground on $cursor",
}


def to_content(lines: Iterable[Line]) -> Content:
    """Lines as Content for a Static; styles are theme variables, so a change of theme restyles it."""
    pieces: list[tuple[str, str] | str] = []
    for index, line in enumerate(lines):
        if index:
            pieces.append("\n")
        pieces += [(text, ROLE_STYLES[role]) if ROLE_STYLES[role] else text for text, role in line]
    return Content.assemble(*pieces)


class Painter:
    """Resolves roles to Rich styles for a widget that draws its own lines; remembers them until the theme changes."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._theme = ""
        self._styles: dict[Role, RichStyle] = {}

    def strip(self, line: Line, base: RichStyle, width: int) -> Strip:
        """The line as a strip of exactly width cells on a base style."""
        segments = [Segment(text, base + self._style(role)) for text, role in line]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, role: Role) -> RichStyle:
        app: App[object] = self._widget.app
        if app.theme != self._theme:
            self._theme = app.theme
            self._styles = {
                role: Style.parse(text, app.theme_variables).rich_style if text else RichStyle.null()
                for role, text in ROLE_STYLES.items()
            }
        return self._styles[role]
