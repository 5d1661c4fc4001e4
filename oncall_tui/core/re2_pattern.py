"""RE2 as Alertmanager uses it: anchored patterns, compiled once, with what it accepts remembered."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from oncall_tui.core.text import clean_line


def check_pattern(pattern: str) -> None:
    """Raise ValueError, in one line, when RE2 refuses the pattern."""
    _search(pattern)


@lru_cache(maxsize=65_536)
def accepts(pattern: str, value: str) -> bool:
    """Whether the pattern matches all of value. Raises ValueError as check_pattern does.

    Kept: a fleet's alerts repeat few values, and RE2's binding is slow.
    """
    return _search(pattern)(_utf8(value)) is not None


def _utf8(text: str) -> bytes:
    """The bytes Go has for it: a lone surrogate, which JSON can smuggle in, is U+FFFD there."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


@cache
def _search(pattern: str) -> Callable[[bytes], object]:
    """The search for an anchored pattern, compiled once. Raises ValueError, in one line, if RE2 refuses it."""
    import re2  # its shared library takes 20 ms to load, and most sessions match no regex before the first frame

    options = re2.Options()
    options.log_errors = False  # it would write on the terminal that the dashboard draws on
    try:
        # Anchored in the very words Alertmanager uses, so that even 'a)|(b' means the same here as there.
        search: Callable[[bytes], object] = re2.compile(_utf8(f"^(?:{pattern})$"), options).search
    except re2.error as error:
        reason = error.args[0].decode(errors="replace").removesuffix(f": ^(?:{pattern})$")
        raise ValueError(f"RE2 refuses {clean_line(repr(pattern), 120)}: {clean_line(reason, 120)}") from None
    return search
