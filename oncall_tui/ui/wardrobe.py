"""From a palette to a Textual theme; and the one theme that is known before any file is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.theme import Theme

VARIABLE_DEFAULTS: Final[Mapping[str, str]] = {
    "muted": "#8f98a8",
    "cursor": "#2b3550",
    "state-crit": "#ff776a",
    "state-warn": "#f5c24e",
    "state-silent": "#b19bf7",
    "state-unknown": "#9cd2fb",
    "state-ok": "#abe8b2",
}
"""What our own variables are under a theme that is not ours, such as Textual's: for App.get_theme_variable_defaults."""


def tailored(
    name: str, dark: bool, colours: Mapping[str, str], states: Mapping[str, str], muted: str, cursor: str
) -> Theme:
    """A Textual theme from a palette; colours are '#rrggbb', keyed as in a theme's file."""
    ours = {"muted": muted, "cursor": cursor, **{f"state-{state}": colour for state, colour in states.items()}}
    return Theme(
        name=name,
        dark=dark,
        warning=states["warn"],
        error=states["crit"],
        success=states["ok"],
        luminosity_spread=0.1,
        primary=colours["primary"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        foreground=colours["foreground"],
        background=colours["background"],
        surface=colours["surface"],
        panel=colours["panel"],
        variables=ours | _textual_variables(colours, muted, cursor),
    )


def _textual_variables(colours: Mapping[str, str], muted: str, cursor: str) -> dict[str, str]:
    """Textual's own widgets in the same manner: quiet grounds, the accent for what is active."""
    text, ground, panel = colours["foreground"], colours["background"], colours["panel"]
    return {
        "text-muted": muted,
        "foreground-muted": muted,
        "block-cursor-foreground": text,
        "block-cursor-background": cursor,
        "block-cursor-text-style": "none",
        "block-cursor-blurred-foreground": text,
        "block-cursor-blurred-background": panel,
        "block-hover-background": panel,
        "border": colours["accent"],
        "border-blurred": panel,
        "footer-foreground": text,
        "footer-background": colours["surface"],
        "footer-key-foreground": colours["accent"],
        "footer-description-foreground": muted,
        "input-cursor-background": text,
        "input-cursor-foreground": ground,
        "input-selection-background": cursor,
        "input-selection-foreground": text,
        "screen-selection-background": cursor,
        "scrollbar": cursor,
        "scrollbar-hover": muted,
        "scrollbar-active": colours["accent"],
        "scrollbar-background": ground,
        "scrollbar-background-hover": ground,
        "scrollbar-background-active": ground,
        "scrollbar-corner-color": ground,
        "link-color": colours["accent"],
        "link-color-hover": ground,
        "link-background-hover": colours["accent"],
        "markdown-h1-color": colours["accent"],
        "markdown-h2-color": colours["accent"],
        "markdown-h3-color": colours["primary"],
        "button-color-foreground": ground,
    }


FIRST_THEME: Final = tailored(
    "night",
    True,
    {
        "primary": "#8fb3f0",
        "secondary": "#d3a6e0",
        "accent": "#5fcfc0",
        "background": "#11141b",
        "surface": "#171b24",
        "panel": "#1d222d",
        "foreground": "#d6dbe5",
    },
    {"crit": "#ff776a", "warn": "#f5c24e", "silent": "#b19bf7", "unknown": "#9cd2fb", "ok": "#abe8b2"},
    "#96a0b3",
    "#2b3550",
)
"""What the first frame wears: themes/night.yaml, without the time it takes to read it. A test holds them together."""
