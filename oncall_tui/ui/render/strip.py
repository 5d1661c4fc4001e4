"""The status strip: what is wrong, how many alerts, and how old each source's news is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import Assessment
from oncall_tui.core.dead_man import Heartbeat, Pulse
from oncall_tui.core.snapshot import SKEW_LIMIT, SourceHealth, SourceKind
from oncall_tui.core.state import State
from oncall_tui.ui.render.figures import age
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, join, outside, span, width_of

_SHORT = {SourceKind.PROMETHEUS: "prom", SourceKind.ALERTMANAGER: "am", SourceKind.ENDPOINTS: "endpoints"}


@dataclass(frozen=True, slots=True)
class AlertTally:
    """How many alerts fire and do more than inform; of these, how many nobody has, are snoozed, and ring again."""

    loud: int = 0
    unacked: int = 0
    snoozed: int = 0
    ringing: int = 0


def tally_of(assessment: Assessment) -> AlertTally:
    """The alerts counted. Takes long for thousands: once an assessment, and not for every tick of the clock."""
    firing, snoozed, loud, ringing = 0, 0, 0, 0
    for status in assessment.alerts:
        fires = status.phase is Phase.FIRING
        if (fires or status.phase is Phase.ACKNOWLEDGED) and status.alert.urgency is not Urgency.INFO:
            loud += 1
            firing += fires
            snoozed += fires and status.snoozed_until is not None
            ringing += bool(status.rings)
    return AlertTally(loud, firing - snoozed, snoozed, ringing)


def strip(
    assessment: Assessment | None,
    tally: AlertTally,
    title: str,
    now: float,
    width: int,
    *,
    read_only: bool = False,
    journal_ails: bool = False,
    lag: float = 0.0,
) -> Line:
    """One line of width cells: mode, counts by state, alerts, sources with their ages, the time.

    tally: of the assessment, as tally_of gives it.
    journal_ails: whether what is done cannot be recorded; the sheet of the sources says why.
    lag: seconds for which the dashboard itself hung a moment ago; the sheet says more of that too.
    What does not fit goes: first the title, our name, the room between; of sources that are well all ages but the
    oldest, and that; the clock's seconds, the clock, and last how many alerts nobody has. What is wrong stays. Where a
    recording plays its moment is the clock.
    """
    hour = datetime.fromtimestamp(now, UTC)
    time, minute = (span(hour.strftime(f"%H:%M{seconds}Z"), Role.MUTED) for seconds in (":%S", ""))
    if assessment is None:
        left = join([span("oncall-tui", Role.STRONG), outside(title, Role.MUTED), span("asking…", Role.UNKNOWN)], "  ")
        return _spread(left, time, width)
    snapshot = assessment.snapshot
    name = [span("oncall-tui", Role.STRONG), outside(title, Role.MUTED)]
    marks = [_mode(assessment, now)] + ([span("READ-ONLY", Role.ACCENT)] if read_only and not snapshot.replay else [])
    marks += heartbeats(snapshot.heartbeats, now)
    marks += [span("✖ journal", Role.CRIT_BADGE)] if journal_ails else []
    marks += [span(f"LAGS {lag:.1f}s", Role.WARN_BADGE)] if lag else []
    states = [_count(assessment, state) for state in (State.CRIT, State.WARN, State.SILENT, State.UNKNOWN)]
    body = [*marks, *(states if any(states) else [_nothing_counted(assessment)])]
    every = tuple(snapshot.sources.values())
    labels = {health.name: _label(health, every) for health in every}
    sources = join([_source(health, now, labels[health.name]) for health in every])
    well = [health for health in every if _well(health, now)]
    ailing = join([_source(health, now, labels[health.name]) for health in every if health not in well])
    alerts, short = _alerts(assessment, tally), _alerts(assessment, replace(tally, unacked=0, snoozed=0))
    clock, minute = ((), ()) if snapshot.replay else (time, minute)
    shapes = (
        ([*name, *body, alerts], "  ", [sources, clock]),
        ([*name[:1], *body, alerts], "  ", [sources, clock]),
        ([*body, alerts], "  ", [sources, clock]),
        ([*body, alerts], " ", [sources, clock]),
        ([*body, alerts], " ", [ailing, _oldest(well, now, alone=not ailing), clock]),
        ([*body, alerts], " ", [ailing, clock]),
        ([*body, alerts], " ", [ailing, minute]),
        ([*body, alerts], " ", [ailing]),
        ([*body, short], " ", [ailing, minute]),
        ([*body, short], " ", [ailing]),
    )
    for parts, between, rest in shapes:
        left, right = join(parts, between), join(rest, between)
        if width_of(left) + width_of(right) + len(between) <= width:
            break
    return _spread(left, right, width)


def heartbeats(beats: Iterable[Heartbeat], now: float) -> list[Line]:
    """The dead-man switches that do not beat: missing ones loudly, those nobody can say it of yet as not known."""
    lines = []
    for beat in beats:
        since = f" {age(now - beat.absent_since)}" if beat.absent_since is not None else ""
        if beat.pulse is Pulse.MISSING:
            lines.append(outside(f"✖ NO {beat.switch.name}{since}", Role.CRIT_BADGE))
        elif beat.pulse is Pulse.UNSURE:
            lines.append(outside(f"? {beat.switch.name}", Role.UNKNOWN))
    return lines


def _mode(assessment: Assessment, now: float) -> Line:
    snapshot = assessment.snapshot
    if snapshot.replay:
        moment = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        return span(f"REPLAY {snapshot.replay} {moment}", Role.DEMO)
    if snapshot.paused:
        return span("PAUSED", Role.WARN_BADGE)
    if snapshot.late(now):
        return span(f"LATE {age(now - snapshot.at)}", Role.CRIT_BADGE)
    return span("DEMO", Role.DEMO) if snapshot.demo else span("LIVE", Role.OK)


def _nothing_counted(assessment: Assessment) -> Line:
    """No service is in trouble; that is OK only where there are services, and every source answers."""
    if assessment.state is State.OK:
        return span("all OK", Role.OK)
    return span(assessment.state.name, STATE_ROLES[assessment.state])


def _count(assessment: Assessment, state: State) -> Line:
    count = assessment.count(state)
    return span(f"{state.name} {count}", STATE_ROLES[state]) if count else ()


def _alerts(assessment: Assessment, tally: AlertTally) -> Line:
    if assessment.snapshot.alerts_doubt():
        return span(f"alerts {tally.loud or ''}?", Role.UNKNOWN)
    if not tally.loud:
        return span("no alerts", Role.MUTED)
    ringing = tally.ringing
    again = span(f"{ringing} rings again" if ringing == 1 else f"{ringing} ring again", Role.WARN) if ringing else ()
    told_apart = [f"{n} {what}" for n, what in ((tally.unacked, "unacked"), (tally.snoozed, "snoozed")) if n]
    shown = span(f"({', '.join(told_apart)})", Role.STRONG if tally.unacked else Role.MUTED) if told_apart else ()
    return join([span(f"alerts {tally.loud}"), shown, again])


def _label(health: SourceHealth, sources: Iterable[SourceHealth]) -> str:
    alone = sum(other.kind is health.kind for other in sources) == 1
    return _SHORT[health.kind] if alone else health.name


def _source(health: SourceHealth, now: float, label: str) -> Line:
    if health.answered_at is None:
        return (
            join([outside(label, Role.CRIT), span("no answer", Role.CRIT)])
            if health.failures
            else outside(f"{label} …", Role.UNKNOWN)
        )
    text = f"{label} {age(now - health.answered_at)}"
    if not health.live(now):
        return outside(f"✖ {text}", Role.CRIT_BADGE)
    if health.failures:
        return outside(f"! {text}", Role.WARN)
    if health.skew is not None and abs(health.skew) > SKEW_LIMIT:
        return outside(f"{text} skew {health.skew:+.0f}s", Role.WARN)
    return outside(f"{text}{' partial' if health.warnings else ''}", Role.WARN if health.warnings else Role.MUTED)


def _oldest(well: Sequence[SourceHealth], now: float, *, alone: bool) -> Line:
    """Sources with nothing to say but their age, as one."""
    ages = [now - health.answered_at for health in well if health.answered_at is not None]
    return span(f"{'sources' if alone else 'others'} {age(max(ages))}", Role.MUTED) if ages else ()


def _well(health: SourceHealth, now: float) -> bool:
    """Whether there is nothing to say of it but its age."""
    skewed = health.skew is not None and abs(health.skew) > SKEW_LIMIT
    return health.live(now) and not (health.failures or health.warnings or skewed)


def _spread(left: Line, right: Line, width: int) -> Line:
    gap = max(1, width - width_of(left) - width_of(right))
    return (*left, (" " * gap, Role.TEXT), *right)


def source_lines(sources: Sequence[SourceHealth], now: float) -> list[Line]:
    """What is the matter with each source that has trouble, one line each, with what to do about it."""
    lines = []
    for health in sources:
        if health.error:
            since = f"last answer {age(now - health.answered_at)} ago" if health.answered_at else "no answer yet"
            role = Role.WARN if health.live(now) else Role.CRIT
            lines.append(
                join(
                    [
                        outside(health.name, Role.STRONG),
                        outside(health.trouble, role),
                        span(f"({since})", Role.MUTED),
                    ]
                )
            )
            lines += [outside(f"→ {health.hint}", Role.MUTED)] if health.hint else []
        lines += [join([outside(health.name, Role.STRONG), outside(w, Role.WARN)]) for w in health.warnings[:3]]
        if health.skew is not None and abs(health.skew) > SKEW_LIMIT:
            lines.append(
                join(
                    [
                        outside(health.name, Role.STRONG),
                        span(
                            f"its clock is {health.skew:+.0f}s from ours: figures may be of another moment", Role.WARN
                        ),
                    ]
                )
            )
    return lines
