"""A Chart into lines of cells: a legend, the curves with their thresholds and marks, and a time axis."""

from __future__ import annotations

from itertools import groupby
from textwrap import wrap

from rich.cells import cell_len

from oncall_tui.core.state import State
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render import axes
from oncall_tui.ui.render.axes import Point
from oncall_tui.ui.render.charts import Chart, Threshold
from oncall_tui.ui.render.legend import LABEL_CELLS, legend
from oncall_tui.ui.render.raster import Stroke, raster
from oncall_tui.ui.render.spans import STATE_GLYPHS, Line, Role, fitted, outside

SMALLEST = (20, 5)
"""Cells (wide, high) below which a chart is its legend alone."""

_TWO_LEGENDS_FROM = 10
_ZONE = " UTC"
_ZONE_KEEPS_ITS_ROOM = 48
"""Cells of axis from which the last tick gives way to the zone, not the zone to the last tick."""
_DOTS_WIDE, _DOTS_HIGH = 2, 4


def draw(chart: Chart, width: int, height: int) -> tuple[Line, ...]:
    """The chart in exactly height lines of width cells. Without a point it says so, and why; it never looks calm."""
    if width <= 0 or height <= 0:
        return ()
    if chart.empty:
        return _nothing(chart, width, height)
    room = 2 if height >= _TWO_LEGENDS_FROM else 1
    top = [fitted(line, width) for line in legend(chart, width, room)]
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return (*top[:height], *[()] * (height - len(top[:height])))
    return (*top, *_Plot(chart, width, height - len(top)).lines())


def _nothing(chart: Chart, width: int, height: int) -> tuple[Line, ...]:
    reason = clean_line(chart.trouble) or "no points in this window"
    words = wrap(f"{STATE_GLYPHS[State.UNKNOWN]} no data: {reason}", max(1, width - 2)) or ["? no data"]
    body: list[Line] = [outside(f" {line}", Role.UNKNOWN) for line in words[: max(1, height - 1)]]
    if height == 1:
        return (fitted(body[0], width),)
    above = (height - 1 - len(body)) // 2
    lines = [outside(chart.title, Role.HEADING), *[()] * above, *body]
    return tuple(fitted(line, width) for line in [*lines, *[()] * (height - len(lines))])


# The plot


class _Sheet:
    """Cells to write on, each with its role."""

    def __init__(self, width: int, height: int) -> None:
        self._cells: list[list[tuple[str, Role]]] = [[(" ", Role.TEXT)] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, role: Role) -> None:
        for char in text:
            self._cells[y][x] = (char, role)
            for follower in range(1, cell_len(char)):
                self._cells[y][x + follower] = ("", role)
            x += cell_len(char)

    def blank(self, x: int, y: int, cells: int) -> bool:
        row = self._cells[y]
        return x >= 0 and x + cells <= len(row) and all(char == " " for char, _ in row[x : x + cells])

    def lines(self) -> list[Line]:
        return [
            tuple(("".join(char for char, _ in run), role) for role, run in groupby(row, key=lambda cell: cell[1]))
            for row in self._cells
        ]


class _Plot:
    """Lays a chart's parts out in width by height cells; the last line is the time axis."""

    def __init__(self, chart: Chart, width: int, height: int) -> None:
        self._chart = chart
        self._sheet = _Sheet(width, height)
        self._rows = height - 1
        self._levels = [level for level in chart.thresholds if chart.low <= level.value <= chart.high]
        self._scale = self._scale_labels()
        self._gutter = max([axes.MARGIN_CELLS * chart.panel, *(len(label) for _, label, _ in self._scale)])
        self._left = self._gutter + 1
        self._wide = width - self._left

    def lines(self) -> list[Line]:
        cells, inks = self._curves()
        self._draw_marks()
        self._draw_cursor()
        for y, row in enumerate(cells):
            for x, (char, ink) in enumerate(row):
                if ink:
                    self._sheet.put(self._left + x, y, char, inks[ink])
        self._draw_clipped()
        self._draw_labels(cells)
        self._draw_axes()
        return self._sheet.lines()

    # Where things are

    def _column(self, at: float) -> int:
        return axes.dot(at, self._chart.start, self._chart.end, self._wide * _DOTS_WIDE) // _DOTS_WIDE

    def _row(self, value: float) -> int:
        dot = axes.dot(value, self._chart.low, self._chart.high, self._rows * _DOTS_HIGH)
        return self._rows - 1 - dot // _DOTS_HIGH

    def _inside(self, value: float) -> float:
        return min(self._chart.high, max(self._chart.low, value))

    def _on_axis(self, value: float) -> bool:
        return self._chart.low <= value <= self._chart.high

    # Curves, thresholds, projection

    def _curves(self) -> tuple[list[list[tuple[str, int]]], dict[int, Role]]:
        """The braille cells and what role each ink stands for; thresholds lie under curves, the first curve on top."""
        chart = self._chart
        inks: dict[int, Role] = {}

        def ink(role: Role) -> int:
            inks[len(inks) + 1] = role
            return len(inks)

        strokes = [Stroke(self._dashes(level.value), ink(level.role), joined=False) for level in self._levels]
        if chart.projection:
            strokes.append(Stroke(self._dotted(*chart.projection), ink(Role.MUTED), joined=False))
        for curve in reversed(chart.curves):
            usual, alarm = ink(curve.role), ink(Role.CRIT)
            for piece in axes.pieces(curve.points, chart.step):
                strokes += self._stroked(piece, usual, alarm)
        return raster(strokes, (chart.start, chart.end), (chart.low, chart.high), self._wide, self._rows), inks

    def _stroked(self, piece: list[Point], usual: int, alarm: int) -> list[Stroke]:
        chart = self._chart
        share = (piece[-1][0] - piece[0][0]) / (chart.end - chart.start)
        points = axes.thin(piece, max(1, round(self._wide * _DOTS_WIDE * share)))
        above, below = ([points], []) if chart.alarm_below is None else axes.split_at(points, chart.alarm_below)
        parts = [(part, usual) for part in above] + [(part, alarm) for part in below]
        return [
            Stroke([(max(chart.start, at), self._inside(value)) for at, value in part], colour)
            for part, colour in parts
        ]

    def _dashes(self, value: float) -> list[Point]:
        """Every other cell."""
        dots = self._wide * _DOTS_WIDE
        reach = self._chart.end - self._chart.start
        return [(self._chart.start + reach * n / (dots - 1), value) for n in range(dots) if n // _DOTS_WIDE % 2 == 0]

    def _dotted(self, begin: Point, end: Point) -> list[Point]:
        """A dot for every three, along the steeper way."""
        chart = self._chart
        wide = (end[0] - begin[0]) / (chart.end - chart.start) * self._wide * _DOTS_WIDE
        high = abs(end[1] - begin[1]) / (chart.high - chart.low) * self._rows * _DOTS_HIGH
        count = max(1, int(max(wide, high) / 3))
        line = [
            (begin[0] + (end[0] - begin[0]) * n / count, begin[1] + (end[1] - begin[1]) * n / count)
            for n in range(1, count + 1)
        ]
        return [(at, value) for at, value in line if self._on_axis(value)]

    def _draw_clipped(self) -> None:
        """Arrows where a curve goes on beyond the axis, from one such point to the next."""
        for curve in self._chart.curves:
            for piece in axes.pieces(curve.points, self._chart.step):
                before: tuple[int, int] | None = None
                for at, value in piece:
                    column, side = self._column(at), self._side(value)
                    if side:
                        first = before[0] if before is not None and before[1] == side else column
                        y, arrow = (0, "▲") if side > 0 else (self._rows - 1, "▼")
                        self._sheet.put(self._left + first, y, arrow * (column - first + 1), curve.role)
                    before = column, side

    def _side(self, value: float) -> int:
        """1 above the axis, -1 below it, 0 on it."""
        return int(value > self._chart.high) - int(value < self._chart.low)

    # Marks and labels

    def _marks_within(self) -> list[tuple[int, str, Role]]:
        return [
            (self._column(mark.at), clean_line(mark.label), mark.role)
            for mark in self._chart.marks
            if self._chart.start <= mark.at <= self._chart.end
        ]

    def _draw_marks(self) -> None:
        for column, _, role in self._marks_within():
            for y in range(self._rows):
                self._sheet.put(self._left + column, y, "┊", role)

    def _draw_cursor(self) -> None:
        at = self._chart.cursor
        if at is not None and self._chart.start <= at <= self._chart.end:
            for y in range(self._rows):
                self._sheet.put(self._left + self._column(at), y, "│", Role.STRONG)

    def _draw_labels(self, cells: list[list[tuple[str, int]]]) -> None:
        """Names of marks beside them and of thresholds on their lines, where no curve would be hidden."""
        for column, label, role in self._marks_within():
            text = _cut(label)
            for y in range(min(3, self._rows)):
                for x in (column + 1, column - cell_len(text)):
                    if self._sheet.blank(self._left + x, y, cell_len(text)) and x >= 0:
                        self._sheet.put(self._left + x, y, text, role)
                        break
                else:
                    continue
                break
        for level in self._levels:
            self._name(level, cells)

    def _name(self, level: Threshold, cells: list[list[tuple[str, int]]]) -> None:
        """A threshold's name on its own line, as far right as there is room."""
        text = f" {_cut(clean_line(level.label))} "
        row, size = self._row(level.value), cell_len(text)
        for x in range(self._wide - size, -1, -1):
            if all(ink <= len(self._levels) for _, ink in cells[row][x : x + size]):
                self._sheet.put(self._left + x, row, text, level.role)
                return

    # Axes

    def _scale_labels(self) -> list[tuple[float, str, Role]]:
        """Values with their labels: thresholds first, for where two want the same row."""
        chart = self._chart
        ticks, step = axes.value_ticks(chart.low, chart.high, self._rows)
        return [(level.value, axes.level_label(level.value, chart.unit), level.role) for level in self._levels] + [
            (value, axes.tick_label(value, step, chart.unit), Role.MUTED) for value in ticks if self._on_axis(value)
        ]

    def _draw_axes(self) -> None:
        taken: set[int] = set()
        levels = {self._row(level.value) for level in self._levels}
        for y in range(self._rows):
            self._sheet.put(self._gutter, y, "│", Role.MUTED)
        for value, label, role in self._scale:
            row = self._row(value)
            crowded = role is Role.MUTED and not levels.isdisjoint((row - 1, row, row + 1))
            if row not in taken and not crowded:
                taken.add(row)
                self._sheet.put(self._gutter - len(label), row, label, role)
                self._sheet.put(self._gutter, row, "┤", Role.MUTED)
        self._sheet.put(self._gutter, self._rows, "╰" + "─" * self._wide, Role.MUTED)
        free, room = 0, self._wide - (len(_ZONE) if self._wide >= _ZONE_KEEPS_ITS_ROOM else 0)
        for at, label in axes.time_ticks(self._chart.start, self._chart.end, self._wide):
            column = self._column(at)
            if column + 1 + len(label) <= room:
                self._sheet.put(self._left + column, self._rows, f"┴{label}", Role.MUTED)
                free = column + 1 + len(label)
        if free + len(_ZONE) <= self._wide:
            self._sheet.put(self._left + self._wide - len(_ZONE), self._rows, _ZONE, Role.MUTED)


def _cut(label: str) -> str:
    return "".join(text for text, _ in fitted(((label, Role.TEXT),), min(LABEL_CELLS, cell_len(label))))
