"""Incidents as data: what moves, when, and what mends it. Times are seconds since the epoch of the story."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.sources.simulated.curves import DAY, Curve


class Dial(StrEnum):
    """What an effect moves, and the unit of its level."""

    ERRORS = "errors"
    """Share of the requests offered that fail, 0..1."""
    SLOW = "slow"
    """Share of the requests offered that are served at the slow latency, 0..1."""
    ACCURACY = "accuracy"
    """Taken off the model's accuracy."""
    DRIFT = "drift"
    """Added to a feature's PSI; key is the feature."""
    QUALITY = "quality"
    """Added to the share of rows that fail a check, 0..1; key is the check."""
    SHIFT = "shift"
    """Share of the requests whose value of a feature is drawn from elsewhere, 0..1; key is the feature."""
    LAG = "lag"
    """Seconds added to a freshness; key is the feature view, '' for a pipeline."""
    STALLED = "stalled"
    """Share of the events or requests offered that never come, 0..1; with ERRORS or SLOW less than 1 together."""
    QUEUE = "queue"
    """Requests added to the model's queue."""
    BLIND = "blind"
    """At 1 the accuracy is not known and not exposed."""
    DOWN = "down"
    """At 1 the endpoint does not answer."""
    LOADING = "loading"
    """At 1 the endpoint is alive but not ready."""
    WRONG = "wrong"
    """At 1 the model answers what it is asked with something else."""
    RELEASE = "release"
    """At 1 the version is the effect's key."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that moves. recovery: seconds it takes to be gone after the scenario's mitigation."""

    service: str
    dial: Dial
    curve: Curve
    key: str = ""
    recovery: float = 45.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. mitigation: the name of the intervention that ends it, '' where there is nothing to end.

    settles: seconds after the epoch by which the states the story tells of are reached.
    """

    name: str
    title: str
    story: str
    mitigation: str
    settles: float
    effects: tuple[Effect, ...]


def _effect(service: str, dial: Dial, *knots: tuple[float, float], key: str = "", recovery: float = 45.0) -> Effect:
    return Effect(service, dial, Curve(knots), key, recovery)


def shift(service: str, dial: Dial, days_ago: float, level: float, key: str = "") -> Effect:
    """Something that moved over two hours and stayed."""
    start = -days_ago * DAY
    return Effect(service, dial, Curve(((start, 0.0), (start + 7_200, level))), key)


def blip(service: str, dial: Dial, days_ago: float, minutes: float, level: float, key: str = "") -> Effect:
    """A past episode: up within half a minute, level for so many minutes, down within half a minute."""
    start = -days_ago * DAY
    end = start + minutes * 60
    return Effect(service, dial, Curve(((start, 0.0), (start + 30, level), (end, level), (end + 30, 0.0))), key)


def release(service: str, days_ago: float, version: str) -> Effect:
    """A past deploy."""
    start = -days_ago * DAY
    return Effect(service, Dial.RELEASE, Curve(((start, 0.0), (start + 1, 1.0))), version)


FEATURE_STALE = Scenario(
    name="feature-stale",
    title="A stale feature spoils a model",
    story=(
        "clickstream's consumers lose their offsets and start again from an old checkpoint. The feature store goes on "
        "serving, but what it serves is old; two models drift, and the ranker is wrong with HTTP 200. "
        "Not one request fails."
    ),
    mitigation="replay-clickstream",
    settles=300,
    effects=(
        blip("ranker", Dial.ACCURACY, 33 * 60 / DAY, 8, 0.05),
        _effect("clickstream", Dial.STALLED, (12, 0), (22, 0.96)),
        _effect("clickstream", Dial.LAG, (15, 0), (30, 1_900), (3_600, 9_000)),
        _effect("feature-store", Dial.LAG, (25, 0), (60, 2_600), (3_600, 9_600), key="user_features"),
        _effect("feature-store", Dial.LAG, (40, 0), (90, 2_200), (3_600, 9_200), key="txn_features"),
        _effect("ranker", Dial.DRIFT, (40, 0), (110, 0.31), (900, 0.47), key="user_ctr_7d", recovery=90),
        _effect("ranker", Dial.DRIFT, (50, 0), (150, 0.12), (900, 0.19), key="session_len", recovery=90),
        _effect("fraud", Dial.DRIFT, (70, 0), (160, 0.13), (900, 0.17), key="velocity_1h", recovery=90),
        _effect("ranker", Dial.ACCURACY, (60, 0), (110, 0.055), (900, 0.085), recovery=90),
    ),
)

GPU_SATURATED = Scenario(
    name="gpu-saturated",
    title="A saturated GPU makes the assistant slow",
    story=(
        "A batch job lands on the GPUs that the assistant and the embedder share. Queues grow, answers take "
        "seconds, the embedder's readiness gives way, and the retriever behind it slows down."
    ),
    mitigation="evict-batch-job",
    settles=300,
    effects=(
        blip("assistant", Dial.SLOW, 33 * 60 / DAY, 8, 0.9),
        blip("assistant", Dial.QUEUE, 33 * 60 / DAY, 8, 40),
        _effect("assistant", Dial.QUEUE, (15, 0), (60, 38), (600, 110)),
        _effect("embedder", Dial.QUEUE, (20, 0), (70, 90), (600, 260)),
        _effect("assistant", Dial.SLOW, (20, 0), (50, 0.93)),
        _effect("embedder", Dial.STALLED, (30, 0), (70, 0.82)),
        _effect("embedder", Dial.SLOW, (30, 0), (70, 0.15)),
        _effect("retriever", Dial.SLOW, (60, 0), (120, 0.25)),
        _effect("assistant", Dial.ERRORS, (60, 0), (120, 0.02)),
        _effect("embedder", Dial.LOADING, (35, 0), (36, 1), recovery=20),
    ),
)

BAD_RELEASE = Scenario(
    name="bad-release",
    title="A bad model release",
    story=(
        "fraud 2.4.0 goes out. It was trained with two features swapped: its accuracy falls at once, and one "
        "request in five meets a value it cannot encode and fails."
    ),
    mitigation="rollback-fraud",
    settles=300,
    effects=(
        _effect("fraud", Dial.DOWN, (6, 0), (7, 1), (11, 1), (12, 0)),
        _effect("fraud", Dial.LOADING, (11, 0), (12, 1), (22, 1), (23, 0)),
        _effect("fraud", Dial.RELEASE, (19, 0), (20, 1), key="2.4.0", recovery=5),
        _effect("fraud", Dial.WRONG, (19, 0), (20, 1), recovery=5),
        _effect("fraud", Dial.ERRORS, (20, 0), (30, 0.2), recovery=20),
        _effect("fraud", Dial.SLOW, (20, 0), (40, 0.03), recovery=20),
        _effect("fraud", Dial.ACCURACY, (20, 0), (50, 0.16), recovery=30),
        _effect("gateway", Dial.ERRORS, (20, 0), (40, 0.004), recovery=20),
    ),
)

LABEL_OUTAGE = Scenario(
    name="label-outage",
    title="No labels: accuracy is not bad, it is unknown",
    story=(
        "The labels pipeline stops on a lost partition. Nothing is wrong with any model, but nobody can say so: "
        "accuracy gauges vanish one after the other, and what was green on them is unknown."
    ),
    mitigation="restart-labels",
    settles=480,
    effects=(
        _effect("labels", Dial.STALLED, (15, 0), (20, 1)),
        _effect("labels", Dial.LAG, (15, 0), (60, 82_000), (3_600, 90_000)),
        _effect("ranker", Dial.BLIND, (30, 0), (31, 1), recovery=30),
        _effect("fraud", Dial.BLIND, (45, 0), (46, 1), recovery=30),
        _effect("churn", Dial.BLIND, (60, 0), (61, 1), recovery=30),
    ),
)

SCHEMA_CHANGE = Scenario(
    name="schema-change",
    title="A renamed field zeroes a feature",
    story=(
        "clickstream 5.7.0 renames session_end. What reads the old name gets nothing, and session_len becomes 0 for "
        "every model that uses it. Rows arrive on time and not one request fails: a check upstream notices first, then "
        "one feature drifts everywhere at once, and minutes later the models are wrong."
    ),
    mitigation="rollback-clickstream",
    settles=900,
    effects=(
        _effect("clickstream", Dial.RELEASE, (9, 0), (10, 1), key="5.7.0", recovery=5),
        _effect("clickstream", Dial.QUALITY, (12, 0), (25, 0.96), key="session_end_present", recovery=20),
        _effect("feature-store", Dial.QUALITY, (30, 0), (50, 0.93), key="session_len_positive", recovery=60),
        _effect("ranker", Dial.DRIFT, (60, 0), (120, 3.1), key="session_len", recovery=90),
        _effect("fraud", Dial.DRIFT, (70, 0), (130, 2.9), key="session_len", recovery=90),
        _effect("churn", Dial.DRIFT, (80, 0), (150, 3.3), key="session_len", recovery=90),
        _effect("ranker", Dial.ACCURACY, (180, 0), (420, 0.06), (900, 0.08), recovery=120),
        _effect("fraud", Dial.ACCURACY, (240, 0), (600, 0.035), recovery=120),
        _effect("churn", Dial.ACCURACY, (300, 0), (900, 0.045), recovery=120),
    ),
)

SILENT_DECAY = Scenario(
    name="silent-decay",
    title="A model decays, and nothing alerts",
    story=(
        "For six days fraudsters have been learning what fraud looks for. Its accuracy falls a quarter of a percent a "
        "day, far above every bound, and no drift reaches its warning. No release, no error, no alert: but now it "
        "leaves the band of its own past, which makes it SILENT."
    ),
    mitigation="retrain-fraud",
    settles=600,
    effects=(
        _effect("fraud", Dial.ACCURACY, (-6 * DAY, 0), (0, 0.0145), (240, 0.024), (6 * 3_600, 0.045), recovery=120),
        _effect("fraud", Dial.DRIFT, (-6 * DAY, 0), (0, 0.02), (6 * 3_600, 0.03), key="velocity_1h", recovery=120),
    ),
)

EMPTY_FEATURE = Scenario(
    name="empty-feature",
    title="A feature comes in empty",
    story=(
        "A new tokenizer upstream leaves a field out, and the embedder is fed words of no length. It answers as fast "
        "as ever, with HTTP 200; what it answers means nothing, and the ranker, which rests on it, goes wrong. "
        "No gauge tells of it: the drift is computed from the feature's own histogram."
    ),
    mitigation="restore-tokenizer",
    settles=300,
    effects=(
        blip("ranker", Dial.ACCURACY, 33 * 60 / DAY, 8, 0.05),
        _effect("embedder", Dial.SHIFT, (10, 0), (14, 0.97), key="word_length"),
        _effect("ranker", Dial.ACCURACY, (75, 0), (110, 0.06), recovery=60),
    ),
)

QUIET = Scenario(
    name="quiet",
    title="A quiet day",
    story="Nothing happens. One drift is known and taken, one index is rebuilt under a silence, the budgets hold.",
    mitigation="",
    settles=30,
    effects=(),
)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        FEATURE_STALE,
        GPU_SATURATED,
        BAD_RELEASE,
        LABEL_OUTAGE,
        SCHEMA_CHANGE,
        SILENT_DECAY,
        EMPTY_FEATURE,
        QUIET,
    )
}
DEFAULT_SCENARIO = FEATURE_STALE.name
