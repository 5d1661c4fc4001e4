"""Screen 4: models and what they stand on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from oncall_tui.core.assess import Assessment, ServiceStatus
from oncall_tui.ui.keys import SLOS_KEYS
from oncall_tui.ui.render import models as models_render
from oncall_tui.ui.render.empties import NO_MODEL
from oncall_tui.ui.render.explain import Explanation, explain_signals
from oncall_tui.ui.render.spans import Line, Role, join, span
from oncall_tui.ui.screens.services import ServicesScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class ModelsScreen(ServicesScreen):
    """One row a service with its layers; below, the selected one's signals, worst first, over time."""

    NAME = "models"
    HELP_TEXT = (
        "Five layers, each judged for itself and with the age of its figure: the endpoint as our own probe sees it; "
        "serving (latency, errors, throughput, infrastructure); data (freshness, failed checks); drift (worst "
        "feature); accuracy. STATE is the worst of what may be believed, and of SLOs and alerts. '·' is shown but "
        "judged by nothing, '–' is measured but not known, '-' is not measured. `z` sorts. "
        "PROBE95 is what 95% of the last probes keep below. 'wrong' is a server that is up and answers its canary, a "
        "request with a known answer, with something else; 'disagree' is one of which our probe and Prometheus say "
        "different things: both sides stand below, with their age."
    )
    HINTS = (("open", "open"), ("sort", "sort"), ("runbook", "runbook"), ("acknowledge", "ack"), ("explain", "explain"))
    BINDINGS: ClassVar[list[BindingType]] = [key for key in SLOS_KEYS if key.id == "sort"]
    DEFAULT_CSS = """
    ModelsScreen #signals { height: auto; max-height: 50%; border-top: solid $surface-lighten-1; padding: 0 1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self) -> None:
        super().__init__()
        self._sort = models_render.Sort.WORST

    def body(self) -> Iterable[Widget]:
        """The table, and the selected service's signals below it."""
        yield LiveTable(id="models")
        with VerticalScroll(id="signals", can_focus=False):
            yield Lines(id="detail")

    def rows(self, assessment: Assessment) -> Sequence[ServiceStatus]:
        """The services that have an endpoint or a signal."""
        return [status for status in assessment.services if status.endpoints or status.signals]

    def draw(self, assessment: Assessment) -> None:
        """One row for each service that has an endpoint or a signal."""
        kept = models_render.ordered(assessment, self.kept(self.rows(assessment)), self._sort)
        self.oncall.watch_readings(self.NAME, models_render.readings(kept, self.oncall.lookback))
        empty = self.empty(NO_MODEL)
        self.query_one(LiveTable).show(models_render.table(assessment, kept, self.oncall.lookback, empty))
        self.draw_detail(assessment)

    def draw_detail(self, assessment: Assessment) -> None:
        """The service under the cursor: why it is as it is, and what it is made of."""
        status = assessment.service(self.service_in_hand())
        width = self.size.width - 4
        lines = models_render.detail(assessment, status, self.oncall.lookback, width) if status else []
        self.query_one("#detail", Lines).show(lines)

    def open_service(self, name: str) -> None:
        """Open the model's page."""
        from oncall_tui.ui.screens.model_page import ModelPage

        self.app.push_screen(ModelPage(name))

    def sort_words(self) -> Sequence[str]:
        """Every order."""
        return tuple(models_render.Sort)

    def sort_by(self, name: str) -> str:
        """Stand in the order of that name, '' for the next; returns what is wrong with the name, '' if nothing."""
        every = list(models_render.Sort)
        if name and name not in every:
            return f"no order {name!r}: {', '.join(every)}"
        self._sort = models_render.Sort(name) if name else every[(every.index(self._sort) + 1) % len(every)]
        self.update()
        return ""

    def _note(self) -> Line:
        order = "worst first" if self._sort is models_render.Sort.WORST else f"by {self._sort.value}"
        return join([span(order, Role.ACCENT), super()._note()], "  ")

    def explanation(self) -> Explanation | None:
        """The service's signals, the worst first."""
        assessment = self.oncall.assessment
        status = assessment.service(self.service_in_hand()) if assessment else None
        if assessment is None or status is None or not status.signals:
            return super().explanation()
        return explain_signals(assessment, status.service.name, status.signals)
