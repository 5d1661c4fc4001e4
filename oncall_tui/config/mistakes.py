"""A mistake in a configuration file, and how it is told: file, line, place, what was expected, what stands there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line

Place = tuple[str | int, ...]
"""The way to a value: ('services', 2, 'name')."""

SHOWN_LIMIT = 40
EXCERPT_WIDTH = 100
"""Characters of a long line that are shown around what is wrong in it."""
MOST_TOLD = 50
"""Mistakes told at once; who has more has one cause, not fifty."""

SECRET_KEYS = frozenset({"basic_auth", "authorization", "oauth2", "headers", "proxy_url", "token", "routing_key"})
"""Whatever stands at or under one of these is never shown."""


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One thing to mend. line and column count from 1; column 0: the line says enough. Never holds a secret.

    excerpt: the text at fault and a line with a mark below it; '' for none.
    """

    line: int
    place: str
    what: str
    column: int = 0
    excerpt: str = ""

    def where(self, file: Path) -> str:
        """'config.yaml:12', with the column if there is one."""
        return f"{file.name}:{self.line}" + (f":{self.column}" if self.column else "")

    def told(self, file: Path) -> str:
        """'config.yaml:12: services[2].name: expected ...', and the excerpt on lines of its own."""
        where = self.where(file)
        first = clean_line(": ".join(part for part in (where, self.place, self.what) if part))
        return "\n".join([first, *(f"    {line}" for line in self.excerpt.splitlines())])


def is_secret(place: Place) -> bool:
    """Whether what stands at this place must not be shown, whatever it is."""
    # A webhook's URL is often all that it takes to use it.
    return any(part in SECRET_KEYS for part in place) or (place[:1] == ("pagers",) and place[-1] == "url")


def show_value(place: Place, text: str) -> str:
    """What may be told of the text at this place; '' for what is, or may hold, a secret."""
    is_url = "://" in text or str(place[-1] if place else "").endswith(("url", "file"))
    return "" if is_secret(place) or (is_url and ("@" in text or "?" in text)) else show_text(text)


def show_place(place: Place) -> str:
    """'services[2].slos[0].objective'; keys a person made up inside secret parts are left out."""
    shown = ""
    for part in place:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif part.isidentifier():
            shown += f".{clip(part)}" if shown else clip(part)
        else:
            shown += f"[{show_text(part)}]"
        if part in ("headers", "endpoint_params"):
            break
    return shown


def clip(text: str) -> str:
    """text on one safe line, short enough for a message."""
    return clean_line(text, SHOWN_LIMIT)


def show_text(text: str) -> str:
    """text in quotes, safe and short."""
    return f"'{clip(text)}'"


def point_at(text: str, offset: int) -> str:
    """The line of text that the offset is on, or what of it fits, and a caret below the character."""
    begins = text.rfind("\n", 0, offset) + 1
    ends = text.find("\n", offset)
    line = text[begins : ends if ends >= 0 else len(text)]
    at = offset - begins
    cut = max(0, at - EXCERPT_WIDTH // 2) if len(line) > EXCERPT_WIDTH else 0
    before, shown = ("…" if cut else ""), line[cut : cut + EXCERPT_WIDTH]
    after = "…" if cut + EXCERPT_WIDTH < len(line) else ""
    caret = " " * len(before + clean_line(line[cut:at])) + "^"
    return f"{before}{clean_line(shown)}{after}\n{caret}"


def suggest(word: str, candidates: Iterable[str]) -> str:
    """'; did you mean ...?' with the candidate that looks most like the word; '' if none does."""
    close = get_close_matches(word, list(candidates), n=1)
    return f"; did you mean {show_text(close[0])}?" if close else ""


class Mistaken(ConfigError):
    """A file with mistakes, each on a line of its own in the message, and all of them here."""

    def __init__(self, message: str, file: Path, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__(message)
        self.file, self.mistakes = file, mistakes


def config_error(file: Path, mistakes: Iterable[Mistake]) -> ConfigError:
    """All mistakes as one error, a line each, in the order of the file."""
    mistakes = tuple(sorted(set(mistakes)))
    lines = [mistake.told(file) for mistake in mistakes]
    if len(lines) > MOST_TOLD:
        lines[MOST_TOLD:] = [f"and {len(lines) - MOST_TOLD} more"]
    return Mistaken("\n".join(lines), file, mistakes)
