"""What a command prints, as it comes, and a search in it."""

from __future__ import annotations

from rich.highlighter import Highlighter
from rich.style import Style
from rich.text import Text
from textual.widgets import Log

_FOUND = Style(reverse=True, bold=True)


class _Found(Highlighter):
    """Marks a word wherever it stands, in any case."""

    def __init__(self, word: str) -> None:
        self._word = word.casefold()

    def highlight(self, text: Text) -> None:
        """Mark it in this line."""
        line, at = text.plain.casefold(), -1
        if len(line) != len(text.plain):  # A letter that is two in another case: where things stand is not known.
            return
        while self._word and (at := line.find(self._word, at + 1)) >= 0:
            text.stylize(_FOUND, at, at + len(self._word))


class OutputLog(Log):
    """A Log whose lines can be searched. It follows the end until a match is looked at."""

    word = ""
    _at: int | None = None

    def search(self, word: str) -> tuple[int, int]:
        """Mark the word and go to the last match; its place among all matches, and how many there are. (0, 0): none."""
        self.word, self._at = word, None
        self.highlighter = _Found(word)
        self.highlight = bool(word)
        self.notify_style_update()
        self.refresh()
        return self.step(-1) if word else (0, 0)

    def step(self, by: int) -> tuple[int, int]:
        """Go to the next match (1) or the one before (-1), around the end; as search tells it."""
        word = self.word.casefold()
        found = [y for y, line in enumerate(self.lines) if word in line.casefold()] if word else []
        if not found:
            return 0, 0
        if self._at is None:
            place = len(found) - 1 if by < 0 else 0
        else:
            later = [n for n, y in enumerate(found) if (y > self._at if by > 0 else y < self._at)]
            place = (later[0] if by > 0 else later[-1]) if later else (0 if by > 0 else len(found) - 1)
        self._at = found[place]
        self.auto_scroll = False
        self.scroll_to(y=max(self._at - self.size.height // 2, 0), animate=False)
        return place + 1, len(found)
