from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.state import State, roll_up

states = st.lists(st.sampled_from(State))


def test_of_nothing_nothing_is_known() -> None:
    assert roll_up([]) is State.UNKNOWN


@pytest.mark.parametrize(
    ("members", "worst"),
    [
        ([State.OK, State.UNKNOWN], State.UNKNOWN),
        ([State.UNKNOWN, State.SILENT], State.SILENT),
        ([State.SILENT, State.WARN], State.WARN),
        ([State.WARN, State.CRIT, State.OK], State.CRIT),
        ([State.OK, State.OK], State.OK),
    ],
)
def test_a_roll_up_is_its_worst_member(members: list[State], worst: State) -> None:
    assert roll_up(members) is worst


@given(states, states)
def test_a_roll_up_of_roll_ups_is_the_roll_up_of_all(some: list[State], others: list[State]) -> None:
    if some and others:
        assert roll_up([roll_up(some), roll_up(others)]) is roll_up(some + others)


@given(states)
def test_only_where_everything_is_ok_is_it_ok(members: list[State]) -> None:
    assert (roll_up(members) is State.OK) is (bool(members) and set(members) == {State.OK})


def test_the_exit_codes_are_those_of_a_monitoring_plugin() -> None:
    codes = {State.OK: 0, State.WARN: 1, State.SILENT: 1, State.CRIT: 2, State.UNKNOWN: 3}
    assert {state: state.exit_code for state in State} == codes
