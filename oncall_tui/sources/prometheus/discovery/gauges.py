"""Feature freshness, drift and accuracy gauges, known by the names that people give them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from oncall_tui.core.catalogue import ServiceKind, SignalKind
from oncall_tui.core.findings import FoundService, FoundSignal, Identity
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery.attached import covered
from oncall_tui.sources.prometheus.discovery.labels import matchers, named_by, usable

MEMBERS = ("feature", "feature_name", "feature_view", "column", "column_name", "table", "pipeline")
"""Labels that tell one feature from another, best first."""

OWNERS = ("service", "model_name", "model", "deployment", "job")

_PLAIN = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*\Z")
_YOURS = "warn and crit are yours to set"
_PSI = "warn at 0.1 and crit at 0.25 are what PSI is commonly held to mean"


@dataclass(frozen=True, slots=True)
class Convention:
    """Metrics whose whole name matches pattern."""

    pattern: str
    name: str
    kind: SignalKind
    service: ServiceKind
    warn: float | None = None
    crit: float | None = None
    remark: str = _YOURS
    unit: str = ""
    lowest: bool = False


_OTHER_DRIFT = "not a PSI: 0.1 is this program's warning for any drift, set what fits the method"
_FLAG = "1 says that the detector sees drift"
_EVIDENTLY = "what Evidently exports here may be a share, a distance or a p-value: set kind, good, warn and crit to fit"

CONVENTIONS: tuple[Convention, ...] = (
    Convention("feast_feature_freshness_seconds", "freshness", SignalKind.FRESHNESS, ServiceKind.FEATURE_STORE,
               remark="seconds since the last materialization, as Feast tells; warn and crit are yours to set"),
    Convention("feature_freshness_seconds", "freshness", SignalKind.FRESHNESS, ServiceKind.FEATURE_STORE),
    Convention("pipeline_freshness_seconds", "freshness", SignalKind.FRESHNESS, ServiceKind.PIPELINE),
    Convention(".+_freshness_seconds", "freshness", SignalKind.FRESHNESS, ServiceKind.OTHER),
    Convention("feature_drift_psi|drift_watchdog_psi|ml_feature_drift_psi", "drift", SignalKind.DRIFT,
               ServiceKind.MODEL, 0.1, 0.25, _PSI),
    Convention("drift_watchdog_feature_drift", "drift-seen", SignalKind.DRIFT, ServiceKind.MODEL, 0.5, remark=_FLAG),
    Convention("drift_watchdog_ks_statistic", "drift-ks", SignalKind.DRIFT, ServiceKind.MODEL, remark=_OTHER_DRIFT),
    Convention("ml_feature_drift_score|ml_prediction_drift_score", "drift", SignalKind.DRIFT, ServiceKind.MODEL,
               remark=_OTHER_DRIFT),
    Convention("evidently:.*drift.*", "drift-evidently", SignalKind.OTHER, ServiceKind.MODEL, remark=_EVIDENTLY),
    Convention("model_accuracy_ratio", "accuracy", SignalKind.ACCURACY, ServiceKind.MODEL, lowest=True),
)  # fmt: skip


def query() -> str:
    """Every gauge there is, by the labels that name it."""
    names = "|".join(c.pattern for c in CONVENTIONS)
    return f'count by (__name__, {", ".join(dict.fromkeys((*OWNERS, *MEMBERS)))}) ({{__name__=~"{names}"}})'


def gauge_services(rows: Iterable[Row]) -> list[FoundService]:
    """A service for each gauge of each owner, but for those that a recipe makes more of."""
    recipes = covered()
    found: dict[tuple[int, str, Identity], list[Row]] = defaultdict(list)
    for row in rows:
        name = row.labels.get("__name__", "")
        known = next((i for i, one in enumerate(CONVENTIONS) if re.fullmatch(one.pattern, name)), None)
        owner = named_by({label: text for label, text in row.labels.items() if usable(text)}, OWNERS)
        if known is not None and _PLAIN.match(name) and name not in recipes:
            found[known, name, (owner,) if owner else ()].append(row)
    return [_service(CONVENTIONS[known], name, own, members) for (known, name, own), members in sorted(found.items())]


def _service(convention: Convention, metric: str, own: Identity, rows: list[Row]) -> FoundService:
    by = next((label for label in MEMBERS if any(row.labels.get(label) for row in rows)), "")
    clause = f" by ({by}) " if by else ""
    selector = f"{{{matchers(own)}}}"
    query = f"{'min' if convention.lowest else 'max'}{clause}({metric}{selector})"
    signal = FoundSignal(
        name=convention.name,
        kind=convention.kind,
        query=query,
        by=by,
        unit=convention.unit,
        warn=convention.warn,
        crit=convention.crit,
        remark=convention.remark,
    )
    return FoundService(own[0][1] if own else metric, own, convention.service, signals=(signal,))
