"""One feature's page: how it stands, its four distances, and what they rest on."""

from __future__ import annotations

from oncall_tui.core.assess import Assessment
from oncall_tui.core.comparison import Comparison, Distances
from oncall_tui.core.drift_status import FeatureStatus
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import drift, figures
from oncall_tui.ui.render.distribution import Distribution
from oncall_tui.ui.render.drift import Feature
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, fitted, join, outside, span


def head(feature: Feature) -> list[Line]:
    """Which feature, and how it stands."""
    name = f"{feature.signal.service} {feature.signal.name}"
    where = outside(f"{name} › {feature.name}" if feature.name else name, Role.STRONG)
    return [join([where, drift.badge(feature), outside(feature.reason, STATE_ROLES[feature.state])])]


def distribution(feature: Feature) -> Distribution | None:
    """Both sides of a computed drift, for the chart."""
    binned = feature.signal.binned
    if feature.computed is None or binned is None:
        return None
    comparison = feature.computed.comparison
    return Distribution(comparison.reference, comparison.current, binned.words)


def figures_of(assessment: Assessment, feature: Feature, lookback: Lookback, width: int) -> list[Line]:
    """Every figure, a line each."""
    computed = feature.computed
    assert computed is not None
    comparison = computed.comparison
    lines = (
        [*_distances(comparison.distances)]
        if comparison.distances
        else [_line("PSI", comparison.trouble, Role.UNKNOWN)]
    )
    lines += [_events(comparison), *_weight(computed)]
    if comparison.note:
        lines.append(_line("bins", comparison.note))
    lines += [_compared(assessment, feature), _over_time(assessment, feature, lookback, width)]
    return lines


def _line(name: str, text: str, role: Role = Role.TEXT) -> Line:
    return join([fitted(span(name, Role.MUTED), 12), outside(text, role)])


def _distances(known: Distances) -> list[Line]:
    noise = (
        f"chance alone gives {drift.distance(known.noise_floor)}, and stays below {drift.distance(known.noise_limit)}"
    )
    moved = "" if known.shift is None else f"; its mean moved by {known.shift:+.2f} standard deviations"
    return [
        _line("PSI", f"{known.psi:.4f}   {noise} 99 times in 100"),
        _line("JS", f"{known.js:.4f}   Jensen-Shannon distance in bits, 0 to 1"),
        _line("KS", f"{known.ks:.4f}   largest gap between the cumulative shares"),
        _line("Wasserstein", f"{known.wasserstein:.4g}   in the feature's own unit{moved}"),
    ]


def _events(comparison: Comparison) -> Line:
    sides = (("now", comparison.current), ("in the reference", comparison.reference))
    told = [f"{figures.count(round(side.total))} {when}" if side else f"none {when}" for when, side in sides]
    return _line("events", ", ".join(told))


def _weight(feature: FeatureStatus) -> list[Line]:
    return [] if feature.weight is None else [_line("importance", f"{feature.weight:.1%} of all that is configured")]


def _compared(assessment: Assessment, feature: Feature) -> Line:
    status = assessment.service(feature.signal.service)
    own = next((one for one in status.signals if one.signal.name == feature.signal.name), None) if status else None
    return join([fitted(span("compared", Role.MUTED), 12), drift.reference_line(assessment, own) if own else ()])


def _over_time(assessment: Assessment, feature: Feature, lookback: Lookback, width: int) -> Line:
    reading = drift.drift_series(feature.signal, lookback)
    series = assessment.snapshot.series(reading)
    points = series.lines.get(feature.name, ()) if series else ()
    why = "" if points else assessment.snapshot.doubt(reading) or "too few events at every moment"
    shown = figures.sparkline(points, min(60, max(8, width - 24))) if points else outside(why, Role.UNKNOWN)
    return join([fitted(span(f"PSI, {lookback.name}", Role.MUTED), 12), shown])
