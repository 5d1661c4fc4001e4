"""Drift: the column of a service, every feature as a row, and what one feature's figures rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus, SignalStatus
from oncall_tui.core.catalogue import Signal, SignalKind
from oncall_tui.core.drift_status import FeatureStatus, Standing
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import SeriesReading, SignalReading
from oncall_tui.core.slo import Side
from oncall_tui.core.state import State
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, fitted, join, outside, span, state_badge

COLUMNS = (
    Column("state", "STATE", 9),
    Column("feature", "FEATURE", 14, grow=2),
    Column("value", "PSI", 6, right=True),
    Column("spark", "", 10, rank=1, grow=4),
    Column("noise", "NOISE", 6, right=True),
    Column("now", "EVENTS", 7, right=True),
    Column("reference", "IN REF", 7, rank=1, right=True),
    Column("shift", "MEAN", 8, rank=2, right=True),
    Column("weight", "WEIGHS", 6, rank=2, right=True),
    Column("js", "JS", 5, rank=3, right=True),
    Column("ks", "KS", 5, rank=3, right=True),
    Column("wasserstein", "WASSER", 9, rank=3, right=True),
    Column("why", "WHY", 18, rank=4, grow=4),
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One row: a member of a drift signal. computed: what it rests on, None where a gauge tells it.

    value: None where there is none. state and reason: of this feature alone.
    """

    signal: Signal
    name: str
    value: float | None
    state: State
    reason: str
    computed: FeatureStatus | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it apart within its service."""
        return self.signal.name, self.name


# The column


def worst_drift(status: ServiceStatus) -> SignalStatus | None:
    """The service's drift signal, the worst if it has several; None if it has none."""
    return min(drifts_of(status), key=lambda signal: signal.state, default=None)


def drift_series(signal: Signal, lookback: Lookback) -> SeriesReading:
    """The reading behind the sparklines of a drift signal."""
    return SeriesReading(SignalReading(signal.service, signal.name), lookback.span, lookback.step)


def drift_readings(status: ServiceStatus, lookback: Lookback) -> list[SeriesReading]:
    """The readings behind all sparklines of a service's drift."""
    return [drift_series(one.signal, lookback) for one in drifts_of(status)]


def drift_cell(assessment: Assessment, status: ServiceStatus, lookback: Lookback, width: int) -> Line:
    """The worst member's drift as a sparkline with its value; '–' where drift is measured but not known."""
    drift = worst_drift(status)
    if drift is None:
        return span("-", Role.MUTED)
    if drift.worst is None:
        few = any(one.standing is Standing.TOO_FEW for one in drift.features)
        return span("too few", Role.UNKNOWN) if few else figures.MISSING
    member, value = drift.worst
    series = assessment.snapshot.series(drift_series(drift.signal, lookback))
    role = _role(next((one for one in drift.features if one.name == member), None), drift.state)
    line = figures.sparkline(series.lines.get(member, ()), max(0, width - 5), role) if series else ()
    return join([line, span(f"{value:4.2f}", role)])


def drifts_of(status: ServiceStatus) -> tuple[SignalStatus, ...]:
    """The service's drift signals."""
    return tuple(signal for signal in status.signals if signal.signal.kind is SignalKind.DRIFT)


def references(assessment: Assessment, status: ServiceStatus) -> list[Line]:
    """For each computed drift, what is compared with what, and how old it is."""
    return [
        join([outside(f"{one.signal.name}:", Role.MUTED), reference_line(assessment, one)])
        for one in drifts_of(status)
        if one.signal.binned is not None
    ]


def reference_line(assessment: Assessment, status: SignalStatus) -> Line:
    """'the last 1h, 12s old, against the same 1h 7d before, asked 3m ago'."""
    binned, values, now = status.signal.binned, status.values, assessment.snapshot.at
    assert binned is not None
    words = f"against {binned.words}"
    if values is None:
        return outside(words, Role.MUTED)
    said = [f"the last {format_duration(binned.window)}, {figures.age(now - values.at)} old, {words}"]
    if binned.end is not None:
        said.append(f"which ended {figures.age(now - binned.end)} ago")
    if values.reference_at is not None and binned.moves:
        said.append(f"asked {figures.age(now - values.reference_at)} ago")
    return outside(", ".join(said), Role.MUTED)


def alerts_of(status: ServiceStatus, feature: str) -> tuple[AlertStatus, ...]:
    """The service's firing and acknowledged alerts that name the feature in one of their labels."""
    loud = (Phase.FIRING, Phase.ACKNOWLEDGED)
    return tuple(one for one in status.alerts if one.phase in loud and feature in one.alert.labels.values())


def _role(feature: FeatureStatus | None, state: State) -> Role:
    """Green is for what was seen to be in bounds, not for what cannot be told from chance."""
    return Role.MUTED if feature is not None and feature.standing is Standing.WITHIN_NOISE else STATE_ROLES[state]


def in_noise(speaker: object) -> bool:
    """Whether it is a drift whose features are all within noise, or unjudged: no news, good or bad."""
    if not isinstance(speaker, SignalStatus) or not speaker.features:
        return False
    counting = [one for one in speaker.features if one.counts]
    return all(one.standing is Standing.WITHIN_NOISE for one in counting)


# Features as rows


def features_of(status: ServiceStatus) -> list[Feature]:
    """Every member of every drift signal of a service, the one to look at first in front.

    A signal of which nothing is known is one row, without a name.
    """
    rows = [feature for signal in drifts_of(status) for feature in _members(signal)]
    return sorted(rows, key=lambda one: one.state)  # stable: each signal's own order stays


def _members(status: SignalStatus) -> Iterator[Feature]:
    signal = status.signal
    if status.values is None:
        yield Feature(signal, "", None, State.UNKNOWN, status.reason)
    elif signal.binned is not None:
        for one in status.features:
            yield Feature(signal, one.name, one.psi, one.state, one.reason, one)
    else:
        ordered = sorted(status.values.values.items(), key=lambda item: item[1], reverse=signal.good is Side.AT_MOST)
        for name, value in ordered:
            yield _gauged(status, name, value)


def _gauged(status: SignalStatus, name: str, value: float) -> Feature:
    """A member that a gauge tells. One that left its past, if it is the one, is as silent as its signal."""
    breach = status.signal.breach(value)
    if breach is not None:
        state, bound = breach
        sign = "<" if status.signal.good is Side.AT_LEAST else ">"
        return Feature(status.signal, name, value, state, f"{value:.3g} {sign} {bound:.3g}")
    if status.left is not None and status.left.member == name:
        return Feature(status.signal, name, value, State.SILENT, status.reason)
    return Feature(status.signal, name, value, State.OK, "in bounds")


def table(assessment: Assessment, features: Iterable[Feature], lookback: Lookback, empty: tuple[Line, ...]) -> Table:
    """The features as a table; the rows' keys are theirs."""
    return Table(COLUMNS, [Row(one.key, _cells(assessment, one, lookback)) for one in features], empty)


def badge(feature: Feature) -> Line:
    """Glyph and word. What is within noise is neither good nor bad, and what rests on too few is not known."""
    computed = feature.computed
    if computed is not None and computed.standing is Standing.TOO_FEW:
        return span("? TOO FEW", Role.UNKNOWN)
    if computed is not None and computed.standing is Standing.WITHIN_NOISE:
        return span("? NOISE", Role.UNKNOWN) if feature.state is State.UNKNOWN else span("· noise", Role.MUTED)
    return state_badge(feature.state)


def why(feature: Feature) -> Line:
    """A feature in words."""
    return join([badge(feature), outside(feature.name or feature.signal.name, Role.STRONG), outside(feature.reason)])


def _cells(assessment: Assessment, feature: Feature, lookback: Lookback) -> Callable[[str, int], Line]:
    role = _role(feature.computed, feature.state)

    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return badge(feature)
            case "feature":
                return outside(feature.name or feature.signal.name, Role.STRONG)
            case "value":
                return figures.MISSING if feature.value is None else span(distance(feature.value), role)
            case "spark":
                series = assessment.snapshot.series(drift_series(feature.signal, lookback))
                return figures.sparkline(series.lines.get(feature.name, ()), width, role) if series else ()
            case "why":
                return outside(feature.reason, Role.MUTED)
        return _computed_cell(feature.computed, column)

    return cell


def _computed_cell(feature: FeatureStatus | None, column: str) -> Line:
    """A figure that only a computed drift has; '-' where a gauge tells all there is."""
    if feature is None:
        return span("-", Role.MUTED)
    comparison = feature.comparison
    match column:
        case "now":
            return _events(comparison.current.total if comparison.current else None)
        case "reference":
            return _events(comparison.reference.total if comparison.reference else None)
        case "weight":
            return span("-", Role.MUTED) if feature.weight is None else span(f"{feature.weight:.0%}")
    distances = comparison.distances
    if distances is None:
        return figures.MISSING
    match column:
        case "noise":
            return span(distance(distances.noise_limit), Role.MUTED)
        case "shift":
            return figures.MISSING if distances.shift is None else span(f"{distances.shift:+.2f}sd")
        case "js":
            return span(distance(distances.js))
        case "ks":
            return span(distance(distances.ks))
    return span(f"{distances.wasserstein:.3g}")


def _events(total: float | None) -> Line:
    return figures.MISSING if total is None else span(figures.compact(total))


def distance(value: float) -> str:
    """A distance in five cells: 0.12, 0.003, <.001, 1.42."""
    if value and value < 0.001:
        return "<.001"
    return f"{value:.3f}" if value < 0.0995 else f"{value:.2f}"


# In the pane of a service


def feature_lines(assessment: Assessment, status: SignalStatus, lookback: Lookback, width: int) -> list[Line]:
    """A computed drift's features, one a line: name, PSI, sparkline, and how it stands."""
    series = assessment.snapshot.series(drift_series(status.signal, lookback))
    reach = min(60, max(8, width - 66))
    return [
        join(
            [
                fitted(join([outside(status.signal.name, Role.HEADING), outside(one.name)]), 26),
                fitted(_value(one), 8, right=True),
                fitted(
                    figures.sparkline(
                        series.lines.get(one.name, ()) if series else (), reach, _role(one.computed, one.state)
                    ),
                    reach,
                ),
                badge(one),
                outside(one.reason, Role.MUTED),
            ]
        )
        for one in _members(status)
    ]


def _value(one: Feature) -> Line:
    return figures.MISSING if one.value is None else span(distance(one.value), _role(one.computed, one.state))


def arithmetic(assessment: Assessment, status: SignalStatus, most: int) -> list[Line]:
    """A computed drift step by step: how it is had, then every feature (at most so many) with what it rests on."""
    lines = [
        span(
            "PSI is the sum over all bins of (now - reference) x ln(now / reference), of the shares of events",
            Role.MUTED,
        ),
        join([span("compared:", Role.MUTED), reference_line(assessment, status)]),
    ]
    for one in status.features[:most]:
        distances = one.comparison.distances
        value = figures.MISSING if distances is None else span(f"{distances.psi:.4f}", _role(one, one.state))
        side = one.comparison.reference
        bins = span(f"{len(side.bounds)} bins" if side else "", Role.MUTED)
        name = fitted(outside(one.name or status.signal.name), 24)
        lines.append(join([name, fitted(value, 8, right=True), fitted(bins, 8), outside(one.reason)]))
    left = len(status.features) - most
    return [*lines, span(f"and {left} more, none worse", Role.MUTED)] if left > 0 else lines
