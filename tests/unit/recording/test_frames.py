"""Snapshots become frames and come back as they were."""

import json
from dataclasses import fields, replace

import pytest

from oncall_tui.core.assess import assess
from oncall_tui.core.dead_man import DeadMan, Heartbeat, Pulse
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.recording.codec import TABLES, to_json
from oncall_tui.recording.frames import EVERY, Frame, Framer, Player
from oncall_tui.sources.alertmanager.routing import read_routing

ROUTES = """
route:
  receiver: a
  routes:
    - {receiver: b, matchers: ['severity="page"', 'team=~"x|y"'], continue: true, mute_time_intervals: [night]}
receivers: [{name: a}, {name: b, webhook_configs: [{url: http://x}]}]
time_intervals: [{name: night, time_intervals: [{times: [{start_time: "00:00", end_time: "06:00"}], weekdays: ["monday:friday"]}]}]
"""
SET = {"alerts", "resolved", "groups", "silences", "expired"}


def same(one: Snapshot, other: Snapshot) -> bool:
    """Equal, in whatever order the alerts come."""
    for field in fields(Snapshot):
        mine, its = getattr(one, field.name), getattr(other, field.name)
        if field.name in SET:
            mine, its = sorted(mine, key=repr), sorted(its, key=repr)
        assert mine == its, field.name
    return True


def through(snapshots, framer=None):
    """Every snapshot, through the text of its frame."""
    framer, player = framer or Framer(), Player()
    for snapshot in snapshots:
        yield player.snapshot(Frame.from_json(json.loads(json.dumps(framer.frame(snapshot).to_json()))))


def test_what_comes_back_is_what_was_seen(watched):
    seen = watched()
    assert all(same(back, one) for back, one in zip(through(seen), seen, strict=True))


def test_every_part_of_a_snapshot_is_kept_or_known_to_be_left_out():
    kept = {table.name for table in TABLES} | {"catalogue", "at", "demo"}
    # What stands still is not recorded, and how a recording plays is for whoever plays it to say.
    assert {field.name for field in fields(Snapshot)} - kept == {"paused", "replay"}


def test_what_the_dashboard_adds_of_its_own_comes_back(watched):
    first, *_ = watched(minutes=0.25)
    switch = DeadMan("Watchdog", (Matcher("alertname", MatchOp.EQUAL, "Watchdog"),))
    routing = read_routing(ROUTES)
    assert routing is not None
    whole = replace(
        first,
        snoozed={("am", "f"): 5.5},
        heartbeats=(Heartbeat(switch, "am", Pulse.MISSING, 1.0, None),),
        routings={"am": routing},
        resolved=first.alerts[:1],
    )
    *_, back = through([first, whole])
    assert same(back, whole)


def test_the_states_are_the_same(watched):
    seen = watched("feature-stale", 5)
    for back, one in zip(through(seen), seen, strict=True):
        mine, its = assess(back), assess(one)
        assert {s.service.name: (s.state, s.reason) for s in mine.services} == {
            s.service.name: (s.state, s.reason) for s in its.services
        }
        assert sorted((a.alert.name, a.phase) for a in mine.listed) == sorted(
            (a.alert.name, a.phase) for a in its.listed
        )


def test_the_labels_of_thousands_of_alerts_are_not_there_twice(watched):
    alert = watched()[-1].alerts[0]
    table = next(table for table in TABLES if table.name == "alerts")
    told = to_json(table, alert)
    assert told["labels"] is alert.labels
    assert told["labels"]


def test_what_is_gone_is_gone(watched):
    first, second = watched(minutes=0.5)
    second = replace(second, alerts=(), silences=(), groups=(), begun={}, figures={}, probes={})
    *_, back = through([first, second])
    assert same(back, second)


def test_a_frame_in_which_little_changed_is_small(watched):
    first, *_ = watched(minutes=0.25)
    framer = Framer()
    whole = len(json.dumps(framer.frame(first).to_json()))
    assert len(json.dumps(framer.frame(replace(first, at=first.at + 15)).to_json())) < whole / 500


def test_now_and_then_a_frame_stands_by_itself(watched):
    first, *_ = watched(minutes=0.25)
    framer = Framer()
    assert [n for n in range(2 * EVERY + 1) if framer.frame(replace(first, at=first.at + n)).whole] == [
        0,
        EVERY,
        2 * EVERY,
    ]


def test_playing_can_begin_at_any_whole_frame(watched):
    seen = watched()
    framer, player = Framer(), Player()
    frames = [framer.frame(snapshot, whole=place == 7) for place, snapshot in enumerate(seen)]
    player.snapshot(frames[0])
    for place in range(7, len(seen)):
        assert same(player.snapshot(frames[place]), seen[place])


def test_a_change_of_nothing_is_refused(watched):
    framer = Framer()
    seen = watched(minutes=0.5)
    _, second = (framer.frame(one) for one in seen)
    with pytest.raises(ValueError, match="nothing before it"):
        Player().snapshot(second)


@pytest.mark.parametrize(
    "told",
    [[], 5, {}, {"at": 1}, {"at": "x", "whole": {}}, {"at": 1, "whole": {"?": {}}}, {"at": 1, "whole": {}, "marks": 1}],
)
def test_what_is_no_frame_is_refused(told):
    with pytest.raises(ValueError, match="not a frame"):
        Frame.from_json(told)


@pytest.mark.parametrize(
    "tables",
    [
        {"alerts": {"k": {"source": 1}}},
        {"begun": {"no json": 1}},
        {"begun": {"[1]": 1}},
        {"figures": {"{}": {"every": 1, "source": "p"}}},
        {"services": {"a": []}},
    ],
)
def test_tables_that_hold_something_else_are_refused(tables):
    with pytest.raises(ValueError, match=r"."):
        Player().snapshot(Frame(1, True, tables, {}))
