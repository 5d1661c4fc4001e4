"""A line to type into."""

from __future__ import annotations

from textual.reactive import reactive
from textual.widgets import Input


class Field(Input):
    """One row without a frame. Its cursor stands still: blinking would be bytes on the wire, twice a second."""

    DEFAULT_CSS = """
    Field { border: none; height: 1; padding: 0; background: $surface-lighten-1; }
    Field:focus { border: none; }
    """
    cursor_blink = reactive(False, init=False)
