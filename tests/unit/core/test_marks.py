"""What happened between two moments."""

from dataclasses import replace

from test_assess import GREEN, view

from oncall_tui.core.alerts import Alert, Silence, SilenceState
from oncall_tui.core.assess import assess
from oncall_tui.core.marks import marks
from oncall_tui.core.matchers import Matcher, MatchOp

PAGE = Alert("am", "f1", {"alertname": "Burn", "service": "ranker", "severity": "page"}, starts_at=1)
TICKET = Alert("am", "f2", {"alertname": "Drift", "service": "ranker", "severity": "ticket"}, starts_at=1)


def seen(*alerts, silences=()):
    return assess(view(GREEN, alerts=alerts, silences=silences))


def test_what_stands_at_first_did_not_happen_then():
    assert marks(None, seen(PAGE)) == ()


def test_nothing_happened():
    assert marks(seen(PAGE), seen(PAGE)) == ()


def test_a_page_that_begins_and_what_it_makes_of_its_service():
    service, page = marks(seen(), seen(PAGE))
    assert service == "ranker UNKNOWN → CRIT: alert Burn"
    assert page == "page Burn (ranker) firing"


def test_a_ticket_is_told_by_its_service_alone():
    assert not [line for line in marks(seen(), seen(TICKET)) if "Drift" in line and line.startswith("page")]


def test_a_page_that_is_taken_and_one_that_resolves():
    ack = Silence(
        "am", "s1", (Matcher("alertname", MatchOp.EQUAL, "Burn"),), 1, 2e9, "maria", "ACK! mine", SilenceState.ACTIVE
    )
    taken = seen(replace(PAGE, silenced_by=("s1",)), silences=(ack,))
    assert "page Burn (ranker) acknowledged by maria" in marks(seen(PAGE), taken)
    assert "page Burn (ranker) resolved" in marks(seen(PAGE), seen())


def test_no_control_byte_comes_through():
    hostile = replace(PAGE, labels={**PAGE.labels, "alertname": "Bu\x1b[2Jrn"})
    assert "\x1b" not in "".join(marks(seen(), seen(hostile)))
