"""One SLO: how fast it burns against its factors, how its budget went, and where every figure comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.burn import Severity, policy_for
from oncall_tui.core.catalogue import VERSIONS
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import CountsReading, SeriesReading, SignalReading, SliReading
from oncall_tui.core.slo import RatioSli
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.versions import version_changes
from oncall_tui.ui.keys import SLO_KEYS
from oncall_tui.ui.render import alerts as alerts_render
from oncall_tui.ui.render import charts, slo_facts, slo_tiers
from oncall_tui.ui.render.spans import Line, Role, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines

BURN_DOWN_POINTS = 120
"""Steps a budget's period is cut into: one request that touches each sample once."""


WIDE = 136
"""Cells from which the tiers and the windows stand side by side."""

TALL = 20
"""Lines from which there is room for charts beside what they stand for."""


class SloDetailScreen(OncallScreen):
    """Charts on top, figures below; left and right go to the service's other SLOs."""

    NAME = "slos"
    HELP_TEXT = (
        "Left: burn rate over time against the page and ticket factors. Right: the budget over the SLO's period. "
        "Marks are alerts that began and versions that came. Below: each alert tier with both its windows met or not, "
        "what happens if a pace goes on, every window with its age and source, how missing data counts, the PromQL."
    )
    HINTS = (
        ("back", "back"),
        ("explain", "explain"),
        ("next_slo", "next SLO"),
        ("acknowledge", "ack"),
        ("runbook", "runbook"),
    )
    DEFAULT_CSS = """
    SloDetailScreen #facts { height: auto; padding: 0 1; }
    SloDetailScreen #charts { height: 45%; min-height: 9; }
    SloDetailScreen #charts > * { width: 1fr; }
    SloDetailScreen #scroll { height: 1fr; }
    SloDetailScreen #figures { padding: 0 1; }
    SloDetailScreen #columns { height: auto; }
    SloDetailScreen #columns > Lines { width: 1fr; padding: 0 1; margin-bottom: 1; }
    SloDetailScreen.-low #charts { height: 2; min-height: 2; }
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
        """On a narrow screen the tables stand one under the other; on a low one the charts are their legends alone."""
        self.set_class(self.size.width < WIDE, "-narrow")
        self.set_class(self.size.height < TALL, "-low")

    def on_unmount(self) -> None:
        """Nobody looks at these charts any more."""
        self.oncall.watch_readings("slo-detail", [])

    def draw(self, assessment: Assessment) -> None:
        """Everything about the SLO."""
        status = assessment.slo(self._slo_id)
        if status is None:
            self.query_one("#facts", Lines).show([span("This SLO is no longer configured.", Role.UNKNOWN)])
            return
        asked: list[SeriesReading | CountsReading] = [*self._burn_readings(status).values()]
        asked.append(self._budget_reading(status))
        versions = [reading for chart in asked if (reading := self._versions_reading(chart))]
        self.oncall.watch_readings("slo-detail", [*asked, *versions])
        maturity = slo_facts.maturity(status.slo, assessment.snapshot.at)
        facts = [*slo_facts.headline(status), slo_facts.promise(status.slo), *maturity]
        self.query_one("#facts", Lines).show(facts)
        self._draw_burn(assessment, status)
        self._draw_budget(assessment, status)
        own = self.alerts_in_hand()
        self.query_one("#tiers", Lines).show(
            [*slo_tiers.tiers(assessment, status, own), (), *slo_facts.what_if(status)]
        )
        self.query_one("#windows", Lines).show(slo_facts.windows(assessment, status))
        below = [*self._alert_lines(assessment, own), (), *slo_facts.policies(status), ()]
        self.query_one("#figures", Lines).show([*below, *slo_facts.promql(assessment, status)])

    def _alert_lines(self, assessment: Assessment, own: tuple[AlertStatus, ...]) -> list[Line]:
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

    def _budget_reading(self, status: SloStatus) -> SeriesReading | CountsReading:
        """Counts over the period; of an SLI that counts nothing, its error ratio over the period at each moment."""
        period = status.slo.period
        step = max(60, period // BURN_DOWN_POINTS)
        if isinstance(status.slo.sli, RatioSli):
            return SeriesReading(SliReading(status.slo.id, period), period, step)
        return CountsReading(status.slo.id, period, step)

    def _versions_reading(self, chart: SeriesReading | CountsReading) -> SeriesReading | None:
        """The service's versions over the time of a chart; None where nobody tells."""
        catalogue = self.oncall.assessment.snapshot.catalogue if self.oncall.assessment else None
        service = self.service_in_hand()
        if catalogue is None or catalogue.signal(service, VERSIONS) is None:
            return None
        return SeriesReading(SignalReading(service, VERSIONS), chart.span, chart.step)

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
        marks = self._marks(assessment, next(iter(readings.values())))
        due = snapshot.at - status.slo.label_delay if status.slo.label_delay else None
        self.query_one(BurnChart).show(curves, _thresholds(status), period, marks=marks, trouble=trouble, due=due)

    def _draw_budget(self, assessment: Assessment, status: SloStatus) -> None:
        from oncall_tui.ui.widgets.budget_chart import BudgetChart

        snapshot, reading = assessment.snapshot, self._budget_reading(status)
        due = snapshot.at - status.slo.label_delay
        counted = isinstance(reading, CountsReading)
        points_of = charts.budget_points if counted else charts.rolling_points
        points = charts.due_by(points_of(snapshot.series(reading), status.slo.objective), due)
        trouble = snapshot.doubt(reading) or ("" if points else "no traffic in this period")
        self.query_one(BudgetChart).show(
            points,
            charts.Period(due - reading.span, due, reading.step),
            name="left" if counted else "left (rolling)",
            exhausted_in=status.exhausted_in,
            marks=self._marks(assessment, reading),
            trouble=trouble,
        )

    def _marks(self, assessment: Assessment, chart: SeriesReading | CountsReading) -> list[charts.Mark]:
        """When the alerts that speak of this SLO began, and when a version of its service came."""
        reading = self._versions_reading(chart)
        changes = version_changes(assessment.snapshot.series(reading)) if reading else ()
        marks = [charts.Mark(at, version, Role.ACCENT) for at, version in changes]
        own = self.alerts_in_hand()
        return marks + [charts.Mark(s.alert.starts_at, "alert", Role.WARN) for s in own if s.alert.starts_at]

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
        self.query_one("#scroll").scroll_relative(y=step, animate=False, immediate=True)

    def service_in_hand(self) -> str:
        """The SLO's service."""
        return self._slo_id.partition("/")[0]

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The alerts that speak of this SLO."""
        return self.oncall.assessment.alerts_of_slo(self._slo_id) if self.oncall.assessment else ()

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO."""
        return self.oncall.assessment.slo(self._slo_id) if self.oncall.assessment else None


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
