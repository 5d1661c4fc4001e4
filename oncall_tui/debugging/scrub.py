"""Secrets out of what leaves the program for a bug report: those that are known, and what only looks like one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

from oncall_tui.core.redaction import MARK, Redactor

AGAIN = 60.0
"""Seconds after which the known secrets are read anew: files of secrets are rotated while a dashboard runs."""

_SECRET_NAME = re.compile(
    r"(?i)passw(or)?d|passphrase|secret|token|credential|authorization|api_?key|private_?key|routing_?key|cookie"
)
_WHOLE = ("headers", "endpoint_params", "query_params")
"""What these hold is anything at all."""
_PATTERNS = (
    (re.compile(r"(://)[^/@\s'\"]+@"), rf"\1{MARK}@"),
    (re.compile(r"(?i)\b(bearer|basic|genie-?key)([ =:]+)[\w.+/=~-]{6,}"), rf"\1\2{MARK}"),
    (
        re.compile(
            r"(?i)([\w-]*(?:password|passwd|secret|token|api[_-]?key|routing[_-]?key|authorization)[\w-]*"
            r"[\"']?\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;&]+)"
        ),
        rf"\1{MARK}",
    ),
)


class Scrubber:
    """Takes out the secrets that `known` gives, and what stands where secrets stand (`token=`, `user:password@`).

    known is asked once a minute at most, and what it gave before stays secret; what it raises is no matter here: the
    patterns still hold. Any thread may use it.
    """

    def __init__(self, known: Callable[[], frozenset[str]] = frozenset) -> None:
        self._known = known
        self._secrets: frozenset[str] = frozenset()
        self._redactor = Redactor()
        self._read_at: float | None = None

    def text(self, text: str) -> str:
        """The text without them."""
        text = self._current().text(text)
        for pattern, stand_in in _PATTERNS:
            text = pattern.sub(stand_in, text)
        return text

    def value(self, value: object, name: str = "") -> object:
        """A value of JSON or YAML without them; name: under which it stands. What a secret's name holds goes whole."""
        match value:
            case Mapping():
                return {self.text(str(key)): self._member(str(key), one) for key, one in value.items()}
            case list() | tuple():
                return [self.value(one, name) for one in value]
            case str():
                return MARK if value and _SECRET_NAME.search(name) and not name.endswith("_file") else self.text(value)
        return value

    def _member(self, name: str, value: object) -> object:
        if name.lower() in _WHOLE:
            return MARK if value else value
        return self.value(value, name)

    def _current(self) -> Redactor:
        now = time.monotonic()
        if self._read_at is None or now - self._read_at > AGAIN:
            self._read_at = now
            try:
                found = self._known() | self._secrets
            except Exception:  # noqa: BLE001 - a configuration with a mistake has no secrets to give; see above
                found = self._secrets
            if found != self._secrets:
                self._secrets, self._redactor = found, Redactor(found)
        return self._redactor
