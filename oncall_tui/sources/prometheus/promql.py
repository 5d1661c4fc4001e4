"""An SLI as PromQL: its error ratio over a window, and its counts over steps.

The rule for every expression here: it may have no result, or NaN, but it never says 0 for what is not known.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal

from oncall_tui.core.duration import format_duration, name_duration
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, Sli, SlicesSli, Slo
from oncall_tui.sources.prometheus import tree

MOST_SLICES = 10_080
"""Slices that are looked at in a window, about: a week of minutes. A longer window is sampled."""


@dataclass(frozen=True, slots=True)
class Operands:
    """What an error ratio divides, to be asked apart: then it can be said which of the two is missing.

    good: whether part counts the good events rather than the bad ones. certain: that no series for part, while there
    is one for total, means 0. per_second: whether both count per second of the window, rather than over all of it.
    """

    part: str
    total: str
    good: bool
    certain: bool = False
    per_second: bool = True


def ratio_of(slo: Slo, window: int) -> str:
    """The expression for the SLO's error ratio over the window, with another one for its whole period if it has one."""
    if isinstance(slo.sli, RatioSli) and slo.sli.over_period and window == slo.period:
        return instant(slo.sli.over_period)
    return error_ratio(slo.sli, window)


def error_ratio(sli: Sli, window: int) -> str:
    """The expression for bad / total over the window (seconds). One series when all is well.

    No result: nothing was measured, or bad events could not be told. NaN: no traffic.
    """
    match sli:
        case RatioSli():
            return tree.as_vector(_over(sli.error_ratio, window))
        case SlicesSli():
            return f"1 - avg_over_time({_judged(sli)}{_slices(sli, window)})"
        case LatencySli():
            fast, total = _latency(sli, window)
            return f"1 - {fast} / {total}"
        case NativeLatencySli():
            return f"1 - {_fraction(sli, _native(sli, window))}"
        case EventsSli():
            part, total = _events(sli, window)
            return f"{'' if sli.good is None else '1 - '}{_seen(part, total)} / ({total})"


def operands(sli: Sli, window: int) -> Operands | None:
    """The two sides of error_ratio; None for an SLI that is no division of counts."""
    match sli:
        case EventsSli():
            part, total = _events(sli, window)
            certain = tree.picks_from(part, total)
            return Operands(part, total, sli.error is None, certain, tree.per_second(total))
        case LatencySli():
            return Operands(*_latency(sli, window), good=True, per_second=False)
        case NativeLatencySli():
            rate = _native(sli, window)
            total = f"histogram_count({rate})"
            return Operands(f"{_fraction(sli, rate)} * {total}", total, good=True)
    return None


def history(sli: Sli, period: int) -> str | None:
    """The expression for when the oldest sample within the period was taken (unix seconds).

    Told within a HISTORY_STEPS-th of the period. It looks at what the SLI divides by; None where that cannot be read.
    """
    selector = selector_of(sli)
    if selector is None:
        return None
    step, now = history_step(period), f"timestamp({selector})"
    looks = ((period, step), (step, max(60, step // _FINER)))
    oldest = [f"min_over_time({now}[{format_duration(span)}:{format_duration(every)}])" for span, every in looks]
    # What began after the last whole step is seen only by a finer look at it, and what began since then by one at now.
    return f"min({' or '.join([*oldest, now])})"


def history_step(period: int) -> int:
    """How finely a period is searched, in seconds."""
    return max(60, period // HISTORY_STEPS)


def selector_of(sli: Sli) -> str | None:
    """The selector of the series that an SLI rests on; None where its query cannot be read."""
    match sli:
        case EventsSli():
            text = _over(sli.total, 300)
        case LatencySli():
            text = f"{sli.histogram}_count{{{_matchers(sli)}}}"
        case NativeLatencySli():
            text = f"{sli.histogram}{{{_matchers(sli)}}}"
        case SlicesSli():
            text = sli.query
        case RatioSli(over_period=over_period) if over_period:
            return tree.last_selector(over_period)
        case RatioSli():
            text = _over(sli.error_ratio, 300)
    return tree.first_selector(text)


def counts(sli: Sli, step: int) -> tuple[str, str] | None:
    """The expressions for bad and total events (slices) over the last step seconds; None when an SLI does not count.

    A query written with rate() counts per second and is multiplied by the step.
    """
    match sli:
        case RatioSli():
            return None
        case SlicesSli():
            over = _slices(sli, step)
            total = f"count_over_time({_valued(sli)}{over})"
            return f"{total} - sum_over_time({_judged(sli)}{over})", total
        case LatencySli():
            fast, total = _latency(sli, step)
            return f"{total} - {fast}", total
        case NativeLatencySli():
            increase = _native(sli, step, "increase")
            total = f"histogram_count({increase})"
            return f"(1 - {_fraction(sli, increase)}) * {total}", total
        case EventsSli():
            part, total = _events(sli, step)
            times = f" * {step}" if tree.per_second(total) else ""
            bad = _seen(part, total) if sli.good is None else f"(({total}) - {_seen(part, total)})"
            return f"{bad}{times}", f"({total}){times}"


def instant(query: str) -> str:
    """A query as a person wrote it, fit to stand in parentheses, and a vector."""
    return tree.as_vector(query + ("\n" if "#" in query else ""))


def missing(sli: Sli) -> str:
    """Why an SLI may have no result at all, in a few words."""
    match sli:
        case LatencySli():
            return f"no bucket le={sli.threshold:g}, or no series"
        case NativeLatencySli():
            return f"no native histogram {sli.histogram}"
        case SlicesSli():
            return "no slice has a value"
        case EventsSli():
            return f"no series for the {'error' if sli.error else 'good'} query, or none for the total"
        case RatioSli():
            return "no series"


_IN_NAME = re.compile(r"(?<=[A-Za-z0-9_:])\$window")
"""$window as the end of a metric's name, where recording rules have Prometheus' own spelling of it (4w, 1h4m)."""

HISTORY_STEPS = 240
"""How finely a period is searched for its oldest sample: 30 days by the 3 hours."""

_FINER = 36
"""Into how many the last of those steps is cut for what began in it: 3 hours by the 5 minutes."""


def _over(expression: str, window: int) -> str:
    # A comment must not swallow what comes after the expression.
    written = _IN_NAME.sub(name_duration(window), expression).replace("$window", format_duration(window))
    return written + ("\n" if "#" in expression else "")


def _events(sli: EventsSli, window: int) -> tuple[str, str]:
    """Errors (or good events) and total over the window, as vectors.

    Where both are known to be made of rates over that window, they are asked as increases. The quotient is the same on
    Prometheus; but VictoriaMetrics' rate() is over the time for which a series has lived, however short, and an error
    series born an hour ago would weigh as if it had been failing for the whole month.
    """
    part, total = _over(sli.error or sli.good or "", window), _over(sli.total, window)
    some, whole = tree.as_increase(part, window), tree.as_increase(total, window)
    if some is not None and whole is not None:
        return some, whole
    return tree.as_vector(part), tree.as_vector(total)


def _seen(part: str, total: str) -> str:
    """The part of total, which has no series yet when no such event ever happened: then it is 0 of total.

    Only where part is seen to pick among the very series of total; elsewhere no series stays no result.
    """
    return f"(({part}) or 0 * ({total}))" if tree.picks_from(part, total) else f"({part})"


def _valued(sli: SlicesSli) -> str:
    """The worst of the series where there is one; NaN satisfies no comparison and drops out."""
    if sli.side is Side.AT_LEAST:
        return f"(min({tree.as_vector(sli.query)}) >= -Inf)"
    return f"(max({tree.as_vector(sli.query)}) <= +Inf)"


def _judged(sli: SlicesSli) -> str:
    return f"({_valued(sli)} {'>=' if sli.side is Side.AT_LEAST else '<='} bool {tree.number(sli.bound)})"


def slice_step(sli: SlicesSli, window: int) -> int:
    """Seconds between the slices that are looked at in a window: every one, or every n-th of a long window.

    n has no divisor in common with the minutes of an hour or the hours of a day. Every 15th minute, say, would look at
    the quarters of each hour alone, and never see a job that is bad for five minutes past each.
    """
    step = max(1, math.ceil(window / (MOST_SLICES * sli.slice)))
    while math.gcd(step, 30) > 1:
        step += 1
    return sli.slice * step


def _slices(sli: SlicesSli, window: int) -> str:
    return f"[{format_duration(window)}:{format_duration(slice_step(sli, window))}]"


def _latency(sli: LatencySli, window: int) -> tuple[str, str]:
    selector = _matchers(sli)
    bound = f"le=~{tree.quote('|'.join(tree.quote_regex(le) for le in le_spellings(sli.threshold)))}"
    matchers = f"{selector}, {bound}" if selector else bound
    over = f"[{format_duration(window)}]"
    fast = f"sum(increase({sli.histogram}_bucket{{{matchers}}}{over}))"
    return fast, f"sum(increase({sli.histogram}_count{{{selector}}}{over}))"


def _native(sli: NativeLatencySli, window: int, function: str = "rate") -> str:
    return f"sum({function}({sli.histogram}{{{_matchers(sli)}}}[{format_duration(window)}]))"


def _fraction(sli: NativeLatencySli, histogram: str) -> str:
    # From -Inf: within the bucket around zero the server would take only the half above it.
    return f"histogram_fraction(-Inf, {tree.number(sli.threshold)}, {histogram})"


def _matchers(sli: LatencySli | NativeLatencySli) -> str:
    return sli.selector.strip().strip(",").strip()


def le_spellings(threshold: float) -> tuple[str, ...]:
    """Every way a bucket bound is written: '1' by older servers and clients, '1.0' by newer ones, '1e+06' by Go."""
    exact = Decimal(repr(threshold)).normalize()
    plain = f"{exact:f}"
    digits, _, exponent = f"{exact:e}".partition("e")
    power = int(exponent)
    scientific = f"{digits}e{'-' if power < 0 else '+'}{abs(power):02d}"
    spellings = [plain, plain if "." in plain else plain + ".0", repr(threshold)]
    return tuple(dict.fromkeys([*spellings, scientific] if power < -4 or power >= 6 else spellings))
