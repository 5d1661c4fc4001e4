"""What the sheet for acknowledging says: who has it until now, and what would be hidden."""

from __future__ import annotations

from collections.abc import Sequence

from oncall_tui.core.ack_scope import AckPreview, AckScope, in_words
from oncall_tui.ui.render.silences import alert_lines
from oncall_tui.ui.render.spans import Line, Role, join, outside, span


def form_lines(
    scope: AckScope,
    seen: AckPreview,
    complaints: Sequence[str],
    owner: str,
    mine: str,
    now: float,
    *,
    width: int,
    room: int,
) -> list[Line]:
    """What is wrong, who has it and who will, what is doubtful, and the alerts (other services' marked).

    now: unix seconds. width: cells of a line. room: lines for alerts.
    """
    lines: list[Line] = [join([span("✗", Role.WARN), outside(complaint, Role.WARN)]) for complaint in complaints]
    if passing := passed_on(seen, owner, mine):
        lines.append(outside(passing, Role.ACCENT))
    lines += [join([span("!", Role.WARN), outside(warning, Role.WARN)]) for warning in seen.warnings]
    if seen.hidden:
        lines.append(outside(f"{in_words(seen)}:", Role.STRONG))
        lines += alert_lines(seen.hidden, now, width, room, scope.own)
    return lines


def passed_on(seen: AckPreview, owner: str, mine: str) -> str:
    """'joe → maria: taken over'; '' where nobody had any of it but who has it then."""
    had = [who for who, _ in seen.holders if who != owner]
    if had:
        return f"{', '.join(had)} → {owner or '?'}: {'handed over' if had == [mine] else 'taken over'}"
    return f"→ {owner}: on behalf of another" if owner and owner != mine and not seen.holders else ""
