"""What one member of a cluster has and another lacks."""

from oncall_tui.core.alerts import Alert, AlertBoard, Silence, SilenceState
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.poll.disagreements import STRANGERS_AFTER, Disagreements, heard


def member(name, at, alerts="", silences="", peers="", error=""):
    kept = tuple(
        Silence(name, one, (Matcher("a", MatchOp.EQUAL, "b"),), 0, 9, "", "", SilenceState.ACTIVE) for one in silences
    )
    board = AlertBoard(
        tuple(Alert(name, one, {}) for one in alerts), (), kept, peers=tuple(peers), silences_error=error
    )
    return heard(name, at, board)


def looks(*rounds, grace=30.0):
    """The warnings after the last of several rounds of what the members of one cluster said."""
    disagreements = Disagreements(grace)
    return [disagreements.look([members]) for members in rounds][-1]


def test_members_that_say_the_same_do_not_disagree():
    assert looks(*([member("am-1", at, "fg", "s"), member("am-2", at + 1, "gf", "s")] for at in (0, 15, 30, 45))) == {
        "am-1": (),
        "am-2": (),
    }


def test_what_one_lacks_is_told_once_it_lasts_longer_than_gossip_takes():
    rounds = [[member("am-1", at, "fgh", "s"), member("am-2", at, "f")] for at in (0, 15, 30)]
    assert looks(*rounds[:2]) == {"am-1": (), "am-2": ()}
    assert looks(*rounds) == {"am-1": (), "am-2": ("lacks 2 alerts that am-1 has", "lacks 1 silence that am-1 has")}


def test_what_comes_late_is_no_disagreement_and_neither_is_what_each_lacks_in_turn():
    rounds = [
        [member("am-1", at, "fg"[at // 15 % 2]), member("am-2", at, "gf"[at // 15 % 2])] for at in range(0, 90, 15)
    ]
    assert looks(*rounds) == {"am-1": (), "am-2": ()}


def test_a_member_that_missed_polls_is_not_held_to_what_the_others_have_learned_since():
    rounds = [[member("am-1", at, "fg"), member("am-2", 0, "f")] for at in (0, 15, 30, 45)]
    assert looks(*rounds) == {"am-1": (), "am-2": ()}
    gone = [[member("am-1", 0, "fg"), member("am-2", at, "f")] for at in (0, 15, 30, 45)]
    assert looks(*gone) == {"am-1": (), "am-2": ()}


def test_a_disagreement_that_ends_is_not_told_any_more_and_begins_anew():
    apart = [[member("am-1", at, "f"), member("am-2", at)] for at in (0, 15, 30)]
    agreed = [member("am-1", 45, "f"), member("am-2", 45, "f")]
    again = [member("am-1", 60, "f"), member("am-2", 60)]
    assert looks(*apart)["am-2"]
    assert looks(*apart, agreed) == looks(*apart, agreed, again) == {"am-1": (), "am-2": ()}


def test_of_three_members_it_is_told_who_has_it():
    rounds = [[member("am-1", at, "f"), member("am-2", at, "f"), member("am-3", at)] for at in (0, 15, 30)]
    assert looks(*rounds)["am-3"] == ("lacks 1 alert that am-1 or am-2 has",)


def test_two_clusters_do_not_have_to_agree():
    disagreements = Disagreements(0)
    for at in (0, 15):
        told = disagreements.look([[member("am-1", at, "f")], [member("am-2", at)]])
    assert told == {"am-1": (), "am-2": ()}


def test_silences_that_could_not_be_listed_are_not_lacking():
    rounds = [[member("am-1", at, silences="s"), member("am-2", at, error="HTTP 500")] for at in (0, 15, 30)]
    assert looks(*rounds) == {"am-1": (), "am-2": ()}


def test_members_that_lost_sight_of_each_other_are_told_but_not_at_once_after_a_restart():
    rounds = [[member("am-1", at, peers="ac"), member("am-2", at, peers="b")] for at in (0.0, STRANGERS_AFTER)]
    assert looks(*rounds[:1]) == {"am-1": (), "am-2": ()}
    assert looks(*rounds)["am-1"] == ("does not gossip with am-2: a silence of one is none of the other's",)
    assert looks(*rounds)["am-2"] == ("does not gossip with am-1: a silence of one is none of the other's",)
