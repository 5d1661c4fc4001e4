"""An SLI as PromQL: its error ratio over a window, and its counts over steps.

The rule for every expression here: it may have no result, or NaN, but it never says 0 for what is not known.
"""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal

from oncall_tui.core.duration import format_duration, name_duration
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, Sli, SlicesSli, Slo
from oncall_tui.sources.prometheus import printing, traits
from oncall_tui.sources.prometheus.adding import adding
from oncall_tui.sources.prometheus.templates import filled, generalised

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
            return traits.as_vector(_over(sli.error_ratio, window))
        case SlicesSli():
            return f"1 - avg_over_time({_judged(sli)}{_slices(sli, window)})"
        case LatencySli():
            fast, total = _latency(sli, window)
            return f"1 - {fast} / {total}"
        case NativeLatencySli():
            return f"1 - {_fraction(sli, _native(sli, window))}"
        case EventsSli():
            sides = operands(sli, window)
            assert sides is not None
            return f"{'1 - ' if sides.good else ''}{_seen(sides)} / ({sides.total})"


@functools.lru_cache(maxsize=256)
def operands(sli: Sli, window: int) -> Operands | None:
    """The two sides of error_ratio; None for an SLI that is no division of counts."""
    match sli:
        case EventsSli():
            (part, total), values = generalised(sli.good or "" if sli.error is None else sli.error, sli.total)
            if any("$window" in value for value in values):
                part, total, values = filled(part, values), filled(total, values), ()
            sides = _events(part, total, sli.error is None, window)
            return replace(sides, part=filled(sides.part, values), total=filled(sides.total, values))
        case LatencySli():
            return Operands(*_latency(sli, window), good=True, per_second=False)
        case NativeLatencySli():
            rate = _native(sli, window)
            total = f"histogram_count({rate})"
            return Operands(f"{_fraction(sli, rate)} * {total}", total, good=True)
    return None


@functools.lru_cache(maxsize=4_096)
def _events(part: str, total: str, good: bool, window: int) -> Operands:
    """The operands of an SLI that counts events, or of a template of many that do."""
    certain, per_second = _kinds(part, total)
    if (counted := _as_increases(part, total)) is not None:
        part, total, per_second = *counted, False
    return Operands(
        traits.as_vector(_over(part, window)), traits.as_vector(_over(total, window)), good, certain, per_second
    )


@functools.lru_cache(maxsize=4_096)
def _kinds(part: str, total: str) -> tuple[bool, bool]:
    """Whether no series for part means 0 of total, and whether total counts per second: over any window."""
    vectors = traits.as_vector(_over(part, 300)), traits.as_vector(_over(total, 300))
    return traits.picks_from(*vectors), traits.per_second(vectors[1])


def piece(sli: Sli, window: int, length: int) -> Operands | None:
    """The operands over one piece of a window, whose sums over all pieces are those of the window.

    length: of a piece, in seconds. None for an SLI whose operands do not add up.
    """
    match sli:
        case LatencySli() | NativeLatencySli():
            return operands(sli, length)
        case SlicesSli():
            # Nothing is read twice: a piece ends where the next begins, and both ends of a range may count.
            over = f"[{_open(length)}:{format_duration(slice_step(sli, window))}]"
            total = f"count_over_time({_valued(sli)}{over})"
            return Operands(f"{total} - sum_over_time({_judged(sli)}{over})", total, good=False, per_second=False)
        case EventsSli():
            part = sli.good or "" if sli.error is None else sli.error
            family = adding(sli.total)
            if family is None or adding(part) != family:
                return None
            whole = operands(sli, length)
            if whole is None or family != "over_time":
                return whole
            return replace(whole, part=_over(part, _open(length)), total=_over(sli.total, _open(length)))
    return None


def _open(length: int) -> str:
    """A range of that many seconds without its older end."""
    return f"{length * 1_000 - 1}ms"


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
            return traits.last_selector(over_period)
        case RatioSli():
            text = _over(sli.error_ratio, 300)
    return traits.first_selector(text)


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
            sides = operands(sli, step)
            assert sides is not None
            times = f" * {step}" if sides.per_second else ""
            bad = f"(({sides.total}) - {_seen(sides)})" if sides.good else _seen(sides)
            return f"{bad}{times}", f"({sides.total}){times}"


def bounds(sli: LatencySli) -> str:
    """The expression for the bounds of the histogram's buckets: one series for each `le`."""
    return f"count by (le) ({sli.histogram}_bucket{{{_matchers(sli)}}})"


def instant(query: str) -> str:
    """A query as a person wrote it, fit to stand in parentheses, and a vector."""
    return traits.as_vector(query + ("\n" if "#" in query else ""))


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


def _over(expression: str, window: int | str) -> str:
    # A comment must not swallow what comes after the expression.
    named, written = (window, window) if isinstance(window, str) else (name_duration(window), format_duration(window))
    return _IN_NAME.sub(named, expression).replace("$window", written) + ("\n" if "#" in expression else "")


@functools.lru_cache(maxsize=4_096)
def _as_increases(part: str, total: str) -> tuple[str, str] | None:
    """Errors (or good events) and total asked as increases, with $window; None unless both are made of rates over it.

    The quotient is the same on Prometheus; but VictoriaMetrics' rate() is over the time for which a series has lived,
    however short, and an error series born an hour ago would weigh as if it had been failing for the whole month.
    """
    some, whole = (traits.as_increase(side.replace("$window", _STAND_IN), _STAND_IN_SECONDS) for side in (part, total))
    if some is None or whole is None:
        return None
    return some.replace(_STAND_IN, "$window"), whole.replace(_STAND_IN, "$window")


_STAND_IN_SECONDS = 7_777_777
_STAND_IN = format_duration(_STAND_IN_SECONDS)
"""What stands for $window while a query is read: a duration that nobody writes and no other unit equals."""


def _seen(sides: Operands) -> str:
    """The part of total, which has no series yet when no such event ever happened: then it is 0 of total.

    Only where part is seen to pick among the very series of total; elsewhere no series stays no result.
    """
    return f"(({sides.part}) or 0 * ({sides.total}))" if sides.certain else f"({sides.part})"


def _valued(sli: SlicesSli) -> str:
    """The worst of the series where there is one; NaN satisfies no comparison and drops out."""
    if sli.side is Side.AT_LEAST:
        return f"(min({traits.as_vector(sli.query)}) >= -Inf)"
    return f"(max({traits.as_vector(sli.query)}) <= +Inf)"


def _judged(sli: SlicesSli) -> str:
    return f"({_valued(sli)} {'>=' if sli.side is Side.AT_LEAST else '<='} bool {printing.number(sli.bound)})"


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
    bound = f"le=~{printing.quote('|'.join(printing.quote_regex(le) for le in le_spellings(sli.threshold)))}"
    matchers = f"{selector}, {bound}" if selector else bound
    over = f"[{format_duration(window)}]"
    fast = f"sum(increase({sli.histogram}_bucket{{{matchers}}}{over}))"
    return fast, f"sum(increase({sli.histogram}_count{{{selector}}}{over}))"


def _native(sli: NativeLatencySli, window: int, function: str = "rate") -> str:
    return f"sum({function}({sli.histogram}{{{_matchers(sli)}}}[{format_duration(window)}]))"


def _fraction(sli: NativeLatencySli, histogram: str) -> str:
    # From -Inf: within the bucket around zero the server would take only the half above it.
    return f"histogram_fraction(-Inf, {printing.number(sli.threshold)}, {histogram})"


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
