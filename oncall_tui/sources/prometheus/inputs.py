"""Made-up series that drive an SLI all bad or all good: its query, read backwards.

Only what is understood is written: functions of one series that can be undone, sums of one series, arithmetic with
numbers and time(). For anything else there are no inputs, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from oncall_tui.core.inputs import Course, Input, Inputs
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.slo import EventsSli, LatencySli, NativeLatencySli, RatioSli, Side, SlicesSli, Slo
from oncall_tui.sources.prometheus import printing, promql, traits, tree
from oncall_tui.sources.prometheus.examples import NoExample, example_labels
from oncall_tui.sources.prometheus.tree import Tree, kind

WINDOW = 300
"""The window, in seconds, that a query is read at; what is written holds for every window."""

FIRST = 20.0
"""How many times a bound is passed by what must pass it from the second sample on."""

_OF_A_GAUGE = frozenset({"avg_over_time", "min_over_time", "max_over_time", "last_over_time"})
_OF_ONE_SERIES = frozenset({"sum", "avg", "min", "max"})


class TooFree(Exception):
    """Why a query cannot be read backwards."""


@dataclass(frozen=True, slots=True)
class Line:
    """start + slope * t, t in seconds of the test."""

    start: float
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an expression is to give while all is bad and while all is good."""

    bad: Line
    good: Line

    def map(self, factor: float, plus: Line) -> Wanted:
        """factor times each, plus a line."""

        def mapped(line: Line) -> Line:
            return Line(factor * line.start + plus.start, factor * line.slope + plus.slope)

        return Wanted(mapped(self.bad), mapped(self.good))


@dataclass(frozen=True, slots=True)
class Driver:
    """A selector, and the courses that its one series takes."""

    matchers: tuple[Matcher, ...]
    bad: Course
    good: Course


def constant(bad: float, good: float) -> Wanted:
    """So much while all is bad, so much while all is good."""
    return Wanted(Line(bad), Line(good))


def inputs_of(slo: Slo, rate: float) -> Inputs:
    """The series that drive the SLO; rate: events a second. Without series where its query is too free."""
    if isinstance(slo.sli, NativeLatencySli):
        reads = _reads(f"{slo.sli.histogram}{{{slo.sli.selector}}}")
        return Inputs(reads=reads, why="promtool has no notation for native histograms")
    try:
        drivers, lag = _drivers(slo, rate)
        series = tuple(_input(driver, drivers, slo.by) for driver in drivers)
    except (TooFree, NoExample) as why:
        return Inputs(why=str(why))
    return Inputs(series, tuple(driver.matchers for driver in drivers), lag)


def _drivers(slo: Slo, rate: float) -> tuple[list[Driver], int]:
    match slo.sli:
        case EventsSli(total, error, good):
            return _events(_at_window(error or good or ""), _at_window(total), error is None, rate, slo.by), 0
        case LatencySli() as sli:
            sides = promql.operands(sli, WINDOW)
            assert sides is not None, "latency is counted"
            return _events(sides.part, sides.total, True, rate, slo.by), 0
        case SlicesSli(query, bound, side):
            node = _parsed(query)
            # What looks back over a range that is not filled yet gives a fraction of what it will.
            far = FIRST if _looks_back(node) else 2.0
            less, more = (bound / 2, bound * far) if bound > 0 else (bound - 1, bound + far)
            bad, well = (less, more) if side is Side.AT_LEAST else (more, less)
            drivers = _solved(node, constant(bad, well))
            _each_its_own(drivers, slo.by)
            return drivers, _looks_back(node)
        case RatioSli(error_ratio):
            return _ratio(_parsed(_at_window(error_ratio)), rate, slo.by), 0
    raise TooFree("its kind is not known here")


def _ratio(node: Tree, rate: float, by: Sequence[str]) -> list[Driver]:
    """A ratio as bad / total, as 1 - good / total, or as any function of one series."""
    node = _bare(node)
    if kind(node) == "BinaryExpr" and str(node.op) == "/" and not tree.is_scalar(node.rhs):
        return _events(printing.show(node.lhs), printing.show(node.rhs), False, rate, by)
    if kind(node) == "BinaryExpr" and str(node.op) == "-" and _number(node.lhs) == 1:
        inner = _bare(node.rhs)
        if kind(inner) == "BinaryExpr" and str(inner.op) == "/" and not tree.is_scalar(inner.rhs):
            return _events(printing.show(inner.lhs), printing.show(inner.rhs), True, rate, by)
    if any(kind(one) == "Call" and one.func.name == "increase" for one in tree.nodes(node)):
        raise TooFree("it grows with the window it is asked over")
    drivers = _solved(node, constant(1.0, 0.0))
    _each_its_own(drivers, by)
    return drivers


def _events(part: str, total: str, part_is_good: bool, rate: float, by: Sequence[str]) -> list[Driver]:
    """Two counters: of what part counts, and of all, or of the rest where total counts the same series again."""
    each = rate if traits.per_second(total) else rate * WINDOW
    counted = constant(0.0, each) if part_is_good else constant(each, 0.0)
    mine, all_of_it = _one(_solved(_parsed(part), counted)), _one(_solved(_parsed(total), constant(each, each)))
    if mine.bad.level is not None or all_of_it.bad.level is not None:
        raise TooFree("it counts nothing over its window")
    if mine.bad.slope + mine.good.slope != all_of_it.bad.slope:
        raise TooFree("what is bad and what is all are counted in different ways")
    if not _accepts(all_of_it.matchers, example_labels(mine.matchers, by)):
        return [mine, all_of_it]
    return [mine, replace(all_of_it, bad=mine.good, good=mine.bad)]


def _one(drivers: list[Driver]) -> Driver:
    if len(drivers) != 1:
        raise TooFree("a side of it reads several series")
    return drivers[0]


def _input(driver: Driver, drivers: Sequence[Driver], by: Sequence[str]) -> Input:
    """An example of the driver's series that is nothing to those before it."""
    before = [one.matchers for one in drivers[: drivers.index(driver)]]
    return Input(example_labels(driver.matchers, by, before), driver.bad, driver.good)


def _each_its_own(drivers: Sequence[Driver], by: Sequence[str]) -> None:
    """Raise TooFree where two selectors would read one series."""
    for driver in drivers:
        labels = example_labels(driver.matchers, by)
        if any(_accepts(other.matchers, labels) for other in drivers if other is not driver):
            raise TooFree("several parts of it read the same series")


def _solved(node: Tree, wanted: Wanted) -> list[Driver]:
    """The series that make an expression give what is wanted. Raises TooFree."""
    match kind(node):
        case "ParenExpr":
            return _solved(node.expr, wanted)
        case "UnaryExpr":
            return _solved(node.expr, wanted.map(-1, Line(0)))
        case "VectorSelector":
            return [_driver(node, _gauge(wanted.bad), _gauge(wanted.good))]
        case "AggregateExpr" if str(node.op) in _OF_ONE_SERIES and node.param is None:
            return _solved(node.expr, wanted)
        case "Call" if len(node.args) == 1 and kind(node.args[0]) == "MatrixSelector":
            return [_over_time(node.func.name, node.args[0], wanted)]
        case "BinaryExpr" if node.modifier is None:
            return _undone(node, wanted)
    raise TooFree("its query is more than can be read backwards")


def _gauge(line: Line) -> Course:
    return Course(line.slope, line.start)


def _over_time(function: str, matrix: Tree, wanted: Wanted) -> Driver:
    selector, steady = matrix.vector_selector, not wanted.bad.slope and not wanted.good.slope
    if function in _OF_A_GAUGE and steady:
        return _driver(selector, _gauge(wanted.bad), _gauge(wanted.good))
    per = {"rate": 1.0, "irate": 1.0, "increase": matrix.range / timedelta(seconds=1)}.get(function)
    if per is None or not steady or min(wanted.bad.start, wanted.good.start) < 0:
        raise TooFree(f"{function}() of it cannot be read backwards")
    return _driver(selector, Course(wanted.bad.start / per), Course(wanted.good.start / per))


def _undone(node: Tree, wanted: Wanted) -> list[Driver]:
    """Arithmetic with a number, or with time(), undone."""
    op, left, right = str(node.op), _number(node.lhs), _number(node.rhs)
    clock = _is_clock(node.lhs)
    if op == "-" and (clock or left is not None):
        return _solved(node.rhs, wanted.map(-1, Line(0, 1) if clock else Line(left or 0.0)))
    if op in ("+", "-") and right is not None:
        return _solved(node.lhs, wanted.map(1, Line(right if op == "-" else -right)))
    if op == "+" and left is not None:
        return _solved(node.rhs, wanted.map(1, Line(-left)))
    if op == "*" and (right or left):
        return _solved(node.lhs if right else node.rhs, wanted.map(1 / (right or left or 1.0), Line(0)))
    if op == "/" and right:
        return _solved(node.lhs, wanted.map(right, Line(0)))
    if op == "/" and right is None and left is None:
        steady = constant(100.0, 100.0)
        return [*_solved(node.lhs, wanted.map(100, Line(0))), *_solved(node.rhs, steady)]
    raise TooFree(f"its query has a '{op}' that cannot be read backwards")


def _bare(node: Tree) -> Tree:
    return _bare(node.expr) if kind(node) == "ParenExpr" else node


def _number(node: Tree) -> float | None:
    node = _bare(node)
    if kind(node) == "UnaryExpr":
        inner = _number(node.expr)
        return None if inner is None else -inner
    return float(node.val) if kind(node) == "NumberLiteral" else None


def _is_clock(node: Tree) -> bool:
    node = _bare(node)
    return kind(node) == "Call" and node.func.name == "time"


def _driver(selector: Tree, bad: Course, good: Course) -> Driver:
    if selector.offset or selector.at is not None:
        raise TooFree("its query looks at another time")
    return Driver(_matchers(selector), bad, good)


def _matchers(selector: Tree) -> tuple[Matcher, ...]:
    name = tree.metric_of(selector)
    if name is None or selector.matchers.or_matchers:
        raise TooFree("it reads no one metric by name")
    rest = (
        Matcher(m.name, MatchOp(tree.op_of(m)), m.value) for m in selector.matchers.matchers if m.name != "__name__"
    )
    return (Matcher("__name__", MatchOp.EQUAL, name), *rest)


def _accepts(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    return all(matcher.matches(labels) for matcher in matchers)


def _reads(selector: str) -> tuple[tuple[Matcher, ...], ...]:
    node = tree.parse(selector)
    return () if node is None else (_matchers(node),)


def _looks_back(node: Tree) -> int:
    """Seconds that the longest range in it reaches back."""
    ranges = (one.range for one in tree.nodes(node) if kind(one) == "MatrixSelector")
    return max((round(one.total_seconds()) for one in ranges), default=0)


def _at_window(query: str) -> str:
    return query.replace("$window", f"{WINDOW}s")


def _parsed(query: str) -> Tree:
    node = tree.parse(query)
    if node is None:
        raise TooFree("its query cannot be read here")
    return node
