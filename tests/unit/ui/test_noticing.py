"""What rings and what does not, and what is written to the terminal."""

from dataclasses import replace

import fleet_of_alerts as made
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.ack_figures import Tripwire
from oncall_tui.core.dead_man import OURS
from oncall_tui.core.pages_anew import is_loud
from oncall_tui.core.quiet_hours import parse_quiet_hours
from oncall_tui.ui.noticing import NoticeSettings, Noticing, notification


class Terminal:
    """What was written to one, bells counted."""

    def __init__(self, now=0.0, **settings):
        self.written = []
        self.noticing = Noticing(NoticeSettings(**settings), "prod", self.written.append, lambda: now)

    def sees(self, *alerts, **more):
        self.written.clear()
        self.noticing.look(made.assessed(*alerts, **more))
        return self.written.count("\x07")


PAGE, TICKET = made.alert("Burn"), made.alert("Stale", severity="ticket")


def test_what_fires_when_the_program_starts_is_no_news_and_what_begins_then_is_one_ring():
    terminal = Terminal()
    assert terminal.sees(PAGE) == 0
    assert terminal.sees(PAGE) == 0
    assert terminal.sees(PAGE, made.alert("Down"), made.alert("Slow")) == 1
    [note] = [one for one in terminal.written if one.startswith("\x1b]9;")]
    assert note == "\x1b]9;oncall-tui: 2 PAGES: Down, Slow\x07"
    assert terminal.sees(PAGE, made.alert("Down")) == 0


def test_a_cluster_that_is_heard_late_brings_no_news_either():
    terminal = Terminal()
    assert terminal.sees(answered=False) == 0
    assert terminal.sees(PAGE) == 0
    assert terminal.sees(PAGE, made.alert("Down")) == 1


@pytest.mark.parametrize(
    "quiet",
    [
        TICKET,
        replace(made.alert("Down"), pending=True),
        replace(made.alert("Down"), silenced_by=("s1",)),
        replace(made.alert("Down"), inhibited_by=("f",)),
        replace(made.alert("Down"), muted_by=("nights",)),
        replace(made.alert("Down"), resolved_at=1.0),
    ],
    ids=["ticket", "pending", "silenced", "inhibited", "muted", "resolved"],
)
def test_what_is_no_page_or_somebody_has_does_not_ring(quiet):
    terminal = Terminal()
    terminal.sees()
    assert terminal.sees(quiet) == 0


def test_what_is_snoozed_does_not_ring_until_it_no_longer_is():
    terminal = Terminal()
    terminal.sees()
    down = made.alert("Down")
    assert terminal.sees(down, snoozed={down.key: 9e9}) == 0
    assert terminal.sees(down) == 1


def test_a_new_firing_and_one_that_nobody_has_any_more_ring_again():
    terminal = Terminal()
    terminal.sees(PAGE)
    assert terminal.sees(replace(PAGE, starts_at=PAGE.starts_at + 60)) == 1
    assert terminal.sees(replace(PAGE, starts_at=PAGE.starts_at + 60, silenced_by=("s",))) == 0
    assert terminal.sees(replace(PAGE, starts_at=PAGE.starts_at + 60)) == 1


def test_an_acknowledged_one_rings_once_when_its_tripwire_does():
    terminal = Terminal()
    acked = made.assessed(replace(PAGE, silenced_by=("s",)))
    rings = replace(acked, alerts=tuple(replace(one, wire=Tripwire(None, "burns page 14.4×")) for one in acked.alerts))
    assert [is_loud(one) for one in (*acked.alerts, *rings.alerts)] == [False, True]
    for assessment, bells in ((acked, 0), (rings, 1), (rings, 0)):
        terminal.written.clear()
        terminal.noticing.look(assessment)
        assert terminal.written.count("\x07") == bells
        if bells:
            assert any("PAGE Burn (burns page 14.4×)" in one for one in terminal.written)


def test_a_missing_watchdog_rings():
    terminal = Terminal()
    terminal.sees()
    assert terminal.sees(replace(made.alert("WatchdogMissing"), source=OURS)) == 1


def test_quiet_hours_keep_bell_and_notification_but_not_the_title():
    terminal = Terminal(quiet=(parse_quiet_hours("00:00-12:00"), parse_quiet_hours("12:00-24:00")))
    terminal.sees()
    assert terminal.sees(PAGE) == 0
    assert terminal.written == ["\x1b]2;1 page · oncall-tui prod\x07"]


def test_each_can_be_switched_off():
    off = Terminal(bell=False, desktop="none", title=False)
    off.sees()
    assert off.sees(PAGE) == 0
    assert off.written == []
    terminal = Terminal(bell=False, desktop="osc777", title=False)
    terminal.sees()
    terminal.sees(PAGE)
    assert terminal.written == ["\x1b]777;notify;oncall-tui;PAGE Burn\x07"]


def test_the_title_tells_how_many_nobody_has_and_doubt_and_is_written_when_it_changes():
    terminal = Terminal()
    terminal.sees(PAGE)
    assert terminal.written == ["\x1b[22;2t\x1b]2;1 page · oncall-tui prod\x07"]
    terminal.sees(PAGE)
    assert terminal.written == []
    terminal.sees(PAGE, live=False)
    assert terminal.written == ["\x1b]2;? 1 page · oncall-tui prod\x07"]


def test_tmux_is_asked_to_hand_it_on():
    assert notification("x", "osc9", in_tmux=True) == "\x1bPtmux;\x1b\x1b]9;oncall-tui: x\x07\x1b\\"


@given(st.text(max_size=300), st.sampled_from(["osc9", "osc777"]))
def test_no_text_ends_the_sequence_early_or_begins_another(text, kind):
    sequence = notification(text, kind, in_tmux=False)
    inner = sequence[1:-1]
    assert sequence[0] == "\x1b"
    assert sequence[-1] == "\x07"
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in inner)
    assert inner.count(";") == (3 if kind == "osc777" else 1)


def test_hostile_names_are_made_harmless():
    terminal = Terminal()
    terminal.sees()
    terminal.sees(made.alert("\x1b]0;owned\x07\x9c"))
    for sequence in terminal.written:
        assert sequence.count("\x1b") <= 1
        assert sequence.count("\x07") == 1
