"""Steps in an incident's timeline: what became of what they were to move, and nothing of who diagnoses."""

from __future__ import annotations

import pytest

from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.state import State
from oncall_tui.core.timeline import moment_of


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("recovered", State.OK),
        ("worse", State.CRIT),
        ("no effect", State.WARN),
        ("better", State.WARN),
        ("unknown", State.UNKNOWN),
    ],
)
def test_what_became_of_it_is_a_line_of_its_own(outcome: str, state: State) -> None:
    told = {"outcome": outcome, "of": "store/age", "why": "45m → 20s"}
    moment = moment_of(Event(1.0, EventKind.STEP_VERIFIED, "maria", subject="stale.md#replay", payload=told))
    assert moment is not None
    assert (moment.text, moment.state) == (f"after stale.md#replay: {outcome}: store/age 45m → 20s", state)


def test_a_claim_says_nothing() -> None:
    assert moment_of(Event(1.0, EventKind.STEP_CLAIMED, "auto_diagnose", subject="Stale")) is None
