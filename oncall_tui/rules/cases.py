"""Test cases for generated rules, as `promtool test rules` runs them: made-up series and what must fire on them.

Each SLO is driven four ways: all bad, so that everything fires; bad and then good again for longer than a page's
short window, so that only the ticket fires; all good, so that nothing does; and without any series at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oncall_tui.core.burn import HOUR, Severity, error_budget
from oncall_tui.core.duration import format_duration
from oncall_tui.core.inputs import Course, Input, Inputs
from oncall_tui.core.ports import SliQueries
from oncall_tui.core.slo import NoDataPolicy, Slo
from oncall_tui.rules.alerts import alert_name, reachable, silent_after, tells_silence
from oncall_tui.rules.names import identity, quoted, recorded_name, selector
from oncall_tui.rules.rule_set import RuleSet

STEP = 60
"""Seconds between two samples."""
EVALUATION = 240
"""Seconds between two evaluations of all rules, which is what a test's time goes to."""
BURNING = 900
"""Seconds of everything bad after which every alert that can fire must."""
MARGIN = 300
"""Seconds that a page has more than it needs to fall silent, and a no-data alert to fire."""
LONGEST = 8 * HOUR
"""Seconds that a test may last in its own time: every rule is evaluated all that while."""
RATE = 10.0
"""Events a second, where that is enough for what min_events wants."""

Case = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Drive:
    """How long everything is bad and then how long it is good, in seconds; what fires at the end."""

    name: str
    bad: int
    good: int
    fires: tuple[Severity, ...]

    @property
    def end(self) -> int:
        """When it is looked at, in seconds from the first sample."""
        return self.bad + self.good


@dataclass(frozen=True, slots=True)
class Driven:
    """An SLO that can be driven."""

    slo: Slo
    inputs: Inputs
    recorded: bool


def cases_for(rules: RuleSet, queries: SliQueries, rules_file: str) -> tuple[dict[str, Any], list[str]]:
    """The document of `promtool test rules` for the rules in that file beside it, and what it leaves out."""
    driven = [
        Driven(slo, queries.inputs(slo, max(RATE, slo.min_events / MARGIN)), slo.id in rules.recorded)
        for slo in rules.slos
    ]
    cases = [case for drive, together in _drives(driven).items() for case in _driven_cases(drive, together)]
    cases += _silent_cases([one for one in driven if one.inputs.reads])
    document = {"rule_files": [rules_file], "evaluation_interval": format_duration(EVALUATION), "tests": cases}
    return document, [remark for one in driven if (remark := _remark(one))]


def _remark(one: Driven) -> str:
    if not one.inputs.reads:
        return f"{one.slo.id} is not tested: {one.inputs.why}"
    if not one.inputs.series:
        return f"{one.slo.id} is tested without data only: {one.inputs.why}"
    if any(drive.end > LONGEST for drive in _drives_of(one)) or _silent_at(one.slo) > LONGEST:
        return f"{one.slo.id} has not every test: one would take more than {format_duration(LONGEST)} of its time"
    both = all(reachable(one.slo, severity) for severity in Severity)
    lonely = both and _ticket_only(one.slo, one.inputs.lag) is None
    return f"{one.slo.id} has no test of its ticket alone: what raises it raises the page" if lonely else ""


def _drives(driven: Iterable[Driven]) -> dict[Drive, list[Driven]]:
    """Every drive there is to make, with the SLOs that make it."""
    found: dict[Drive, list[Driven]] = {}
    for one in driven:
        for drive in _drives_of(one):
            if one.inputs.series and drive.end <= LONGEST:
                found.setdefault(drive, []).append(one)
    return found


def _drives_of(one: Driven) -> list[Drive]:
    can = tuple(severity for severity in Severity if reachable(one.slo, severity))
    worst = Drive("all bad", _whole(BURNING + one.inputs.lag), 0, can)
    ticket = _ticket_only(one.slo, one.inputs.lag)
    return [worst, *([ticket] if ticket else []), Drive("all good", 0, HOUR, ())]


def _ticket_only(slo: Slo, lag: int = 0) -> Drive | None:
    """The drive that raises the ticket and leaves the page quiet, None when none does so beyond doubt."""
    tickets, pages = reachable(slo, Severity.TICKET), reachable(slo, Severity.PAGE)
    if not pages:
        return None
    good = _whole(max(tier.short for tier in pages) + lag + MARGIN)
    for tier in sorted(tickets, key=lambda tier: tier.short):
        bad = _whole(tier.short) - good
        needed = tier.factor(slo.period) * error_budget(slo.objective) * tier.short
        if bad - lag > max(BURNING, 1.2 * needed):
            return Drive("bad, then good", bad, good, (Severity.TICKET,))
    return None


def _whole(seconds: int) -> int:
    """Seconds rounded up to whole steps."""
    return -(-seconds // STEP) * STEP


def _driven_cases(drive: Drive, together: Iterable[Driven]) -> list[Case]:
    """One case for as many SLOs as can be driven side by side, another for the next."""
    packs: list[list[Driven]] = []
    for one in together:
        apart = (pack for pack in packs if not any(one.inputs.touches(other.inputs) for other in pack))
        pack = next(apart, None)
        if pack is None:
            packs.append([one])
        else:
            pack.append(one)
    return [_case(drive, pack) for pack in packs]


def _case(drive: Drive, pack: Iterable[Driven]) -> Case:
    series: dict[str, str] = {}
    checks = []
    for one in pack:
        series |= {_named(each): _values(each, drive) for each in one.inputs.series}
        checks.append(_fires(one.slo, drive.fires, drive.end))
        if one.recorded:
            checks.append(_check(f"count({_figure(one.slo)})", drive.end, {"": 1}))
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    return _test(drive.name, inputs, checks)


def _silent_cases(silent: Iterable[Driven]) -> list[Case]:
    """Without a series, nothing is recorded, and what is said of it is what the SLO's policy says."""
    checks = []
    for one in silent:
        slo, at = one.slo, _silent_at(one.slo)
        if at > LONGEST:
            continue
        bad = slo.no_data is NoDataPolicy.BAD and not slo.by
        checks.append(_fires(slo, [severity for severity in Severity if bad and reachable(slo, severity)], at))
        name = alert_name(slo).removesuffix("Burn") + "NoData"
        checks.append(_check(_firing(slo, name), at, {Severity.TICKET: 1} if tells_silence(slo) else {}))
        if one.recorded:
            checks.append(_check(_figure(slo), at, {}))
    return [_test("no data", [], checks)] if checks else []


def _silent_at(slo: Slo) -> int:
    """When silence from the beginning is an alert for sure."""
    return 2 * silent_after(slo) + MARGIN


def _test(name: str, inputs: list[dict[str, str]], checks: list[Case]) -> Case:
    return {
        "name": name,
        "interval": format_duration(STEP),
        "input_series": inputs,
        "promql_expr_test": sorted(checks, key=lambda check: int(check["eval_time"].removesuffix("s"))),
    }


def _fires(slo: Slo, severities: Iterable[Severity], at: int) -> Case:
    return _check(_firing(slo, alert_name(slo)), at, dict.fromkeys(severities, 1))


def _firing(slo: Slo, name: str) -> str:
    wanted = {"alertname": name, "alertstate": "firing", **identity(slo)}
    return f"count by (severity) (ALERTS{selector(wanted)})"


def _figure(slo: Slo) -> str:
    return recorded_name(slo.windows[0]) + selector(identity(slo))


def _check(expr: str, at: int, samples: Mapping[str, int]) -> Case:
    expected = [{"labels": f"{{severity={quoted(one)}}}" if one else "{}", "value": n} for one, n in samples.items()]
    return {"expr": expr, "eval_time": f"{at}s", "exp_samples": expected}


def _named(series: Input) -> str:
    labels = {name: value for name, value in series.labels.items() if name != "__name__"}
    return series.labels["__name__"] + selector(labels)


def _values(series: Input, drive: Drive) -> str:
    """The samples in promtool's notation, from 0 to the drive's end: so many steps bad, then so many good."""
    phases = [(series.bad, drive.bad // STEP), (series.good, drive.good // STEP)]
    runs, at, value = [], 0, 0.0
    for course, steps in phases:
        last = at + steps * STEP == drive.end
        if steps:
            runs.append(_run(course, at, value, steps + 1 if last else steps))
        at, value = at + steps * STEP, _at(course, at, value, steps * STEP)
        if last:
            break
    return " ".join(runs)


def _run(course: Course, at: int, value: float, steps: int) -> str:
    start, step = _at(course, at, value, 0), course.slope * STEP
    return f"{_plain(start)}{'-' if step < 0 else '+'}{_plain(abs(step))}x{steps - 1}"


def _at(course: Course, at: int, value: float, later: int) -> float:
    if course.level is None:
        return value + course.slope * later
    return course.level + course.slope * (at + later)


def _plain(value: float) -> str:
    """value without an exponent, which promtool's notation has no room for."""
    return f"{Decimal(f'{value:.12g}'):f}"
