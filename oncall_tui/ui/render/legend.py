"""A chart's legend: what to know before believing the picture, and each curve's newest value."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from oncall_tui.core.state import State
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render import axes
from oncall_tui.ui.render.charts import Chart, Curve
from oncall_tui.ui.render.spans import STATE_GLYPHS, Line, Role, fitted, join, outside, span, width_of

LABEL_CELLS = 18
"""Cells a name from outside may take in a chart."""


def legend(chart: Chart, width: int, most: int) -> list[Line]:
    """At most that many lines: what is clipped or old comes first, then the curves; what is left over is cut.

    The chart must have a point.
    """
    items = [*_notes(chart), *(_entry(chart, curve) for curve in chart.curves)]
    if chart.left_out:
        items.append(span(f"+{chart.left_out} not drawn", Role.MUTED))
    extra = _extras(chart)
    title = [outside(chart.title, Role.HEADING)]
    attempts = [[*title, *items, *extra], [*title, *items], [*items, *extra], items]
    if chart.panel:
        kept = range(len(items) - 1, 0, -1)
        fewer = [[*title, *items[:n], span(f"+{len(items) - n}", Role.MUTED)] for n in kept]
        attempts = [*attempts[:2], *fewer]
    for attempt in attempts:
        lines = packed(attempt, width)
        if len(lines) <= most:
            return lines
    return [*lines[: most - 1], fitted(join(lines[most - 1 :], "  "), width)]


def packed(items: Sequence[Line], width: int) -> list[Line]:
    """Items side by side in lines of that width, two cells apart."""
    lines: list[Line] = []
    for item in items:
        if lines and width_of(lines[-1]) + 2 + width_of(item) <= width:
            lines[-1] = join([lines[-1], item], "  ")
        else:
            lines.append(item)
    return lines


def _entry(chart: Chart, curve: Curve) -> Line:
    now = chart.told(curve)
    figure = span(axes.reading_label(now, chart.unit), Role.STRONG) if now is not None else span("–", Role.UNKNOWN)
    size = min(LABEL_CELLS, cell_len(clean_line(curve.name)))
    name = fitted(outside(curve.name, curve.role), size) if size else ()
    return join([span("━", curve.role), name, figure])


def _notes(chart: Chart) -> list[Line]:
    notes = []
    values = [value for curve in chart.curves for _, value in curve.points]
    if max(values) > chart.high:
        notes.append(span(f"clipped at {axes.level_label(chart.high, chart.unit)}", Role.CRIT))
    if min(values) < chart.low:
        notes.append(span(f"clipped at {axes.level_label(chart.low, chart.unit)}", Role.CRIT))
    if chart.trouble:
        text = outside(f"{STATE_GLYPHS[State.UNKNOWN]} {chart.trouble}", Role.UNKNOWN)
        notes.append(fitted(text, min(width_of(text), 2 * LABEL_CELLS)))
    return notes


def _extras(chart: Chart) -> list[Line]:
    """What is said only where there is room."""
    extras = []
    peak = max(value for curve in chart.curves for _, value in curve.points)
    if peak > chart.high:
        extras.append(span(f"peak {axes.reading_label(peak, chart.unit)}", Role.CRIT))
    if gaps := sum(len(axes.pieces(c.points, chart.step)) - 1 for c in chart.curves if c.points):
        extras.append(span(f"{gaps} gap{'s' if gaps > 1 else ''}", Role.UNKNOWN))
    return extras
