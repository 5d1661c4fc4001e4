"""One SLO with the figures a test wants, assessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.burn import DAY, HOUR, Severity
from oncall_tui.core.catalogue import Catalogue, Service, ServiceKind
from oncall_tui.core.readings import Failed, HistoryReading, NoData, Origin, Provenance, Reading, Sample, SliReading
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.ui.render.spans import Line, plain

NOW = 1_795_500_000.0
MONTH = 30 * DAY
HERE = Provenance("prom", 'sum(rate(http_requests_total{code="500"}[1h]))', Origin.RAW)
PROM = SourceHealth("prom", SourceKind.PROMETHEUS, "http://prom:9090", 15, NOW)
ALERTMANAGER = SourceHealth("am", SourceKind.ALERTMANAGER, "http://am:9093", 15, NOW)
SLI = EventsSli("sum(rate(http_requests_total[$window]))", 'sum(rate(http_requests_total{code="500"}[$window]))')
SLO = Slo(
    "ranker",
    "availability",
    SloKind.AVAILABILITY,
    0.999,
    MONTH,
    SLI,
    consequences={Severity.PAGE: "freeze deploys", Severity.TICKET: "plan a fix"},
)
CALM: Mapping[int, float] = dict.fromkeys(SLO.windows, 0.0002)
BURNING: Mapping[int, float] = {**CALM, 300: 0.02, HOUR: 0.0149}
NOTHING = NoData("no traffic", NOW, HERE)


def assessed(
    ratios: Mapping[int, float] = CALM,
    slo: Slo = SLO,
    *,
    trouble: Mapping[int, NoData | Failed] | None = None,
    totals: Mapping[int, float] | None = None,
    alerts: tuple[Alert, ...] = (),
    since: float | None = None,
    prometheus: SourceHealth = PROM,
    alertmanager: SourceHealth | None = ALERTMANAGER,
) -> tuple[Assessment, SloStatus]:
    """The SLO with these last error ratios by window, these troubles since, and as many events as totals says."""
    figures: dict[Reading, Figure] = {}
    for window in slo.windows:
        value = Sample(ratios[window], NOW - 4, HERE, (totals or {}).get(window)) if window in ratios else None
        figures[SliReading(slo.id, window)] = Figure(15, "prom", value, (trouble or {}).get(window))
    if since is not None:
        figures[HistoryReading(slo.id)] = Figure(300, "prom", Sample(since, NOW, HERE))
    sources = {"prom": prometheus} | ({"am": alertmanager} if alertmanager else {})
    catalogue = Catalogue((Service("ranker", ServiceKind.MODEL, "ranking", slos=(slo,)),))
    assessment = assess(Snapshot(NOW, catalogue, sources, figures, alerts=alerts))
    status = assessment.slo(slo.id)
    assert status is not None
    return assessment, status


def alert(severity: str = "page", slo: str = "availability", **more: object) -> Alert:
    labels = {"alertname": "RankerBurn", "service": "ranker", "severity": severity, "slo": slo}
    return replace(Alert("am", severity, labels, starts_at=NOW - 720), **more)  # type: ignore[arg-type]


def text(lines: list[Line] | tuple[Line, ...]) -> str:
    return "\n".join(plain(line) for line in lines)
