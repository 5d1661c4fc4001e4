from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.baseline import Grain
from oncall_tui.core.onset import FEWEST, deviations_of_itself, excursions

STEP = 60.0


def noisy(seed: int, levels: list[float]) -> list[tuple[float, float]]:
    """Deviations at one-minute steps around these levels."""
    rng = random.Random(seed)
    return [(i * STEP, level + rng.gauss(0, 1)) for i, level in enumerate(levels)]


@pytest.mark.parametrize("shift", [4.0, -4.0, 12.0])
def test_a_step_is_found_where_it_is_within_its_interval(shift: float) -> None:
    inside = 0
    for seed in range(50):
        (found, *_) = excursions(noisy(seed, [0.0] * 120 + [shift] * 60))
        inside += found.earliest <= 120 * STEP <= found.latest
        assert abs(found.at - 120 * STEP) <= 3 * STEP
        assert math.copysign(1, found.level) == math.copysign(1, shift)
        assert found.until is None
    assert inside >= 46


def test_a_ramp_is_found_near_its_foot() -> None:
    late = []
    for seed in range(50):
        (found, *_) = excursions(noisy(seed, [0.0] * 120 + [min(8.0, k * 0.4) for k in range(60)]))
        late.append(found.at - 120 * STEP)
    assert abs(sorted(late)[25]) <= 3 * STEP
    assert max(late) <= 10 * STEP


def test_a_blip_ends_and_a_second_departure_is_its_own() -> None:
    levels = [0.0] * 60 + [9.0] * 15 + [0.0] * 60 + [-9.0] * 30
    first, second = excursions(noisy(3, levels))
    assert first.until == pytest.approx(75 * STEP, abs=2 * STEP)
    assert first.level > 0 > second.level
    assert second.until is None


def test_a_slow_decline_that_dips_back_into_range_for_a_moment_is_one_departure() -> None:
    dips = [(4.0, 2.0)[60 < i % 90 < 69] for i in range(300)]
    found = excursions([(i * STEP, level) for i, level in enumerate([0.0] * 60 + dips)])
    assert [(one.at, one.until) for one in found] == [(60 * STEP, None)]


@pytest.mark.parametrize("spikes", [1, 2])
def test_a_spike_or_two_are_no_departure(spikes: int) -> None:
    levels = [0.0] * 100
    for place in range(spikes):
        levels[50 + place] = 1_000.0
    assert excursions([(i * STEP, level) for i, level in enumerate(levels)]) == ()


def test_quiet_noise_seldom_looks_like_a_departure() -> None:
    found = sum(len(excursions(noisy(seed, [0.0] * 1_440))) for seed in range(40))
    assert found <= 2


def test_too_few_points_say_nothing() -> None:
    few = [(i * STEP, 50.0 * (i > 4)) for i in range(FEWEST - 1)]
    assert excursions(few) == ()
    assert deviations_of_itself(few, Grain(0.0, 1.0)) == []


def test_a_signal_without_a_past_is_held_against_the_first_part_of_the_range() -> None:
    rng = random.Random(1)
    points = [(i * STEP, (0.95 if i < 100 else 0.85) + rng.gauss(0, 0.003)) for i in range(150)]
    (found,) = excursions(deviations_of_itself(points, Grain(0.0, 0.002)))
    assert found.at == 100 * STEP
    assert found.level < -20


def test_a_count_that_mostly_stays_the_same_is_not_out_of_range_by_one_more() -> None:
    points = [(i * STEP, float(i % 4 == 0 or i > 200)) for i in range(240)]
    off = deviations_of_itself(points, Grain(0.04, 1e-9))
    assert max(abs(deviation) for _, deviation in off) < 5
    assert max(abs(deviation) for _, deviation in deviations_of_itself([*points, (9e9, 60.0)], Grain(0.04, 1e-9))) > 50


def test_what_had_left_before_the_range_began_is_not_seen() -> None:
    points = [(i * STEP, 0.85 + 0.001 * (i % 3)) for i in range(150)]
    assert excursions(deviations_of_itself(points, Grain(0.0, 0.002))) == ()


@given(st.lists(st.floats(-1e6, 1e6), max_size=120))
def test_whatever_the_values_excursions_follow_one_another(values: list[float]) -> None:
    found = excursions([(i * STEP, value) for i, value in enumerate(values)])
    for one in found:
        assert one.earliest <= one.at <= one.latest
        assert one.until is None or one.until > one.at
    for before, after in pairwise(found):
        assert before.until is not None
        assert before.until <= after.at
