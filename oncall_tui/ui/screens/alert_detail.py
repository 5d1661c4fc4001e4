"""One alert: what it says, its value against its bound, whose it is, what hides it, what was done about it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from oncall_tui.actions.alert_history import Deed
from oncall_tui.core.alert_rule import Looked, Recalled
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.errors import OncallError
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.keys import ALERT_KEYS
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import alert_context as context
from oncall_tui.ui.render import alert_detail as render
from oncall_tui.ui.render import charts
from oncall_tui.ui.render.spans import Line, Role
from oncall_tui.ui.screens.alert_actions import AlertActions
from oncall_tui.ui.widgets.lines import Lines

WIDE = 120
"""Cells from which the parts stand in two columns."""
TALL = 20
"""Lines from which there is room for a chart."""
AGAIN = 60.0
"""Seconds after which the rule, its value and the journal are looked at again, while the screen is open."""
SELDOM = 900.0
"""The same of how often it came within a month."""


class AlertDetailScreen(AlertActions):
    """The chart on top, everything known below. It goes on showing an alert that ended while it was read."""

    NAME = "alerts"
    HELP_TEXT = (
        "On top: the value that the alert's rule compares, against its bound, since when. `w` looks further back. "
        "Below: what the alert says, the SLO it belongs to, who is told by Alertmanager's routes, its rule, how often "
        "it began in 24 h and 30 d, silences and inhibitions that touch it, what was done about it from here, which "
        "other alerts share its labels, and what rests on its service. `o` lists its links and where they go, `y` "
        "copies it, `enter` opens its SLO. `a` acknowledges it, `s` opens a silence of its labels, `r` its runbook, "
        "`i` investigates."
    )
    HINTS = (
        ("back", "back"),
        ("acknowledge", "ack"),
        ("runbook", "runbook"),
        ("open_link", "links"),
        ("open", "SLO"),
        ("copy_alert", "copy"),
        ("silence", "silence"),
        ("investigate", "investigate"),
    )
    DEFAULT_CSS = """
    AlertDetailScreen #facts { height: auto; max-height: 5; padding: 0 1; }
    AlertDetailScreen #curve { height: 38%; min-height: 7; }
    AlertDetailScreen #scroll { height: 1fr; }
    AlertDetailScreen #columns { height: auto; }
    AlertDetailScreen #columns > Lines { width: 1fr; padding: 0 1; }
    AlertDetailScreen.-low #curve { height: 2; min-height: 2; }
    AlertDetailScreen.-narrow #columns { layout: vertical; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *ALERT_KEYS,
        Binding("enter", "open", "Open its SLO", show=False, id="open"),
        Binding("j,down", "scroll(1)", "Scroll down", show=False),
        Binding("k,up", "scroll(-1)", "Scroll up", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#scroll"

    def __init__(self, status: AlertStatus) -> None:
        super().__init__()
        self._last = status
        self._looked: Looked | None = None
        self._deeds: tuple[Deed, ...] | None = None
        self._journal_trouble = ""
        self._asked: tuple[Lookback, float] | None = None
        self._recalled: Recalled | None = None
        self._recalled_at = -math.inf

    def body(self) -> Iterable[Widget]:
        """Headline, chart, parts."""
        from oncall_tui.ui.widgets.time_chart import TimeChart

        yield Lines(id="facts")
        yield TimeChart(id="curve")
        with VerticalScroll(id="scroll"), Horizontal(id="columns"):
            yield Lines(id="left")
            yield Lines(id="right")

    def on_resize(self) -> None:
        """On a narrow screen the columns stand one under the other; on a low one the chart is its legend."""
        self.set_class(self.size.width < WIDE, "-narrow")
        self.set_class(self.size.height < TALL, "-low")

    # What is asked beside the polls

    def _ask(self) -> None:
        """Look at the rule and the journal, if it is time to."""
        lookback, now = self.oncall.lookback, self.oncall.clock()
        if self._asked is not None and self._asked[0] == lookback and now - self._asked[1] < AGAIN:
            return
        self._asked = (lookback, now)
        self.run_worker(self._look(lookback), group="alert-rule", exclusive=True)
        self.run_worker(self._read(), group="alert-history", exclusive=True)
        if now - self._recalled_at >= SELDOM:
            self._recalled_at = now
            self.run_worker(self._recall(), group="alert-recurrence", exclusive=True)

    def _home(self) -> str:
        """The Prometheus that knows its service; '' where that is not known."""
        assessment = self.oncall.assessment
        service = assessment.snapshot.catalogue.service(self._last.service) if assessment else None
        return service.source if service else ""

    async def _look(self, lookback: Lookback) -> None:
        lookup = self.oncall.desk.alert_view.lookup
        self._looked = await lookup(self._last.alert, self._home(), lookback.span, lookback.step)
        self.update()

    async def _recall(self) -> None:
        self._recalled = await self.oncall.desk.alert_view.lookup.recurrence(self._last.alert, self._home())
        self.update()

    async def _read(self) -> None:
        try:
            self._deeds = await self.oncall.desk.alert_view.history(self._last.alert.fingerprint)
            self._journal_trouble = ""
        except OncallError as error:
            self._journal_trouble = str(error)
        self.update()

    def acted(self) -> None:
        """Something was done: the journal has more."""
        self._asked = None
        self.update()

    # Drawing

    def draw(self, assessment: Assessment) -> None:
        """Everything about the alert."""
        now = next((one for one in assessment.listed if one.alert.key == self._last.alert.key), None)
        status = self._last = now or self._last
        self._ask()
        gone = render.gone(assessment, status)
        self.query_one("#facts", Lines).show(render.headline(assessment, status, gone))
        self._draw_curve(assessment, status)
        first = [
            render.says(status.alert),
            render.belongs(assessment, status),
            context.told(assessment, status),
            render.rule(self._looked),
            context.recurrence(self._recalled),
        ]
        then = [
            render.hiding(assessment, status),
            render.history(assessment, status, self._deeds, self._journal_trouble),
            context.reach(assessment, status),
            render.labels(status.alert),
        ]
        self.query_one("#left", Lines).show(_spaced(first))
        self.query_one("#right", Lines).show(_spaced(then))

    def _draw_curve(self, assessment: Assessment, status: AlertStatus) -> None:
        from oncall_tui.ui.widgets.time_chart import TimeChart

        looked, lookback = self._looked, self.oncall.lookback
        at = looked.at if looked is not None else assessment.snapshot.at
        period = charts.Period(at - lookback.span, at, lookback.step)
        alert = status.alert
        mark = [charts.Mark(alert.starts_at, "began", Role.WARN)] if alert.starts_at > period.start else []
        found = looked.curves if looked is not None else None
        self.query_one(TimeChart).show(
            "VALUE",
            render.curves_of(found) if found else {},
            "",
            period,
            thresholds=render.bounds_of(found, alert.urgency) if found else (),
            marks=mark,
            trouble=looked.trouble if looked is not None else "asking…",
        )

    # Keys

    def action_back(self) -> None:
        """Back to where it was opened from; what is still being asked is given up."""
        self.workers.cancel_node(self)
        self.app.pop_screen()

    def action_open(self) -> None:
        """Open its SLO."""
        self.oncall.open_slo_of(self._last)

    def action_scroll(self, step: int) -> None:
        """Scroll the parts."""
        self.query_one("#scroll").scroll_relative(y=step, animate=False, immediate=True)

    # The selection

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alert."""
        return (self._last,)

    def service_in_hand(self) -> str:
        """Its service."""
        return self._last.service

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO it names, else its service's worst."""
        return self.oncall.assessment.slo_of(self._last) if self.oncall.assessment else None


def _spaced(parts: Iterable[list[Line]]) -> list[Line]:
    """The parts, an empty line after each."""
    return [line for part in parts for line in (*part, ())]
