"""What the poller and the actions ask of the outside world. Sources implement these; nothing here does I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from oncall_tui.core.alert_rule import AlertRule, RuleCurves
from oncall_tui.core.alerts import Alert, AlertBoard, Silence, SilenceDraft
from oncall_tui.core.canary import CanaryResult
from oncall_tui.core.catalogue import Catalogue, Endpoint
from oncall_tui.core.inputs import Inputs
from oncall_tui.core.pagers import Found, PagedAlert, PagedIncident, PagerOutcome
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Cost, Grouped, Reading, Readout
from oncall_tui.core.recurrence import Recurrence
from oncall_tui.core.slo import Slo


class RuleSource(Protocol):
    """A Prometheus as far as one alert goes, looked at by a person."""

    name: str
    url: str

    async def alert_rule(self, labels: Mapping[str, str]) -> AlertRule | None:
        """The rule that raised an alert with these labels; None where none fits. Raises SourceError."""
        ...

    async def rule_curves(
        self, expression: str, labels: Mapping[str, str], start: float, end: float, step: int
    ) -> RuleCurves:
        """What an alert's expression compares, from start to end (unix seconds), a point every step seconds.

        labels: the alert's; series of others are left out. Raises SourceError.
        """
        ...

    async def recurrence(self, labels: Mapping[str, str], at: float) -> Recurrence | None:
        """How often an alert with these labels began in the 30 days before `at` (unix seconds).

        None where it has no record of it. Raises SourceError.
        """
        ...


class MetricsSource(RuleSource, Protocol):
    """A Prometheus, or what stands in for one. version: as it says itself, '' until it has."""

    version: str

    async def read(self, readings: Sequence[Reading], now: float) -> Readout:
        """Answer every reading as of now (unix seconds). One failing reading fails alone.

        Raises SourceError only when the source as a whole gave nothing.
        """
        ...

    async def greet(self, now: float) -> Readout:
        """Ask nothing but whether questions are answered at all. Raises SourceError."""
        ...

    async def cost(self, readings: Sequence[Reading], now: float) -> Cost:
        """What a poll of all these readings costs, by asking them once. Raises SourceError as read does."""
        ...

    async def groups(self, slos: Sequence[Slo], now: float) -> Mapping[str, Grouped]:
        """The members of grouped SLOs, by the template's id; one that could not be asked for is left out.

        Raises SourceError only when the source as a whole gave nothing.
        """
        ...

    def adopt(self, catalogue: Catalogue) -> None:
        """Answer for this catalogue from now on."""
        ...

    async def pending_alerts(self) -> tuple[Alert, ...]:
        """Alerts whose condition holds but which do not fire yet. Raises SourceError."""
        ...

    async def close(self) -> None:
        """Let go of connections and threads."""
        ...


class AlertSource(Protocol):
    """An Alertmanager, or what stands in for one."""

    name: str
    url: str

    async def board(self) -> AlertBoard:
        """Alerts, groups and silences as of now; expired ones apart. Raises SourceError."""
        ...

    async def post_silence(self, draft: SilenceDraft) -> str:
        """Make the silence; its id. Raises SourceError."""
        ...

    async def silence(self, silence_id: str) -> Silence | None:
        """Read one silence back; None if there is none of that id. Raises SourceError."""
        ...

    async def expire_silence(self, silence_id: str) -> None:
        """End it now; ending an ended one is no error. Raises SourceError."""
        ...

    async def alert(self, fingerprint: str, labels: Mapping[str, str]) -> Alert | None:
        """Read one alert back; None when it fires no more. Raises SourceError."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Prober(Protocol):
    """Asks model endpoints how they are."""

    async def probe(self, endpoint: Endpoint) -> Probe:
        """One look. Never raises: what goes wrong is in the Probe."""
        ...

    async def canary(self, endpoint: Endpoint) -> CanaryResult:
        """Ask the endpoint's canary, which it must have. Never raises; asked too soon, it gives the last result."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Pager(Protocol):
    """What rings somebody's phone. kind: as people know it ('PagerDuty')."""

    name: str
    kind: str

    async def find(self, alerts: Sequence[PagedAlert]) -> tuple[Found, ...]:
        """What it has open for each alert, in their order. Nothing is changed. Raises SourceError."""
        ...

    async def acknowledge(self, incident: PagedIncident, paged: PagedAlert, author: str, note: str) -> PagerOutcome:
        """Acknowledge an incident that find gave for the alert, and read it back where that is possible.

        Raises SourceError when it was not done, or nobody can tell.
        """
        ...

    async def greet(self) -> str | None:
        """Ask for what changes nothing; what there is, in words. None where nothing can be asked but to page.

        Raises SourceError.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class NotARule(Exception):
    """Why an SLO cannot become rules, in a few words."""


class SliQueries(Protocol):
    """How SLIs become PromQL for rules. Those of a grouped SLO give one series for each of its groups."""

    def ratio(self, slo: Slo, window: int) -> str:
        """The error ratio over a window (seconds). Raises NotARule."""
        ...

    def events(self, slo: Slo, window: int) -> str | None:
        """The number of all events in a window (seconds), None where the SLI counts none. Raises NotARule."""
        ...

    def inputs(self, slo: Slo, rate: float) -> Inputs:
        """What drives the SLI in a test of its rules. rate: events a second, if it counts any."""
        ...
