"""When a feature's drift earns a colour: not by few events, not by chance, and not much where it matters little."""

import math

import pytest

from oncall_tui.core.assess import assess_signal
from oncall_tui.core.binned import BinnedDrift
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.comparison import compare
from oncall_tui.core.drift import Bins
from oncall_tui.core.drift_status import Standing, drift_verdict, judge_features
from oncall_tui.core.readings import Members, Provenance, SignalReading
from oncall_tui.core.snapshot import Figure, Snapshot
from oncall_tui.core.state import State

INF = math.inf
NOW = 1_000_000.0


def side(*counts):
    return Bins((*map(float, range(1, len(counts))), INF), tuple(map(float, counts)))


CALM = compare(side(5_000, 3_000, 2_000), side(5_010, 2_980, 2_010))
MOVED = compare(side(5_000, 3_000, 2_000), side(3_900, 3_050, 3_050))  # above noise, PSI about 0.07
DRIFTED = compare(side(5_000, 3_000, 2_000), side(3_000, 3_000, 4_000))
SHIFTED = compare(side(5_000, 3_000, 2_000), side(2_000, 3_000, 5_000))
FEW = compare(side(5_000, 3_000, 2_000), side(50, 30, 20))
GONE = compare(side(5_000, 3_000, 2_000), None)


def signal(*, warn=0.1, crit=0.25, minimum=500.0, **importance):
    binned = BinnedDrift(3_600, "the same 1h 7d before", "ref", minimum=minimum, importance=importance)
    return Signal("m", "drift", SignalKind.DRIFT, "now", by="feature", warn=warn, crit=crit, binned=binned)


def members(**comparisons):
    values = {name: one.distances.psi for name, one in comparisons.items() if one.distances}
    return Members(values, NOW, Provenance("p", "q"), comparisons, NOW)


def judged(of=None, **comparisons):
    return judge_features(of or signal(), members(**comparisons))


@pytest.mark.parametrize(
    ("comparison", "state", "standing"),
    [
        (CALM, State.OK, Standing.WITHIN_NOISE),
        (MOVED, State.OK, Standing.IN_BOUNDS),
        (DRIFTED, State.WARN, Standing.DRIFTS),
        (SHIFTED, State.CRIT, Standing.DRIFTS),
        (FEW, State.UNKNOWN, Standing.TOO_FEW),
        (GONE, State.UNKNOWN, Standing.UNKNOWN),
    ],
)
def test_each_comparison_has_its_standing(comparison, state, standing):
    (one,) = judged(x=comparison)
    assert (one.state, one.standing) == (state, standing)
    assert drift_verdict([one])[0] is state


def test_what_chance_alone_may_reach_is_neither_red_nor_green():
    """Forty events a side and a PSI over crit: nobody can tell."""
    of = signal(minimum=10)
    (one,) = judged(of, x=compare(side(15, 15, 10), side(10, 13, 17), minimum=10))
    assert one.comparison.distances.psi > of.warn
    assert one.state is State.UNKNOWN
    assert one.standing is Standing.WITHIN_NOISE
    assert "chance alone" in one.reason


def test_without_thresholds_noise_is_told_and_nothing_is_coloured():
    (calm, moved) = judged(signal(warn=None, crit=None), a=CALM, b=SHIFTED)
    assert {calm.state, moved.state} == {State.OK}
    assert {calm.standing, moved.standing} == {Standing.WITHIN_NOISE, Standing.IN_BOUNDS}


def test_what_matters_little_never_pages_and_never_hides_what_matters():
    of = signal(big=0.97, small=0.03)
    small, big = judged(of, big=CALM, small=SHIFTED)
    assert (small.name, small.state) == ("small", State.WARN)
    assert "3.0% of importance" in small.reason
    assert big.state is State.OK
    few, calm = judged(of, big=CALM, small=FEW)
    assert (few.name, few.state, few.counts) == ("small", State.UNKNOWN, False)
    assert drift_verdict([few, calm])[0] is State.OK
    few, _ = judged(of, big=FEW, small=CALM)
    assert few.counts
    assert drift_verdict([few])[0] is State.UNKNOWN


def test_nothing_that_matters_can_be_judged_is_not_ok():
    of = signal(small=0.01, other=0.99)
    assert drift_verdict(judged(of, small=FEW))[0] is State.UNKNOWN
    assert drift_verdict([])[0] is State.UNKNOWN


def test_features_come_worst_first_and_by_what_they_weigh():
    of = signal(a=0.9, b=0.1)
    assert [one.name for one in judged(of, a=DRIFTED, b=DRIFTED, c=SHIFTED, d=CALM, e=FEW)] == ["c", "a", "b", "e", "d"]


def test_the_verdict_names_the_worst_and_counts_its_like():
    state, reason = drift_verdict(judged(a=SHIFTED, b=SHIFTED, c=DRIFTED))
    assert state is State.CRIT
    assert reason.startswith("a ")
    assert reason.endswith("(and 1 more)")


def assessed(of, value):
    known = Catalogue((Service("m", signals=(of,)),))
    return assess_signal(Snapshot(NOW, known, figures={SignalReading("m", "drift"): Figure(15, "p", value)}), of)


def test_the_signal_carries_its_features_and_the_worst_number():
    status = assessed(signal(), members(a=FEW, b=SHIFTED))
    assert status.state is State.CRIT
    assert status.worst == ("b", SHIFTED.distances.psi)
    assert [one.name for one in status.features] == ["b", "a"]


def test_a_signal_of_which_nothing_can_be_told_is_unknown_with_its_reason_and_no_number():
    status = assessed(signal(), members(a=FEW))
    assert (status.state, status.worst) == (State.UNKNOWN, None)
    assert status.reason == "a too few: 100 events now, 500 wanted"
