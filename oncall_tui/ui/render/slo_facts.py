"""The facts of one SLO: what it promises, what is left and for how long, and what all that rests on."""

from __future__ import annotations

from oncall_tui.core.assess import Assessment
from oncall_tui.core.burn import HOUR, Tier, error_budget
from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.readings import NoData, SliReading
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, NoDataPolicy, RatioSli, Side, SlicesSli, Slo
from oncall_tui.core.slo_status import Budget, SloStatus
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.slos import badge, reach
from oncall_tui.ui.render.spans import Line, Role, fitted, join, outside, span


def noun(slo: Slo) -> str:
    """What the SLO counts: 'requests', 'events' or 'slices'."""
    match slo.sli:
        case LatencySli() | NativeLatencySli():
            return "requests"
        case SlicesSli():
            return "slices"
        case EventsSli(total=total) if "request" in total:
            return "requests"
    return "events"


# The headline


def headline(status: SloStatus) -> list[Line]:
    """State and why; what is left in every measure; for how long, and what has been agreed to do about it."""
    agreed = outside(f"agreed: {status.consequence}", Role.STRONG) if status.consequence else ()
    lines = [
        join([badge(status), outside(status.slo.id, Role.STRONG), outside(status.reason)]),
        budget(status),
        join([present_rate(status), agreed], " · "),
    ]
    return [line for line in lines if line]


def budget(status: SloStatus) -> Line:
    """What is left of the budget: 'budget left 38.0% · 8h12m of 21h36m outage · 1,204 of 3,000 bad requests'."""
    left = status.budget
    if left is None:
        return span("? how much of the budget is left is not known", Role.UNKNOWN)
    role = Role.CRIT if left.left <= 0 else Role.TEXT
    since = "" if status.since is None else f"data since {reach(status.since)} only"
    parts = [
        span(f"budget left {left.left * 100:.1f}%", role),
        span(outage_left(left), role),
        span(events_left(left, status.slo), role),
        span(since, Role.UNKNOWN),
    ]
    return join([part for part in parts if part[0][0]], " · ")


def maturity(slo: Slo, now: float) -> list[Line]:
    """Up to when the SLO is judged, where labels come late; nothing where they do not."""
    if not slo.label_delay:
        return []
    delay = humanize(slo.label_delay)
    until = figures.moment_near(now - slo.label_delay, now)
    told = f"labels take {delay}: every window ends at {until}; what is younger is an estimate, and not judged"
    return [span(told, Role.UNKNOWN)]


def outage_left(left: Budget) -> str:
    """The budget as time of full outage: '8h12m of 21h36m outage'."""
    whole = f"{humanize(left.seconds)} outage"
    over = left.seconds_left < 0
    return f"{humanize(-left.seconds_left)} over its {whole}" if over else f"{humanize(left.seconds_left)} of {whole}"


def events_left(left: Budget, slo: Slo) -> str:
    """The budget as events: '1,204 of 3,000 bad requests left'; '' where they are not counted."""
    if left.events is None or left.events_left is None:
        return ""
    whole = f"{figures.count(left.events)} bad {noun(slo)}"
    over = left.events_left < 0
    return (
        f"{figures.count(-left.events_left)} over its {whole}"
        if over
        else (f"{figures.count(left.events_left)} of {whole}")
    )


def present_rate(status: SloStatus) -> Line:
    """When the budget is gone at the pace of the last hour; nothing where that is not known or nothing burns."""
    pace = status.burn(HOUR)
    return _gone(status, HOUR, f"at the present rate (1h {figures.compact(pace)}x):") if pace is not None else ()


def _gone(status: SloStatus, window: int, name: str) -> Line:
    gone, period = status.gone_in(window), status.slo.period
    if gone is None:
        return ()
    if gone <= 0:
        return span(f"{name} the budget is spent", Role.CRIT)
    if gone > period:
        return span(f"{name} not gone within {format_duration(period)}", Role.MUTED)
    return join([span(f"{name} gone in"), figures.countdown(gone, period)])


def promise(slo: Slo) -> Line:
    """The SLO in words."""
    match slo.sli:
        case EventsSli():
            what = f"of {noun(slo)} are good"
        case LatencySli(threshold=threshold) | NativeLatencySli(threshold=threshold):
            within = f"{threshold * 1000:g}ms" if threshold < 1 else f"{threshold:g}s"
            what = f"of requests take at most {within}"
        case SlicesSli(bound=bound, side=side, slice=length):
            word = "at least" if side is Side.AT_LEAST else "at most"
            what = f"of {format_duration(length)} slices have {slo.kind.value} {word} {bound:g}"
        case RatioSli():
            what = "good, as its own ratio says"
    outage = f"a budget of {humanize(error_budget(slo.objective) * slo.period)} of full outage"
    return join(
        [
            span(f"{figures.objective(slo)} {what} over {format_duration(slo.period)}"),
            span(f"({outage})", Role.MUTED),
            outside(slo.description, Role.MUTED) if slo.description else (),
        ]
    )


# What if


def what_if(status: SloStatus) -> list[Line]:
    """When the budget is gone at the pace of each tier's long window, and what it would take to make it last."""
    lines: list[Line] = [span("IF IT GOES ON LIKE THIS", Role.HEADING)]
    longs = sorted({tier.long for tier in status.slo.policy})
    paces = [(window, pace) for window in longs if (pace := status.burn(window)) is not None]
    names = {window: f"{format_duration(window):>3} {figures.compact(pace)}x:" for window, pace in paces}
    lines += [line for window, name in names.items() if (line := _gone(status, window, name))]
    if status.lasting_ratio is not None:
        lines.append(lasting(status))
    return lines if len(lines) > 1 else [*lines, span("? neither what is left nor the pace is known", Role.UNKNOWN)]


def lasting(status: SloStatus) -> Line:
    """The error ratio below which what is left lasts another period."""
    period, most = format_duration(status.slo.period), status.lasting_ratio
    if not most:
        return span(f"nothing is left to last: errors leave the {period} as they grow older", Role.MUTED)
    return span(f"to stay within budget for {period} more, errors must stay below {figures.share(most)}")


# Windows, and what everything rests on


def guard(status: SloStatus, tier: Tier) -> str:
    """The least events a tier wants to see in its long window, and how many it saw."""
    sample = status.samples.get(tier.long)
    seen = "not counted" if sample is None or sample.total is None else f"{figures.count(sample.total)} seen"
    return f"needs {status.slo.min_events:,} {noun(status.slo)} in {format_duration(tier.long)}: {seen}"


def windows(assessment: Assessment, status: SloStatus) -> list[Line]:
    """Every window: error ratio, events, burn rate, age and source; or why it is missing."""
    lines: list[Line] = [span("WINDOW  ERRORS     EVENTS    BURN    AGE  FROM", Role.HEADING)]
    return lines + [_window(assessment, status, window) for window in status.slo.windows]


def _window(assessment: Assessment, status: SloStatus, window: int) -> Line:
    name = span(f"{format_duration(window):<6}", Role.MUTED)
    sample = status.samples.get(window)
    if window in status.assumed:
        told = f"no data: counts as {status.slo.no_data.value} ({assessment.snapshot.doubt(_reading(status, window))})"
        return join([name, outside(told, Role.UNKNOWN)])
    if sample is None:
        why = missing(assessment, status, window)
        return join([name, figures.MISSING, outside(why, Role.UNKNOWN)])
    total = span("-", Role.MUTED) if sample.total is None else span(figures.count(sample.total))
    return join(
        [
            name,
            fitted(span(f"{sample.value * 100:.3g}%"), 7, right=True),
            fitted(total, 10, right=True),
            fitted(figures.burn(status.burn(window), status.verdicts, window), 7, right=True),
            fitted(span(figures.age(assessment.snapshot.at - sample.at), Role.MUTED), 6, right=True),
            join(
                [span(" " + sample.provenance.origin.value, Role.MUTED), outside(sample.provenance.source, Role.MUTED)]
            ),
        ]
    )


def missing(assessment: Assessment, status: SloStatus, window: int) -> str:
    """Why there is no error ratio over a window that is to be believed."""
    if status.slo.is_template:
        return status.doubt
    return assessment.snapshot.doubt(_reading(status, window)) or status.doubt


def _reading(status: SloStatus, window: int) -> SliReading:
    return SliReading(status.slo.id, window)


_NO_DATA = {
    NoDataPolicy.UNKNOWN: "a window without data is unknown, never good",
    NoDataPolicy.GOOD: "a window without data counts as good; a failed query or a stale figure does not",
    NoDataPolicy.BAD: "a window without data counts as bad; a failed query or a stale figure does not",
}


def policies(status: SloStatus) -> list[Line]:
    """How it counts: missing data, little traffic, short history; and where it was defined."""
    slo = status.slo
    assumed = ", ".join(format_duration(window) for window in sorted(status.assumed))
    lines: list[Line] = [
        span("HOW IT COUNTS", Role.HEADING),
        _fact("no data", f"{_NO_DATA[slo.no_data]}{f' (now: {assumed})' if assumed else ''}"),
    ]
    if slo.min_events:
        longs = sorted({tier.long: tier for tier in slo.policy}.items())
        lines += [_fact("traffic", guard(status, tier)) for _, tier in longs]
    if status.since is not None:
        period = format_duration(slo.period)
        lines.append(_fact("history", f"data since {humanize(status.since)} only: its {period} rest on that"))
    if slo.group:
        lines.append(_fact("group", ", ".join(f"{label}={value}" for label, value in slo.group.items())))
    lines.append(_fact("from", slo.origin or "the configuration"))
    if slo.labels:
        lines.append(_fact("labels", ", ".join(f"{label}={value}" for label, value in slo.labels.items())))
    return lines


def _fact(name: str, text: str) -> Line:
    return join([fitted(span(name, Role.MUTED), 8), outside(text)])


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
