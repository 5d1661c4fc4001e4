"""Under the silence editor: what would come of what is typed."""

from __future__ import annotations

from datetime import UTC, datetime

from oncall_tui.core.alerts import Silence
from oncall_tui.core.duration import humanize
from oncall_tui.core.silence_preview import Preview, Typed, amtool_line, in_words
from oncall_tui.core.until import End
from oncall_tui.ui.render.silences import alert_lines
from oncall_tui.ui.render.spans import Line, Role, join, outside, span


def form_lines(
    typed: Typed, seen: Preview, now: float, *, own: str, width: int, room: int, url: str, editing: Silence | None
) -> list[Line]:
    """What is wrong, what it would hide (worst first, other services marked), what is doubtful, and amtool's line.

    now: unix seconds. width: cells of a line. room: lines for alerts. url: of the Alertmanager in
    amtool's line.
    """
    lines: list[Line] = []
    if seen.everything:
        lines.append(span(f"■ {in_words(seen)}", Role.CRIT))
    lines += [join([span("✗", Role.WARN), outside(fault, Role.WARN)]) for fault in seen.faults]
    if not seen.everything and seen.hidden is not None:
        lines.append(_headline(seen, own))
        lines += alert_lines(seen.hidden, now, width, room, own)
    lines += [join([span("!", Role.WARN), outside(warning, Role.WARN)]) for warning in seen.warnings]
    lines += [outside(note, Role.MUTED) for note in seen.notes]
    if editing is not None and seen.matchers:
        lines.append(_what_becomes_of(editing, seen))
    if command := "" if seen.faults else amtool_line(typed, seen, url):
        lines.append(outside(f"$ {command}", Role.MUTED))
    return lines


def _headline(seen: Preview, own: str) -> Line:
    words = in_words(seen)
    role = Role.STRONG if seen.hidden else Role.MUTED
    if not seen.foreign:
        return span(words + (":" if seen.hidden else ""), role)
    return join([span(f"{words},", role), outside(f"{seen.foreign} of them not {own}'s:", Role.WARN)])


def _what_becomes_of(editing: Silence, seen: Preview) -> Line:
    if set(seen.matchers) == set(editing.matchers):
        return span("changed in place: it keeps its id", Role.MUTED)
    return span("other matchers: a new silence is made, and then the old one is ended", Role.ACCENT)


def end_line(end: End | None, now: float) -> Line:
    """An end as both clocks show it, and how far off it is: '→ Mon 30 Nov 09:00 CET (08:00Z), in 5d14h'."""
    if end is None:
        return span("→ ?", Role.UNKNOWN)
    moment = datetime.fromtimestamp(end.at, UTC)
    local = moment.astimezone()
    utc = "" if local.utcoffset() == moment.utcoffset() else f" ({moment:%H:%M}Z)"
    return span(f"→ {local:%a %d %b %H:%M %Z}{utc}, in {humanize(end.at - now)}", Role.MUTED)
