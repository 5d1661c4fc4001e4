"""The fleet with a drift that is computed from histograms, in every state that a feature can be in."""

import math
from dataclasses import replace

import fleet

from oncall_tui.core.binned import BinnedDrift
from oncall_tui.core.catalogue import Catalogue, Signal, SignalKind
from oncall_tui.core.comparison import Unusable, compare
from oncall_tui.core.drift import Bins
from oncall_tui.core.readings import Members, Series, SeriesReading, SignalReading
from oncall_tui.core.snapshot import Figure

INF = math.inf
BOUNDS = (16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1_024.0, INF)
USUAL = (300, 1_200, 3_000, 4_000, 2_500, 900, 200, 40)
HOSTILE = "[red]x[/] \x1b[2J\u202e"


def side(*counts):
    return Bins(BOUNDS, tuple(map(float, counts)))


COMPARISONS = {
    "query_tokens": compare(side(*USUAL), side(40, 300, 1_100, 2_700, 4_300, 3_100, 900, 200)),
    "page_rank": compare(side(*USUAL), side(200, 900, 2_600, 4_000, 3_000, 1_300, 350, 80)),
    "country": compare(side(*USUAL), side(310, 1_190, 3_020, 3_980, 2_510, 890, 205, 38)),
    "image_edge": compare(side(*USUAL), side(3, 12, 30, 40, 25, 9, 2, 1)),
    "gone": compare(side(*USUAL), None),
    "renamed": compare(Bins((1.0, 2.0, INF), (400.0, 300.0, 10.0)), side(*USUAL)),
    HOSTILE: compare(side(*USUAL), Unusable("NaN or Inf in its buckets")),
}
BINNED = BinnedDrift(
    3_600, "the same 1h 7d before", "ref", moves=True, importance={"query_tokens": 5, "page_rank": 3, "country": 2}
)
SIGNAL = Signal("embedder", "drift", SignalKind.DRIFT, "now", by="feature", warn=0.1, crit=0.25, binned=BINNED)
READING = SignalReading("embedder", "drift")


def snapshot(comparisons=None, *, trouble=None):
    """The fleet whose embedder drifts."""
    whole = fleet.snapshot()
    known = COMPARISONS if comparisons is None else comparisons
    services = [replace(one, signals=(SIGNAL,)) if one.name == "embedder" else one for one in whole.catalogue.services]
    values = {name: one.distances.psi for name, one in known.items() if one.distances}
    at = fleet.NOW - 4
    told = Members(values, at, fleet.provenance("now\n# against the same 1h 7d before\nref"), known, fleet.NOW - 240)
    lines = {
        name: tuple((fleet.NOW - 3_600 + 60 * n, value * (0.5 + n / 120)) for n in range(61))
        for name, value in values.items()
    }
    figures = {
        **whole.figures,
        READING: Figure(15, "main", None if trouble else told, trouble),
        SeriesReading(READING, 3_600, 60): Figure(60, "main", Series(lines, at, fleet.provenance())),
    }
    return replace(whole, catalogue=Catalogue(tuple(services)), figures=figures)
