"""How long a snooze holds."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import AlertStatus, Assessment, assess
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


@pytest.mark.parametrize(
    ("then", "now", "holds"), [(0, 1, False), (2, 3, False), (3, 2, True), (2, 2, True), (2, None, True)]
)
def test_what_burns_louder_than_it_did_ends_it(monkeypatch, then, now, holds):
    assessment, status = assessed()
    figures = AckFigures(NOW, ALERT.starts_at, slo="a/b", rank=now, tier="page 14.4×")
    monkeypatch.setattr("oncall_tui.core.snooze.figures_of", lambda *_: figures)
    snooze = Snooze(NOW + 600, replace(figures, rank=then))
    assert (ended(snooze, assessment, status) == "") is holds


def test_the_status_carries_it_and_loses_it_again():
    key = ALERT.key
    first, status = assessed(snoozed={key: NOW + 600})
    assert status.snoozed_until == NOW + 600
    again = assess(replace(first.snapshot, snoozed={}), first)
    assert again.alerts[0].snoozed_until is None
    assert again.alerts[0].phase is status.phase


@given(st.floats(0, 4e9), st.floats(0, 4e9), st.sampled_from([None, 0, 3]), st.sampled_from(["", "a/b"]))
def test_what_is_remembered_is_read_back(until, began, rank, slo):
    snooze = Snooze(until, AckFigures(NOW, began, slo=slo, rank=rank))
    assert Snooze.from_json(snooze.to_json()) == snooze


@pytest.mark.parametrize(
    "value",
    [
        None,
        5,
        "x",
        [],
        {},
        {"until": "1", "at": 1, "began": 1},
        {"until": float("nan"), "at": 1, "began": 1},
        {"until": True, "at": 1, "began": 1},
        {"until": 1},
    ],
)
def test_what_people_made_of_the_file_is_no_snooze(value):
    assert Snooze.from_json(value) is None
