"""Which of a pager's incidents is it? Shown where that is not certain; nothing is acknowledged by a reflex."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from oncall_tui.actions.pages import PageUncertain
from oncall_tui.core.pagers import Match, PagedIncident
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines

SHOWN = 20
"""Incidents to choose from; the best fit first."""


class ChooseIncident(Sheet[PagedIncident | None]):
    """`j` and `k` choose, `y` acknowledges the chosen one; esc leaves all. Enter does nothing, as in every question."""

    DEFAULT_CSS = """
    ChooseIncident > Vertical { border: round $state-warn; }
    ChooseIncident VerticalScroll { height: auto; max-height: 16; }
    ChooseIncident #question { text-style: bold; }
    ChooseIncident #answers { dock: bottom; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "move(1)", "Down", show=False),
        Binding("k,up", "move(-1)", "Up", show=False),
        Binding("y", "take", "Acknowledge it", show=False),
        Binding("n,q,escape", "dismiss(None)", "None of them", show=False),
    ]

    def __init__(self, uncertain: PageUncertain, now: float) -> None:
        super().__init__()
        self._uncertain, self._now = uncertain, now
        self._matches = uncertain.matches[:SHOWN]
        self._at = 0

    def compose(self) -> ComposeResult:
        """The question, the incidents, the answers."""
        with Vertical():
            yield Lines(id="question")
            with VerticalScroll(can_focus=False):
                yield Lines(id="incidents")
            yield Lines(id="answers")

    def on_mount(self) -> None:
        """Write it."""
        alerts = self._uncertain.alerts
        more = f" and {len(alerts) - 1} more" if len(alerts) > 1 else ""
        asked = f"{self._uncertain.pager}: which incident is {alerts[0].name or 'the alert'}{more}?"
        why = outside(self._uncertain.why, Role.MUTED)
        self.query_one("#question", Lines).show([outside(asked), why])
        keys = ((" y ", Role.ACCENT), ("acknowledge it", Role.TEXT), ("   j k ", Role.ACCENT), ("choose", Role.TEXT))
        answers = (*keys, ("   esc ", Role.ACCENT), ("none of them", Role.TEXT))
        self.query_one("#answers", Lines).show([span(""), answers])
        self._draw()

    def action_move(self, by: int) -> None:
        """Choose another."""
        self._at = max(0, min(len(self._matches) - 1, self._at + by))
        self._draw()
        self.query_one(VerticalScroll).scroll_to(y=max(0, 2 * self._at - 6), animate=False)

    def action_take(self) -> None:
        """It is this one."""
        self.dismiss(self._matches[self._at].incident)

    def _draw(self) -> None:
        lines = [line for at, match in enumerate(self._matches) for line in self._lines(match, at == self._at)]
        if left := len(self._uncertain.matches) - len(self._matches):
            lines.append(span(f"  and {left} that fit less", Role.MUTED))
        self.query_one("#incidents", Lines).show(lines)

    def _lines(self, match: Match, chosen: bool) -> Iterator[Line]:
        incident = match.incident
        mark = span("> " if chosen else "  ", Role.ACCENT)
        age = f"{figures.age(self._now - incident.created_at)} ago" if incident.created_at else ""
        facts = [
            outside(incident.called, Role.STRONG),
            outside(incident.state.value),
            span(age, Role.MUTED),
            outside(incident.title, Role.TEXT),
        ]
        yield (*mark, *join([fact for fact in facts if fact[0][0]]))
        yield outside(f"    {match.why}", Role.MUTED)
