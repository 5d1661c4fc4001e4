"""Numbers as an on-call reads them. A missing number is '–' in the colour of UNKNOWN, never blank and never zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from oncall_tui.core.burn import TierVerdict
from oncall_tui.core.duration import humanize
from oncall_tui.core.slo import Slo
from oncall_tui.ui.render.spans import Line, Role, span

MISSING: Line = span("–", Role.UNKNOWN)

_BLOCKS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def percent(ratio: float | None, like: float = 0.999) -> Line:
    """A ratio in percent, with as many decimals as its objective needs (0.9995 -> 2, one more than it has nines)."""
    if ratio is None:
        return MISSING
    return span(f"{_floor(ratio * 100, decimals_for(like)):.{decimals_for(like)}f}")


def decimals_for(objective: float) -> int:
    """Decimals of a percentage so that it can be told from its objective."""
    return min(4, max(1, math.ceil(-math.log10(1 - objective)) - 1))


def _floor(value: float, decimals: int) -> float:
    """Rounded down: 99.96 % must not read as 100.0 %."""
    scale = float(10**decimals)
    return math.floor(value * scale + 1e-9) / scale


def objective(slo: Slo) -> str:
    """The objective in percent: '99.9%', '95%'."""
    return f"{slo.objective * 100:.6g}%"


def burn(rate: float | None, verdicts: Sequence[TierVerdict] = (), window: int = 0) -> Line:
    """A burn rate; coloured when it is a leg above its factor, strongly when its whole tier fires."""
    if rate is None:
        return MISSING
    return span(compact(rate), burn_role(rate, verdicts, window))


def burn_role(rate: float, verdicts: Sequence[TierVerdict], window: int) -> Role:
    """How a burn rate looks: CRIT or WARN when a tier that uses the window fires, ACCENT when hot alone."""
    hot = False
    for verdict in verdicts:
        if window in (verdict.tier.long, verdict.tier.short):
            if verdict.fires:
                return Role.CRIT if verdict.tier.severity == "page" else Role.WARN
            hot = hot or rate > verdict.factor
    return Role.ACCENT if hot else Role.TEXT


def compact(value: float) -> str:
    """Five cells at most: 0.04, 9.1, 14.9, 312, 12k."""
    size = abs(value)
    if size >= 1e6:
        return f"{value / 1e6:.0f}M"
    if size >= 1e4:
        return f"{value / 1e3:.0f}k"
    if size >= 100:
        return f"{value:.0f}"
    return (
        f"{value:.1f}" if size >= 1 or value == 0 else f"{value:.2f}" if size >= 0.005 else "<.01" if value > 0 else "0"
    )


def count(value: float) -> str:
    """How many of something counted by rates, which need not come out whole: 0.37, 41.2, 12,004."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.3g}"


def share(ratio: float) -> str:
    """A ratio in percent as exactly as arithmetic wants to be followed: '0.308%', '86%'."""
    return f"{ratio * 100:.4g}%"


def budget_bar(remaining: float | None, width: int) -> Line:
    """What is left of a budget as a bar and a percentage: '▉▉▉▉▍     45%'. Overspent shows as a negative figure."""
    if remaining is None:
        return MISSING
    role = Role.CRIT if remaining <= 0 else Role.WARN if remaining < 0.25 else Role.OK
    figure = f"{math.floor(remaining * 100 + 1e-9):>4d}%" if remaining > -9.99 else "<-999%"
    cells = max(0, width - len(figure))
    filled = min(1.0, max(0.0, remaining)) * cells
    full, part = int(filled), int((filled - int(filled)) * 8)
    bar = "█" * full + (_EIGHTHS[part] if full < cells and part else "")
    return ((bar, role), ("·" * (cells - len(bar)), Role.MUTED), (figure, role if role is not Role.OK else Role.TEXT))


def sparkline(points: Sequence[tuple[float, float]], width: int, role: Role = Role.ACCENT) -> Line:
    """Values over time in width cells, newest on the right; a cell without a point is a blank, not a zero."""
    if not points or width <= 0:
        return MISSING if width > 0 else ()
    start, end = points[0][0], points[-1][0]
    span_s = max(end - start, 1e-9)
    cells: list[list[float]] = [[] for _ in range(width)]
    for at, value in points:
        cells[min(width - 1, int((at - start) / span_s * width))].append(value)
    means = [sum(cell) / len(cell) if cell else None for cell in cells]
    known = [mean for mean in means if mean is not None]
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    text = "".join(" " if m is None else _BLOCKS[min(7, int((m - low) / reach * 8))] for m in means)
    return span(text, role)


def with_estimate(line: Line, points: Sequence[tuple[float, float]], due: float) -> Line:
    """A sparkline whose part after due (unix seconds) is muted: labels still on their way will change it."""
    if not points or len(line) != 1:
        return line
    ((text, role),) = line
    start, end = points[0][0], points[-1][0]
    settled = len(text) if end <= due else max(0, int((due - start) / max(end - start, 1e-9) * len(text)))
    return tuple(part for part in ((text[:settled], role), (text[settled:], Role.MUTED)) if part[0])


def countdown(seconds: float | None, period: int) -> Line:
    """Time to exhaustion: 'gone', '5h12m', or '-' when it is further off than the period itself."""
    if seconds is None or seconds > period:
        return span("-", Role.MUTED)
    if seconds <= 0:
        return span("gone", Role.CRIT)
    return span(humanize(seconds), Role.CRIT if seconds < 6 * 3600 else Role.WARN if seconds < 3 * 86400 else Role.TEXT)


def age(seconds: float) -> str:
    """How long ago, never negative."""
    return humanize(max(0.0, seconds))


def rough_age(seconds: float) -> str:
    """How long ago in one unit, rounded down, for where there is little room: '4s', '1m', '2h', '3d'."""
    known = age(seconds)
    end = next(index for index, char in enumerate(known) if not char.isdigit())
    return known[: end + 1]


def clock(at: float) -> str:
    """Time of day, UTC: '14:32Z'."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%MZ")


def moment(at: float) -> str:
    """Time of day to the second, UTC: '14:32:07Z'."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")


def moment_near(at: float, now: float) -> str:
    """Time of day to the second, UTC; with the day for what is half a day off or more: 'Mon 14:32Z'."""
    return moment(at) if abs(now - at) < 43_200 else datetime.fromtimestamp(at, UTC).strftime("%a %H:%MZ")


def clock_both(at: float) -> str:
    """Date and time in UTC and in the reader's own zone."""
    moment = datetime.fromtimestamp(at, UTC)
    local = moment.astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}Z ({local:%H:%M %Z})"


def quantity(value: float, unit: str) -> str:
    """A signal's value with its unit; seconds become durations, ratios percent."""
    if unit == "s":
        return humanize(value) if value >= 60 else f"{value:.3g}s" if value >= 1 else f"{value * 1000:.0f}ms"
    if unit in ("ratio", "%"):
        return f"{value * 100 if unit == 'ratio' else value:.1f}%"
    return f"{compact(value)}{' ' + unit if unit else ''}"
