"""The fleet on an ordinary day, and what its past month was like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncall_tui.sources.simulated.curves import Lognormal
from oncall_tui.sources.simulated.scenarios import Dial, Effect, blip, release, shift


@dataclass(frozen=True, slots=True)
class FeatureShape:
    """A feature that is exported as a histogram. usual, elsewhere: its values, and those of a shift.

    bounds: of its buckets, +Inf aside. carried: the share of requests that have it, 0..1.
    """

    usual: Lognormal
    elsewhere: Lognormal
    bounds: tuple[float, ...]
    carried: float = 1.0


@dataclass(frozen=True, slots=True)
class Profile:
    """One service when nothing is wrong with it.

    rate: requests (or a pipeline's events) per second. errors, slow: share of the requests, 0..1.
    freshness: seconds by feature view ('' for a pipeline). every: seconds between two refreshes of it.
    quality: share of rows that fail a check, 0..1, by check.
    """

    name: str
    rate: float
    version: str
    errors: float = 0.0
    slow: float = 0.0
    fast: Lognormal | None = None
    slowed: Lognormal | None = None
    accuracy: float | None = None
    drift: Mapping[str, float] = field(default_factory=dict)
    features: Mapping[str, FeatureShape] = field(default_factory=dict)
    freshness: Mapping[str, float] = field(default_factory=dict)
    every: float = 60.0
    quality: Mapping[str, float] = field(default_factory=dict)
    queue: float | None = None

    @property
    def serves(self) -> bool:
        """Whether it answers HTTP requests; a pipeline does not."""
        return self.fast is not None


PROFILES = (
    Profile("gateway", 420, "1.28.0", 1.2e-4, 8e-4, Lognormal(0.045, 0.42), Lognormal(1.6, 0.5)),
    Profile(
        "ranker",
        160,
        "4.2.1",
        8e-5,
        6e-4,
        Lognormal(0.022, 0.4),
        Lognormal(0.7, 0.5),
        accuracy=0.932,
        queue=2.0,
        drift={"user_ctr_7d": 0.031, "item_age": 0.022, "price_bucket": 0.017, "session_len": 0.026},
    ),
    Profile(
        "retriever",
        150,
        "3.0.4",
        1e-4,
        9e-4,
        Lognormal(0.018, 0.4),
        Lognormal(0.6, 0.5),
        drift={"query_len": 0.028},
        queue=1.0,
    ),
    Profile(
        "embedder",
        90,
        "1.9.0",
        6e-5,
        1e-3,
        Lognormal(0.035, 0.4),
        Lognormal(1.5, 0.5),
        queue=4.0,
        features={
            "text_tokens": FeatureShape(
                Lognormal(120, 0.8), Lognormal(420, 0.6), (16, 32, 64, 128, 256, 512, 1_024, 2_048)
            ),
            "word_length": FeatureShape(Lognormal(4.6, 0.25), Lognormal(1.0, 0.1), (2, 3, 4, 5, 6, 8, 12)),
            "image_edge": FeatureShape(Lognormal(640, 0.5), Lognormal(224, 0.2), (128, 256, 512, 1_024, 2_048), 4e-4),
        },
    ),
    Profile(
        "fraud",
        60,
        "2.3.7",
        9e-5,
        7e-4,
        Lognormal(0.012, 0.42),
        Lognormal(0.6, 0.5),
        accuracy=0.971,
        queue=1.0,
        drift={"amount": 0.024, "country_risk": 0.019, "device_age": 0.033, "velocity_1h": 0.029, "session_len": 0.027},
    ),
    Profile(
        "churn",
        25,
        "0.14.2",
        1.5e-4,
        1e-3,
        Lognormal(0.07, 0.4),
        Lognormal(1.8, 0.5),
        accuracy=0.884,
        queue=0.5,
        drift={"tenure": 0.021, "plan": 0.035, "support_tickets": 0.04, "session_len": 0.023},
    ),
    Profile("assistant", 18, "7b-2026-10", 4e-4, 2e-3, Lognormal(0.6, 0.4), Lognormal(8.0, 0.4), queue=3.0),
    Profile(
        "feature-store",
        300,
        "0.48.1",
        5e-5,
        1.2e-4,
        Lognormal(0.005, 0.42),
        Lognormal(0.25, 0.5),
        freshness={"user_features": 95.0, "item_features": 240.0, "txn_features": 60.0},
        every=120.0,
        quality={"session_len_positive": 0.006},
    ),
    Profile(
        "clickstream",
        2_400,
        "5.6.0",
        freshness={"": 9.0},
        every=10.0,
        quality={"session_end_present": 0.004},
    ),
    Profile("labels", 35, "2.1.3", freshness={"": 19_000.0}, every=3_600.0),
)
"""Versions are those before the releases in HISTORY."""

HISTORY: tuple[Effect, ...] = (
    release("gateway", 23.4, "1.29.1"),
    release("ranker", 9.3, "4.3.0"),
    release("assistant", 16.2, "7b-2026-11"),
    release("feature-store", 4.1, "0.49.0"),
    # Spent: more than half of what the ranker may be wrong ...
    blip("ranker", Dial.ACCURACY, 21.3, 125, 0.06),
    blip("ranker", Dial.ACCURACY, 12.4, 95, 0.05),
    blip("ranker", Dial.ACCURACY, 5.2, 40, 0.05),
    # ... and nearly all of what churn may fail.
    blip("churn", Dial.ERRORS, 19.4, 168, 0.6),
    blip("churn", Dial.ERRORS, 11.1, 165, 0.5),
    blip("churn", Dial.ERRORS, 6.3, 110, 0.45),
    blip("feature-store", Dial.LAG, 14.6, 70, 1_500, "user_features"),
    blip("clickstream", Dial.LAG, 14.62, 75, 900),
    blip("clickstream", Dial.STALLED, 14.62, 60, 0.9),
    blip("gateway", Dial.ERRORS, 8.7, 6, 0.08),
    blip("fraud", Dial.SLOW, 17.2, 20, 0.4),
    blip("assistant", Dial.SLOW, 10.5, 40, 0.6),
    blip("retriever", Dial.SLOW, 3.9, 12, 0.3),
    # What is known and taken today.
    shift("churn", Dial.DRIFT, 2.1, 0.11, "support_tickets"),
    shift("retriever", Dial.DRIFT, 0.3, 0.1, "query_len"),
    shift("embedder", Dial.SHIFT, 0.6, 0.12, "text_tokens"),
)
"""The past month, in every scenario."""
