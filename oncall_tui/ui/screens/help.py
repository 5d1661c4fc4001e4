"""`?`: what the keys do on this screen, and what the glyphs mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from oncall_tui.core.state import State
from oncall_tui.ui.render.spans import Line, Role, fitted, join, span, state_badge
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines

_FIRST = (
    (("show_fleet", "show_alerts"), "what is wrong, worst first; all alerts; 3–8 more"),
    (("open", "back"), "open what is under the cursor; back"),
    (("acknowledge", "take_back"), "say 'mine', which everybody sees; take it back"),
    (("runbook", "investigate"), "what to do about it; what came first"),
    (("explain", "sources"), "where a figure comes from; what ails a source"),
)
"""What a person needs in the first hour: pairs of actions, and what they do."""

_MEANINGS = {
    State.CRIT: "page-level burn, budget gone, endpoint down, or a page alert firing",
    State.WARN: "ticket-level burn, drift or staleness over its threshold",
    State.SILENT: "leaves its own past while no alert fires",
    State.UNKNOWN: "no data, stale data, or a source that does not answer: never read it as OK",
    State.OK: "every figure is known, fresh and within bounds",
}


class HelpScreen(Sheet[None]):
    """A sheet over the screen; any of esc, q and ? puts it away."""

    DEFAULT_CSS = """
    HelpScreen > VerticalScroll { height: 90%; padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark", "dismiss(None)", "Close", show=False)]

    def __init__(self, title: str, about: str, keys: Sequence[tuple[str, str]], key_of: Callable[[str], str]) -> None:
        super().__init__()
        self._title, self._about, self._keys, self._key_of = title, about, tuple(keys), key_of

    def compose(self) -> ComposeResult:
        """The sheet."""
        with VerticalScroll():
            yield Lines()

    def on_mount(self) -> None:
        """Write it."""
        self.query_one(Lines).show(self._lines())
        self.query_one(VerticalScroll).focus()

    def _lines(self) -> list[Line]:
        lines: list[Line] = [span("THE FIRST HOUR", Role.HEADING)]
        for actions, what in _FIRST:
            pair = "  ".join(self._key_of(action) for action in actions)
            lines.append(join([fitted(span(pair, Role.ACCENT), 12), span(what)]))
        lines += [(), span(self._title, Role.STRONG), span(self._about), (), span("KEYS", Role.HEADING)]
        lines += [join([fitted(span(key, Role.ACCENT), 10), span(what)]) for key, what in self._keys]
        lines += [(), span("STATES, worst first", Role.HEADING)]
        lines += [join([fitted(state_badge(state), 10), span(meaning)]) for state, meaning in _MEANINGS.items()]
        lines += [
            (),
            span("FIGURES", Role.HEADING),
            join(
                [
                    fitted(span("–", Role.UNKNOWN), 10),
                    span("measured, but not known now; the reason stands in WHY or in the detail"),
                ]
            ),
            join([fitted(span("-", Role.MUTED), 10), span("not measured here, or nothing to say")]),
            join(
                [
                    fitted(span("burn"), 10),
                    span("error ratio / error budget: 1 spends the budget exactly in the SLO's period"),
                ]
            ),
            join([fitted(span("OUT IN"), 10), span("when the budget is gone if the last hour's burn goes on")]),
            (),
            span('FILTER   /ranker   /state="CRIT"   /severity="page" service=~"rank.*"', Role.MUTED),
            span("esc closes this sheet", Role.MUTED),
        ]
        return lines
