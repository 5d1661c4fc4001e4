"""What changed around an onset: labels before and after, and this version against the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncall_tui.core.by_version import Compared, Versions
from oncall_tui.core.causes import ChangeKind
from oncall_tui.core.investigation import Investigation
from oncall_tui.core.surroundings import Occurrence, OccurrenceKind
from oncall_tui.core.what_changed import Held, Shift
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.charts import Mark
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span

_NAME_CELLS = 16
_VALUE_CELLS = 9
_GLYPHS = {OccurrenceKind.ALERT: "alert", OccurrenceKind.RUN: "ran"}
_ROLES = {OccurrenceKind.ALERT: Role.WARN, OccurrenceKind.RUN: Role.OK}


def lines(found: Investigation) -> list[Line]:
    """Everything that is known to have changed; where nothing is told, that nobody tells, which is not 'nothing'."""
    told = [*_labels(found), *_versions(found.versions, found.at)]
    if told:
        return told
    return [
        span("WHAT CHANGED", Role.HEADING),
        span("? no info metric is asked: `versions:`, `info:` or `deploys:` of a service", Role.UNKNOWN),
    ]


def in_short(found: Investigation) -> Line:
    """What changed, in one line for the verdict; () where nothing did, or nobody tells."""
    changed = [one for one in found.shifts if one.changed]
    if not changed:
        return ()
    parts = [join([outside(f"{one.service} {one.label}", Role.ACCENT), _sides(one)]) for one in changed[:3]]
    more = span(f"and {len(changed) - 3} more", Role.MUTED) if len(changed) > 3 else ()
    return join([span("changed:", Role.WARN), join(parts, "; "), more])


def _labels(found: Investigation) -> Iterable[Line]:
    deploys = [one for one in found.changes if one.kind is ChangeKind.DEPLOY]
    if not found.shifts and not deploys:
        return
    yield span("WHAT CHANGED, before the onset → now", Role.HEADING)
    for one in deploys:
        when = figures.moment_near(one.at, found.at)
        yield join([span(when), outside(one.service, Role.STRONG), outside(one.what, Role.ACCENT)])
    for shift in found.shifts:
        if shift.changed:
            yield _shift(shift, found.at)
    same = [f"{one.service} {one.label}" for one in found.shifts if not one.changed]
    if same:
        yield outside(f"the same: {', '.join(same)}", Role.MUTED)


def _shift(one: Shift, now: float) -> Line:
    when = span(f"at {figures.moment_near(one.moved_at, now)}", Role.MUTED) if one.moved_at is not None else ()
    split = span("replicas differ", Role.WARN) if one.split else ()
    more = span(f"+{one.more} values", Role.MUTED) if one.more else ()
    return join([outside(one.service, Role.STRONG), outside(one.label, Role.ACCENT), _sides(one), more, split, when])


def _sides(one: Shift) -> Line:
    counted = any(held.count > 1 for held in (*one.before, *one.after)) or one.split
    return join([_side(one.before, counted, "no data"), span("→", Role.MUTED), _side(one.after, counted, "gone")])


def _side(held: Sequence[Held], counted: bool, nothing: str) -> Line:
    if not held:
        return span(f"? {nothing}", Role.UNKNOWN)
    return outside(", ".join(f"{one.value} ×{one.count}" if counted else one.value for one in held))


def _versions(versions: Sequence[Versions], now: float) -> Iterable[Line]:
    for one in versions:
        yield ()
        yield span("THIS VERSION AGAINST THE LAST", Role.HEADING)
        how = "both serve" if one.together else "since it came, against as long before"
        when = figures.moment_near(one.since, now)
        yield join([outside(one.service, Role.STRONG), span(f"since {when}, {how}", Role.MUTED)])
        if one.trouble:
            yield outside(f"{one.last} → {one.this}", Role.ACCENT)
            yield outside(f"? {one.trouble}", Role.UNKNOWN)
            continue
        yield join(
            [
                fitted((), _NAME_CELLS),
                fitted(outside(one.last, Role.MUTED), _VALUE_CELLS, right=True),
                fitted(outside(one.this, Role.ACCENT), _VALUE_CELLS, right=True),
            ]
        )
        yield from map(_figure, one.figures)


def _figure(one: Compared) -> Line:
    return join(
        [
            fitted(outside(one.signal.name), _NAME_CELLS),
            fitted(_value(one.last, one.signal.unit), _VALUE_CELLS, right=True),
            fitted(_value(one.this, one.signal.unit), _VALUE_CELLS, right=True),
            span("▲ worse", Role.WARN) if one.worse else (),
            span(f"of {one.points} points", Role.MUTED) if one.points < _FEW else (),
        ]
    )


_FEW = 5
"""Points below which a mean says how few it is of."""


def _value(value: float | None, unit: str) -> Line:
    return figures.MISSING if value is None else span(figures.quantity(value, unit), Role.STRONG)


def occurrence(one: Occurrence, now: float) -> Line:
    """An alert or a run as a row of the timeline."""
    when = span(figures.moment_near(one.at, now))
    return join([when, outside(f"  {one.service}: {_GLYPHS[one.kind]} {one.what}", _ROLES[one.kind])])


def marks(found: Investigation, services: Iterable[str]) -> list[Mark]:
    """What happened to these services, as marks on a chart: changes, alerts that began, runbook steps that ran."""
    own = frozenset(services)
    changes = [Mark(one.at, one.what, Role.ACCENT) for one in found.changes if one.service in own]
    return changes + [
        Mark(one.at, f"{_GLYPHS[one.kind]} {one.what}", _ROLES[one.kind])
        for one in found.occurrences
        if one.service in own
    ]
