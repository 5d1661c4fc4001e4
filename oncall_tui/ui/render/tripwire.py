"""An acknowledged alert, then and now: the figures it was given under beside those of this moment."""

from __future__ import annotations

from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.tripwire import figures_of
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

_NAME = 6


def lines(assessment: Assessment, status: AlertStatus) -> list[Line]:
    """Why it rings again, then and now; nothing for an alert that nobody has, and no figures where there are none."""
    wire = status.wire
    if wire is None:
        return []
    found: list[Line] = []
    if wire.rings:
        found.append(join([span("◉ rings again:", Role.CRIT), outside(wire.rings, Role.CRIT)]))
    now = figures_of(assessment, status)
    if not (now.slo or now.state):
        return found  # It belongs to no service: there is nothing to compare.
    if wire.then is None:
        unknown = span("not known: it was not given here, and its Alertmanager keeps no figures", Role.UNKNOWN)
        found.append(join([fitted(span("then", Role.MUTED), _NAME), unknown]))
    else:
        ago = figures.age(assessment.snapshot.at - wire.then.at)
        when = span(f"at {figures.clock(wire.then.at)}, {ago} ago", Role.MUTED)
        found.append(join([fitted(span("then", Role.MUTED), _NAME), _told(wire.then), when]))
    return [*found, join([fitted(span("now", Role.MUTED), _NAME), _told(now)])]


def _told(known: AckFigures) -> Line:
    """'burn 3.1 (ticket 3×), 62% left, WARN, v12', and what is not known named as such."""
    parts = []
    if known.slo:
        parts.append("burn ?" if known.burn is None else f"burn {known.burn:.3g}")
        parts[-1] += f" ({known.tier})" if known.tier else ""
        parts.append("budget ?" if known.left is None else f"{known.left:.0%} left")
    parts += [part for part in (known.state, known.version and f"version {known.version}") if part]
    return outside(", ".join(parts)) if parts else span("nothing was known", Role.UNKNOWN)
