"""The rows of the list of alerts: one each, every state with a glyph and a word of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from oncall_tui.core.alert_filter import FLAPPING, NEW, AlertFacts
from oncall_tui.core.alert_groups import Group, GroupKey, GroupKind
from oncall_tui.core.alerts import Phase, Silence, Urgency
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.alerts import PHASE_GLYPHS, URGENCY_ROLES, phase_badge, summary_of
from oncall_tui.ui.render.columns import Column
from oncall_tui.ui.render.spans import EMPTY, Line, Role, fitted, join, outside, span, width_of

COLUMNS = (
    Column("phase", "PHASE", 11),
    Column("severity", "SEV", 6, grow=1),
    Column("marks", "", 9, grow=2),
    Column("alert", "ALERT", 15, grow=6),
    Column("service", "SERVICE", 9, rank=1, grow=2),
    Column("age", "AGE", 6, right=True),
    Column("who", "WHO HAS IT", 15, grow=4),
    Column("runbook", "RB", 2, rank=2),
    Column("summary", "SUMMARY", 24, rank=3, grow=10),
)
CLUSTER = Column("cluster", "CLUSTER", 9, rank=1, grow=1)
"""Beside them where alerts come from more than one cluster of Alertmanagers."""

NEW_GLYPH, FLAPPING_GLYPH, STORM_GLYPH = "✦", "↻", "↯"


def columns(assessment: Assessment) -> tuple[Column, ...]:
    """The columns that these alerts need."""
    several = len(assessment.snapshot.clusters()) > 1
    return (*COLUMNS[:5], CLUSTER, *COLUMNS[5:]) if several else COLUMNS


@dataclass(frozen=True, slots=True)
class Drawing:
    """What cells are drawn from beside the alert itself."""

    assessment: Assessment
    facts: AlertFacts
    _new: dict[GroupKey, int] = field(default_factory=dict)

    def new_in(self, group: Group) -> int:
        """How many of a group's alerts are new."""
        if group.key not in self._new:
            self._new[group.key] = sum(NEW in self.facts.marks(status) for status in group.alerts)
        return self._new[group.key]

    def gone(self, status: AlertStatus, column: str, width: int) -> Line:
        """The cell of an alert that nobody tells of any more, as long as its row keeps its place."""
        if column == "phase":
            return span("· gone", Role.MUTED)
        return EMPTY if column in ("marks", "who", "age") else _CELLS[column](self, status, width)

    def heading(self, group: Group, is_open: bool, _: str, width: int) -> Line:
        """A group's line, width cells wide."""
        return _heading(self, group, is_open, width)

    def cell(self, status: AlertStatus, column: str, width: int) -> Line:
        """One cell, at most width cells wide where it can be said in fewer."""
        return _CELLS[column](self, status, width)


def marks(drawing: Drawing, status: AlertStatus, width: int) -> Line:
    """New, and flapping with how often within an hour, in as many words as fit."""
    told = drawing.facts.marks(status)
    new = span(f"{NEW_GLYPH} new", Role.BADGE) if NEW in told else EMPTY
    if FLAPPING not in told:
        return new
    flaps = span(f"{FLAPPING_GLYPH}flaps {status.begun}×", Role.WARN)
    wordy = span(f"{FLAPPING_GLYPH} flaps {status.begun}×/h", Role.WARN)
    shorter = (join([new, wordy]), join([new, flaps]), join([span(NEW_GLYPH, Role.BADGE) if new else EMPTY, flaps], ""))
    return next((line for line in shorter if width_of(line) <= width), shorter[-1])


def who(drawing: Drawing, status: AlertStatus, width: int) -> Line:
    """Who or what has the alert: by whom, since and until when; what inhibits or mutes it; when it resolved."""
    alert = status.alert
    if status.phase is Phase.RESOLVED:
        ago = figures.age(drawing.assessment.snapshot.at - (alert.resolved_at or 0.0))
        had = [span("had it", Role.MUTED), outside(status.ack.author, Role.MUTED)][::-1] if status.ack else []
        return join([span(f"{ago} ago", Role.OK), *had])
    silence = status.ack or next(iter(status.silences), None)
    if silence is not None and status.rings:
        return join([outside(f"{silence.author or '?'}:"), outside(status.rings, Role.WARN)])
    if silence is not None:
        return _held(silence, width)
    if status.snoozed_until is not None:
        return span(f"snoozed {figures.clock(status.snoozed_until)}", Role.MUTED)
    if status.phase is Phase.INHIBITED:
        names = dict.fromkeys(drawing.facts.name(alert.source, one) or one for one in alert.inhibited_by)
        return join([span("by", Role.MUTED), outside(", ".join(names))])
    if status.phase is Phase.MUTED:
        return join([span("by", Role.MUTED), outside(", ".join(alert.muted_by))])
    if status.phase is Phase.SILENCED:
        return span("by a silence", Role.MUTED)
    nobody = status.phase is Phase.FIRING and alert.urgency is Urgency.PAGE
    return span("nobody", Role.WARN) if nobody else span("-", Role.MUTED)


def _held(silence: Silence, width: int) -> Line:
    """By whom, since and until when, and that it is kept: its end is moved while the alert fires."""
    start, end = figures.clock(silence.starts_at), figures.clock(silence.ends_at)
    kept = (f"{start}–{end} kept", f"kept to {end}", "kept")
    shapes = kept if silence.is_kept else (f"{start}–{end}", f"to {end}")
    lines = [join([outside(silence.author or "?"), span(shape, Role.MUTED)]) for shape in shapes]
    return next((line for line in lines if width_of(line) <= width), lines[-1])


def _service(_: Drawing, status: AlertStatus, __: int) -> Line:
    return outside(status.service or "-", Role.TEXT if status.service else Role.MUTED)


def _cluster(_: Drawing, status: AlertStatus, __: int) -> Line:
    return span("-", Role.MUTED) if status.alert.pending else outside(status.alert.source)


_CELLS: dict[str, Callable[[Drawing, AlertStatus, int], Line]] = {
    "phase": lambda _, status, __: phase_badge(status),
    "severity": lambda _, status, __: outside(status.alert.severity or "-", URGENCY_ROLES[status.alert.urgency]),
    "marks": marks,
    "alert": lambda _, status, __: outside(status.alert.name or "(no alertname)", Role.STRONG),
    "service": _service,
    "cluster": _cluster,
    "age": lambda drawing, status, _: span(figures.age(drawing.assessment.snapshot.at - status.alert.starts_at)),
    "who": who,
    "runbook": lambda drawing, status, _: (
        span("✓", Role.OK) if drawing.facts.has_runbook(status) else span("-", Role.MUTED)
    ),
    "summary": lambda _, status, __: outside(summary_of(status), Role.MUTED),
}


def _makes(group: Group) -> Line:
    """What makes the group one, with whom it goes to."""
    labels = group.labels
    if group.key.kind is GroupKind.STORM:
        # What tells it first: at 80 columns the rest is cut.
        labels = {**dict(group.key.labels), **labels}
    if group.key.kind is GroupKind.LABEL and not any(labels.values()):
        return join([span("no label", Role.MUTED), outside(next(iter(labels)), Role.MUTED)])
    if not labels:
        return join([span("no labels in common", Role.MUTED), _to(group)])
    return join([*(join([outside(f"{n}=", Role.MUTED), outside(v)], "") for n, v in labels.items()), _to(group)])


def _to(group: Group) -> Line:
    return outside(f"→ {', '.join(group.receivers)}", Role.MUTED) if group.receivers else EMPTY


def _spread(drawing: Drawing, group: Group) -> Line:
    """Within how long a storm's alerts began, and how long ago."""
    starts = [status.alert.starts_at for status in group.alerts]
    within = figures.age(max(starts) - min(starts))
    ago = figures.age(drawing.assessment.snapshot.at - min(starts))
    return span(f"began within {within}, {ago} ago", Role.MUTED)


def _heading(drawing: Drawing, group: Group, is_open: bool, width: int) -> Line:
    """A group in one line: its worst, how many, how many nobody has, how many are new, and what makes it one.

    Where there is little room, what makes it one is cut and no count is.
    """
    storm = group.key.kind is GroupKind.STORM
    counts = [span(f"{len(group.alerts)} alerts" if len(group.alerts) > 1 else "1 alert", Role.STRONG)]
    if group.unacknowledged:
        counts.append(span(f"{group.unacknowledged} unacked", Role.WARN))
    elif acked := group.phases.get(Phase.ACKNOWLEDGED):
        counts.append(span(f"{acked} acked", Role.OK))
    if new := drawing.new_in(group):
        counts.append(span(f"{NEW_GLYPH} {new} new", Role.BADGE))
    worst = join(
        [phase_badge(group.worst), outside(group.worst.alert.severity, URGENCY_ROLES[group.worst.alert.urgency])]
    )
    left = join(
        [
            span("▾" if is_open else "▸", Role.ACCENT),
            span(f"{STORM_GLYPH} STORM", Role.WARN_BADGE) if storm else EMPTY,
            fitted(worst, 18) if not storm else worst,
            join(counts, ", "),
        ]
    )
    return (
        join([left, _makes(group), _spread(drawing, group) if storm else EMPTY], "  ")
        if width > width_of(left)
        else left
    )


def group_detail(assessment: Assessment, group: Group) -> list[Line]:
    """A group in full: what makes it one, whom it goes to, what becomes of its alerts, and its oldest and newest."""
    phases = [span(f"{PHASE_GLYPHS[phase]} {count} {phase.value}") for phase, count in group.phases.items()]
    services = dict.fromkeys(status.service for status in group.alerts if status.service)
    starts = [status.alert.starts_at for status in group.alerts]
    now = assessment.snapshot.at
    first, last = (f"{figures.age(now - at)} ago" for at in (min(starts), max(starts)))
    lines = [
        join([span(_KINDS[group.key.kind], Role.MUTED), _makes(group)]),
        join(phases, "  "),
        join([span("first began", Role.MUTED), span(first), span("last", Role.MUTED), span(last)]),
    ]
    if services:
        lines.append(join([span("services", Role.MUTED), outside(", ".join(services))]))
    return lines


_KINDS = {
    GroupKind.STORM: "storm: began together, all have",
    GroupKind.ROUTED: "group of its Alertmanager:",
    GroupKind.LABEL: "alerts with",
}
