"""A model's page: its endpoints, and all its signals over time on one axis, with a cursor that reads them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.keys import MODEL_KEYS
from oncall_tui.ui.render import panels
from oncall_tui.ui.render.charts import Chart
from oncall_tui.ui.render.explain import Explanation, explain_signals
from oncall_tui.ui.render.spans import Role, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.chart_grid import ChartGrid
from oncall_tui.ui.widgets.lines import Lines

_WATCHER = "model-page"


class ModelPage(OncallScreen):
    """Facts on top, charts below, and at the bottom what the cursor reads."""

    NAME = "models"
    HELP_TEXT = (
        "Every signal of the model on one time axis; marks are versions that came and alerts that began, dashes are "
        "bounds. ← and → move a cursor, and each chart and the line below tell the values at that moment; beyond the "
        "newest it is let go. '–' is no value at that moment, a gap no data: never a zero. The window is the one that "
        "`w` chooses."
    )
    HINTS = (
        ("back", "back"),
        ("cursor_back", "cursor"),
        ("open", "SLO"),
        ("investigate", "investigate"),
        ("explain", "explain"),
        ("acknowledge", "ack"),
    )
    DEFAULT_CSS = """
    ModelPage #facts-scroll { height: auto; max-height: 30%; padding: 0 1; scrollbar-size-vertical: 1; }
    ModelPage #none { padding: 1; display: none; }
    ModelPage #readout { height: auto; max-height: 30%; padding: 0 1; border-top: solid $surface-lighten-1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *MODEL_KEYS,
        Binding("j,down", "scroll(1)", "Scroll down", show=False),
        Binding("k,up", "scroll(-1)", "Scroll up", show=False),
        Binding("tab", "app.focus_next", "Next pane", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#charts"

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service
        self._cursor: float | None = None
        self._charts: tuple[Chart, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Facts, charts, what the cursor reads."""
        with VerticalScroll(id="facts-scroll", can_focus=False):
            yield Lines(id="facts")
        yield Lines(id="none")
        yield ChartGrid(id="charts")
        yield Lines(id="readout")

    def on_unmount(self) -> None:
        """Nobody looks at these charts any more."""
        self.oncall.watch_readings(_WATCHER, [])

    def draw(self, assessment: Assessment) -> None:
        """Everything about the model."""
        status = assessment.service(self._service)
        if status is None:
            self.query_one("#facts", Lines).show([span("This service is no longer configured.", Role.UNKNOWN)])
            return
        lookback = self.oncall.lookback
        self.oncall.watch_readings(_WATCHER, panels.readings(status, lookback))
        self.query_one("#facts", Lines).show(panels.facts(assessment, status))
        self._charts = panels.panels(assessment, status, lookback, self._cursor)
        if self._cursor is not None and self._charts and self._cursor < self._charts[0].start:
            self._cursor = None
            self._charts = panels.panels(assessment, status, lookback)
        self.query_one(ChartGrid).show(self._charts)
        none = self.query_one("#none", Lines)
        none.display = not self._charts
        none.show([span("It has no signals: add some under `signals:` in the config, or a recipe.", Role.MUTED)])
        self._draw_readout(assessment)

    def _draw_readout(self, assessment: Assessment) -> None:
        below = self.query_one("#readout", Lines)
        below.display = self._cursor is not None
        if self._cursor is not None:
            width = max(20, self.size.width - 2)
            below.show(panels.readout(self._charts, self._cursor, assessment.snapshot.at, width))

    def action_step(self, steps: int) -> None:
        """Move the cursor; the first step back begins at the newest, and on from there there is none."""
        if not self._charts:
            return
        start, end, step = self._charts[0].start, self._charts[0].end, self.oncall.lookback.step
        at = (end if self._cursor is None else self._cursor) + steps * step
        self._cursor = None if at > end - step / 2 else max(at, start + step)
        self.update()

    def action_scroll(self, step: int) -> None:
        """Scroll the charts."""
        self.query_one(ChartGrid).scroll_relative(y=step, animate=False, immediate=True)

    def action_open(self) -> None:
        """Open the model's worst SLO."""
        if (worst := self.slo_in_hand()) is not None:
            self.oncall.open_slo(worst.slo.id)
        else:
            self.oncall.complain(f"{self._service} has no SLO to open: write one under its `slos:`")

    def action_back(self) -> None:
        """Back to where it was opened from."""
        self.app.pop_screen()

    def service_in_hand(self) -> str:
        """The model."""
        return self._service

    def slo_in_hand(self) -> SloStatus | None:
        """Its worst SLO."""
        status = self.oncall.assessment.service(self._service) if self.oncall.assessment else None
        return status.worst_slo if status else None

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """Its firing and acknowledged alerts, loudest first."""
        status = self.oncall.assessment.service(self._service) if self.oncall.assessment else None
        loud = (Phase.FIRING, Phase.ACKNOWLEDGED)
        return tuple(alert for alert in status.alerts if alert.phase in loud) if status else ()

    def explanation(self) -> Explanation | None:
        """Its signals, the worst first."""
        assessment = self.oncall.assessment
        status = assessment.service(self._service) if assessment else None
        if assessment is None or status is None or not status.signals:
            return super().explanation()
        return explain_signals(assessment, self._service, status.signals)
