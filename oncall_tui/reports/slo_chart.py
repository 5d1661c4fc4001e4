"""An SLO's course during an incident as a drawing: SVG for a page, blocks for plain text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

from oncall_tui.core.text import clean_line

Points = Sequence[tuple[float, float]]
WIDTH, HEIGHT = 720, 150
_LEFT, _TOP, _RIGHT, _BOTTOM = 52, 12, 8, 26
_BLOCKS = "▁▂▃▄▅▆▇█"


def svg(points: Points, label: str, marks: Sequence[tuple[float, str]] = ()) -> str:
    """Values 0..1 over time as an SVG element, without styles, scripts or anything to be fetched.

    marks: moments (unix seconds) with a word for each. '' for fewer than two points. A value may lie below 0 (a budget
    that is overspent): the drawing reaches down to it.
    """
    if len(points) < 2:
        return ""
    begin, end = points[0][0], points[-1][0]
    low = min(0.0, *(value for _, value in points))
    floor = min(value for _, value in points)
    # Near the top little differences are what matters: begin at the lowest value there was.
    low = low if floor < 0.5 else floor - max(0.001, (1 - floor) * 0.2)
    reach = max(end - begin, 1.0)

    def x(at: float) -> float:
        return _LEFT + (min(max(at, begin), end) - begin) / reach * (WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return _TOP + (1.0 - (value - low) / (1.0 - low)) * (HEIGHT - _TOP - _BOTTOM)

    line = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(clean_line(label))}" font-family="sans-serif" font-size="11">',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{WIDTH - _LEFT - _RIGHT}" height="{HEIGHT - _TOP - _BOTTOM}" '
        'fill="none" stroke="#bbbbbb"/>',
        *(
            f'<text x="{_LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#555555">{value:.1%}</text>'
            for value in (1.0, low)
        ),
        *(
            f'<text x="{place}" y="{HEIGHT - 8}" text-anchor="{anchor}" fill="#555555">{_clock(at)}</text>'
            for at, place, anchor in ((begin, _LEFT, "start"), (end, WIDTH - _RIGHT, "end"))
        ),
    ]
    for at, word in marks:
        if begin <= at <= end:
            place = x(at)
            parts.append(
                f'<line x1="{place:.1f}" y1="{_TOP}" x2="{place:.1f}" y2="{HEIGHT - _BOTTOM}" stroke="#999999" '
                f'stroke-dasharray="3 3"/><text x="{place + 3:.1f}" y="{_TOP + 11}" fill="#555555">'
                f"{escape(clean_line(word, 24))}</text>"
            )
    parts.append(f'<polyline points="{line}" fill="none" stroke="#0b5cad" stroke-width="2"/></svg>')
    return "".join(parts)


def blocks(points: Points, width: int = 60) -> str:
    """Values over time as one line of at most width blocks, the lowest in each; '' for fewer than two points."""
    if len(points) < 2:
        return ""
    begin, reach = points[0][0], max(points[-1][0] - points[0][0], 1.0)
    cells: list[list[float]] = [[] for _ in range(width)]
    for at, value in points:
        cells[min(width - 1, int((at - begin) / reach * width))].append(value)
    known = [min(cell) for cell in cells if cell]
    low, high = min(known), max(known)
    span = (high - low) or 1.0
    return "".join(_BLOCKS[int((min(cell) - low) / span * 7)] if cell else " " for cell in cells)


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%MZ")
