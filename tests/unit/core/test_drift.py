from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from oncall_tui.core.drift import (
    MINIMUM,
    Bins,
    align,
    from_cumulative,
    js_distance,
    ks_statistic,
    psi,
    psi_noise_floor,
    psi_noise_limit,
    wasserstein,
    without_sparse,
)

INF = math.inf
counts = st.floats(0, 1e6)
a_side = st.lists(counts, min_size=2, max_size=20).filter(lambda side: sum(side) > 1e-3)
two_sides = (
    st.integers(2, 20)
    .flatmap(lambda n: st.tuples(*[st.lists(counts, min_size=n, max_size=n)] * 2))
    .filter(lambda sides: min(map(sum, sides)) > 1e-3)
)


def far(reference: list[float], current: list[float], *, minimum: float = 0) -> float | None:
    """Wasserstein with bins one apart, to stand beside the other three."""
    return wasserstein(reference, current, range(len(reference)), minimum=minimum)


DISTANCES = [psi, js_distance, ks_statistic, far]


@pytest.mark.parametrize("distance", DISTANCES)
def test_too_few_events_on_either_side_are_no_distance(distance) -> None:  # type: ignore[no-untyped-def]
    enough, few = [MINIMUM / 2, MINIMUM / 2], [MINIMUM / 2, MINIMUM / 2 - 1]
    assert distance(few, enough, minimum=MINIMUM) is None
    assert distance(enough, few, minimum=MINIMUM) is None
    assert distance(enough, enough, minimum=MINIMUM) == 0
    assert distance([0, 0], [0, 0], minimum=0) is None


@pytest.mark.parametrize("distance", [psi, js_distance, ks_statistic])
def test_the_minimum_is_500_unless_told(distance) -> None:  # type: ignore[no-untyped-def]
    assert distance([250, 249], [250, 250]) is None
    assert distance([250, 250], [250, 250]) == 0


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_single_bin_in_which_nothing_can_move_is_no_calm(distance) -> None:  # type: ignore[no-untyped-def]
    assert distance([1_000], [5_000], minimum=1) is None


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("bad", [-1, math.nan, INF])
def test_what_is_no_count_is_refused(distance, bad: float) -> None:  # type: ignore[no-untyped-def]
    for sides in (([1, bad], [1, 1]), ([1, 1], [bad, 1])):
        with pytest.raises(ValueError, match="counts are finite and not negative"):
            distance(*sides, minimum=1)


@pytest.mark.parametrize("distance", DISTANCES)
def test_sides_of_unequal_length_are_refused(distance) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="align"):
        distance([1, 2], [1, 2, 3], minimum=1)


@pytest.mark.parametrize("distance", DISTANCES)
@given(side=a_side, scale=st.floats(0.01, 100))
def test_a_distribution_is_at_no_distance_from_itself_in_any_size(distance, side: list[float], scale: float) -> None:  # type: ignore[no-untyped-def]
    assert distance(side, side, minimum=0) == 0
    assert distance(side, [count * scale for count in side], minimum=0) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("distance", DISTANCES)
@given(sides=two_sides)
def test_every_distance_is_symmetric_and_not_negative(distance, sides: tuple[list[float], list[float]]) -> None:  # type: ignore[no-untyped-def]
    there, back = distance(*sides, minimum=0), distance(*reversed(sides), minimum=0)
    assert there >= 0
    assert there == pytest.approx(back, abs=1e-9)


@given(two_sides)
def test_the_bounded_distances_keep_to_their_bounds(sides: tuple[list[float], list[float]]) -> None:
    assert 0 <= js_distance(*sides, minimum=0) <= 1
    assert 0 <= ks_statistic(*sides, minimum=0) <= 1
    assert 0 <= psi(*sides, minimum=0) < INF
    assert 0 <= far(*sides) <= len(sides[0]) - 1 + 1e-9


def test_two_sides_with_nothing_in_common_are_as_far_as_can_be() -> None:
    apart = [1_000, 0], [0, 1_000]
    assert js_distance(*apart) == 1
    assert ks_statistic(*apart) == 1
    assert wasserstein(*apart, (0.0, 7.5)) == 7.5
    assert psi(*apart) == pytest.approx(2 * 0.9999 * math.log(1e4))


# Shares .5 .3 .2 against .4 .4 .2.
KNOWN = [500, 300, 200], [400, 400, 200]


def test_psi_of_a_known_pair() -> None:
    by_hand = -0.1 * math.log(0.8) + 0.1 * math.log(4 / 3)
    assert psi(*KNOWN) == pytest.approx(by_hand) == pytest.approx(0.0510825623765990683)


def test_jensen_shannon_distance_of_a_known_pair() -> None:
    # divergence in bits: H(.45 .35 .2) - (H(.5 .3 .2) + H(.4 .4 .2)) / 2
    def entropy(*shares: float) -> float:
        return -sum(share * math.log2(share) for share in shares)

    divergence = entropy(0.45, 0.35, 0.2) - (entropy(0.5, 0.3, 0.2) + entropy(0.4, 0.4, 0.2)) / 2
    assert js_distance(*KNOWN) == pytest.approx(math.sqrt(divergence))
    assert js_distance([500, 500], [1_000, 0]) == pytest.approx(0.5579230452841438)  # scipy's example for base 2


def test_kolmogorov_smirnov_and_wasserstein_of_a_known_pair() -> None:
    assert ks_statistic(*KNOWN) == pytest.approx(0.1)
    assert wasserstein(*KNOWN, (0, 10, 100)) == pytest.approx(1.0)  # a tenth moved by ten
    assert wasserstein([3, 0, 1], [5, 6, 0], (0, 1, 3), minimum=1) == pytest.approx(0.75 - 5 / 11 + 2 * 0.25)


def test_an_empty_bin_keeps_psi_finite() -> None:
    gone = psi([500, 500, 0], [500, 0, 500])
    assert gone is not None
    assert math.isfinite(gone)
    assert gone > 1


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=8).filter(any), st.integers(0, 5), st.floats(0.01, 100))
def test_a_shift_is_as_far_as_it_shifts(side: list[int], bins: int, width: float) -> None:
    reference, current = [*side, 0, *[0] * bins], [*[0] * bins, *side, 0]
    positions = [width * n for n in range(len(reference))]
    assert wasserstein(reference, current, positions, minimum=0) == pytest.approx(bins * width)


@pytest.mark.parametrize("positions", [(0,), (0, 1, 2), (1, 0), (0, INF), (0, math.nan)])
def test_positions_that_fit_no_bins_are_refused(positions: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="position"):
        wasserstein([500, 500], [500, 500], positions)


def test_the_noise_floor_says_what_chance_alone_gives() -> None:
    assert psi_noise_floor(10, 500, 500) == pytest.approx(0.036)
    assert psi_noise_floor(2, 1_000, INF) == pytest.approx(0.001)
    assert psi_noise_floor(10, 0, 500) == INF
    assert psi_noise_floor(1, 500, 500) == 0


@pytest.mark.parametrize("buckets", [{}, {1.0: 5}, {1.0: 5, math.nan: 6, INF: 7}, {1.0: math.nan, INF: 7}, {INF: INF}])
def test_what_is_no_histogram_is_refused(buckets: dict[float, float]) -> None:
    with pytest.raises(ValueError, match="histogram"):
        from_cumulative(buckets)


def test_cumulative_buckets_in_any_order_become_bins() -> None:
    assert from_cumulative({INF: 10, 0.5: 4, 0.1: 1, 1.0: 9.5}) == Bins((0.1, 0.5, 1.0, INF), (1, 3, 5.5, 0.5))


def test_a_bucket_below_a_smaller_one_counts_as_level_with_it() -> None:
    assert from_cumulative({1: 5, 2: 3, 3: 9, INF: 8}) == Bins((1, 2, 3, INF), (5, 0, 4, 0))
    assert from_cumulative({1: -2, INF: 4}).counts == (0, 4)


@given(st.dictionaries(st.floats(-1e6, 1e6), st.floats(-10, 1e6)), st.floats(0, 1e6))
def test_bins_are_never_negative_and_hold_every_event(buckets: dict[float, float], total: float) -> None:
    bins = from_cumulative(buckets | {INF: total})
    assert all(count >= 0 for count in bins.counts)
    assert bins.total == pytest.approx(max(0, total, *buckets.values()))


def test_two_layouts_meet_on_the_bounds_they_share() -> None:
    old = from_cumulative({1: 1, 2: 3, 4: 7, INF: 10})
    new = from_cumulative({0.5: 2, 1: 4, 4: 8, 8: 12, INF: 16})
    assert align(old, new) == (Bins((1, 4, INF), (1, 6, 3)), Bins((1, 4, INF), (4, 4, 8)))


def test_layouts_that_share_no_finite_bound_have_no_distance() -> None:
    old, new = align(from_cumulative({1: 500, INF: 1_000}), from_cumulative({2: 1_000, INF: 1_000}))
    assert (old, new) == (Bins((INF,), (1_000,)), Bins((INF,), (1_000,)))
    assert psi(old.counts, new.counts) is None


layouts = st.dictionaries(st.integers(0, 6).map(float), counts).map(
    lambda buckets: from_cumulative(buckets | {INF: 1e6})
)


@given(layouts, layouts)
def test_alignment_loses_no_event(old: Bins, new: Bins) -> None:
    both = align(old, new)
    assert both[0].bounds == both[1].bounds
    assert [side.total for side in both] == pytest.approx([old.total, new.total])


@pytest.mark.parametrize(
    ("bounds", "midpoints"),
    [
        ((1, 2, 4, INF), (0.5, 1.5, 3, 4)),
        ((-2, 0, INF), (-2, -1, 0)),
        ((INF,), (0,)),
    ],
)
def test_events_lie_in_the_middle_of_their_bin(bounds: tuple[float, ...], midpoints: tuple[float, ...]) -> None:
    assert Bins(bounds, (0.0,) * len(bounds)).midpoints == midpoints


def test_chance_stays_below_its_limit_and_chi_squared_agrees() -> None:
    for bins in (2, 3, 5, 11, 40):
        for confidence in (0.9, 0.99, 0.999):
            exact = chi2.ppf(confidence, bins - 1) * (1 / 800 + 1 / 5_000)
            assert psi_noise_limit(bins, 800, 5_000, confidence=confidence) == pytest.approx(exact, rel=0.03)
    assert psi_noise_limit(10, 0, 500) == INF
    assert psi_noise_limit(1, 500, 500) == 0


@given(layouts, layouts, st.floats(1, 500))
def test_joining_sparse_bins_loses_no_event_and_keeps_both_alike(old: Bins, new: Bins, expected: float) -> None:
    before = align(old, new)
    after = without_sparse(*before, expected=expected)
    assert after[0].bounds == after[1].bounds
    assert set(after[0].bounds) <= set(before[0].bounds)
    assert after[0].bounds[-1] == INF
    assert [side.total for side in after] == pytest.approx([side.total for side in before])


def test_what_is_new_on_the_smaller_side_is_never_joined_away() -> None:
    old, new = Bins((1, 2, 3, INF), (900_000, 100_000, 0, 1)), Bins((1, 2, 3, INF), (480, 60, 60, 0))
    joined = without_sparse(old, new)
    assert joined[0] == Bins((1, 2, INF), (900_000, 100_000, 1))
    assert joined[1] == Bins((1, 2, INF), (480, 60, 60))
    assert without_sparse(Bins((1, INF), (2, 1)), Bins((1, INF), (1, 2)))[0] == Bins((INF,), (3,))
    assert without_sparse(Bins((1, INF), (0, 0)), Bins((1, INF), (1, 2)))[0] == Bins((1, INF), (0, 0))
