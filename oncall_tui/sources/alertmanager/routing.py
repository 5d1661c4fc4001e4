"""An Alertmanager's configuration, as its /status shows it, read into routes, receivers and time intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, tzinfo
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.core.routing import Receiver, Route, Routing
from oncall_tui.core.time_intervals import Range, TimeInterval

_MOST_ROUTES = 50_000
_WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def read_routing(config: str) -> Routing | None:
    """The routes of a configuration (YAML); None where there is none that can be understood.

    Half-understood routes would name the wrong people, so anything unknown in them makes None of all.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(config, loader)  # noqa: S506 - a safe loader, the fast one where there is one
        return _routing(document)
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError, RecursionError, OSError):
        return None


def _routing(document: Mapping[str, Any]) -> Routing:
    listed = [*(document.get("time_intervals") or ()), *(document.get("mute_time_intervals") or ())]
    intervals = {str(one["name"]): tuple(_interval(part) for part in one["time_intervals"]) for one in listed}
    receivers = [_receiver(one) for one in document.get("receivers") or ()]
    root = _route(document["route"], "", count())
    named = {one.name: one for one in receivers}
    if any(route.receiver not in named for route in _all(root)):
        raise ValueError("a route without a receiver")
    return Routing(root, named, intervals)


def _all(route: Route) -> Iterator[Route]:
    yield route
    for child in route.routes:
        yield from _all(child)


def _receiver(told: Mapping[str, Any]) -> Receiver:
    kinds = [
        name.removesuffix("_configs")
        for name, configs in told.items()
        if name.endswith("_configs") and isinstance(configs, list)
        for _ in configs
    ]
    return Receiver(str(told["name"]), tuple(sorted(kinds)))


def _route(told: Mapping[str, Any], above: str, counted: count[int]) -> Route:
    if next(counted) > _MOST_ROUTES:
        raise ValueError("more routes than anybody has")
    receiver = str(told.get("receiver") or above)
    return Route(
        receiver,
        tuple(_matchers(told)),
        bool(told.get("continue")),
        tuple(_route(child, receiver, counted) for child in told.get("routes") or ()),
        tuple(map(str, told.get("mute_time_intervals") or ())),
        tuple(map(str, told.get("active_time_intervals") or ())),
    )


def _matchers(told: Mapping[str, Any]) -> Iterator[Matcher]:
    for name, value in (told.get("match") or {}).items():
        yield Matcher(str(name), MatchOp.EQUAL, str(value))
    for name, value in (told.get("match_re") or {}).items():
        # As written; it is anchored when it is matched.
        yield Matcher(str(name), MatchOp.REGEX, str(value).removeprefix("^(?:").removesuffix(")$"))
    for text in told.get("matchers") or ():
        yield from parse_matchers(str(text))


# Time intervals


def _interval(told: Mapping[str, Any]) -> TimeInterval:
    times = told.get("times")
    return TimeInterval(
        None if times is None else tuple((_minute(one["start_time"]), _minute(one["end_time"])) for one in times),
        _ranges(told.get("weekdays"), _WEEKDAYS, 0),
        _ranges(told.get("days_of_month")),
        _ranges(told.get("months"), _MONTHS, 1),
        _ranges(told.get("years")),
        _zone(told.get("location")),
    )


def _minute(text: object) -> int:
    """Minutes since midnight of '09:00'. Unquoted, YAML 1.1 takes that for a number in base 60: minutes already."""
    if isinstance(text, int):
        return text
    hours, minutes = str(text).split(":")
    return int(hours) * 60 + int(minutes)


def _ranges(told: Iterable[object] | None, names: tuple[str, ...] = (), first: int = 0) -> tuple[Range, ...] | None:
    return None if told is None else tuple(_range(str(one).lower(), names, first) for one in told)


def _range(text: str, names: tuple[str, ...], first: int) -> Range:
    """'monday:friday', '1:5', '-3:-1', 'may'."""
    ends = [names.index(end) + first if end in names else int(end) for end in text.split(":")]
    begin, last = ends if len(ends) > 1 else (ends[0], ends[0])
    return begin, last


def _zone(name: object) -> tzinfo:
    if not name or name == "UTC":
        return UTC
    if name == "Local":
        raise ValueError("the server's own zone is not told")
    return ZoneInfo(str(name))
