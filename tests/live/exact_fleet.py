"""A fleet whose every sample is known, with SLOs of every kind over it, and what each of their figures must be."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ingested
from ingested import PROMETHEUS, Ingested, Line, Rules, Samples

HOUR, DAY = 3_600, 86_400
FINE, COARSE = 15, 300
"""Seconds between scrapes in the last FINE_SPAN seconds, and before."""
FINE_SPAN = 2 * HOUR + 600
AHEAD = 900
"""Seconds of samples after the fleet was made, so that there are some whenever it is asked."""
OBJECTIVE = 0.9

Truth = Callable[[int, int], float | None]
"""(unix ms, window in seconds) -> the error ratio, None for no data."""
Figure = Callable[[int, int, Rules], float | None]
"""The same, as a server's rules make it."""


@dataclass(frozen=True)
class Known:
    """One SLO: as the configuration writes it, and what its figures are.

    by_rule: what the program must say over a server, to a float's rounding. truth: what the samples say, without
    extrapolation and at every slice. allowance: how far the two may lie apart.
    """

    service: str
    name: str
    written: dict[str, Any]
    by_rule: Figure
    truth: Truth
    allowance: Callable[[int, int], float]

    @property
    def id(self) -> str:
        return f"{self.service}/{self.name}"

    @property
    def in_slices(self) -> bool:
        return not self.written.keys() & {"events", "latency", "error_ratio"}

    def figure(self, at: int, window: int, rules: Rules = PROMETHEUS) -> float | None:
        return self.by_rule(at, window, rules)


class Fleet:
    """The samples and the SLOs. now: unix seconds, whole; samples go on for AHEAD seconds after it."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.samples = Ingested()
        self.slos: list[Known] = []
        self._chance = random.Random(7)
        fine_from = now - FINE_SPAN
        self.times = [*range(now - 31 * DAY, fine_from, COARSE), *range(fine_from, now + AHEAD, FINE)]
        _events(self)
        _odd_events(self)
        _latencies(self)
        _slices(self)

    def scrapes(self, late: float = 0.0, since: int | None = None, skip: tuple[tuple[int, int], ...] = ()) -> list[int]:
        """Moments (ms) of scrapes, each late by up to `late` of its interval; none in the spans (ages) of skip."""
        kept = []
        for at in self.times:
            interval = FINE if at >= self.now - FINE_SPAN else COARSE
            age = self.now - at
            if (since is not None and age > since) or any(young <= age <= old for old, young in skip):
                continue
            kept.append(at * 1000 + int(self._chance.random() * late * interval * 1000))
        return kept

    def counter(
        self, scrapes: list[int], rate: Callable[[float], float], first: int = 0, resets: dict[int, int] | None = None
    ) -> Samples:
        """A counter that rises by rate(unix seconds) a second, in whole events; resets: age in seconds -> new value."""
        due = sorted(((self.now - age) * 1000, value) for age, value in (resets or {}).items())
        value, kept, before = float(first), [], scrapes[0]
        for at in scrapes:
            rise = rate(at / 1000) * (at - before) / 1000 * (0.7 + 0.6 * self._chance.random())
            value, before = value + round(rise), at
            if due and at >= due[0][0]:
                value = float(due.pop(0)[1])
            kept.append((at, value))
        return kept

    def gauge(self, scrapes: list[int], value: Callable[[float], float]) -> Samples:
        return [(at, value(at / 1000)) for at in scrapes]

    def config(self, url: str, **source: Any) -> dict[str, Any]:
        """A configuration with every SLO, as plain YAML values."""
        services: dict[str, list[dict[str, Any]]] = {}
        for slo in self.slos:
            entry = {"name": slo.name, "objective": OBJECTIVE, "recorded": False, **slo.written}
            services.setdefault(slo.service, []).append(entry)
        return {
            "sources": {"prometheus": [{"name": "prom", "url": url, **source}]},
            "services": [{"name": name, "slos": slos} for name, slos in services.items()],
        }

    def events(self, service: str, name: str, part: list[Line], total: list[Line], written: dict[str, Any]) -> None:
        self.slos.append(
            Known(
                service,
                name,
                written,
                lambda at, window, rules: ingested.ratio_by_rule(part, total, at, window, rules),
                lambda at, window: ingested.ratio_happened(part, total, at, window),
                lambda at, window: guessed(window) + missed(part, total, at, window),
            )
        )

    def slices(self, service: str, name: str, good: ingested.Judge, written: dict[str, Any]) -> None:
        def step_of(window: int) -> int:
            from oncall_tui.core.slo import Side, SlicesSli
            from oncall_tui.sources.prometheus import promql

            return promql.slice_step(SlicesSli("q", 0, Side.AT_LEAST), window)

        self.slos.append(
            Known(
                service,
                name,
                written,
                lambda at, window, rules: ingested.bad_slices(good, at, window, step_of(window), rules),
                lambda at, window: ingested.bad_slices(good, at, window, 60),
                lambda at, window: sampled(good, at, window, step_of(window)),
            )
        )


def guessed(window: int) -> float:
    """The share of a window that rate() may guess: up to 1.1 intervals at either end."""
    return 2.2 * (FINE if window <= 2 * HOUR else COARSE) / window


def missed(part: list[Line], total: list[Line], at: int, window: int) -> float:
    """What rate() cannot see of a series that begins within the window: its first value, as a share of all events."""
    start = at - window * 1000
    born = [one.samples[0][1] for one in part if start < one.samples[0][0] <= at]
    whole = sum(ingested.happened(one.samples, at, window) for one in total)
    return sum(born) / whole if whole else 0.0


def sampled(good: ingested.Judge, at: int, window: int, step: int) -> float:
    """What looking at every step only may miss or add: one step for each change of the verdict, and at the ends.

    Where it changes so often that this says nothing: four standard errors of a sample of that size.
    """
    if step == 60:
        return 1e-12
    changes, share = ingested.changes(good, at, window, 60), ingested.bad_slices(good, at, window, 60) or 0.0
    by_change = (changes + 2) * step / window
    by_chance = 4 * math.sqrt(share * (1 - share) * step / window) + 2 * step / window
    return min(by_change, by_chance)


def day_curve(low: float, high: float) -> Callable[[float], float]:
    return lambda at: low + (high - low) * (0.5 + 0.5 * math.sin(2 * math.pi * at / DAY))


def bursts(now: int, calm: float, bad: float) -> Callable[[float], float]:
    """Calm, but bad in the last 20 minutes, three hours yesterday and a day a week ago."""

    def rate(at: float) -> float:
        age = now - at
        return bad if age < 1_200 or DAY < age < DAY + 3 * HOUR or 7 * DAY < age < 8 * DAY else calm

    return rate


def _written(error: str, total: str, good: bool = False) -> dict[str, Any]:
    return {
        "events": {"good" if good else "error": f"sum(rate({error}[$window]))", "total": f"sum(rate({total}[$window]))"}
    }


def _events(fleet: Fleet) -> None:
    """One service whose scrapes come a little late, in every form that counts events."""
    scrapes = fleet.scrapes(late=0.2)
    good = fleet.samples.add("req_total", fleet.counter(scrapes, day_curve(40, 90), 500), service="api", code="200")
    bad = fleet.samples.add(
        "req_total", fleet.counter(scrapes, bursts(fleet.now, 0.4, 9), 40), service="api", code="500"
    )
    both = [good, bad]
    all_of, errors = 'req_total{service="api"}', 'req_total{service="api",code="500"}'
    fleet.events("api", "errors", [bad], both, _written(errors, all_of))
    fleet.events("api", "good", [bad], both, _written('req_total{service="api",code="200"}', all_of, good=True))
    fleet.events(
        "api", "raw", [bad], both, {"error_ratio": f"sum(rate({errors}[$window])) / sum(rate({all_of}[$window]))"}
    )


def _odd_events(fleet: Fleet) -> None:
    """Counters that are reset, late, broken off, newly born, still, or absent."""
    scrapes = fleet.scrapes()
    broken = fleet.scrapes(skip=((1_500, 900), (20 * DAY, 19 * DAY)))
    cases = {
        "reset-to-zero": (scrapes, {600: 0, 5 * HOUR: 0, 10 * DAY: 0}, None),
        "reset-to-more": (scrapes, {600: 37, 5 * HOUR: 12, 10 * DAY: 90}, None),
        "late": (fleet.scrapes(late=0.8), {}, None),
        "gap": (broken, {}, None),
        "gap-and-reset": (broken, {880: 3, 19 * DAY - 400: 0}, None),
        "young": (fleet.scrapes(since=3 * DAY), {}, None),
        "newborn": (scrapes, {}, 2_400),
        "newborn-days-ago": (scrapes, {}, 2 * DAY + 77),
        "spotless": (scrapes, {}, -1),
    }
    for service, (times, resets, born) in cases.items():
        own = f'service="{service}"'
        lines = [
            fleet.samples.add(
                "r_total", fleet.counter(times, day_curve(20, 30), 9, resets), service=service, code="200"
            )
        ]
        part = []
        if born is None:
            part = [fleet.counter(times, bursts(fleet.now, 0.5, 6), 3, resets)]
        elif born > 0:
            part = [fleet.counter([t for t in times if t >= (fleet.now - born) * 1000], lambda _: 1.0, 5)]
        errors = [fleet.samples.add("r_total", one, service=service, code="500") for one in part]
        fleet.events(
            service, "errors", errors, [*lines, *errors], _written(f'r_total{{{own},code="500"}}', f"r_total{{{own}}}")
        )
    _no_figures(fleet, scrapes)
    _two_targets(fleet)


def _no_figures(fleet: Fleet, scrapes: list[int]) -> None:
    still = [
        fleet.samples.add("r_total", [(at, 7.0) for at in scrapes], service="idle", code=code)
        for code in ("200", "500")
    ]
    fleet.events(
        "idle", "errors", still[1:], still, _written('r_total{service="idle",code="500"}', 'r_total{service="idle"}')
    )
    absent = _written('r_total{service="absent",code="500"}', 'r_total{service="absent"}')
    fleet.events("absent", "errors", [], [], absent)
    # NaN in the middle of every window hides nothing; as the newest sample it leaves nothing to be known.
    for service, marred in (("nan-inside", {40, 41, 60}), ("nan-last", {0})):
        samples = fleet.counter(scrapes, lambda _: 10.0)
        newest = max(i for i, (at, _) in enumerate(samples) if at <= fleet.now * 1000)
        marks = {newest - back for back in marred} if service == "nan-inside" else set(range(newest - 4, len(samples)))
        samples = [(at, math.nan if i in marks else value) for i, (at, value) in enumerate(samples)]
        line = fleet.samples.add("r_total", samples, service=service, code="200")
        bad = fleet.samples.add("r_total", fleet.counter(scrapes, lambda _: 1.0), service=service, code="500")
        fleet.events(
            service,
            "errors",
            [bad],
            [line, bad],
            _written(f'r_total{{service="{service}",code="500"}}', f'r_total{{service="{service}"}}'),
        )


def _two_targets(fleet: Fleet) -> None:
    """Errors are counted by one target, all requests by another, scraped at other moments."""
    bad = fleet.samples.add(
        "proxy_errors_total", fleet.counter(fleet.scrapes(late=0.5), bursts(fleet.now, 1, 10)), service="two"
    )
    every = fleet.samples.add(
        "app_requests_total", fleet.counter(fleet.scrapes(late=0.5), lambda _: 30.0), service="two"
    )
    fleet.events(
        "two",
        "errors",
        [bad],
        [every],
        _written('proxy_errors_total{service="two"}', 'app_requests_total{service="two"}'),
    )


def _latencies(fleet: Fleet) -> None:
    scrapes = fleet.scrapes(late=0.1)
    for service, spelt, threshold in (("whole", "1", 1), ("float", "1.0", 1), ("api", "0.5", 0.5)):
        own = {"service": service}
        slow = fleet.counter(scrapes, bursts(fleet.now, 0.5, 5))
        slowest = fleet.counter(scrapes, lambda _: 0.2)
        fast = fleet.counter(scrapes, day_curve(10, 30))
        every = [(at, a + b + c) for (at, a), (_, b), (_, c) in zip(fast, slow, slowest, strict=True)]
        fleet.samples.add("lat_bucket", [(at, value // 2) for at, value in fast], **own, le="0.1")
        bound = fleet.samples.add("lat_bucket", fast, **own, le=spelt)
        fleet.samples.add(
            "lat_bucket", [(at, a + b) for (at, a), (_, b) in zip(fast, slow, strict=True)], **own, le="2.5"
        )
        fleet.samples.add("lat_bucket", every, **own, le="+Inf")
        count = fleet.samples.add("lat_count", every, **own)
        fleet.slos.append(_latency(service, threshold, bound, count))
    nothing = {"latency": {"histogram": "lat", "threshold": 0.7, "selector": 'service="api"'}}
    fleet.slos.append(Known("api", "no-such-bucket", nothing, _none, _none, lambda *_: 0.0))


def _none(*_: object) -> float | None:
    return None


def _latency(service: str, threshold: float, fast: Line, every: Line) -> Known:
    def complement(share: float | None) -> float | None:
        return None if share is None else 1 - share

    written = {"latency": {"histogram": "lat", "threshold": threshold, "selector": f'service="{service}"'}}
    return Known(
        service,
        "latency",
        written,
        lambda at, window, rules: complement(ingested.ratio_by_rule([fast], [every], at, window, rules)),
        lambda at, window: complement(ingested.ratio_happened([fast], [every], at, window)),
        lambda _, window: guessed(window),
    )


def _slices(fleet: Fleet) -> None:
    scrapes = fleet.scrapes(late=0.3, skip=((1_800, 1_200), (3 * DAY, 2 * DAY)))
    now = fleet.now
    chance = random.Random(11)
    low = bursts(now, 0.95, 0.8)

    def dipping(at: float) -> float:
        return math.nan if chance.random() < 0.05 else low(at) - (0.2 if chance.random() < 0.1 else 0)

    accuracy = fleet.samples.add("acc", fleet.gauge(scrapes, dipping), service="model")
    fleet.slices(
        "model",
        "accuracy",
        _at_least([accuracy], 0.9),
        {"accuracy": {"query": 'acc{service="model"}', "at_least": 0.9}},
    )
    fleet.slices(
        "model", "at-least", _at_least([accuracy], 0.9), {"at_least": {"query": 'acc{service="model"}', "bound": 0.9}}
    )
    queue = fleet.samples.add("queue", fleet.gauge(scrapes, lambda at: 10 + 8 * math.sin(at / 700)), service="model")
    fleet.slices("model", "queue", _at_most([queue], 15), {"at_most": {"query": 'queue{service="model"}', "bound": 15}})
    drift = [
        fleet.samples.add("psi", fleet.gauge(scrapes, _wave(3_000 + 1_100 * i)), service="model", feature=feature)
        for i, feature in enumerate(("age", "zip", "income"))
    ]
    fleet.samples.add("psi", [(at, math.nan) for at in scrapes], service="model", feature="broken")
    fleet.slices("model", "drift", _at_most(drift, 0.25), {"drift": {"query": 'psi{service="model"}', "at_most": 0.25}})
    age = fleet.samples.add("age_s", fleet.gauge(scrapes, lambda at: at % 5_400), service="model")
    fleet.slices(
        "model",
        "freshness-age",
        _at_most([age], 3_600),
        {"freshness": {"within": "1h", "age": 'age_s{service="model"}'}},
    )
    stamp = fleet.samples.add("updated", fleet.gauge(scrapes, lambda at: at // 4_500 * 4_500), service="model")
    fleet.slices(
        "model",
        "freshness-stamp",
        _young([stamp], 3_600),
        {"freshness": {"within": "1h", "timestamp": 'updated{service="model"}'}},
    )
    hourly = fleet.samples.add("job", fleet.gauge(fleet.scrapes(), lambda at: float(at % HOUR < 360)), service="model")
    fleet.slices(
        "model", "hourly", _at_most([hourly], 0.5), {"at_most": {"query": 'job{service="model"}', "bound": 0.5}}
    )
    _throughput(fleet, scrapes)


def _wave(period: float) -> Callable[[float], float]:
    return lambda at: 0.15 + 0.12 * math.sin(2 * math.pi * at / period)


def _throughput(fleet: Fleet, scrapes: list[int]) -> None:
    tokens = [
        fleet.samples.add(
            "tok_total", fleet.counter(scrapes, lambda at: 60 + 50 * math.sin(at / 3_000), 5), service="model", pod=pod
        )
        for pod in ("a", "b")
    ]

    def fast(at: int, rules: Rules) -> bool | None:
        rates = [rate for one in tokens if (rate := rules.rate(one.samples, at, 900)) is not None]
        return math.fsum(rates) >= 60 if rates else None

    fleet.slices(
        "model",
        "throughput",
        fast,
        {"throughput": {"counter": 'tok_total{service="model"}', "at_least": 60, "over": "15m"}},
    )


def _at_least(lines: list[Line], bound: float) -> ingested.Judge:
    def good(at: int, rules: Rules) -> bool | None:
        value = ingested.worst(lines, min, at, rules)
        return None if value is None else value >= bound

    return good


def _at_most(lines: list[Line], bound: float) -> ingested.Judge:
    def good(at: int, rules: Rules) -> bool | None:
        value = ingested.worst(lines, max, at, rules)
        return None if value is None else value <= bound

    return good


def _young(lines: list[Line], bound: float) -> ingested.Judge:
    def good(at: int, rules: Rules) -> bool | None:
        value = ingested.worst(lines, min, at, rules)
        return None if value is None else at / 1000 - value <= bound

    return good
