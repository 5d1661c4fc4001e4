"""Keys pressed before the desk is open: those that only look are done once it is, and nothing that could write.

Whoever types `2/ranker` at once knows the screens. But nobody has seen yet what an `a`, an `r` or an enter
would fall on, so from the first key on that does more than look, all are dropped.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.app import App
    from textual.events import Key
    from textual.widgets import Input

MOST = 32
"""Keys kept; the rest of a cat on the keyboard is not."""
FRESH = 5.0
"""Seconds after which a key is no longer meant for what comes up now."""

_LOOKS = frozenset(
    {f"show_{name}" for name in ("fleet", "alerts", "slos", "models", "runbooks", "incident", "review", "silences")}
    | {"filter", "help", "sources", "window", "sort", "group", "back"}
    | {"down", "up", "first", "last", "page_down", "page_up"}
)
"""Bindings that change what is shown, and nothing else anywhere."""
_LEAVES = frozenset({"q", "ctrl+q", "ctrl+c"})
_SLASH, _ENDS = "slash", frozenset({"enter", "escape"})


class EarlyKeys:
    """Takes keys until they were made good. clock: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: list[tuple[float, Key]] = []
        self._open = True

    def take(self, key: Key) -> bool:
        """Whether the key waits now; what leaves the program is not to wait, unless it is part of a filter."""
        if not self._open or (key.key in _LEAVES and not (key.key == "q" and self._filtering())):
            return False
        if len(self._kept) < MOST:
            self._kept.append((self._clock(), key))
        return True

    async def make_good(self, app: App[int]) -> None:
        """Do what was asked for, in order, up to the first key that does more than look. Then keys wait no more."""
        try:
            while self._kept:
                at, key = self._kept.pop(0)
                if self._clock() - at > FRESH or not await _done(app, key):
                    return
        finally:
            self._kept.clear()
            self._open = False

    def _filtering(self) -> bool:
        filtering = False
        for _, key in self._kept:
            filtering = key.key == _SLASH or (filtering and key.key not in _ENDS)
        return filtering


async def _left(app: App[int], field: Input) -> bool:
    """Whether the field gave the focus back, for which it sends messages first."""
    for _ in range(50):
        if app.focused is not field:
            return True
        await asyncio.sleep(0.01)
    return False


async def _done(app: App[int], key: Key) -> bool:
    """Do what one key asks for; False for one that does more than look, which is not done."""
    from textual.widgets import Input

    if isinstance(field := app.focused, Input):  # only a filter's: a command line is not opened here
        if key.key == "enter":
            await field.action_submit()
            return await _left(app, field)
        elif key.key == "backspace":
            field.action_delete_left()
        elif key.is_printable and key.character:
            field.insert_text_at_cursor(key.character)
        else:
            return False
        return True
    bound = app.screen.active_bindings.get(key.key)
    if bound is None:
        return True
    return bound.binding.id in _LOOKS and await app.run_action(bound.binding.action, bound.node)
