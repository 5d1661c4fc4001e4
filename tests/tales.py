"""What each story of the simulated fleet must look like, for its tests in the simulation and on real servers."""

from __future__ import annotations

from dataclasses import dataclass, field

from oncall_tui.core.state import State

CRIT, WARN, SILENT, UNKNOWN, OK = State.CRIT, State.WARN, State.SILENT, State.UNKNOWN, State.OK
IN_TROUBLE = (CRIT, WARN, SILENT)
LABELLED = ("ranker", "fraud", "churn")
"""The models whose accuracy is measured against labels."""
USUAL = {"churn": WARN, "retriever": WARN}
"""Who is not OK at the beginning of every story: each drifts, and somebody has it."""


@dataclass(frozen=True)
class Tale:
    """What is told. becomes: the states of a service in order; who is not in it stays what it was at the beginning.

    named: by the service investigated, the first cause and the change that came with it ('' for none). untold: services
    of which Investigate must say that it cannot tell.
    """

    becomes: dict[str, list[State]] = field(default_factory=dict)
    named: dict[str, tuple[str, str]] = field(default_factory=dict)
    untold: tuple[str, ...] = ()


TALES = {
    "feature-stale": Tale(
        {
            "clickstream": [OK, WARN],
            "feature-store": [OK, SILENT, WARN, CRIT],
            "ranker": [OK, WARN, CRIT],
            "fraud": [OK, WARN],
        },
        {"ranker": ("clickstream", ""), "fraud": ("clickstream", "")},
        untold=("gateway",),
    ),
    "gpu-saturated": Tale(
        # What fills the GPU is measured nowhere: the queues of those that share it are the first that is.
        {"assistant": [OK, SILENT, CRIT], "embedder": [OK, SILENT, WARN]},
        {"retriever": ("embedder", ""), "embedder": ("embedder", ""), "assistant": ("assistant", "")},
    ),
    "bad-release": Tale(
        {"fraud": [OK, SILENT, WARN, CRIT], "gateway": [OK, SILENT]},
        {"fraud": ("fraud", "version 2.4.0"), "gateway": ("fraud", "version 2.4.0")},
    ),
    "label-outage": Tale(
        {"labels": [OK, SILENT, WARN], "ranker": [OK, UNKNOWN], "fraud": [OK, UNKNOWN]},
        {"labels": ("labels", "")},
        untold=("ranker", "fraud"),
    ),
    "schema-change": Tale(
        {
            "clickstream": [OK, SILENT],
            "feature-store": [OK, SILENT],
            "ranker": [OK, CRIT],
            "fraud": [OK, CRIT],
            "churn": [WARN, CRIT],
        },
        dict.fromkeys(LABELLED, ("clickstream", "version 5.7.0")),
    ),
    "silent-decay": Tale({"fraud": [OK, SILENT]}, {"fraud": ("fraud", "")}, untold=("ranker",)),
    "empty-feature": Tale(
        {"embedder": [OK, CRIT], "ranker": [OK, CRIT]},
        {"ranker": ("embedder", ""), "embedder": ("embedder", "")},
        untold=("gateway",),
    ),
    "quiet": Tale(untold=("gateway",)),
}
INVESTIGATED = [(scenario, service) for scenario, tale in TALES.items() for service in (*tale.named, *tale.untold)]
