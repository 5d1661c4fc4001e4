"""Where a figure comes from: query, inputs, arithmetic with the numbers put in, verdict, what is still affordable."""

from __future__ import annotations

from dataclasses import dataclass

from oncall_tui.core.assess import Assessment, SignalStatus
from oncall_tui.core.burn import HOUR, error_budget
from oncall_tui.core.duration import format_duration, humanize
from oncall_tui.core.readings import Failed, NoData, Outcome, Reading, Sample, SignalReading, SliReading
from oncall_tui.core.slo import Side, SlicesSli
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.snapshot import Figure
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.drift import arithmetic
from oncall_tui.ui.render.slo_facts import events_left, guard, missing, noun, outage_left
from oncall_tui.ui.render.slo_tiers import leg, verdict_word
from oncall_tui.ui.render.slos import badge
from oncall_tui.ui.render.spans import STATE_ROLES, Line, Role, fitted, join, outside, span, state_badge

MOST_MEMBERS = 40
"""Members of a signal that are listed; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Page:
    """One figure explained. name: as short as a tab; query: the PromQL it was asked by, '' if it was not asked."""

    name: str
    lines: tuple[Line, ...]
    query: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The figures of one thing, a page each. first: the page that matters most now."""

    title: str
    pages: tuple[Page, ...]
    first: int = 0


def explain_slo(assessment: Assessment, status: SloStatus) -> Explanation:
    """Every window of an SLO; first is that of the loudest tier, else of what is missing, else the last hour."""
    windows = status.slo.windows
    pages = tuple(slo_page(assessment, status, window) for window in windows)
    loud = status.loudest.tier.long if status.loudest else None
    missing = next((window for window in windows if window not in status.samples), None)
    first = next(window for window in (loud, missing, HOUR, windows[0]) if window in windows)
    return Explanation(status.slo.id, pages, windows.index(first))


def explain_signals(assessment: Assessment, service: str, statuses: tuple[SignalStatus, ...]) -> Explanation:
    """Every signal of a service, the worst first."""
    ordered = sorted(statuses, key=lambda status: status.state)
    return Explanation(service, tuple(signal_page(assessment, status) for status in ordered))


def slo_page(assessment: Assessment, status: SloStatus, window: int) -> Page:
    """The error ratio of an SLO over one window, what follows from it, and where it comes from."""
    slo, reading = status.slo, SliReading(status.slo.id, window)
    over = f"error ratio over {format_duration(window)}"
    lines: list[Line] = [
        join([badge(status), outside(slo.id, Role.STRONG), span(over), outside(f"({status.reason})", Role.MUTED)]),
        (),
    ]
    if window in status.samples:
        lines += _arithmetic(assessment, status, window)
    else:
        lines += _missing(assessment, reading, missing(assessment, status, window))
    lines += _tiers(status, window)
    return Page(format_duration(window), (*lines, (), *_origin(assessment, reading)), _query(assessment, reading))


# An SLO's figure, step by step


def _step(name: str, text: str, role: Role = Role.TEXT) -> Line:
    return join([fitted(span(name, Role.MUTED), 12), outside(text, role)])


def _arithmetic(assessment: Assessment, status: SloStatus, window: int) -> list[Line]:
    slo = status.slo
    ratio, pace = status.samples[window].value, status.burn(window)
    assert pace is not None
    budget = figures.share(error_budget(slo.objective))
    lines = [
        _inputs(assessment, status, window),
        _step("budget", f"1 - {figures.objective(slo)} = {budget} of {noun(slo)} may be bad"),
        _step("burn", f"{figures.share(ratio)} / {budget} = {pace:.4g}x the pace that spends it in {_period(status)}"),
    ]
    if window == slo.period:
        lines += _left(status, ratio, budget)
    return [*lines, *_gone(status, window, pace), *_affordable(status)]


def _inputs(assessment: Assessment, status: SloStatus, window: int) -> Line:
    """What was divided: bad events by all, where events are counted; nothing that was not told is shown."""
    slo, sample = status.slo, status.samples[window]
    if window in status.assumed:
        why = assessment.snapshot.doubt(SliReading(slo.id, window))
        return _step("error ratio", f"{figures.share(sample.value)}: {why}, and `no_data` says {slo.no_data.value}")
    if sample.total is not None:
        bad, total = figures.count(sample.value * sample.total), figures.count(sample.total)
        return _step("error ratio", f"{bad} bad / {total} {noun(slo)} = {figures.share(sample.value)}")
    if isinstance(slo.sli, SlicesSli):
        side = "below" if slo.sli.side is Side.AT_LEAST else "above"
        bad = f"of its {format_duration(slo.sli.slice)} slices with a value were {side} {slo.sli.bound:g}"
        return _step("error ratio", f"{figures.share(sample.value)} {bad}")
    return _step("error ratio", f"{figures.share(sample.value)}, as the source says; how many events is not told")


def _period(status: SloStatus) -> str:
    return format_duration(status.slo.period)


def _left(status: SloStatus, ratio: float, budget: str) -> list[Line]:
    left = status.budget
    if left is None:
        return []
    measures = [outage_left(left), events_left(left, status.slo)]
    lines = [
        _step("budget left", f"1 - {figures.share(ratio)} / {budget} = {figures.share(left.left)}"),
        _step("", ", ".join(measure for measure in measures if measure)),
    ]
    if status.since is not None:
        only = f"data since {humanize(status.since)} only: what is said of {_period(status)} rests on that"
        lines.append(_step("", only, Role.UNKNOWN))
    return lines


def _gone(status: SloStatus, window: int, pace: float) -> list[Line]:
    gone, left = status.gone_in(window), status.remaining
    if left is None:
        return [_step("gone in", f"not known: {status.doubt or 'what is left is not'}", Role.UNKNOWN)]
    if gone is None:
        return [_step("gone in", "never at this pace: nothing is bad")]
    if gone <= 0:
        return [_step("gone in", f"it is spent: {figures.share(left)} is left", Role.CRIT)]
    sum_ = f"{figures.share(left)} x {_period(status)} / {pace:.4g} = {humanize(gone)}"
    return [_step("gone in", f"{sum_} if this pace goes on")]


def _affordable(status: SloStatus) -> list[Line]:
    """The errors that can still be afforded: over the period, and at the traffic of the last hour."""
    slo, left, most = status.slo, status.budget, status.lasting_ratio
    if left is None or most is None:
        return []
    budget = figures.share(error_budget(slo.objective))
    share = f"{figures.share(max(0.0, left.left))} x {budget} = {figures.share(most)} bad lasts {_period(status)} more"
    lines = [_step("affordable", share)]
    if left.events_left is not None:
        lines.append(_step("", f"{figures.count(max(0.0, left.events_left))} bad {noun(slo)} in {_period(status)}"))
    hour = status.samples.get(HOUR)
    if hour is not None and hour.total is not None:
        lines.append(_step("", f"about {figures.count(most * hour.total)} an hour at the last hour's traffic"))
    return lines


def _tiers(status: SloStatus, window: int) -> list[Line]:
    """The verdict of each tier that looks at the window."""
    lines: list[Line] = []
    for verdict in status.verdicts:
        tier = verdict.tier
        if window not in (tier.long, tier.short):
            continue
        legs = [leg(verdict, tier.long, verdict.long_burn), leg(verdict, tier.short, verdict.short_burn)]
        name = fitted(span(tier.severity.value, Role.MUTED), 12)
        lines.append(join([name, verdict_word(verdict), join(legs, ", ")]))
        if status.slo.min_events:
            lines.append(_step("", guard(status, tier), Role.MUTED))
    return lines


# Signals


def signal_page(assessment: Assessment, status: SignalStatus) -> Page:
    """A signal's values by member, what they are held against, and where they come from."""
    signal = status.signal
    reading = SignalReading(signal.service, signal.name)
    name = f"{signal.service}/{signal.name}"
    title = join([state_badge(status.state), outside(name, Role.STRONG), outside(status.reason, Role.MUTED)])
    lines: list[Line] = [title, ()]
    if status.values is None:
        lines += _missing(assessment, reading, status.reason)
    elif signal.binned is not None:
        lines += [*arithmetic(assessment, status, MOST_MEMBERS), _bounds(status)]
    else:
        ordered = sorted(status.values.values.items(), key=lambda m: m[1], reverse=signal.good is Side.AT_MOST)
        lines += [_member(status, member, value) for member, value in ordered[:MOST_MEMBERS]]
        if len(ordered) > MOST_MEMBERS:
            lines.append(_step("", f"and {len(ordered) - MOST_MEMBERS} more, none worse", Role.MUTED))
        lines.append(_bounds(status))
    return Page(signal.name, (*lines, (), *_origin(assessment, reading)), _query(assessment, reading))


def _member(status: SignalStatus, member: str, value: float) -> Line:
    signal, breach = status.signal, status.signal.breach(value)
    name = fitted(outside(member or signal.name), 24)
    shown = fitted(span(figures.quantity(value, signal.unit)), 10, right=True)
    if breach is None:
        return join([name, shown])
    state, bound = breach
    sign = "<" if signal.good is Side.AT_LEAST else ">"
    beyond = f"{value:.4g} {sign} {bound:.4g}: {state.name}"
    return join([name, shown, span(beyond, STATE_ROLES[state])])


def _bounds(status: SignalStatus) -> Line:
    signal = status.signal
    bounds = [f"{word} {b:.4g}" for word, b in (("warn", signal.warn), ("crit", signal.crit)) if b is not None]
    if not bounds:
        return _step("bounds", "none is set: it is shown, not judged", Role.MUTED)
    return _step("bounds", f"{', '.join(bounds)}; good values are {signal.good.value.replace('_', ' ')} these")


# What is missing, and where figures come from


def _missing(assessment: Assessment, reading: Reading, doubt: str) -> list[Line]:
    """Why there is no figure (doubt), what was known last, and what to do about it."""
    snapshot = assessment.snapshot
    figure = snapshot.figures.get(reading)
    lines = [_step("no figure", doubt, Role.UNKNOWN)]
    last = figure.value if figure else None
    if isinstance(last, Sample):
        ago = figures.age(snapshot.at - last.at)
        lines.append(_step("last known", f"{figures.share(last.value)}, {ago} ago; not believed now", Role.MUTED))
    return [*lines, _step("what to do", _advice(assessment, figure), Role.STRONG)]


def _advice(assessment: Assessment, figure: Figure | None) -> str:
    if figure is None:
        return "wait for the first answer; if none comes, see how the sources do (S)"
    source = assessment.snapshot.sources.get(figure.source)
    if source is not None and not source.live(assessment.snapshot.at):
        return source.hint or f"{source.name} does not answer: see how the sources do (S)"
    if isinstance(figure.trouble, Failed):
        return figure.trouble.hint or "run the query below where it was asked"
    if isinstance(figure.trouble, NoData):
        return "run the query below where it was asked: does it return a series? If silence is fine, set `no_data`"
    return "wait for a fresh answer: the last one is too old to be believed"


def _told(assessment: Assessment, reading: Reading) -> Outcome | None:
    """What the figure stands on: the value while it is believed, else why there is none."""
    figure = assessment.snapshot.figures.get(reading)
    if figure is None:
        return None
    return figure.trouble or figure.value if assessment.snapshot.doubt(reading) else figure.value


def _origin(assessment: Assessment, reading: Reading) -> list[Line]:
    """Source, age, pace and query."""
    figure, told = assessment.snapshot.figures.get(reading), _told(assessment, reading)
    if figure is None or told is None:
        return [_step("from", "not asked yet", Role.UNKNOWN)]
    provenance, source = told.provenance, assessment.snapshot.sources.get(figure.source)
    where = source.url if source is not None else ""
    age = figures.age(assessment.snapshot.at - told.at)
    lines: list[Line] = [
        join(
            [_step("from", provenance.source), span(provenance.origin.value, Role.ACCENT), outside(where, Role.MUTED)]
        ),
        _step("at", f"{figures.moment(told.at)}, {age} old when this was opened; asked every {humanize(figure.every)}"),
    ]
    if provenance.note:
        lines.append(_step("how", provenance.note))
    if isinstance(figure.trouble, Failed) and told is not figure.trouble:
        lines.append(_step("since then", f"an attempt failed: {figure.trouble.error}", Role.WARN))
    return [
        *lines,
        (),
        span("QUERY for this figure alone (many are asked in one request)", Role.HEADING),
        *(outside(line) for line in provenance.query.splitlines()),
    ]


def _query(assessment: Assessment, reading: Reading) -> str:
    told = _told(assessment, reading)
    return told.provenance.query if told else ""
