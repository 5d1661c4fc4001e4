"""Keys as data: what is bound to what, and how people rebind it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from textual.binding import Binding, BindingType

from oncall_tui.core.errors import ConfigError

GLOBAL_KEYS: tuple[Binding, ...] = (
    Binding("1", "show('fleet')", "Fleet", show=False, id="show_fleet"),
    Binding("2", "show('alerts')", "Alerts", show=False, id="show_alerts"),
    Binding("3", "show('slos')", "SLOs", show=False, id="show_slos"),
    Binding("4", "show('models')", "Models", show=False, id="show_models"),
    Binding("5", "show('runbooks')", "Runbooks", show=False, id="show_runbooks"),
    Binding("a", "acknowledge", "Acknowledge", show=False, id="acknowledge"),
    Binding("u", "take_back", "Take an acknowledgement back", show=False, id="take_back"),
    Binding("r", "runbook", "Runbooks for the selection", show=False, id="runbook"),
    Binding("w", "window", "Next time window", show=False, id="window"),
    Binding("p", "pause", "Pause or go on", show=False, id="pause"),
    Binding("R", "refresh", "Refresh now", show=False, id="refresh"),
    Binding("t", "theme", "Theme", show=False, id="theme"),
    Binding("S", "sources", "How each source does", show=False, id="sources"),
    Binding("question_mark", "help", "Help", show=False, id="help"),
    Binding("q", "quit", "Quit", show=False, id="quit"),
)

_NAMES = {"question_mark": "?", "slash": "/", "colon": ":", "escape": "esc", "space": "space", "enter": "enter"}


def key_name(key: str) -> str:
    """How a key is written on screen: the first of those bound, by its sign."""
    first = key.split(",")[0].strip()
    return _NAMES.get(first, first)


def bindings_by_id(groups: Iterable[Iterable[BindingType]]) -> dict[str, Binding]:
    """Every binding that has an id, by that id."""
    return {binding.id: binding for group in groups for binding in group if isinstance(binding, Binding) and binding.id}


def checked_keymap(keys: Mapping[str, str], known: Iterable[str]) -> dict[str, str]:
    """The config's `keys:` as Textual's keymap. Raises ConfigError for an action that does not exist."""
    names = sorted(known)
    for action in keys:
        if action not in names:
            near = difflib.get_close_matches(action, names, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"actions are {', '.join(names)}"
            raise ConfigError(f"keys.{action}: no such action", meant)
    return dict(keys)
