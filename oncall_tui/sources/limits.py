"""How large an answer may become, also once it is unpacked."""

from __future__ import annotations

import zlib

from oncall_tui.core.errors import Malformed
from oncall_tui.core.text import clean_line


class TooLarge(Malformed):
    """An answer outgrew the cap; asking for less may help."""


class Inflater:
    """Undoes gzip or deflate, and counts: feed it the body as it comes. Raises TooLarge or Malformed."""

    def __init__(self, encoding: str, cap: int, what: str) -> None:
        self._left, self._cap, self._what = cap, cap, what
        encoding = encoding.strip().lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Malformed(f"{what}: unasked for content encoding {clean_line(encoding, 40)}")
        self._zip = None if encoding in ("", "identity") else zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, chunk: bytes) -> bytes:
        """The chunk as it was before compression."""
        try:
            plain = self._zip.decompress(chunk, self._left + 1) if self._zip else chunk
        except zlib.error:
            raise Malformed(f"{self._what}: the answer is garbled", "is a proxy in between?") from None
        self._left -= len(plain)
        if self._left < 0:
            size = self._cap // 1_000_000
            raise TooLarge(f"{self._what}: the answer is larger than {size} MB", "raise max_response_mb if it may be")
        return plain

    def end(self) -> None:
        """Say that the body is complete. Raises Malformed when compression says it is not."""
        if self._zip and not self._zip.eof and self._left < self._cap:
            raise Malformed(f"{self._what}: the answer was cut off", "is a proxy in between?")
