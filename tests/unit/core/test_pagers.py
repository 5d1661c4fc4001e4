"""Which incident is an alert's: certain by key, likely by its details, never by title alone, and never of two alike."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.pagers import (
    Certainty,
    Found,
    IncidentState,
    PagedAlert,
    PagedIncident,
    goes_to,
    match_incidents,
    worth_a_look,
)

BEGAN = 1_000_000.0
LABELS = {"alertname": "RankerAccuracyBurn", "service": "ranker", "severity": "page", "slo": "accuracy"}
ALERT = Alert("am", "4f3c1a2b9d8e7f60", LABELS, starts_at=BEGAN)
AS_ALERTMANAGER_TELLS = "firing = Labels:\n" + "\n".join(f" - {name} = {value}" for name, value in LABELS.items())


def incident(id_: str = "P1", **changes: object) -> PagedIncident:
    return replace(PagedIncident(id_, number="7", created_at=BEGAN + 60), **changes)


def found(*incidents: PagedIncident, alert: Alert = ALERT, key: str = "") -> Found:
    return Found(match_incidents(PagedAlert(alert), incidents, key))


def test_the_key_that_the_configuration_makes_is_certain_and_beats_everything():
    keyed, detailed = incident("P1", keys=("Burn/eu",)), incident("P2", text=AS_ALERTMANAGER_TELLS)
    got = found(detailed, keyed, key="Burn/eu")
    assert [(m.incident.id, m.certainty) for m in got.matches] == [("P1", Certainty.CERTAIN), ("P2", Certainty.LIKELY)]
    assert got.pick == got.matches[0]


def test_no_key_matches_no_incident_without_a_key():
    assert found(incident(keys=("",)), key="").matches == ()


def test_the_fingerprint_in_the_details_is_likely():
    [match] = found(incident(text="fingerprint = 4f3c1a2b9d8e7f60")).matches
    assert (match.certainty, match.why) == (Certainty.LIKELY, "its details name the alert's fingerprint")


def test_a_longer_word_is_no_fingerprint():
    assert found(incident(text="id = 4f3c1a2b9d8e7f60ff")).matches == ()


@pytest.mark.parametrize("form", [" - {} = {}", "{}: {}", '{}="{}",', '"{}":"{}"', "{}={}, x=y"])
def test_all_labels_in_the_details_are_likely_however_they_are_written(form: str):
    text = "\n".join(form.format(name, value) for name, value in LABELS.items())
    [match] = found(incident(text=text)).matches
    assert (match.certainty, match.why) == (Certainty.LIKELY, "its details carry all 4 labels")


def test_a_value_that_only_begins_alike_is_another():
    text = AS_ALERTMANAGER_TELLS.replace("service = ranker", "service = ranker-canary")
    [match] = found(incident(text=text)).matches
    assert match.certainty is Certainty.UNSURE


def test_a_title_alone_is_never_certain_and_says_how_near_it_was():
    [match] = found(incident(title="[FIRING:1] RankerAccuracyBurn ranker (page)")).matches
    assert match.certainty is Certainty.UNSURE
    assert match.why == "only its title names the alert; it was made 1m after the alert began"
    assert found(incident(title="RankerAccuracyBurn")).pick is None


def test_the_groups_labels_are_better_than_a_title_and_still_not_certain():
    paged = PagedAlert(replace(ALERT, labels={**LABELS, "pod": "c"}), {"alertname": "RankerAccuracyBurn"})
    titled, grouped = incident("P1", title="RankerAccuracyBurn"), incident("P2", text=AS_ALERTMANAGER_TELLS)
    got = Found(match_incidents(paged, [titled, grouped]))
    assert [match.incident.id for match in got.matches] == ["P2", "P1"]
    assert got.pick is None
    assert got.doubt == "its details carry the labels of the alert's group, and 4 of its own 5"


def test_an_incident_that_only_began_at_the_same_time_is_none():
    assert found(incident(title="Disk full on db-7")).matches == ()


def test_an_incident_that_carries_a_label_with_another_value_is_another():
    other = incident(title="RankerAccuracyBurn", labels={"alertname": "RankerAccuracyBurn", "service": "fraud"})
    assert found(other).matches == ()


def test_a_pager_may_have_its_own_word_for_the_severity():
    same = incident(labels={**LABELS, "severity": "critical"})
    assert [match.certainty for match in found(same).matches] == [Certainty.UNSURE]


def test_two_that_fit_alike_are_not_certain_and_it_says_so():
    far = incident("P9", text=AS_ALERTMANAGER_TELLS, created_at=BEGAN - 90_000)
    near = incident("P1", text=AS_ALERTMANAGER_TELLS)
    got = found(far, near)
    assert got.pick is None
    assert got.doubt == "2 incidents fit alike"
    assert [match.incident.id for match in got.matches] == ["P1", "P9"], "the nearer one first"


def test_two_with_one_key_are_not_certain_either():
    assert found(incident("P1", keys=("k",)), incident("P2", keys=("k",)), key="k").pick is None


def test_resolved_incidents_do_not_come_into_question():
    assert found(incident(text=AS_ALERTMANAGER_TELLS, state=IncidentState.RESOLVED)).matches == ()


def test_an_acknowledged_one_does():
    got = found(incident(text=AS_ALERTMANAGER_TELLS, state=IncidentState.ACKNOWLEDGED))
    assert got.pick is not None


def test_nothing_found_says_so():
    assert (found().pick, found().doubt) == (None, "no open incident fits")


def test_pages_go_to_a_pager_without_matchers_and_only_firing_ones():
    ticket = replace(ALERT, labels={**LABELS, "severity": "ticket"})
    assert goes_to(ALERT, ())
    assert not goes_to(ticket, ())
    assert not goes_to(replace(ALERT, pending=True), ())


def test_matchers_decide_alone_where_there_are_some():
    ticket = replace(ALERT, labels={**LABELS, "severity": "ticket"})
    assert goes_to(ticket, parse_matchers('service="ranker"'))
    assert not goes_to(ALERT, parse_matchers('service="fraud"'))


def test_details_are_fetched_of_those_named_in_the_title_first_then_of_those_near_in_time():
    titled = incident("P1", title="RankerAccuracyBurn", created_at=BEGAN - 90_000)
    near, far = incident("P2", title="x"), incident("P3", title="x", created_at=BEGAN + 90_000)
    assert [one.id for one in worth_a_look([ALERT], [far, near, titled], 8)] == ["P1", "P2"]
    assert [one.id for one in worth_a_look([ALERT], [far, near, titled], 1)] == ["P1"]


def test_a_template_may_name_what_is_known_of_the_alert():
    facts = PagedAlert(ALERT, {"cluster": "eu"}).facts("maria", "on it")
    assert facts.words["starts_at"] == "1970-01-12T13:46:40Z"
    assert (facts.words["fingerprint"], facts.words["author"], facts.words["note"]) == (
        ALERT.fingerprint,
        "maria",
        "on it",
    )


names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
hostile = st.text(max_size=30)


@given(st.dictionaries(names, hostile, max_size=5), hostile, hostile, st.dictionaries(names, hostile, max_size=3))
def test_whatever_stands_in_it_nothing_is_picked_without_evidence(labels, title, text, carried):
    alert = Alert("am", "", {"alertname": "Burn", "cell": "q7", **labels}, starts_at=BEGAN)
    got = found(incident(title=title, text=text, labels=carried), alert=alert)
    if got.pick is not None:
        said = {**carried}
        assert all(value in text or said.get(name) == value for name, value in alert.labels.items())
