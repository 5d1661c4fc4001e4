"""An investigation: the likeliest first cause, what speaks for and against it, and what moved when."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from oncall_tui.core.assess import Assessment
from oncall_tui.core.causes import Suspect, is_weak
from oncall_tui.core.duration import humanize
from oncall_tui.core.explained import BAD
from oncall_tui.core.investigation import Investigation, Track
from oncall_tui.core.state import State
from oncall_tui.core.topology import Node, Topology, topology_of
from oncall_tui.ui.render import changed, figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import Line, Role, join, outside, span, state_badge

COLUMNS = (
    Column("when", "LEFT", 10),
    Column("off", "±", 6, right=True, rank=2),
    Column("what", "WHAT MOVED", 26, grow=2),
    Column("chart", "", 16, rank=3, grow=4),
    Column("then", "BEFORE", 9, right=True, rank=1),
    Column("now", "NOW", 9, right=True),
    Column("size", "SPREADS", 7, right=True, rank=1),
    Column("lasts", "UNTIL", 9, rank=2),
)
_SUSPECTS = 3
"""Suspects told in full."""


def progress(done: int, of: int, service: str) -> list[Line]:
    """How far it is."""
    cells = 30 * done // of if of else 0
    return [
        join([span("Investigating", Role.MUTED), outside(service, Role.STRONG), span(f"{done} of {of} asked")]),
        (("█" * cells, Role.ACCENT), ("·" * (30 - cells), Role.MUTED)),
        span("esc leaves; the dashboard goes on meanwhile", Role.MUTED),
    ]


def verdict(found: Investigation) -> list[Line]:
    """The likeliest first cause, or why none is named; then the next ones."""
    head = join(
        [
            span("symptom", Role.MUTED),
            outside(_symptom(found), Role.STRONG),
            span(f"over the last {humanize(found.span)}, asked at {figures.moment(found.at)}", Role.MUTED),
        ]
    )
    lines: list[Line] = [head, ()]
    suspects = found.finding.suspects
    if not suspects:
        return [*lines, outside(f"? No cause can be named: {found.finding.doubt}.", Role.UNKNOWN)]
    if found.finding.sure:
        lines.append(join([span("first cause, most likely:", Role.WARN), outside(_named(suspects[0]), Role.STRONG)]))
    else:
        lines.append(outside(f"? It cannot be told which came first: {found.finding.doubt}.", Role.UNKNOWN))
    for place, suspect in enumerate(suspects[:_SUSPECTS], 1):
        lines += _suspect(place, suspect, found.at)
    if len(suspects) > _SUSPECTS:
        rest = ", ".join(suspect.service for suspect in suspects[_SUSPECTS:])
        lines.append(outside(f"   less likely: {rest}", Role.MUTED))
    return [*lines, *([short] if (short := changed.in_short(found)) else [])]


def summary(found: Investigation) -> str:
    """The finding in one line, for the incident's timeline and for copying."""
    suspects = found.finding.suspects
    if not suspects or not found.finding.sure:
        return f"{found.service}: no first cause named: {found.finding.doubt}"
    first = suspects[0]
    why = "; ".join(first.speaks_for)
    return (
        f"{found.service}: first cause most likely {_named(first)}, at {figures.moment_near(first.at, found.at)}: {why}"
    )


def _symptom(found: Investigation) -> str:
    if found.symptom is None:
        return "none"
    when = figures.moment_near(found.symptom.excursion.at, found.at)
    since = "since before" if found.symptom.excursion.before_range else "since"
    return f"{found.service} {_signal(found.symptom.signal, found.symptom.member)} {since} {when}"


def _named(suspect: Suspect) -> str:
    if suspect.change is not None:
        return f"{suspect.service}, {suspect.change.what}"
    return f"{suspect.service} {suspect.moved[0].signal}" if suspect.moved else suspect.service


def _suspect(place: int, suspect: Suspect, now: float) -> list[Line]:
    lines = [
        join(
            [
                span(f"{place}.", Role.ACCENT),
                outside(suspect.service, Role.STRONG),
                span(_when(suspect, now)),
            ]
        )
    ]
    lines += [join([span("   +", Role.OK), outside(words)]) for words in suspect.speaks_for]
    lines += [join([span("   −", Role.CRIT), outside(words, Role.MUTED)]) for words in suspect.speaks_against]
    return lines


def _when(suspect: Suspect, now: float) -> str:
    if suspect.moved and suspect.moved[0].excursion.before_range:
        return f"before {figures.moment_near(suspect.at, now)}, where the span begins"
    return f"at {figures.moment_near(suspect.at, now)} ± {humanize(suspect.uncertainty)}"


def timeline(found: Investigation) -> Table:
    """What moved, and every change, alert and runbook step, by time; a track's key is (service, name, member)."""
    rows: list[tuple[float, Row]] = []
    for track in found.tracks:
        if track.moved:
            at = track.moved[-1].excursion.at
            rows.append((at, Row((track.service, track.name, track.member), _cells(found, track))))
    for change in found.changes:
        words = join(
            [span(figures.moment_near(change.at, found.at)), outside(f"  {change.service}: {change.what}", Role.ACCENT)]
        )
        rows.append((change.at, Row(change, _across(words), selectable=False)))
    rows += [
        (one.at, Row((one, place), _across(changed.occurrence(one, found.at)), selectable=False))
        for place, one in enumerate(found.occurrences)
    ]
    rows.sort(key=lambda pair: pair[0])
    return Table(COLUMNS, [row for _, row in rows], (span("Nothing that is measured left its range.", Role.MUTED),))


def to_begin_with(found: Investigation) -> tuple[str, str, str] | None:
    """The key of the row to begin at: what moved first of the suspect that leads clearly, else the symptom.

    None where neither moved.
    """
    suspect = found.finding.suspects[0] if found.finding.sure else None
    moved = suspect.moved[0] if suspect is not None and suspect.moved else found.symptom
    return (moved.service, moved.signal, moved.member) if moved is not None else None


def _across(line: Line) -> Callable[[str, int], Line]:
    return lambda column, width: line


def _cells(found: Investigation, track: Track) -> Callable[[str, int], Line]:
    last = track.moved[-1].excursion

    def cell(column: str, width: int) -> Line:
        match column:
            case "when":
                return span(figures.moment_near(last.at, found.at))
            case "off":
                return span("before" if last.before_range else humanize(last.uncertainty), Role.MUTED)
            case "what":
                own, weak = track.service == found.service, is_weak(track.moved[-1])
                name = outside(track.service, Role.MUTED if weak else Role.STRONG if own else Role.TEXT)
                return join([name, outside(_signal(track.name, track.member), Role.MUTED if weak else Role.ACCENT)])
            case "chart":
                return figures.sparkline(track.points, width)
            case "then":
                return outside(_value_before(track, last.earliest))
            case "now":
                return outside(figures.quantity(track.points[-1][1], track.unit))
            case "size":
                return span(f"{last.level:+.0f}", Role.MUTED if is_weak(track.moved[-1]) else Role.WARN)
            case _:
                return (
                    span("still out", Role.WARN)
                    if last.until is None
                    else span(figures.moment_near(last.until, found.at))
                )

    return cell


def _value_before(track: Track, at: float) -> str:
    before = [value for when, value in track.points if when < at]
    return figures.quantity(sorted(before)[len(before) // 2], track.unit) if before else "–"


def _signal(name: str, member: str) -> str:
    return f"{name} {member}" if member else name


def unanswered(found: Investigation) -> list[Line]:
    """What nobody could say: what is not measured is not suspected."""
    if not found.unanswered:
        return []
    return [span("NOT MEASURED", Role.HEADING), *(outside(f"? {words}", Role.UNKNOWN) for words in found.unanswered)]


def tree(assessment: Assessment, service: str) -> list[Line]:
    """What the service rests on and what rests on it, each with its state; the first bad ancestor is marked."""
    topology = topology_of(assessment.snapshot.catalogue)
    states = {status.service.name: status.state for status in assessment.services}
    bad = {name for name, state in states.items() if state in BAD}
    upstream = [_node(node, states, topology, bad) for node in topology.upstream_tree(service)]
    downstream = [_node(node, states, topology, bad) for node in topology.downstream_tree(service)][1:]
    lines = [span("RESTS ON", Role.HEADING), *upstream]
    if downstream:
        lines += [(), span(f"BLAST RADIUS ({len(topology.downstream(service))})", Role.HEADING), *downstream]
    return lines


def _node(node: Node, states: Mapping[str, State], topology: Topology, bad: set[str]) -> Line:
    rails = "".join("   " if last else "│  " for last in node.last[:-1])
    branch = ("└─ " if node.last[-1] else "├─ ") if node.last else ""
    state = states.get(node.service)
    badge = state_badge(state) if state is not None else span("? not described", Role.UNKNOWN)
    roots = topology.roots_of(node.service, bad)
    words: Line = ()
    if roots:
        words = outside(f"explained by {', '.join(roots)}", Role.MUTED)
    elif node.service in bad and any(node.service in topology.roots_of(other, bad) for other in bad):
        words = span("first bad", Role.WARN)
    elif node.seen:
        words = span("(above)", Role.MUTED)
    return join([join([span(rails + branch, Role.MUTED), outside(node.service, Role.STRONG)], ""), badge, words])
