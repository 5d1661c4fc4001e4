from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import (
    Alert,
    Phase,
    Silence,
    SilenceDraft,
    SilenceState,
    Urgency,
    ack_of,
    exact_matchers,
    phase_of,
)
from oncall_tui.core.matchers import parse_matchers


def alert(labels: dict[str, str] | None = None, **fields: object) -> Alert:
    return Alert("am", "f1", labels or {"alertname": "Slow"}, **fields)  # type: ignore[arg-type]


def silence(
    id: str, comment: str = "ACK! mine", ends_at: float = 100, source: str = "am", text: str = "a=b"
) -> Silence:
    return Silence(source, id, parse_matchers(text), 0, ends_at, "maria", comment, SilenceState.ACTIVE)


def draft(text: str) -> SilenceDraft:
    return SilenceDraft(parse_matchers(text), 0, 900, "maria", "ACK!")


@pytest.mark.parametrize("text", ["", 'a!="x"', 'a!="x", b!~"y.*"', 'a=""', 'a=~".*"', 'a=~"x|"', 'a!~".+"'])
def test_a_silence_that_an_alert_without_labels_satisfies_hides_everything(text: str) -> None:
    assert draft(text).matches_everything


@pytest.mark.parametrize("text", ["a=x", 'a=~".+"', 'a!=""', 'a!~".*"', "a=x, b!=y"])
def test_a_silence_that_needs_some_label_does_not_hide_everything(text: str) -> None:
    assert not draft(text).matches_everything


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_the_matchers_of_an_alert_hide_it_and_never_everything(labels: dict[str, str]) -> None:
    matchers = exact_matchers(labels)
    assert all(matcher.matches(labels) and matcher.value for matcher in matchers)
    assert [matcher.name for matcher in matchers] == sorted(name for name, value in labels.items() if value)
    assert SilenceDraft(matchers, 0, 1, "", "").matches_everything is not any(labels.values())


def test_a_silence_hides_what_all_its_matchers_accept() -> None:
    both = silence("s", text='service="ranker", severity=~"page|ticket"')
    assert both.hides({"service": "ranker", "severity": "page"})
    assert not both.hides({"service": "ranker", "severity": "info"})
    assert not both.hides({"severity": "page"})
    assert not silence("s", text="").hides({"service": "ranker"})


@pytest.mark.parametrize(
    ("fields", "phase"),
    [
        ({}, Phase.FIRING),
        ({"pending": True}, Phase.PENDING),
        ({"pending": True, "silenced_by": ("ack",)}, Phase.PENDING),
        ({"inhibited_by": ("f2",)}, Phase.INHIBITED),
        ({"silenced_by": ("ack",)}, Phase.ACKNOWLEDGED),
        ({"silenced_by": ("ack",), "inhibited_by": ("f2",)}, Phase.ACKNOWLEDGED),
        ({"silenced_by": ("plain", "ack")}, Phase.ACKNOWLEDGED),
        ({"silenced_by": ("plain",)}, Phase.SILENCED),
        ({"silenced_by": ("never seen",)}, Phase.SILENCED),
        ({"silenced_by": ("elsewhere",)}, Phase.SILENCED),
    ],
)
def test_what_became_of_an_alert_is_what_its_own_alertmanager_says(fields: dict[str, object], phase: Phase) -> None:
    known = [silence("ack"), silence("plain", "deploy ACK!"), silence("elsewhere", source="other-am")]
    assert phase_of(alert(**fields), known) is phase


def test_the_acknowledgement_shown_is_the_one_that_lasts_longest() -> None:
    soon, late, other = silence("soon", ends_at=10), silence("late", ends_at=20), silence("other", ends_at=99)
    assert ack_of(alert(silenced_by=("soon", "late")), [late, soon, other]) is late
    assert ack_of(alert(silenced_by=("plain",)), [silence("plain", "maintenance")]) is None
    assert ack_of(alert(), [soon, late, other]) is None


@pytest.mark.parametrize(
    ("severity", "urgency"),
    [
        ("page", Urgency.PAGE),
        ("CRITICAL", Urgency.PAGE),
        ("P1", Urgency.PAGE),
        ("info", Urgency.INFO),
        ("none", Urgency.INFO),
        ("warning", Urgency.TICKET),
        ("catastrophic", Urgency.TICKET),
        ("", Urgency.TICKET),
    ],
)
def test_an_unknown_severity_is_a_ticket_so_that_it_is_not_lost(severity: str, urgency: Urgency) -> None:
    assert alert({"severity": severity}).urgency is urgency


def test_sloths_severity_counts_where_there_is_no_plain_one() -> None:
    assert alert({"sloth_severity": "page"}).urgency is Urgency.PAGE
    assert alert({"sloth_severity": "page", "severity": "ticket"}).severity == "ticket"


def test_the_runbook_is_the_annotations_before_the_labels() -> None:
    annotated = alert({"runbook_url": "label"}, annotations={"runbook_url": "url", "runbook": "other"})
    assert annotated.runbook_url == "url"
    assert alert({"runbook_url": "label"}, annotations={"runbook": "other"}).runbook_url == "label"
    assert alert(annotations={"runbook": "other"}).runbook_url == "other"
    assert alert().runbook_url == ""


def test_an_alert_is_told_from_others_by_source_and_fingerprint() -> None:
    assert alert().key == ("am", "f1")
    assert alert().name == "Slow"
    assert alert({"a": "b"}).name == ""
    assert hash(alert()) == hash(alert())  # labels are mappings, which have no hash
