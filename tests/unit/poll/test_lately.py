"""Alerts that resolved a moment ago, and those that flap: never told of what another member still has."""

from dataclasses import replace

import pytest
from test_boards import NOW, Fleet, board

from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.poll.boards import RESOLVED_KEPT


@pytest.fixture
def fleet():
    return Fleet()


def test_an_alert_that_is_no_longer_told_resolved_and_is_kept_for_a_while(fleet):
    fleet.hear("lab", board("lab", "fg"))
    assert fleet.resolved() == {}
    fleet.hear("lab", board("lab", "g"), NOW + 15)
    assert fleet.resolved(NOW + 15) == {("lab", "f"): NOW + 15}
    assert fleet.resolved(NOW + 15 + RESOLVED_KEPT - 1)
    assert fleet.resolved(NOW + 15 + RESOLVED_KEPT) == {}


def test_one_that_fires_again_is_no_longer_resolved(fleet):
    fleet.hear("lab", board("lab", "fg"))
    fleet.hear("lab", board("lab", "g"), NOW + 15)
    fleet.hear("lab", board("lab", "fg"), NOW + 30)
    assert fleet.resolved(NOW + 30) == {}


def test_what_another_live_member_has_did_not_resolve(fleet):
    for name in ("am-1", "am-2"):
        fleet.hear(name, board(name, "fg"))
    fleet.hear("am-1", board("am-1", "g"), NOW + 15)
    assert fleet.resolved(NOW + 15) == {}
    fleet.hear("am-2", board("am-2", "g"), NOW + 16)
    assert fleet.resolved(NOW + 16) == {("am-1", "f"): NOW + 16}


def test_what_one_member_never_had_does_not_resolve_with_it(fleet):
    fleet.hear("am-1", board("am-1", "f"))
    fleet.hear("am-2", board("am-2", ""))
    fleet.hear("am-2", board("am-2", ""), NOW + 15)
    assert fleet.resolved(NOW + 15) == {}


def test_a_member_that_does_not_answer_resolves_nothing(fleet):
    fleet.hear("lab", board("lab", "f"))
    fleet.fail("lab", NOW)
    assert fleet.resolved(NOW + 60) == {}
    assert fleet.alerts(NOW + 60) == {("lab", "f"): ()}


def test_one_that_was_restarted_and_knows_nothing_yet_resolves_nothing(fleet):
    fleet.hear("lab", board("lab", "fg"))
    fleet.fail("lab", NOW)
    fleet.hear("lab", board("lab", ""), NOW + 30)
    assert fleet.resolved(NOW + 30) == {}


def test_after_a_gap_what_is_missing_among_others_resolved(fleet):
    fleet.hear("lab", board("lab", "fg"))
    fleet.fail("lab", NOW)
    fleet.hear("lab", board("lab", "g"), NOW + 30)
    assert fleet.resolved(NOW + 30) == {("lab", "f"): NOW + 30}


def test_what_left_under_a_name_that_is_no_cluster_any_more_is_not_told_beside_its_other_self(fleet):
    fleet.hear("am-2", board("am-2", "fg", peers=""))
    fleet.hear("am-2", board("am-2", "g", peers=""), NOW + 1)
    assert fleet.resolved(NOW + 1) == {("am-2", "f"): NOW + 1}
    fleet.hear("am-1", board("am-1", "fg"), NOW + 2)
    fleet.hear("am-2", board("am-2", "fg"), NOW + 2)
    assert fleet.resolved(NOW + 2) == {}


def began(fleet, *starts, apart=60.0):
    """The alert f begins at each of these moments, and is told then."""
    for at in starts:
        told = AlertBoard((Alert("lab", "f", {}, starts_at=at),))
        fleet.hear("lab", told, at)
        fleet.hear("lab", replace(told, alerts=()), at + apart / 2)


def test_how_often_it_began_within_an_hour_is_counted_from_the_second_time_on(fleet):
    began(fleet, NOW)
    assert fleet.boards.begun(NOW + 10) == {}
    began(fleet, NOW + 60, NOW + 120)
    assert fleet.boards.begun(NOW + 130) == {("lab", "f"): 3}
    assert fleet.boards.begun(NOW + 3_650) == {("lab", "f"): 2}
    assert fleet.boards.begun(NOW + 3_800) == {}


def test_the_same_firing_told_again_and_by_another_member_counts_once(fleet):
    told = AlertBoard((Alert("am-1", "f", {}, starts_at=NOW),), peers=("a", "b"))
    for name in ("am-1", "am-2", "am-1"):
        fleet.hear(name, told)
    assert fleet.boards.begun(NOW) == {}
