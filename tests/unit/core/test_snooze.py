"""How long a snooze holds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import AlertStatus, Assessment, assess
from oncall_tui.core.burn import Severity
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.snooze import Snooze, ended, snooze_of

NOW = 1_800_000_000.0
ALERT = Alert("am", "f", {"alertname": "A"}, starts_at=NOW - 60)


def assessed(alert=ALERT, **snapshot) -> tuple[Assessment, AlertStatus]:
    assessment = assess(Snapshot(NOW, Catalogue(()), alerts=(alert,), **snapshot))
    return assessment, assessment.alerts[0]


def test_it_holds_while_the_same_firing_lasts():
    assessment, status = assessed()
    snooze = snooze_of(assessment, status, NOW + 600)
    assert ended(snooze, assessment, status) == ""
    assert ended(snooze, *assessed(replace(ALERT, starts_at=ALERT.starts_at + 0.5))) == ""
    assert ended(snooze, *assessed(replace(ALERT, starts_at=NOW))) == "it began anew"


def test_one_that_is_worse_than_it_was_ends_it(monkeypatch):
    assessment, status = assessed()
    for then, now, holds in (
        (None, Severity.TICKET, False),
        (Severity.TICKET, Severity.PAGE, False),
        (Severity.PAGE, Severity.TICKET, True),
        (Severity.PAGE, None, True),
    ):
        monkeypatch.setattr("oncall_tui.core.snooze.tier_of", lambda *_, now=now: now)
        assert (ended(Snooze(NOW + 600, ALERT.starts_at, then), assessment, status) == "") is holds


def test_the_status_carries_it_and_loses_it_again():
    key = ALERT.key
    first, status = assessed(snoozed={key: NOW + 600})
    assert status.snoozed_until == NOW + 600
    again = assess(replace(first.snapshot, snoozed={}), first)
    assert again.alerts[0].snoozed_until is None
    assert again.alerts[0].phase is status.phase


@given(st.floats(0, 4e9), st.floats(0, 4e9), st.sampled_from([None, *Severity]))
def test_what_is_remembered_is_read_back(until, starts, tier):
    assert Snooze.from_json(Snooze(until, starts, tier).to_json()) == Snooze(until, starts, tier)


@pytest.mark.parametrize(
    "value",
    [None, 5, "x", [], {}, {"until": "1", "starts_at": 1}, {"until": float("nan"), "starts_at": 1}, {"until": True}],
)
def test_what_people_made_of_the_file_is_no_snooze(value):
    assert Snooze.from_json(value) is None
