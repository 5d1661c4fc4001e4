"""Keys typed ahead of a text field: over a slow line ':ack' comes in one go, before the field that ':' opens has focus.

Textual hands every key at once to the widget that has the focus then, and looks up bindings with the focus of later.
So the `a` of ':ack' would acknowledge, where it was meant for the command line.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from textual.events import Key
from textual.widget import Widget


class TypingAhead:
    """Remembers whom each key was handed to, and hands those on that a text field should have had."""

    def __init__(self) -> None:
        self._handed: WeakKeyDictionary[Key, Widget | None] = WeakKeyDictionary()

    def handed(self, key: Key, focused: Widget | None) -> None:
        """A key came, and goes to the widget that has the focus."""
        self._handed[key] = focused

    def take(self, key: Key, focused: Widget | None) -> bool:
        """A key came back unused; whether it was meant for the field that has the focus now, which then gets it."""
        from textual.widgets import Input  # not for the first frame

        if not isinstance(focused, Input) or self._handed.get(key, focused) is focused:
            return False
        again = Key(key.key, key.character)
        self._handed[again] = focused
        focused._forward_event(again)
        return True
