"""Keys as data: what is bound to what, and how people rebind it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from textual.binding import Binding


def _key(action_id: str, keys: str, action: str, what: str) -> Binding:
    return Binding(keys, action, what, show=False, id=action_id)


GLOBAL_KEYS = (
    _key("show_fleet", "1", "show('fleet')", "Fleet"),
    _key("show_alerts", "2", "show('alerts')", "Alerts"),
    _key("show_slos", "3", "show('slos')", "SLOs"),
    _key("show_models", "4", "show('models')", "Models"),
    _key("show_runbooks", "5", "show('runbooks')", "Runbooks"),
    _key("show_incident", "6", "show('incident')", "Incident"),
    _key("show_review", "7", "show('review')", "Review"),
    _key("show_silences", "8", "show('silences')", "Silences"),
    _key("acknowledge", "a", "acknowledge", "Acknowledge"),
    _key("acknowledge_with", "A", "acknowledge_with", "Acknowledge with a comment, an end, the whole group; take over"),
    _key("take_back", "u", "take_back", "Take an acknowledgement back"),
    _key("silence", "s", "silence", "New silence, from the selection"),
    _key("snooze", "Z", "snooze", "Snooze the selection, on this machine only"),
    _key("expire", "x", "expire", "End the selected silence"),
    _key("runbook", "r", "runbook", "Runbooks for the selection"),
    _key("investigate", "i", "investigate", "Investigate: what came first"),
    _key("drift", "D", "drift", "Drift of the selected service, feature by feature"),
    _key("note", "n", "note", "Note, into the incident in hand"),
    _key("open_incident", "I", "open_incident", "Open an incident for the selection"),
    _key("window", "w", "window", "Next time window"),
    _key("pause", "p", "pause", "Pause or go on"),
    _key("refresh", "R", "refresh", "Refresh now"),
    _key("theme", "t", "theme", "Theme"),
    _key("sources", "S", "sources", "How each source does"),
    _key("help", "question_mark", "help", "Help"),
    Binding("ctrl+l", "paint_all", "Paint the screen anew", show=False, id="paint_all", priority=True),
    _key("quit", "q", "quit", "Quit"),
)
REPLAY_KEYS = (
    _key("minute_back", "less_than_sign", "replay_step(-1)", "A minute back, where a recording plays"),
    _key("minute_on", "greater_than_sign", "replay_step(1)", "A minute on, where a recording plays"),
    _key("mark_before", "left_curly_bracket", "replay_mark(-1)", "The mark before, where a recording plays"),
    _key("mark_after", "right_curly_bracket", "replay_mark(1)", "The next mark, where a recording plays"),
)
REVIEW_KEYS = (
    _key("review_again", "R", "review_again", "Review again, where a review is shown"),
    _key("review_span", "w", "review_span", "Another time, where a review is shown"),
    _key("review_export", "e", "review_export", "Write the review to a file"),
    _key("review_copy", "y", "review_copy", "Copy the review"),
    _key("review_down", "j,down", "scroll(1)", "Down, where a review is shown"),
    _key("review_up", "k,up", "scroll(-1)", "Up, where a review is shown"),
    _key("review_first", "g,home", "scroll_to(-1)", "To its beginning, where a review is shown"),
    _key("review_last", "G,end", "scroll_to(1)", "To its end, where a review is shown"),
)
SCREEN_KEYS = (
    _key("filter", "slash", "filter", "Filter"),
    _key("saved_filters", "f", "saved_filters", "Saved filters"),
    _key("save_filter", "F", "save_filter", "Save this filter"),
    _key("command", "colon", "command", "Command"),
    _key("back", "escape", "back", "Back; clears the filter"),
    _key("explain", "equals_sign", "explain", "Explain the figure: query, inputs, arithmetic"),
)
TABLE_KEYS = (
    _key("down", "j,down", "cursor(1)", "Down"),
    _key("up", "k,up", "cursor(-1)", "Up"),
    _key("first", "g,home", "edge(-1)", "First"),
    _key("last", "G,end", "edge(1)", "Last"),
    _key("page_down", "ctrl+d,pagedown", "page(1)", "Page down"),
    _key("page_up", "ctrl+u,pageup", "page(-1)", "Page up"),
    _key("open", "enter", "open", "Open"),
    _key("mark", "space", "mark", "Mark, where marking is of use"),
)
SLOS_KEYS = (
    _key("sort", "z", "sort", "Next order, where there are several"),
    _key("group", "v", "group", "Next headings, of alerts and of SLOs"),
)
ALERTS_KEYS = (
    *SLOS_KEYS,
    _key("shut", "left,h", "fold(False)", "Shut the group, where alerts are listed"),
    _key("unfold", "right,l", "fold(True)", "Open the group, where alerts are listed"),
    _key("shut_all", "H", "fold_all(False)", "Shut every group of alerts"),
    _key("unfold_all", "L", "fold_all(True)", "Open every group of alerts"),
    _key("all_seen", "N", "all_seen", "All alerts seen: none is new any more"),
)
SLO_KEYS = (
    _key("next_slo", "right,l,right_square_bracket", "step(1)", "Next SLO of the service"),
    _key("previous_slo", "left,h,left_square_bracket", "step(-1)", "Previous SLO of the service"),
)
FEATURE_KEYS = (
    _key("next_feature", "right,l,right_square_bracket", "step(1)", "Next feature, where one is shown"),
    _key("previous_feature", "left,h,left_square_bracket", "step(-1)", "Previous feature, where one is shown"),
)
MODEL_KEYS = (
    _key("cursor_on", "right,l", "step(1)", "Cursor on, where charts share a time axis"),
    _key("cursor_back", "left,h", "step(-1)", "Cursor back in time, where charts share a time axis"),
    _key("cursor_far_on", "shift+right,L", "step(10)", "Cursor on by ten steps"),
    _key("cursor_far_back", "shift+left,H", "step(-10)", "Cursor back by ten steps"),
    *(key for key in TABLE_KEYS if key.id == "open"),
)
INVESTIGATE_KEYS = (
    _key("pane", "v", "pane", "Next pane of an investigation: verdict, what changed, what rests on what"),
    _key("again", "R", "again", "Investigate again, where an investigation is shown"),
    _key("keep_finding", "W", "keep_finding", "Write the finding into the incident in hand"),
    _key("copy_finding", "y", "copy_finding", "Copy the finding, where an investigation is shown"),
)
INCIDENT_KEYS = (
    _key("status", "m", "status", "Incident: mitigated, resolved, open again"),
    _key("severity", "v", "severity", "Incident: next severity"),
    _key("command_it", "c", "command_it", "Incident: take command"),
    _key("export", "e", "export", "Incident: write it down as a postmortem"),
    _key("merge", "M", "merge", "Incident: merge the marked ones into the selected one"),
)
SILENCES_KEYS = (
    SLOS_KEYS[0],  # sort
    _key("extend", "plus", "extend", "Extend the selected silence"),
    _key("recreate", "c", "recreate", "Make a silence again, in the editor"),
    _key("edit", "e", "edit", "Edit the selected silence"),
)
ALERT_KEYS = (
    _key("open_link", "o", "open_link", "The links of an alert, and where they go"),
    _key("copy_alert", "y", "copy_alert", "Copy an alert: text, Markdown, amtool, curl"),
)
RUNBOOK_KEYS = (_key("step_output", "o", "step_output", "What a runbook's step printed last"),)
EXPLAIN_KEYS = (
    _key("next_figure", "right,l", "step(1)", "Next figure, where figures are explained"),
    _key("previous_figure", "left,h", "step(-1)", "Previous figure, where figures are explained"),
    _key("copy", "y", "copy", "Copy the query, where figures are explained"),
)

BY_ID: Mapping[str, Binding] = {
    binding.id: binding
    for binding in (
        *(
            *GLOBAL_KEYS,
            *REPLAY_KEYS,
            *REVIEW_KEYS,
            *SCREEN_KEYS,
            *TABLE_KEYS,
            *SLOS_KEYS,
            *SLO_KEYS,
            *MODEL_KEYS,
            *INVESTIGATE_KEYS,
            *EXPLAIN_KEYS,
            *FEATURE_KEYS,
        ),
        *SILENCES_KEYS,
        *ALERTS_KEYS,
        *ALERT_KEYS,
        *RUNBOOK_KEYS,
        *INCIDENT_KEYS,
    )
    if binding.id
}
"""Every binding that can be rebound, by the name the config knows it under."""

_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "escape": "esc",
    "equals_sign": "=",
    "plus": "+",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left": "←",
    "right": "→",
}


def key_name(key: str) -> str:
    """How a key is written on screen: the first of those bound, by its sign."""
    first = key.split(",")[0].strip()
    return _NAMES.get(first, first)


def checked_keymap(keys: Mapping[str, str], known: Iterable[str] = BY_ID) -> dict[str, str]:
    """The config's `keys:` as Textual's keymap. Raises ConfigError for an action that does not exist."""
    from oncall_tui.core.errors import ConfigError

    names = sorted(known)
    for action in keys:
        if action not in names:
            near = difflib.get_close_matches(action, names, 1)
            meant = f"did you mean {near[0]!r}?" if near else f"actions are {', '.join(names)}"
            raise ConfigError(f"keys.{action}: no such action", meant)
    return dict(keys)
