"""SLOs that Pyrra records, with its generic rules or without."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from oncall_tui.core.burn import DAY, Severity, Tier
from oncall_tui.core.duration import name_duration, parse_duration
from oncall_tui.core.findings import FoundService, FoundSlo
from oncall_tui.core.slo import SloKind
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.discovery.labels import grouped_by, matchers, named_by, plain_name, usable, varying
from oncall_tui.sources.prometheus.discovery.rules import Rules
from oncall_tui.sources.prometheus.discovery.windows import fit, spelt, told_tiers
from oncall_tui.sources.prometheus.printing import Unwritable, matcher_text
from oncall_tui.sources.prometheus.tree import kind, parse, selectors

OBJECTIVE, PERIOD = "pyrra_objective", "pyrra_window"
DEFAULT_PERIOD = 28 * DAY

_NAME = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*:(burnrate|increase|count|sum))(\d[0-9a-z]*)\Z", re.ASCII)
_TABLE = (
    (Severity.PAGE, 14, 672, 8_064),
    (Severity.PAGE, 7, 112, 1_344),
    (Severity.TICKET, 2, 28, 336),
    (Severity.TICKET, 1, 7, 112),
)
"""Pyrra's alerts: factor, and what the period is divided by for the long and the short window."""


@dataclass(slots=True)
class Recorded:
    """What is recorded of one SLO. burn: prefix -> seconds -> metric. counts: metric -> the `le` it has ('' none)."""

    burn: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    counts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    values: dict[str, float] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        """The prefix of its burn rates, '' if it has none; of several, the one with most windows."""
        return max(self.burn, key=lambda prefix: (len(self.burn[prefix]), prefix), default="")

    @property
    def windows(self) -> dict[int, str]:
        """Its burn rates: seconds -> metric."""
        return self.burn.get(self.prefix, {})

    @property
    def shortest(self) -> str | None:
        """The metric of the shortest window."""
        return self.windows[min(self.windows)] if self.windows else None


def recorded_slos(metadata: Iterable[Row], counted: Iterable[Row]) -> dict[str, Recorded]:
    """By the value of the label slo. counted: how many series each (metric, slo, le) has."""
    found: dict[str, Recorded] = defaultdict(Recorded)
    for row in counted:
        of, name = row.labels.get("slo", ""), row.labels.get("__name__", "")
        match = _NAME.match(name)
        if match is None:
            continue
        try:
            window = parse_duration(match[3])
        except ValueError:
            continue
        if match[2] == "burnrate":
            found[of].burn[match[1]][window] = name
        else:
            found[of].counts[name].add(row.labels.get("le", ""))
    for row in metadata:
        of, name = row.labels.get("slo", ""), row.labels.get("__name__", "")
        if name in (OBJECTIVE, PERIOD) and row.points and of in found:
            found[of].values[name] = row.points[-1][1]
    return {slo: recorded for slo, recorded in sorted(found.items()) if slo and recorded.burn}


def pyrra_services(
    slos: Mapping[str, Recorded], series: Mapping[str, list[Row]], rules: Rules
) -> tuple[list[FoundService], list[str]]:
    """A service for each SLO, and what is left out. series: those of the shortest window, by the label slo."""
    services, left_out = [], []
    for name, recorded in slos.items():
        rows = series.get(name, [])
        by = _groups(name, recorded, rows, rules)
        slo = _slo(name, recorded, by, rules) if usable(name) else "its name cannot be used"
        if isinstance(slo, str):
            left_out.append(f"Pyrra's {name}: {slo}")
            continue
        shared = {label: text for label, text in (rows[0].labels if rows else {}).items() if label not in by}
        owner = named_by({label: text for label, text in shared.items() if usable(text)}) or ("slo", name)
        services.append(FoundService(owner[1], (owner,), slos=(slo,)))
    return services, left_out


def _slo(name: str, recorded: Recorded, by: tuple[str, ...], rules: Rules) -> FoundSlo | str:
    """The SLO, or why it is left out."""
    pairs = rules.pairs.get(("slo", name), [])
    objective = recorded.values.get(OBJECTIVE, 1 - pairs[0].budget if pairs else math.nan)
    objective = float(f"{objective:.9g}")
    if not 0 < objective < 1:
        return f"no objective between 0 and 100%, neither in {OBJECTIVE} nor in its alerts"
    if strange := [label for label in by if not plain_name(label)]:
        return f"it is grouped by {strange[0]!r}, which is no plain label name"
    period, remarks = _period(recorded)
    fitting = spelt(recorded.windows, recorded.prefix)
    tiers = fit(period, fitting, told_tiers(pairs, recorded.windows, period) or pyrra_tiers(period))
    if tiers.hopeless:
        return f"none of the windows its burn tiers need is recorded; there are {', '.join(recorded.windows.values())}"
    own = matchers((("slo", name),))
    over_period, said, about = _over_period(name, recorded, period, own, rules)
    return FoundSlo(
        name=name,
        objective=objective,
        period=period,
        error_ratio=f"{recorded.prefix}$window{{{own}}}",
        period_error_ratio=over_period,
        by=by,
        tiers=tiers.tiers,
        kind=about,
        origin="Pyrra",
        remarks=(*remarks, *tiers.remarks, *said),
    )


def pyrra_tiers(period: int) -> tuple[Tier, ...]:
    """The tiers that Pyrra makes of a period, rounded to minutes as it does."""

    def minutes(divisor: int) -> int:
        return max(60, math.floor(period / divisor / 60 + 0.5) * 60)

    return tuple(
        Tier(severity, minutes(long), minutes(short), float(f"{factor * minutes(long) / period:.6g}"))
        for severity, factor, long, short in _TABLE
    )


def _period(recorded: Recorded) -> tuple[int, tuple[str, ...]]:
    """In seconds: as recorded, else the longest that is counted over, else Pyrra's usual one."""
    seconds = recorded.values.get(PERIOD, math.nan)
    if 1 <= seconds < 3_650 * DAY:
        return round(seconds), ()
    counted = [_window(name) for name in recorded.counts]
    if counted and max(counted) > max(recorded.windows):
        return max(counted), ()
    return DEFAULT_PERIOD, (f"the period is not recorded ({PERIOD}): 28d is what Pyrra's examples have",)


def _window(name: str) -> int:
    match = _NAME.match(name)
    return parse_duration(match[3]) if match else 0


def _groups(name: str, recorded: Recorded, rows: list[Row], rules: Rules) -> tuple[str, ...]:
    query = rules.recorded.get((recorded.shortest or "", ("slo", name)), "")
    carried = {label for row in rows for label in row.labels}
    return tuple(sorted((varying(rows) | (grouped_by(query) & carried)) - {"slo"}))


def _over_period(
    name: str, recorded: Recorded, period: int, own: str, rules: Rules
) -> tuple[str, tuple[str, ...], SloKind | None]:
    """The ratio over the whole period, from what is counted over it, what to know of it, and what the SLO is about.

    A sum over no error is no result: where errors are picked from the very series that all events are, it is 0.
    """
    counted = {metric: bounds for metric, bounds in recorded.counts.items() if _window(metric) == period}
    suffixes = {_NAME.sub(r"\2", metric): metric for metric in counted}
    if {"count", "sum"} <= suffixes.keys():
        total, good = (f"sum({suffixes[part]}{{{own}}})" for part in ("count", "sum"))
        return f"({total} - {good}) / {total}", (), None
    bounded = [(metric, le) for metric, bounds in counted.items() for le in bounds if le]
    if len(bounded) == 1 and "" in counted[bounded[0][0]]:
        metric, le = bounded[0]
        total = f'sum({metric}{{{own},le=""}})'
        return f"({total} - sum({metric}{{{own},{matchers((('le', le),))}}})) / {total}", (), SloKind.LATENCY
    errors = _errors(rules.recorded.get((recorded.shortest or "", ("slo", name)), ""))
    base = recorded.prefix.removesuffix("burnrate")
    total_metric = next((metric for metric in counted if metric.startswith(f"{base}increase")), None)
    if errors is not None and total_metric is not None and not bounded:
        error_metric, picked = errors
        total = f"sum({total_metric}{{{own}}})"
        if error_metric is None:
            seen = f"(sum({total_metric}{{{own}{picked}}}) or {total} * 0)"
            return f"{seen} / {total}", (), SloKind.AVAILABILITY
        other = next((metric for metric in counted if metric.startswith(f"{error_metric}:increase")), None)
        if other is not None:
            return f"sum({other}{{{own}}}) / {total}", (), SloKind.AVAILABILITY
    remark = (
        "nothing tells how it counts over the period: this is the mean of the short ratios, not weighted by traffic"
    )
    mean = f"avg_over_time({recorded.shortest}{{{own}}}[{name_duration(period)}])"
    return mean, (remark,), SloKind.LATENCY if bounded else None


def _errors(query: str) -> tuple[str | None, str] | None:
    """How a rule picks errors: by a metric of their own (its stem), or by matchers in that of all events (',x="y"')."""
    node = parse(query) if query else None
    if node is None or kind(node) != "BinaryExpr" or str(node.op) != "/":
        return None
    errors, totals = selectors(node.lhs), selectors(node.rhs)
    if len(errors) != 1 or len(totals) != 1 or not errors[0].name or not totals[0].name:
        return None
    try:
        every = {matcher_text(one) for one in totals[0].matchers.matchers}
        picked = [text for one in errors[0].matchers.matchers if (text := matcher_text(one)) not in every]
    except Unwritable:
        return None
    if errors[0].name == totals[0].name:
        return (None, "," + ",".join(picked)) if picked else None
    return re.sub(r"_(total|count|bucket)\Z", "", str(errors[0].name)), ""
