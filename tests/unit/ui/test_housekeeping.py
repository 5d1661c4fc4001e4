"""Full collections wait for a quiet moment, but not for ever."""

import gc

import pytest

from oncall_tui.ui import housekeeping
from oncall_tui.ui.housekeeping import AT_LAST, EVERY, QUIET, Housekeeping


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1_000.0

        def monotonic(self):
            return self.now

    made = Clock()
    monkeypatch.setattr(housekeeping, "time", made)
    return made


@pytest.fixture
def house(clock):
    made = Housekeeping()
    yield made
    made.close()


def test_it_collects_when_nobody_typed_for_a_while(house, clock):
    assert not house.look()
    clock.now += EVERY
    house.typed()
    assert not house.look()
    clock.now += QUIET
    assert house.look()
    assert not house.look()


def test_who_never_stops_typing_does_not_keep_garbage_for_ever(house, clock):
    for _ in range(int(AT_LAST)):
        clock.now += 1.0
        house.typed()
        if house.look():
            break
    assert clock.now == 1_000.0 + AT_LAST


def test_the_interpreters_own_way_comes_back():
    before = gc.get_threshold()
    house = Housekeeping()
    assert gc.get_threshold()[2] > before[2]
    house.close()
    assert gc.get_threshold() == before
