"""Known secrets taken out of what a command prints, wherever the pieces it comes in are cut."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

MARK = "[redacted]"
SHORTEST = 4
"""Characters from which on a secret is looked for: a shorter one would be found in every other word."""
_LINE_OF_KEY = 16
"""Characters from which on a line of a secret of several lines counts as one by itself."""


class Redactor:
    """Takes secrets out of text. What is shorter than SHORTEST is not looked for.

    Found are a secret as it stands, percent-encoded, in JSON and in base64, and each longer line of one that has
    several.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        shapes = {shape for secret in secrets for shape in _shapes(secret.strip())}
        # The longest first: one may be a part of another.
        self._text = tuple(sorted((one for one in shapes if len(one) >= SHORTEST), key=len, reverse=True))
        self._bytes = tuple(one.encode(errors="replace") for one in self._text)

    def text(self, text: str) -> str:
        """text without the secrets."""
        for secret in self._text:
            if secret in text:
                text = text.replace(secret, MARK)
        return text

    def stream(self) -> Stream:
        """A stream of bytes to take them out of."""
        return Stream(self._bytes)


class Stream:
    """Bytes in, bytes without secrets out; the end that may be a secret's beginning waits for what follows it."""

    def __init__(self, secrets: tuple[bytes, ...]) -> None:
        self._secrets = secrets
        self._held = b""

    def feed(self, chunk: bytes, final: bool = False) -> bytes:
        """What can be passed on now; with final, all that is left."""
        if not self._secrets:
            return chunk
        text = self._held + chunk
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MARK.encode())
        keep = 0 if final else max(_begun(text, secret) for secret in self._secrets)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _begun(text: bytes, secret: bytes) -> int:
    """How many bytes at the end of text are the beginning of secret."""
    for length in range(min(len(secret) - 1, len(text)), 0, -1):
        if text.endswith(secret[:length]):
            return length
    return 0


def _shapes(secret: str) -> Iterable[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield base64.b64encode(secret.encode(errors="replace")).decode()
    lines = secret.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= _LINE_OF_KEY)


def through(clean: Callable[[str], str], value: object) -> object:
    """A JSON value with every text in it cleaned; names of members too."""
    match value:
        case str():
            return clean(value)
        case Mapping():
            return {clean(str(name)): through(clean, one) for name, one in value.items()}
        case list() | tuple():
            return [through(clean, one) for one in value]
    return value
