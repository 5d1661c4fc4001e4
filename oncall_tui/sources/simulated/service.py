"""One simulated service: its counters as integrals, its gauges as functions of time."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from oncall_tui.sources.simulated.curves import DAY, WEEK, Curve, Flow, Traffic, Wave, ripple, total_of
from oncall_tui.sources.simulated.profiles import Profile
from oncall_tui.sources.simulated.scenarios import Dial, Effect

PAST = 62 * DAY
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, math.inf)
LARGEST_SHARE = 0.97
"""What effects may take of the requests; the rest is room for the ordinary share of errors and slow ones."""
_MEMO = 256
_PEAK = 5 * 3_600.0
_Key = TypeVar("_Key", int, str)
_ALWAYS = Curve(((0.0, 1.0),))


@dataclass(frozen=True, slots=True)
class Timeseries:
    """One series. value: its value at unix time t, None where it is not exposed then."""

    metric: str
    labels: Mapping[str, str]
    type: str
    value: Callable[[float], float | None]


@dataclass(frozen=True, slots=True)
class Vitals:
    """A service at one moment. rate: requests (or events) per second; errors, slow: shares of them, 0..1.

    latency: the share of requests at or below each bound, by bound in seconds; empty for a pipeline.
    accuracy: None where there is none or it is not known. freshness: seconds, by feature view.
    typical: seconds a request takes in the mean, 0.0 for a pipeline. wrong: whether its answers are.
    """

    rate: float
    errors: float
    slow: float
    latency: Mapping[float, float]
    accuracy: float | None
    drift: Mapping[str, float]
    freshness: Mapping[str, float]
    queue: float | None
    version: str
    live: bool
    ready: bool
    typical: float
    wrong: bool = False


def le(bound: float) -> str:
    """A bucket's bound as the exposition writes it."""
    return "+Inf" if math.isinf(bound) else f"{bound:g}"


class ServiceModel:
    """One service, from its profile and the effects on it."""

    def __init__(self, profile: Profile, epoch: float, seed: int) -> None:
        self.profile = profile
        self.epoch = epoch
        rng = random.Random(f"{seed}/{profile.name}")  # noqa: S311  a story, not a secret
        # The days are the story's: whatever the hour, and for every seed, it begins a few hours before the peak.
        daily = Wave(0.33, math.tau / DAY, math.pi / 2 - math.tau * _PEAK / DAY)
        weekly = Wave(0.07, math.tau / WEEK, 0.0)
        self._traffic = Traffic(profile.rate, (daily, weekly, *ripple(rng, (0.03, 1_900), (0.03, 410), (0.02, 130))))
        shape = ((0.2, 5_200), (0.2, 700), (0.15, 230))
        self._failing = Traffic(profile.rate * profile.errors, (daily, *ripple(rng, *shape)))
        self._slow = Traffic(profile.rate * profile.slow, (daily, *ripple(rng, *shape)))
        self._ripples = {
            key: ripple(rng, (0.5, 7_900), (0.3, 1_300), (0.2, 190))
            for key in (
                *("accuracy", "queue", *profile.drift),
                *(f"view {view}" for view in profile.freshness),
                *(f"check {check}" for check in profile.quality),
            )
        }
        self._features = {
            name: [
                (bound, shape.usual.below(bound), shape.elsewhere.below(bound)) for bound in (*shape.bounds, math.inf)
            ]
            for name, shape in profile.features.items()
        }
        self._fast_shares = [profile.fast.below(bound) for bound in BOUNDS] if profile.fast else []
        self._slow_shares = [profile.slowed.below(bound) for bound in BOUNDS] if profile.slowed else []
        self._counted: dict[float, tuple[float, float, float]] = {}
        self._levels: dict[tuple[Dial, str], Curve] = {}
        self._releases: list[tuple[str, Curve]] = []

    def settle(self, effects: Iterable[Effect]) -> None:
        """Stand under these effects from now on; what was computed under others is forgotten."""
        by_dial: dict[tuple[Dial, str], list[Curve]] = {}
        self._releases = [(self.profile.version, _ALWAYS)]
        for effect in effects:
            if effect.dial is Dial.RELEASE:
                self._releases.append((effect.key, effect.curve))
            else:
                by_dial.setdefault((effect.dial, effect.key), []).append(effect.curve)
        shares = (Dial.ERRORS, Dial.SLOW)
        self._levels = {
            (dial, key): total_of(curves, LARGEST_SHARE if dial in shares else math.inf)
            for (dial, key), curves in by_dial.items()
        }
        self._flows = tuple(
            Flow(traffic, self._levels.get((dial, ""), Curve(())), -PAST)
            for traffic, dial in (
                (self._traffic, Dial.ERRORS),
                (self._traffic, Dial.SLOW),
                (self._traffic, Dial.STALLED),
            )
        )
        self._shifts = {
            name: Flow(self._traffic, self._levels.get((Dial.SHIFT, name), Curve(())), -PAST)
            for name in self.profile.features
        }
        self._counted = {}
        self._carried: dict[tuple[str, float], tuple[float, float]] = {}

    def _level(self, dial: Dial, s: float, key: str = "") -> float:
        curve = self._levels.get((dial, key))
        return curve.at(s) if curve is not None else 0.0

    def _wobble(self, key: str, s: float) -> float:
        """Noise between -1 and 1."""
        return sum(wave.at(s) for wave in self._ripples[key])

    def counted(self, t: float) -> tuple[float, float, float]:
        """Requests (or events), errors and slow requests since the beginning; not rounded."""
        memo = self._counted  # before the flows: what another thread settles meanwhile goes into another memo
        known = memo.get(t)
        if known is None:
            s = max(t - self.epoch, -PAST)
            errors, slow, stalled = self._flows
            known = (
                self._traffic.count(-PAST, s) - stalled.total(s),
                self._failing.count(-PAST, s) + errors.total(s),
                self._slow.count(-PAST, s) + slow.total(s),
            )
            if len(memo) >= _MEMO:
                memo.clear()
            memo[t] = known
        return known

    def bucket(self, i: int, t: float) -> float:
        """Requests at or below BOUNDS[i] since the beginning."""
        requests, _, slow = self.counted(t)
        return math.floor(self._fast_shares[i] * (requests - slow) + self._slow_shares[i] * slow)

    def carried(self, feature: str, t: float) -> tuple[float, float]:
        """Requests with a usual value of the feature since the beginning, and with one from elsewhere; not rounded."""
        memo = self._carried  # as in counted
        known = memo.get((feature, t))
        if known is None:
            share = self.profile.features[feature].carried
            shifted = self._shifts[feature].total(max(t - self.epoch, -PAST))
            known = (share * (self.counted(t)[0] - shifted), share * shifted)
            if len(memo) >= _MEMO:
                memo.clear()
            memo[feature, t] = known
        return known

    def duration_sum(self, t: float) -> float:
        """Seconds all requests took since the beginning."""
        assert self.profile.fast
        assert self.profile.slowed
        requests, _, slow = self.counted(t)
        return self.profile.fast.mean * (requests - slow) + self.profile.slowed.mean * slow

    def accuracy(self, t: float) -> float | None:
        """0..1; None where it has none or nobody knows."""
        s = t - self.epoch
        if self.profile.accuracy is None or self._level(Dial.BLIND, s) > 0.5:
            return None
        value = self.profile.accuracy + 0.005 * self._wobble("accuracy", s) - self._level(Dial.ACCURACY, s)
        return min(1.0, max(0.0, value))

    def drift(self, feature: str, t: float) -> float:
        """The feature's PSI, 0 or more."""
        s = t - self.epoch
        calm = self.profile.drift[feature] * (1 + 0.35 * self._wobble(feature, s))
        return calm + self._level(Dial.DRIFT, s, feature)

    def freshness(self, view: str, t: float) -> float:
        """Seconds since the newest value, by feature view; it grows between refreshes."""
        s = t - self.epoch
        age = (
            self.profile.freshness[view] * (0.6 + 0.1 * self._wobble(f"view {view}", s)) + s % self.profile.every * 0.5
        )
        return age + self._level(Dial.LAG, s, view)

    def failing(self, check: str, t: float) -> float:
        """The share of rows that fail a check of data quality, 0..1."""
        s = t - self.epoch
        calm = self.profile.quality[check] * (1 + 0.35 * self._wobble(f"check {check}", s))
        return min(1.0, calm + self._level(Dial.QUALITY, s, check))

    def queue(self, t: float) -> float:
        """Requests that wait."""
        s = t - self.epoch
        calm = (self.profile.queue or 0.0) * (1 + 0.8 * self._wobble("queue", s))
        return math.floor(calm + self._level(Dial.QUEUE, s))

    def version(self, t: float) -> str:
        """The version in service."""
        s = t - self.epoch
        return next(version for version, curve in reversed(self._releases) if curve.at(s) > 0.5)

    def vitals(self, t: float) -> Vitals:
        """Everything at unix time t."""
        s = t - self.epoch
        offered = self._traffic.rate(s)
        rate = offered * (1 - self._level(Dial.STALLED, s))
        slow = _share(self._slow.rate(s) + offered * self._level(Dial.SLOW, s), rate)
        shares = zip(BOUNDS, self._fast_shares, self._slow_shares, strict=False)
        fast_mean = self.profile.fast.mean if self.profile.fast else 0.0
        slow_mean = self.profile.slowed.mean if self.profile.slowed else 0.0
        live = self._level(Dial.DOWN, s) <= 0.5
        return Vitals(
            rate=rate,
            errors=_share(self._failing.rate(s) + offered * self._level(Dial.ERRORS, s), rate),
            slow=slow,
            latency={bound: fast * (1 - slow) + late * slow for bound, fast, late in shares},
            accuracy=self.accuracy(t),
            drift={feature: self.drift(feature, t) for feature in self.profile.drift},
            freshness={view: self.freshness(view, t) for view in self.profile.freshness},
            queue=None if self.profile.queue is None else self.queue(t),
            version=self.version(t),
            live=live,
            ready=live and self._level(Dial.LOADING, s) <= 0.5,
            typical=fast_mean * (1 - slow) + slow_mean * slow,
            wrong=self._level(Dial.WRONG, s) > 0.5,
        )

    def timeseries(self) -> Iterator[Timeseries]:
        """Every series it ever exposes, whatever the effects."""
        if self.profile.serves:
            yield from self._requests()
        else:
            yield self._series("pipeline_events_total", "counter", lambda t: math.floor(self.counted(t)[0]))
        if self.profile.accuracy is not None:
            yield self._series("model_accuracy_ratio", "gauge", self.accuracy)
        for feature in self.profile.drift:
            yield self._series("feature_drift_psi", "gauge", _bound(self.drift, feature), feature=feature)
        for feature in self.profile.features:
            yield from self._distribution(feature)
        for view in self.profile.freshness:
            if view:
                series = self._series(
                    "feature_freshness_seconds", "gauge", _bound(self.freshness, view), feature_view=view
                )
            else:
                series = self._series("pipeline_freshness_seconds", "gauge", _bound(self.freshness, view))
            yield series
        for check in self.profile.quality:
            yield self._series("data_quality_failed_ratio", "gauge", _bound(self.failing, check), check=check)
        if self.profile.queue is not None:
            yield self._series("model_queue_depth", "gauge", self.queue)
        for version, _ in self._releases:
            yield self._series("model_info", "gauge", _present(self.version, version), version=version)

    def _distribution(self, feature: str) -> Iterator[Timeseries]:
        shape, metric = self.profile.features[feature], "feature_value"

        def count(usual: float, elsewhere: float) -> Callable[[float], float]:
            def counted(t: float) -> float:
                ordinary, shifted = self.carried(feature, t)
                return math.floor(usual * ordinary + elsewhere * shifted)

            return counted

        def total(t: float) -> float:
            ordinary, shifted = self.carried(feature, t)
            return shape.usual.mean * ordinary + shape.elsewhere.mean * shifted

        for bound, usual, elsewhere in self._features[feature]:
            value = count(usual, elsewhere)
            yield self._series(f"{metric}_bucket", "histogram", value, feature=feature, le=le(bound))
        yield self._series(f"{metric}_sum", "histogram", total, feature=feature)
        yield self._series(f"{metric}_count", "histogram", count(1.0, 1.0), feature=feature)

    def _requests(self) -> Iterator[Timeseries]:
        floor = math.floor
        yield self._series(
            "http_requests_total", "counter", lambda t: floor(self.counted(t)[0] - self.counted(t)[1]), code="200"
        )
        yield self._series("http_requests_total", "counter", lambda t: floor(self.counted(t)[1]), code="500")
        histogram = "http_request_duration_seconds"
        for i, bound in enumerate(BOUNDS):
            yield self._series(f"{histogram}_bucket", "histogram", _bound(self.bucket, i), le=le(bound))
        yield self._series(f"{histogram}_sum", "histogram", self.duration_sum)
        yield self._series(f"{histogram}_count", "histogram", lambda t: floor(self.counted(t)[0]))

    def _series(self, metric: str, type_: str, value: Callable[[float], float | None], **labels: str) -> Timeseries:
        return Timeseries(metric, {"service": self.profile.name, **labels}, type_, value)


def _share(part: float, whole: float) -> float:
    return min(1.0, part / whole) if whole > 0 else 0.0


def _bound(value: Callable[[_Key, float], float], key: _Key) -> Callable[[float], float]:
    return lambda t: value(key, t)


def _present(current: Callable[[float], str], version: str) -> Callable[[float], float | None]:
    return lambda t: 1.0 if current(t) == version else None
