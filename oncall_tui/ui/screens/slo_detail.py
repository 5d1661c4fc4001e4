"""One SLO: how fast it burns against its factors, how its budget went, and where every figure comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.burn import Severity, policy_for
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import CountsReading, SeriesReading, SliReading
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.keys import SLO_KEYS
from oncall_tui.ui.render import alerts as alerts_render
from oncall_tui.ui.render import charts
from oncall_tui.ui.render import slos as slos_render
from oncall_tui.ui.render.spans import Line, Role, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines

BURN_DOWN_POINTS = 120
"""Steps a budget's period is cut into: one request that touches each sample once."""


class SloDetailScreen(OncallScreen):
    """Charts on top, figures below; left and right go to the service's other SLOs."""

    NAME = "slos"
    HELP_TEXT = (
        "Left: burn rate over time against the page and ticket factors. Right: the budget over the SLO's period. "
        "Below: each alert tier with both its windows, then every window with its age and source, then the PromQL."
    )
    HINTS = (("back", "back"), ("next_slo", "next SLO"), ("acknowledge", "ack"), ("runbook", "runbook"))
    DEFAULT_CSS = """
    SloDetailScreen #facts { height: auto; padding: 0 1; }
    SloDetailScreen #charts { height: 45%; min-height: 9; }
    SloDetailScreen #charts > * { width: 1fr; }
    SloDetailScreen #scroll { height: 1fr; }
    SloDetailScreen #figures { padding: 0 1; }
    SloDetailScreen #columns { height: auto; }
    SloDetailScreen #columns > Lines { width: 1fr; padding: 0 1; }
    SloDetailScreen.-narrow #columns { layout: vertical; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *SLO_KEYS,
        Binding("j,down", "scroll(1)", "Scroll down", show=False),
        Binding("k,up", "scroll(-1)", "Scroll up", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#scroll"

    def __init__(self, slo_id: str) -> None:
        super().__init__()
        self._slo_id = slo_id

    def body(self) -> Iterable[Widget]:
        """Facts, charts, figures."""
        from oncall_tui.ui.widgets.budget_chart import BudgetChart
        from oncall_tui.ui.widgets.burn_chart import BurnChart

        yield Lines(id="facts")
        with Horizontal(id="charts"):
            yield BurnChart()
            yield BudgetChart()
        with VerticalScroll(id="scroll"):
            with Horizontal(id="columns"):
                yield Lines(id="tiers")
                yield Lines(id="windows")
            yield Lines(id="figures")

    def on_resize(self) -> None:
        """Below 100 cells the tables stand one under the other."""
        self.set_class(self.size.width < 100, "-narrow")

    def on_unmount(self) -> None:
        """Nobody looks at these charts any more."""
        self.oncall.watch_readings("slo-detail", [])

    def draw(self, assessment: Assessment) -> None:
        """Everything about the SLO."""
        status = assessment.slo(self._slo_id)
        if status is None:
            self.query_one("#facts", Lines).show([span("This SLO is no longer configured.", Role.UNKNOWN)])
            return
        self.oncall.watch_readings("slo-detail", [*self._burn_readings(status).values(), self._counts_reading(status)])
        self.query_one("#facts", Lines).show([slos_render.headline(status), slos_render.promise(status.slo)])
        self._draw_burn(assessment, status)
        self._draw_budget(assessment, status)
        self.query_one("#tiers", Lines).show(slos_render.tiers(status))
        self.query_one("#windows", Lines).show(slos_render.windows(assessment, status))
        self.query_one("#figures", Lines).show(
            [*self._alert_lines(assessment), *slos_render.promql(assessment, status)]
        )

    def _alert_lines(self, assessment: Assessment) -> list[Line]:
        own = self.alerts_in_hand()
        return [span("ALERTS", Role.HEADING), *alerts_render.glance(assessment, own, 6, self.oncall.has_runbook)]

    def _burn_readings(self, status: SloStatus) -> dict[int, SeriesReading]:
        """The windows of the fastest page tier, over the lookback."""
        lookback = self.oncall.lookback
        policy = status.slo.policy or policy_for(status.slo.period)  # an SLO without alerts burns all the same
        tier = next((t for t in policy if t.severity is Severity.PAGE), policy[0])
        return {
            window: SeriesReading(SliReading(status.slo.id, window), lookback.span, lookback.step)
            for window in (tier.short, tier.long)
        }

    def _counts_reading(self, status: SloStatus) -> CountsReading:
        step = max(60, status.slo.period // BURN_DOWN_POINTS)
        return CountsReading(status.slo.id, status.slo.period, step)

    def _draw_burn(self, assessment: Assessment, status: SloStatus) -> None:
        from oncall_tui.ui.widgets.burn_chart import BurnChart

        snapshot, lookback = assessment.snapshot, self.oncall.lookback
        readings = self._burn_readings(status)
        curves = {
            format_duration(window): charts.burn_points(snapshot.series(reading), status.slo.objective)
            for window, reading in readings.items()
        }
        trouble = next((why for reading in readings.values() if (why := snapshot.doubt(reading))), "")
        period = charts.Period(snapshot.at - lookback.span, snapshot.at, lookback.step)
        self.query_one(BurnChart).show(curves, _thresholds(status), period, marks=self._marks(), trouble=trouble)

    def _draw_budget(self, assessment: Assessment, status: SloStatus) -> None:
        from oncall_tui.ui.widgets.budget_chart import BudgetChart

        snapshot, reading = assessment.snapshot, self._counts_reading(status)
        points = charts.budget_points(snapshot.series(reading), status.slo.objective)
        trouble = snapshot.doubt(reading) or ("" if points else "no traffic in this period")
        period = charts.Period(snapshot.at - reading.span, snapshot.at, reading.step)
        self.query_one(BudgetChart).show(points, period, exhausted_in=status.exhausted_in, trouble=trouble)

    def _marks(self) -> list[charts.Mark]:
        """When the alerts that speak of this SLO began."""
        return [charts.Mark(s.alert.starts_at, "alert", Role.WARN) for s in self.alerts_in_hand() if s.alert.starts_at]

    def action_back(self) -> None:
        """Back to where it was opened from."""
        self.app.pop_screen()

    def action_step(self, step: int) -> None:
        """Another SLO of the same service."""
        assessment = self.oncall.assessment
        status = assessment.service(self.service_in_hand()) if assessment else None
        ids = [slo.id for slo in status.service.slos] if status else []
        if self._slo_id in ids:
            self._slo_id = ids[(ids.index(self._slo_id) + step) % len(ids)]
            self.update()

    def action_scroll(self, step: int) -> None:
        """Scroll the figures."""
        self.query_one("#scroll").scroll_relative(y=step, animate=False)

    def service_in_hand(self) -> str:
        """The SLO's service."""
        return self._slo_id.partition("/")[0]

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alerts that speak of this SLO."""
        return self.oncall.alerts_of_slo(self._slo_id)


def _thresholds(status: SloStatus) -> list[charts.Threshold]:
    """The factors of the tiers, loudest first."""
    return [
        charts.Threshold(
            verdict.factor,
            f"{verdict.tier.severity.value} {verdict.factor:.3g}",
            Role.CRIT if verdict.tier.severity is Severity.PAGE else Role.WARN,
        )
        for verdict in status.verdicts
    ]
