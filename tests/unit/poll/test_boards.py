"""Which members of a cluster speak for it, and what becomes of it as more is learned."""

import pytest

from oncall_tui.core.alerts import Alert, AlertBoard, AlertGroup, Silence, SilenceState
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.snapshot import SourceHealth, SourceKind
from oncall_tui.poll.boards import Boards

NOW = 1_000.0
NAMES = ("am-1", "am-2", "lab")


def board(source, alerts="f", peers="ab", silenced_by=(), updated_at=0.0, error=""):
    told = tuple(Alert(source, one, {}, silenced_by=silenced_by, updated_at=updated_at) for one in alerts)
    matchers = (Matcher("a", MatchOp.EQUAL, "b"),)
    silences = tuple(Silence(source, one, matchers, 0, 9, "", "", SilenceState.ACTIVE) for one in silenced_by)
    groups = (AlertGroup(source, {}, "pager", tuple(alerts)),)
    return AlertBoard(told, groups, silences, peers=tuple(peers), silences_error=error)


class Fleet:
    def __init__(self, configured=None):
        self.boards = Boards(NAMES, configured or {}, 30.0)
        self.health = {name: SourceHealth(name, SourceKind.ALERTMANAGER, "", 15.0) for name in NAMES}

    def hear(self, name, told, at=NOW):
        told, comings = self.boards.fresh(name, told)
        self.boards.take(name, told, at, comings, gap=self.health[name].failures > 0)
        self.health[name] = SourceHealth(name, SourceKind.ALERTMANAGER, "", 15.0, at)

    def fail(self, name, at=None):
        self.health[name] = SourceHealth(name, SourceKind.ALERTMANAGER, "", 15.0, at, failures=4, error="refused")

    def alerts(self, now=NOW):
        return {(a.source, a.fingerprint): a.silenced_by for b in self.boards.all(self.health, now) for a in b.alerts}

    def resolved(self, now=NOW):
        gone = self.boards.resolved(self.boards.all(self.health, now), now)
        return {(a.source, a.fingerprint): a.resolved_at for a in gone}

    def warnings(self, now=NOW):
        return self.boards.warnings(self.health, now)


@pytest.fixture
def fleet():
    return Fleet()


def test_members_that_gossip_become_one_as_soon_as_they_say_so(fleet):
    assert fleet.boards.clusters() == NAMES
    fleet.hear("am-2", board("am-2"))
    assert fleet.alerts() == {("am-2", "f"): ()}
    fleet.hear("am-1", board("am-1", "fg"))
    assert fleet.alerts() == {("am-1", "f"): (), ("am-1", "g"): ()}
    (whole,) = fleet.boards.all(fleet.health, NOW)
    assert {one.source for one in (*whole.alerts, *whole.groups)} == {"am-1"}
    assert fleet.boards.clusters() == ("am-1", "lab")
    assert fleet.boards.members("am-1") == fleet.boards.members("am-2") == ("am-1", "am-2")
    assert fleet.boards.members("nowhere") == ()
    assert fleet.boards.cluster("prometheus") == ""


def test_members_that_are_configured_as_one_are_one_from_the_start():
    fleet = Fleet({"am-1": "prod", "am-2": "prod"})
    assert fleet.boards.clusters() == ("prod", "lab")
    fleet.hear("am-2", board("am-2", peers=""))
    assert fleet.alerts() == {("prod", "f"): ()}
    assert fleet.boards.members("prod") == ("am-1", "am-2")


def test_what_one_member_told_once_of_its_peers_is_kept_when_it_tells_no_more(fleet):
    fleet.hear("am-1", board("am-1"))
    fleet.hear("am-2", board("am-2"))
    fleet.hear("am-2", board("am-2", peers=""))
    assert fleet.boards.clusters() == ("am-1", "lab")


def test_a_member_that_went_silent_does_not_speak_beside_one_that_lives(fleet):
    fleet.hear("am-1", board("am-1", "fg", silenced_by=("s",)), NOW - 46)
    fleet.hear("am-2", board("am-2", "f"))
    assert fleet.alerts() == {("am-1", "f"): ()}


def test_with_every_member_silent_the_last_that_any_said_stands(fleet):
    fleet.hear("am-1", board("am-1", "fg"), NOW - 60)
    fleet.hear("am-2", board("am-2", "fh"), NOW - 50)
    assert set(fleet.alerts()) == {("am-1", "f"), ("am-1", "g"), ("am-1", "h")}


def test_an_alert_is_silenced_by_what_any_member_that_lives_says(fleet):
    fleet.hear("am-1", board("am-1", silenced_by=("s",)))
    fleet.hear("am-2", board("am-2", silenced_by=("t",), updated_at=1.0))
    assert fleet.alerts() == {("am-1", "f"): ("t", "s")}


def test_nothing_is_merged_again_when_nobody_said_anything_new(fleet):
    fleet.hear("am-1", board("am-1"))
    fleet.hear("am-2", board("am-2"))
    first = fleet.boards.all(fleet.health, NOW)
    assert fleet.boards.all(fleet.health, NOW + 1)[0] is first[0]


def test_a_member_that_does_not_answer_is_told_by_those_that_do(fleet):
    fleet.hear("am-1", board("am-1"))
    fleet.hear("am-2", board("am-2"))
    assert fleet.warnings() == {"am-1": (), "am-2": ()}
    fleet.fail("am-2", NOW - 46)
    assert fleet.warnings() == {"am-1": ("am-2 of its cluster is silent",)}


def test_a_member_that_was_not_asked_yet_is_no_trouble():
    fleet = Fleet({"am-1": "prod", "am-2": "prod"})
    fleet.hear("am-1", board("am-1"))
    assert fleet.warnings() == {"am-1": ()}


def test_a_single_alertmanager_tells_what_it_could_not_list(fleet):
    fleet.hear("lab", board("lab", peers="", error="its silences cannot be listed: too many"))
    assert fleet.warnings() == {"lab": ("its silences cannot be listed: too many",)}
