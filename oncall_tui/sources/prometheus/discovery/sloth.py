"""SLOs that rules record under Sloth's names: its own, and those of whoever writes them too."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oncall_tui.core.burn import DAY
from oncall_tui.core.duration import name_duration
from oncall_tui.core.findings import FoundService, FoundSlo
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery.labels import grouped_by, matchers, plain_name, usable, varying
from oncall_tui.sources.prometheus.discovery.rules import Rules
from oncall_tui.sources.prometheus.discovery.windows import fit, spelt, told_tiers, window_of
from oncall_tui.sources.prometheus.recorded import PREFIX

INFO, PERIOD, OBJECTIVE = "sloth_slo_info", "slo:time_period:days", "slo:objective:ratio"
DEFAULT_PERIOD = 30 * DAY

_SLOTHS_OWN = ("__name__", "sloth_id", "sloth_service", "sloth_slo", "sloth_window")
_ABOUT_SLOTH = ("sloth_version", "sloth_mode", "sloth_spec", "sloth_objective")


@dataclass(slots=True)
class Recorded:
    """What is recorded of one SLO. windows: seconds -> metric. values: of its metadata, by metric."""

    windows: dict[int, str] = field(default_factory=dict)
    info: Mapping[str, str] | None = None
    values: dict[str, float] = field(default_factory=dict)

    @property
    def shortest(self) -> str | None:
        """The metric of the shortest window."""
        return self.windows[min(self.windows)] if self.windows else None


def recorded_slos(metadata: Iterable[Row], counted: Iterable[Row]) -> dict[str, Recorded]:
    """By Sloth's id. counted: how many series each (metric, id) has."""
    found: dict[str, Recorded] = defaultdict(Recorded)
    for row in counted:
        window = window_of(name := row.labels.get("__name__", ""), PREFIX)
        if window is None:
            continue
        names = found[row.labels.get("sloth_id", "")].windows
        # Of two names for one window, the one that $window makes.
        if window not in names or name == PREFIX + name_duration(window):
            names[window] = name
    for row in metadata:
        of, name = row.labels.get("sloth_id", ""), row.labels.get("__name__", "")
        if of and name == INFO:
            found[of].info = row.labels
        elif of and name in (PERIOD, OBJECTIVE) and row.points:
            found[of].values[name] = row.points[-1][1]
    return {sloth_id: recorded for sloth_id, recorded in sorted(found.items()) if sloth_id}


def sloth_services(
    slos: Mapping[str, Recorded], series: Mapping[str, list[Row]], rules: Rules
) -> tuple[list[FoundService], list[str]]:
    """A service for each SLO, and what is left out. series: those of the shortest window, by id."""
    services, left_out = [], []
    for sloth_id, recorded in slos.items():
        rows = series.get(sloth_id, [])
        labels = recorded.info or (rows[0].labels if rows else {})
        service, name = labels.get("sloth_service", ""), labels.get("sloth_slo", "")
        if not (service and name and usable(sloth_id, service, name)):
            left_out.append(f"Sloth's {sloth_id}: no labels sloth_service and sloth_slo that can be used")
            continue
        slo = _slo(sloth_id, name, recorded, rows, rules)
        if isinstance(slo, str):
            left_out.append(f"Sloth's {sloth_id}: {slo}")
            continue
        services.append(FoundService(service, (("sloth_service", service),), slos=(slo,)))
    return services, left_out


def _slo(sloth_id: str, name: str, recorded: Recorded, rows: list[Row], rules: Rules) -> FoundSlo | str:
    """The SLO, or why it is left out."""
    if not recorded.windows:
        return "its error ratios are not recorded, or not now"
    objective = _objective(recorded)
    if objective is None:
        return f"no objective between 0 and 100% in {INFO} or {OBJECTIVE}"
    remarks = []
    days = recorded.values.get(PERIOD, math.nan)
    known = 1 <= days * DAY < 3_650 * DAY
    period = round(days * DAY) if known else DEFAULT_PERIOD
    if not known:
        remarks.append(f"the period is not recorded ({PERIOD}): 30d is Sloth's default")
    fitting = spelt(recorded.windows, PREFIX)
    told = told_tiers(rules.pairs.get(("sloth_id", sloth_id), ()), recorded.windows, period)
    tiers = fit(period, fitting, told)
    if tiers.hopeless:
        return f"none of the windows its burn tiers need is recorded; there are {', '.join(recorded.windows.values())}"
    own = matchers((("sloth_id", sloth_id),))
    by, doubt = _groups(sloth_id, recorded, rows, rules)
    if doubt:
        return doubt
    over_period, said = _over_period(recorded, period, fitting, own)
    return FoundSlo(
        name=name,
        objective=objective,
        period=period,
        error_ratio=f"{PREFIX}$window{{{own}}}",
        period_error_ratio=over_period,
        by=by,
        tiers=tiers.tiers,
        labels=_labels(recorded),
        origin="Sloth",
        remarks=(*remarks, *tiers.remarks, *said),
    )


def _objective(recorded: Recorded) -> float | None:
    """Rounded to what a person would write: the recorded ratio carries the noise of binary fractions."""
    try:
        ratio = float((recorded.info or {})["sloth_objective"]) / 100
    except (KeyError, ValueError):
        ratio = recorded.values.get(OBJECTIVE, math.nan)
    return float(f"{ratio:.9g}") if 0 < float(f"{ratio:.9g}") < 1 else None


def _over_period(recorded: Recorded, period: int, fitting: set[int], own: str) -> tuple[str, tuple[str, ...]]:
    """The expression for the whole period where $window does not make it, and what to know of it."""
    if period in recorded.windows:
        # The history of an SLO is looked for in its 5m series, else in this one.
        return ("", ()) if {period, 300} <= fitting else (f"{recorded.windows[period]}{{{own}}}", ())
    remark = "the ratio over the period is not recorded: this is the mean of the short ones, not weighted by traffic"
    return f"avg_over_time({recorded.shortest}{{{own}}}[{name_duration(period)}])", (remark,)


def _groups(sloth_id: str, recorded: Recorded, rows: list[Row], rules: Rules) -> tuple[tuple[str, ...], str]:
    """The labels by which the SLO is grouped, and why it cannot be used."""
    labels = varying(rows)
    carried = {label for row in rows for label in row.labels}
    query = rules.recorded.get((recorded.shortest or "", ("sloth_id", sloth_id)))
    if query is not None:
        labels |= grouped_by(query) & carried
    elif recorded.info is not None:
        labels |= carried - {*recorded.info}
    by = tuple(sorted(labels - {*_SLOTHS_OWN}))
    strange = [label for label in by if not plain_name(label)]
    return by, f"it is grouped by {strange[0]!r}, which is no plain label name" if strange else ""


def _labels(recorded: Recorded) -> dict[str, str]:
    """The labels its author gave."""
    unwanted = {*_SLOTHS_OWN, *_ABOUT_SLOTH}
    found = sorted((recorded.info or {}).items())
    return {name: text for name, text in found if name not in unwanted and plain_name(name) and usable(text)}
