"""What a step prints, in lines, and no more of it than can be shown."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator

from oncall_tui.core.redaction import Redactor
from oncall_tui.core.text import LINE_LIMIT

HEAD_LINES = 5_000
HEAD_BYTES = 1_000_000
"""What is passed on as it comes, whichever is reached first."""
TAIL_BYTES = 65_536
"""What is kept of the end."""
_PIECE_BYTES = 4_096
"""How far the head may be overrun: a piece may be all line breaks."""


class Lines:
    """Bytes in, lines out.

    UTF-8 with U+FFFD for what is not; \\n, \\r\\n and \\r all end a line, so that a progress bar is one line a
    change. A line over LINE_LIMIT characters goes on in the next one. Not cleaned: that is for who shows it.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""
        self._returned = False

    def feed(self, chunk: bytes, final: bool = False) -> Iterator[str]:
        """The lines that chunk completes; with final, also the one that never ended."""
        text = self._decoder.decode(chunk, final)
        if text:
            # The line ended with its \r in the chunk before, so that it is shown without waiting for this one.
            text, self._returned = text[self._returned and text[0] == "\n" :], text[-1] == "\r"
        *lines, self._begun = (self._begun + text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
        while len(self._begun) > LINE_LIMIT:
            lines.append(self._begun[:LINE_LIMIT])
            self._begun = self._begun[LINE_LIMIT:]
        if final and self._begun:
            lines.append(self._begun)
            self._begun = ""
        for line in lines:
            yield from (line[at : at + LINE_LIMIT] for at in range(0, len(line) or 1, LINE_LIMIT))


class Output:
    """Passes the beginning of an output on as it comes; of what is more than that, keeps the end and says so.

    Secrets are taken out before anything else is done with it.
    """

    def __init__(self, on_line: Callable[[str], None], redactor: Redactor | None = None) -> None:
        self._on_line = on_line
        self._clear = (redactor or Redactor()).stream()
        self._lines = Lines()
        self._passed = self._taken = 0
        self._rest = bytearray()
        self._tail = bytearray()
        self.total = 0
        """Bytes that came, secrets among them."""
        self.omitted = 0
        """Bytes that came and were passed to nobody."""

    def feed(self, chunk: bytes) -> None:
        """Take what came."""
        self.total += len(chunk)
        self._take(self._clear.feed(chunk))

    def _take(self, chunk: bytes) -> None:
        self._keep(self._tail, chunk)
        for at in range(0, len(chunk), _PIECE_BYTES):
            piece = chunk[at : at + _PIECE_BYTES]
            if self._taken < HEAD_BYTES and self._passed < HEAD_LINES:
                self._pass(self._lines.feed(piece))
            else:
                self.omitted += self._keep(self._rest, piece)
            self._taken += len(piece)

    def close(self) -> None:
        """There is no more: pass on the end, after a line that says how much is left out before it."""
        self._take(self._clear.feed(b"", final=True))
        if self.omitted:
            self._pass(self._lines.feed(b"", final=True))
            self._on_line(f"[{self.omitted:,} bytes of output left out here]")
            self._lines = Lines()
        self._pass(self._lines.feed(bytes(self._rest), final=True))

    def tail(self, limit: int) -> str:
        """The last limit bytes of all that came, as text. limit: at most TAIL_BYTES."""
        return "\n".join(Lines().feed(bytes(self._tail[-limit:]), final=True))

    def _pass(self, lines: Iterator[str]) -> None:
        for line in lines:
            self._passed += 1
            self._on_line(line)

    @staticmethod
    def _keep(kept: bytearray, chunk: bytes) -> int:
        """Add chunk to kept and shorten that to its last TAIL_BYTES; how many bytes fell off."""
        kept += chunk
        over = max(len(kept) - TAIL_BYTES, 0)
        del kept[:over]
        return over
