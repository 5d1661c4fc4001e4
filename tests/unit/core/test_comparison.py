"""Two sides of a feature compared: against scipy and Evidently's formulae, by chance alone, and with nothing to say."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, wasserstein_distance

from oncall_tui.core.comparison import Comparison, Unusable, compare, psi_between, usable
from oncall_tui.core.drift import Bins

INF = math.inf
BOUNDS = (0.5, 1.0, 2.0, 4.0, 8.0, INF)
POSITIONS = (0.25, 0.75, 1.5, 3.0, 6.0, 8.0)

full = st.lists(st.integers(50, 100_000), min_size=6, max_size=6).map(lambda counts: Bins(BOUNDS, tuple(counts)))
"""No bin is sparse in 300 events or more of which each bin holds at least 50."""


def evidently_psi(reference, current):
    """Evidently's PSI on counts that are binned already, from its published definition."""
    sides = []
    for counts in (reference, current):
        shares = [count / sum(counts) for count in counts]
        least = min(share for share in shares if share != 0)
        zero = least / 10**6 if least <= 0.0001 else 0.0001
        sides.append([share if share != 0 else zero for share in shares])
    return sum((b - a) * math.log(b / a) for a, b in zip(*sides, strict=True))


@given(full, full)
def test_all_four_equal_scipy_and_evidently_on_the_same_counts(old, new):
    found = compare(old, new, minimum=1)
    assert found.reference is not None
    assert found.current is not None
    r, c, positions = found.reference.counts, found.current.counts, found.reference.midpoints
    assert found.distances.psi == pytest.approx(evidently_psi(r, c), abs=1e-9)
    assert found.distances.js == pytest.approx(jensenshannon(r, c, base=2), abs=1e-7)
    assert found.distances.js * math.sqrt(math.log(2)) == pytest.approx(jensenshannon(r, c), abs=1e-7)
    far = wasserstein_distance(positions, positions, r, c)
    assert found.distances.wasserstein == pytest.approx(far, abs=1e-9)


@given(st.lists(st.integers(1, 200), min_size=3, max_size=3), st.lists(st.integers(1, 200), min_size=3, max_size=3))
def test_kolmogorov_smirnov_equals_scipys_on_events_at_the_bins_places(old, new):
    bounds, places = (1.0, 2.0, INF), (0.5, 1.5, 2.0)
    found = compare(Bins(bounds, tuple(old)), Bins(bounds, tuple(new)), minimum=1)
    if found.distances is None or found.reference.bounds != bounds:
        return
    raw = [[place for place, count in zip(places, side, strict=True) for _ in range(count)] for side in (old, new)]
    assert found.distances.ks == pytest.approx(ks_2samp(*raw, method="asymp").statistic, abs=1e-9)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_an_empty_bin_counts_as_evidently_has_it(a, b, c):
    from oncall_tui.core.drift import psi

    assert psi([a, b, 0], [a, c, b], minimum=0) == pytest.approx(evidently_psi([a, b, 0], [a, c, b]))


def drawn(rng, n, weights):
    counts = rng.multinomial(n, np.array(weights) / sum(weights))
    return Bins((*map(float, range(1, len(weights))), INF), tuple(map(float, counts)))


@pytest.mark.parametrize("sizes", [(500, 500), (600, 20_000), (3_000, 3_000)])
@pytest.mark.parametrize("weights", [[1] * 10, [40, 25, 15, 9, 5, 3, 1.5, 0.8, 0.4, 0.2, 0.1]], ids=["even", "tailed"])
def test_chance_alone_is_called_noise_99_times_in_100(sizes, weights):
    """Measured: events drawn twice from one distribution; 2.5% leaves room for the tails and for 400 draws."""
    rng = np.random.default_rng(11)
    outcomes = [compare(drawn(rng, sizes[0], weights), drawn(rng, sizes[1], weights)).distances for _ in range(400)]
    loud = sum(not one.within_noise for one in outcomes)
    assert loud / len(outcomes) <= 0.025
    mean = sum(one.psi for one in outcomes) / len(outcomes)
    floor = sum(one.noise_floor for one in outcomes) / len(outcomes)
    assert mean == pytest.approx(floor, rel=0.25)


def test_a_real_move_is_above_the_noise():
    rng = np.random.default_rng(3)
    found = compare(drawn(rng, 5_000, [5, 5, 5, 5]), drawn(rng, 600, [8, 6, 4, 2]))
    assert not found.distances.within_noise
    assert found.distances.shift < 0
    assert found.note == ""


def test_too_few_says_how_many_and_where():
    few, enough = Bins((1.0, INF), (60, 60)), Bins((1.0, INF), (600, 600))
    assert compare(enough, few).trouble == "too few: 120 events now, 500 wanted"
    assert compare(few, enough).trouble == "too few: 120 events in the reference, 500 wanted"
    both = compare(few, few)
    assert both.trouble == "too few: 120 events now and 120 events in the reference, 500 wanted"
    assert both.few
    assert both.distances is None
    assert compare(enough, Bins((1.0, INF), (0, 0)), minimum=0).few


@pytest.mark.parametrize(
    ("reference", "current", "told"),
    [
        (None, Bins((1.0, INF), (1, 1)), "no reference"),
        (Bins((1.0, INF), (1, 1)), None, "gone"),
        (None, None, "neither side"),
        (Unusable("NaN or Inf in its buckets"), Bins((1.0, INF), (1, 1)), "its reference has NaN"),
        (Bins((1.0, INF), (1, 1)), Unusable("no +Inf bucket"), "no +Inf bucket"),
        (Bins((1.0, INF), (900, 900)), Bins((2.0, INF), (900, 900)), "share no `le`"),
        (Bins((1.0, INF), (900, 1)), Bins((1.0, INF), (900, 0)), "one bucket"),
    ],
)
def test_every_way_of_saying_nothing_has_its_own_words(reference, current, told):
    found = compare(reference, current)
    assert told in found.trouble
    assert found.distances is None
    assert not found.few


def test_layouts_that_differ_are_compared_on_what_they_share_and_it_is_said():
    found = compare(Bins((1.0, 2.0, INF), (500, 300, 200)), Bins((1.0, 4.0, INF), (400, 400, 200)))
    assert found.note == "the two have different `le`: compared on the 1 of 3 they share"
    assert found.reference == Bins((1.0, INF), (500, 500))
    assert found.distances.psi == pytest.approx(evidently_psi([500, 500], [400, 600]))


def test_sparse_bins_are_joined_and_it_is_said():
    found = compare(Bins(BOUNDS, (300, 300, 300, 100, 2, 1)), Bins(BOUNDS, (280, 310, 310, 98, 1, 0)))
    assert found.note == "6 bins joined to 4 that hold enough events"
    assert found.reference == Bins((0.5, 1.0, 2.0, INF), (300, 300, 300, 103))


@pytest.mark.parametrize(
    ("buckets", "told"),
    [
        ({}, "no buckets"),
        ({1.0: 3.0}, "no +Inf"),
        ({INF: 900.0}, "only a +Inf bucket"),
        ({1.0: math.nan, INF: 3.0}, "NaN"),
        ({1.0: 2.0, INF: INF}, "NaN or Inf"),
        ({math.nan: 2.0, INF: 4.0}, "`le` is no number"),
        ({1.0: 500.0, 1.5: 200.0, INF: 700.0}, "do replicas have different `le`"),
    ],
)
def test_buckets_that_say_nothing_are_refused_in_words(buckets, told):
    with pytest.raises(Unusable, match="(?i)" + told.replace("+", r"\+")):
        usable(buckets)


def test_what_extrapolation_does_to_the_order_of_buckets_is_levelled():
    assert usable({1.0: 500.0, 2.0: 499.0, INF: 700.0}) == Bins((1.0, 2.0, INF), (500, 0, 200))


@given(
    st.dictionaries(st.floats(allow_nan=True), st.floats(allow_nan=True), max_size=6),
    st.dictionaries(st.floats(allow_nan=True), st.floats(allow_nan=True), max_size=6),
)
def test_whatever_a_server_tells_is_a_comparison_or_words(old, new):
    def side(buckets):
        try:
            return usable(buckets)
        except Unusable as why:
            return why

    found = compare(side(old), side(new), minimum=1)
    assert isinstance(found, Comparison)
    assert (found.distances is None) == bool(found.trouble)
    if found.distances is not None:
        assert math.isfinite(found.distances.psi)


@given(full, full, st.integers(1, 400_000))
def test_the_figure_over_time_is_the_figure_of_now(old, new, minimum):
    found = compare(old, new, minimum=minimum)
    assert psi_between(old, new, minimum=minimum) == (found.distances.psi if found.distances else None)
    assert psi_between(None, new, minimum=1) is None
