"""Strokes to braille cells, by plotext. Axes, labels and colours are not its affair.

plotext takes 40 ms to import, so it is imported by the first chart that is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from oncall_tui.ui.render.axes import Point

Cell = tuple[str, int]
"""A character and the ink it is drawn with; ink 0 is an empty cell."""

_SGR = re.compile(r"\x1b\[([\d;]*)m")


@dataclass(frozen=True, slots=True)
class Stroke:
    """Points inside the limits, joined by a line or each for itself. ink: 1..255, for the caller to colour."""

    points: Sequence[Point]
    ink: int
    joined: bool = True


def raster(
    strokes: Sequence[Stroke], x: tuple[float, float], y: tuple[float, float], width: int, height: int
) -> list[list[Cell]]:
    """Rows of width cells, the top one first, two by four dots a cell; later strokes lie on earlier ones."""
    from textual_plotext import Plot

    plot = Plot()
    plot.plotsize(width, height)
    plot._set_size(width, height)  # plotsize alone keeps to the terminal's size, as textual-plotext found too
    plot.xaxes(False, False)
    plot.yaxes(False, False)
    plot.xticks([])
    plot.yticks([])
    plot.xlim(*x)
    plot.ylim(*y)
    plot.canvas_color("default")
    for stroke in strokes:
        draw = plot.plot if stroke.joined and len(stroke.points) > 1 else plot.scatter
        draw([p[0] for p in stroke.points], [p[1] for p in stroke.points], marker="braille", color=stroke.ink)
    rows = [_cells(line, width) for line in str(plot.build()).split("\n")[:height]] if strokes else []
    return rows + [[(" ", 0)] * width] * (height - len(rows))


def _cells(line: str, width: int) -> list[Cell]:
    """A line of plotext's output; its colours are our inks."""
    cells: list[Cell] = []
    ink = 0
    for index, part in enumerate(_SGR.split(line)):
        if index % 2:
            codes = part.split(";")
            ink = int(codes[2]) if codes[:2] == ["38", "5"] else 0
        else:
            cells += [(char, 0 if char == " " else ink) for char in part]
    return (cells + [(" ", 0)] * width)[:width]
