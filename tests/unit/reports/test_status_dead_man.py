"""`status` tells of dead-man switches, and is never OK without them."""

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.dead_man import DeadMan, Heartbeats
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State
from oncall_tui.reports.status import as_json, as_lines

NOW = 1_800_000_000.0
WATCHDOG = Alert("am", "w", {"alertname": "Watchdog", "severity": "none"})


def assessed(*alerts):
    sources = {"am": SourceHealth("am", SourceKind.ALERTMANAGER, "http://am", 15, NOW, cluster="am")}
    hearts = Heartbeats([DeadMan("Watchdog", parse_matchers('alertname="Watchdog"'))])
    beats = hearts.look(["am"], {"am": alerts}, NOW)
    return assess(Snapshot(NOW, Catalogue(()), sources, alerts=alerts, heartbeats=beats))


def test_one_that_is_absent_is_named_and_makes_the_state_unknown():
    absent = assessed()
    assert absent.state is State.UNKNOWN
    assert as_json(absent)["dead_man_switches"] == [
        {"switch": "Watchdog", "cluster": "am", "pulse": "unsure", "absent_since": "2027-01-15T08:00:00.000Z"}
    ]
    assert "Watchdog, which always fires, is not seen at am" in as_lines(absent)


def test_one_that_beats_is_not_worth_a_line():
    there = assessed(WATCHDOG)
    assert as_json(there)["dead_man_switches"][0]["pulse"] == "beating"
    assert not any("always fires" in line for line in as_lines(there))
