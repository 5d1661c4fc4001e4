"""One feature: its distribution now beside that of its reference, and what its distances rest on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget

from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus
from oncall_tui.ui.keys import FEATURE_KEYS
from oncall_tui.ui.render import drift as drift_render
from oncall_tui.ui.render import feature as feature_render
from oncall_tui.ui.render.explain import Explanation, explain_signals
from oncall_tui.ui.render.spans import Role, span
from oncall_tui.ui.screens.base import OncallScreen
from oncall_tui.ui.widgets.lines import Lines


class FeatureScreen(OncallScreen):
    """The chart on top, the figures below; left and right go to the service's other features, worst first."""

    NAME = "models"
    HELP_TEXT = (
        "For every bin, the share of the reference's events (striped) beside that of now (solid). Below: four "
        "distances on the same bins, how many events they rest on, what chance alone would give, and their age. "
        "PSI is judged; Jensen-Shannon is in bits (0..1), Kolmogorov-Smirnov the largest gap between the cumulative "
        "shares, Wasserstein how far the mass moved in the feature's own unit."
    )
    HINTS = (("back", "back"), ("next_feature", "next feature"), ("explain", "explain"), ("window", "window"))
    DEFAULT_CSS = """
    FeatureScreen #head { height: auto; padding: 0 1; }
    FeatureScreen DistributionView { height: 1fr; min-height: 6; padding: 0 1; }
    FeatureScreen #scroll { height: auto; max-height: 50%; border-top: solid $surface-lighten-1; }
    FeatureScreen #figures { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *FEATURE_KEYS,
        Binding("j,down", "scroll(1)", "Scroll down", show=False),
        Binding("k,up", "scroll(-1)", "Scroll up", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = "#scroll"

    def __init__(self, service: str, key: tuple[str, str]) -> None:
        super().__init__()
        self._service, self._key = service, key

    def body(self) -> Iterable[Widget]:
        """Head, chart, figures."""
        from oncall_tui.ui.widgets.distribution_view import DistributionView

        yield Lines(id="head")
        yield DistributionView()
        with VerticalScroll(id="scroll"):
            yield Lines(id="figures")

    def on_unmount(self) -> None:
        """Nobody looks at this sparkline any more."""
        self.oncall.watch_readings("feature", [])

    def draw(self, assessment: Assessment) -> None:
        """Everything about the feature."""
        from oncall_tui.ui.widgets.distribution_view import DistributionView

        feature = next((one for one in self._features() if one.key == self._key), None)
        view = self.query_one(DistributionView)
        if feature is None:
            gone = "This feature is no longer seen, neither now nor in its reference."
            self.query_one("#head", Lines).show([span(gone, Role.UNKNOWN)])
            self.query_one("#figures", Lines).show([])
            view.show(None)
            return
        lookback = self.oncall.lookback
        self.oncall.watch_readings("feature", [drift_render.drift_series(feature.signal, lookback)])
        self.query_one("#head", Lines).show(feature_render.head(feature))
        view.show(feature_render.distribution(feature))
        width = self.size.width - 4
        self.query_one("#figures", Lines).show(feature_render.figures_of(assessment, feature, lookback, width))

    def explanation(self) -> Explanation | None:
        """The signal that the feature belongs to."""
        assessment, status = self.oncall.assessment, self._status()
        if assessment is None or status is None:
            return None
        own = tuple(one for one in status.signals if one.signal.name == self._key[0])
        return explain_signals(assessment, self._service, own) if own else None

    def service_in_hand(self) -> str:
        """The service."""
        return self._service

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The service's alerts that speak of the feature."""
        status = self._status()
        return drift_render.alerts_of(status, self._key[1]) if status else ()

    def action_back(self) -> None:
        """Back to the list of features."""
        self.app.pop_screen()

    def action_step(self, step: int) -> None:
        """Another feature of the service."""
        keys = [one.key for one in self._features()]
        if keys:
            here = keys.index(self._key) if self._key in keys else 0
            self._key = keys[(here + step) % len(keys)]
            self.update()

    def action_scroll(self, step: int) -> None:
        """Scroll the figures."""
        self.query_one("#scroll").scroll_relative(y=step, animate=False, immediate=True)

    def _features(self) -> list[drift_render.Feature]:
        """Those whose drift is computed."""
        status = self._status()
        return [one for one in drift_render.features_of(status) if one.computed is not None] if status else []

    def _status(self) -> ServiceStatus | None:
        return self.oncall.assessment.service(self._service) if self.oncall.assessment else None
