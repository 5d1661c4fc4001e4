"""The drift of one service: every feature, the one to look at first in front."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus
from oncall_tui.ui.render import drift as drift_render
from oncall_tui.ui.render.empties import NO_DRIFT
from oncall_tui.ui.render.explain import Explanation, explain_signals
from oncall_tui.ui.render.spans import Role, join, outside, span, state_badge
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable


class DriftScreen(OncallScreen):
    """One row a feature; enter shows both its distributions."""

    NAME = "models"
    HELP_TEXT = (
        "One row a feature, the one to look at first in front. PSI is its distance from the reference; NOISE is what "
        "chance alone stays below 99 times in 100 with that many EVENTS now and IN REF. '? TOO FEW' rests on too few "
        "events to say anything; '· noise' cannot be told from chance, and is small; '? NOISE' cannot be told from "
        "chance, and chance alone would reach the threshold. MEAN is by how many standard deviations the mean moved, "
        "WEIGHS the feature's share of importance. A gauge's drift has its value alone."
    )
    HINTS = (("open", "distributions"), ("back", "back"), ("explain", "explain"), ("investigate", "investigate"))
    DEFAULT_CSS = """
    DriftScreen #facts { height: auto; padding: 0 1; }
    DriftScreen #why { height: auto; padding: 0 1; border-top: solid $surface-lighten-1; }
    """
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def body(self) -> Iterable[Widget]:
        """The service in a line or two, and its features."""
        yield Lines(id="facts")
        yield LiveTable(id="features")
        yield Lines(id="why")

    def on_unmount(self) -> None:
        """Nobody looks at these sparklines any more."""
        self.oncall.watch_readings("drift", [])

    def draw(self, assessment: Assessment) -> None:
        """One row a feature."""
        status = assessment.service(self._service)
        if status is None:
            self.query_one("#facts", Lines).show([span("This service is no longer configured.", Role.UNKNOWN)])
            self.query_one(LiveTable).show(drift_render.table(assessment, (), self.oncall.lookback, ()))
            return
        self.oncall.watch_readings("drift", drift_render.drift_readings(status, self.oncall.lookback))
        worst = drift_render.worst_drift(status)
        head = [outside(f"{self._service} drift", Role.STRONG)]
        head += [state_badge(worst.state), outside(worst.reason, Role.MUTED)] if worst else []
        facts = [join(head), *drift_render.references(assessment, status)]
        self.query_one("#facts", Lines).show(facts)
        rows = drift_render.features_of(status)
        empty = self.empty(NO_DRIFT)
        self.query_one(LiveTable).show(drift_render.table(assessment, rows, self.oncall.lookback, empty))
        self._draw_why()

    def on_live_table_highlighted(self) -> None:
        """Another feature: why it stands as it does."""
        self._draw_why()

    def _draw_why(self) -> None:
        """The feature under the cursor in words, for which a narrow table has no room."""
        feature = self._feature()
        self.query_one("#why", Lines).show([drift_render.why(feature)] if feature else [])

    def _feature(self) -> drift_render.Feature | None:
        status, key = self._status(), self.query_one(LiveTable).cursor
        return next((one for one in drift_render.features_of(status) if one.key == key), None) if status else None

    def on_live_table_opened(self) -> None:
        """Both distributions of the feature; of one that a gauge tells there are none."""
        from oncall_tui.ui.screens.feature import FeatureScreen

        feature = self._feature()
        if feature is None or feature.computed is None:
            self.oncall.complain("a gauge tells this drift: there are no distributions to show, only its value")
        else:
            self.app.push_screen(FeatureScreen(self._service, feature.key))

    def explanation(self) -> Explanation | None:
        """The drift signals, the worst first."""
        assessment, status = self.oncall.assessment, self._status()
        if assessment is None or status is None:
            return None
        return explain_signals(assessment, self._service, drift_render.drifts_of(status))

    def service_in_hand(self) -> str:
        """The service."""
        return self._service

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """Its alerts that speak of the feature under the cursor."""
        status, key = self._status(), self.query_one(LiveTable).cursor
        if status is None or not isinstance(key, tuple):
            return ()
        return drift_render.alerts_of(status, str(key[1]))

    def action_back(self) -> None:
        """Back to where it was opened from."""
        self.app.pop_screen()

    def _status(self) -> ServiceStatus | None:
        return self.oncall.assessment.service(self._service) if self.oncall.assessment else None
