"""SLOs: one row each with all its windows; and the facts of one SLO."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from oncall_tui.core.assess import Assessment
from oncall_tui.core.burn import DAY, HOUR, TierVerdict, Verdict, error_budget
from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.readings import NoData, SliReading
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli, Side, SlicesSli, Slo
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, fitted, join, outside, span, state_badge

WINDOWS = (300, 1_800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY)

COLUMNS = (
    Column("state", "STATE", 9),
    Column("service", "SERVICE", 13, grow=1),
    Column("slo", "SLO", 12, grow=1),
    Column("sli", "SLI 1h", 7, rank=1, right=True),
    Column("objective", "WANTED", 7, rank=2, right=True),
    Column("budget", "BUDGET LEFT", 11, grow=2),
    *(
        Column(f"{window}", format_duration(window), 5, rank=0 if window == HOUR else 3, right=True)
        for window in WINDOWS
    ),
    Column("out", "OUT IN", 6, rank=1, right=True),
    Column("period", "PERIOD", 6, rank=4, right=True),
    Column("why", "WHY", 20, rank=5, grow=3),
)


def table(slos: Iterable[SloStatus], empty: tuple[Line, ...]) -> Table:
    """The SLOs as a table; the rows' keys are their ids. Window columns hold burn rates."""
    return Table(COLUMNS, [Row(status.slo.id, _cells(status)) for status in slos], empty)


def _cells(status: SloStatus) -> Callable[[str, int], Line]:
    slo = status.slo

    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return state_badge(status.state)
            case "service":
                return outside(slo.service, Role.STRONG)
            case "slo":
                return outside(slo.name, STATE_ROLES[status.state])
            case "sli":
                return figures.percent(status.sli(HOUR), slo.objective)
            case "objective":
                return span(figures.objective(slo), Role.MUTED)
            case "budget":
                return figures.budget_bar(status.remaining, width)
            case "out":
                return figures.countdown(status.exhausted_in, slo.period)
            case "period":
                return span(format_duration(slo.period), Role.MUTED)
            case "why":
                return outside(status.reason, Role.MUTED)
        window = int(column)
        return figures.burn(status.burn(window), status.verdicts, window) if window in slo.windows else ()

    return cell


def headline(status: SloStatus) -> Line:
    """State, name, and the two figures that matter: what is left, and for how long."""
    slo = status.slo
    left = (
        span(f"{status.remaining * 100:.1f}% of the budget left")
        if status.remaining is not None
        else span("budget unknown", Role.UNKNOWN)
    )
    gone = (
        ()
        if status.exhausted_in is None or status.exhausted_in > slo.period
        else (
            span("budget spent", Role.CRIT)
            if status.exhausted_in <= 0
            else span(f"gone in {humanize(status.exhausted_in)} at this rate", Role.WARN)
        )
    )
    return join(
        [
            state_badge(status.state),
            outside(slo.id, Role.STRONG),
            outside(status.reason),
            span("·", Role.MUTED),
            left,
            gone,
        ]
    )


def promise(slo: Slo) -> Line:
    """The SLO in words."""
    match slo.sli:
        case EventsSli():
            what = "of requests are good"
        case LatencySli(threshold=threshold):
            what = (
                f"of requests take at most {threshold * 1000:g}ms"
                if threshold < 1
                else f"of requests take at most {threshold:g}s"
            )
        case SlicesSli(bound=bound, side=side, slice=length):
            word = "at least" if side is Side.AT_LEAST else "at most"
            what = f"of {format_duration(length)} slices have {slo.kind.value} {word} {bound:g}"
        case RatioSli():
            what = "good, as its own ratio says"
    budget = error_budget(slo.objective)
    minutes = f"a budget of {humanize(budget * slo.period)} of full outage"
    return join(
        [span(f"{figures.objective(slo)} {what} over {format_duration(slo.period)}"), span(f"({minutes})", Role.MUTED)]
    )


def tiers(status: SloStatus) -> list[Line]:
    """The alert tiers, each with both its windows held against its factor."""
    lines = [span("TIER    FACTOR   LONG         SHORT        NOW", Role.HEADING)]
    if not status.slo.policy:
        return [*lines, span("no alerts: where this SLO is defined, they are turned off", Role.MUTED)]
    return lines + [_tier(verdict) for verdict in status.verdicts]


def _tier(verdict: TierVerdict) -> Line:
    tier = verdict.tier
    loud = Role.CRIT if tier.severity == "page" else Role.WARN
    state = {
        Verdict.FIRING: span("FIRING", loud),
        Verdict.FROZEN: span("FROZEN", loud),
        Verdict.QUIET: span("quiet", Role.OK),
        Verdict.TOO_FEW: span("too few", Role.UNKNOWN),
        Verdict.UNKNOWN: span("unknown", Role.UNKNOWN),
    }[verdict.verdict]
    if not verdict.reachable:
        state = span(f"can never fire: {verdict.factor:.3g}x is over 100% errors", Role.UNKNOWN)
    return join(
        [
            fitted(span(tier.severity.value, loud), 7),
            fitted(span(f"{verdict.factor:.3g}x"), 7, right=True),
            _leg(tier.long, verdict.long_burn, verdict.factor, loud),
            _leg(tier.short, verdict.short_burn, verdict.factor, loud),
            state,
        ]
    )


def _leg(window: int, rate: float | None, factor: float, loud: Role) -> Line:
    figure = (
        figures.MISSING if rate is None else span(figures.compact(rate) + "x", loud if rate > factor else Role.TEXT)
    )
    return fitted(join([span(f" {format_duration(window):>3}", Role.MUTED), figure]), 12)


def windows(assessment: Assessment, status: SloStatus) -> list[Line]:
    """Every window: error ratio, burn rate, how it was had and how old it is; or why it is missing."""
    lines = [span("WINDOW  ERRORS    BURN   AGE    FROM", Role.HEADING)]
    return lines + [_window(assessment, status, window) for window in status.slo.windows]


def _window(assessment: Assessment, status: SloStatus, window: int) -> Line:
    name = span(f"{format_duration(window):<6}", Role.MUTED)
    sample = status.samples.get(window)
    if sample is None:
        return join(
            [name, figures.MISSING, outside(assessment.snapshot.doubt(SliReading(status.slo.id, window)), Role.UNKNOWN)]
        )
    burn = status.burn(window)
    return join(
        [
            name,
            fitted(span(f"{sample.value * 100:.3g}%"), 9, right=True),
            fitted(figures.burn(burn, status.verdicts, window), 7, right=True),
            fitted(span(figures.age(assessment.snapshot.at - sample.at), Role.MUTED), 6, right=True),
            join(
                [span(" " + sample.provenance.origin.value, Role.MUTED), outside(sample.provenance.source, Role.MUTED)]
            ),
        ]
    )


def promql(assessment: Assessment, status: SloStatus) -> list[Line]:
    """The query behind the 1h figure, as it was asked (each window has its own)."""
    slo = status.slo
    window = HOUR if HOUR in slo.windows else slo.windows[0]
    figure = assessment.snapshot.figures.get(SliReading(slo.id, window))
    outcome = (figure.trouble or figure.value) if figure else None
    if outcome is None:
        return [span("PROMQL", Role.HEADING), span("not asked yet", Role.UNKNOWN)]
    title = span(f"PROMQL over {format_duration(window)}", Role.HEADING)
    note = outside(f"no data: {outcome.reason}", Role.UNKNOWN) if isinstance(outcome, NoData) else ()
    return [join([title, note], "  "), outside(outcome.provenance.query)]
