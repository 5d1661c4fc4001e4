"""Incidents from entries: what they say of it, in whatever order and however often they say it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.impact import courses, impact
from oncall_tui.core.incident import (
    KINDS,
    Incident,
    Severity,
    Status,
    actions,
    incidents,
    new_id,
    still_open,
    with_entry,
)
from oncall_tui.core.state import State
from oncall_tui.core.timeline import belonging, belongs, timeline

T = 1_000_000.0


def opened(at: float = T, name: str = "i1", **payload: object) -> Event:
    told = {"title": "it is wrong", "severity": "sev2", "services": ["ranker"], "alerts": ["f1"], **payload}
    return Event(at, EventKind.INCIDENT_OPENED, "maria", subject=name, payload=told)


def changed(at: float, field: str, value: str, name: str = "i1", **more: object) -> Event:
    payload = {"field": field, "value": value, **more}
    return Event(at, EventKind.INCIDENT_CHANGED, "maria", subject=name, payload=payload)


def merged(at: float, name: str, into: str) -> Event:
    return Event(at, EventKind.INCIDENT_MERGED, "maria", subject=name, payload={"into": into})


def numbered(*events: Event) -> list[Event]:
    from dataclasses import replace

    return [replace(event, id=n) for n, event in enumerate(events, 1)]


def only(*events: Event) -> Incident:
    [one] = incidents(numbered(*events))
    return one


def test_it_is_what_its_opening_says_and_began_when_its_alert_did() -> None:
    one = only(opened(began=T - 100))
    assert (one.title, one.severity, one.status, one.began, one.opened_at) == (
        "it is wrong",
        Severity.SEV2,
        Status.OPEN,
        T - 100,
        T,
    )
    assert (one.services, one.alerts, one.opened_by, one.going_on) == (("ranker",), ("f1",), "maria", True)
    assert one.lasted(T + 50) == 150


def test_what_two_instances_open_for_the_same_reason_is_one() -> None:
    assert new_id(T, "am", "f1") == new_id(T, "am", "f1") != new_id(T, "am", "f2")
    one = only(opened(), opened(T + 3, services=["gateway"]))
    assert one.services == ("ranker", "gateway")
    assert one.opened_at == T


def test_its_status_keeps_the_time_at_which_it_was_first_so() -> None:
    one = only(opened(), changed(T + 5, "status", "mitigated"), changed(T + 7, "status", "mitigated"))
    assert (one.mitigated_at, one.resolved_at) == (T + 5, None)
    one = only(opened(), changed(T + 9, "status", "resolved"))
    assert (one.mitigated_at, one.resolved_at, one.going_on) == (T + 9, T + 9, False)
    one = only(opened(), changed(T + 5, "status", "resolved"), changed(T + 20, "status", "open"))
    assert (one.mitigated_at, one.resolved_at, one.status) == (None, None, Status.OPEN)


def test_severity_title_and_roles_change_and_a_role_can_be_laid_down() -> None:
    one = only(
        opened(),
        changed(T, "severity", "sev1"),
        changed(T, "title", "worse"),
        changed(T, "role", "maria", role="commander"),
        changed(T, "role", "li", role="scribe"),
        changed(T, "role", "", role="scribe"),
    )
    assert (one.severity, one.title, dict(one.roles)) == (Severity.SEV1, "worse", {"commander": "maria"})


def test_one_that_is_merged_goes_on_in_the_other_with_all_it_had() -> None:
    found = incidents(
        numbered(opened(), opened(T + 60, "i2", services=["gateway"], alerts=["f2"]), merged(T + 70, "i1", "i2"))
    )
    by_id = {one.id: one for one in found}
    assert by_id["i1"].into == "i2"
    assert not by_id["i1"].going_on
    assert (by_id["i2"].merged, by_id["i2"].began) == (("i1",), T)
    assert set(by_id["i2"].alerts) == {"f1", "f2"}


def test_merging_in_a_row_ends_in_the_last_and_in_a_circle_or_into_nothing_is_no_merging() -> None:
    three = [opened(T, "i1"), opened(T, "i2"), opened(T, "i3")]
    found = {one.id: one for one in incidents(numbered(*three, merged(T, "i1", "i2"), merged(T, "i2", "i3")))}
    assert (found["i1"].into, found["i2"].into, found["i3"].into) == ("i3", "i3", "")
    circle = {one.id: one for one in incidents(numbered(*three[:2], merged(T, "i1", "i2"), merged(T, "i2", "i1")))}
    assert all(not one.into for one in circle.values())
    assert only(opened(), merged(T, "i1", "nowhere")).into == ""


def test_action_items_stay_open_until_closed_and_what_is_open_outlives_retention() -> None:
    items = [
        Event(T, EventKind.ACTION_OPENED, "maria", subject="a1", payload={"text": "a bound", "owner": "li"}),
        Event(T + 1, EventKind.ACTION_OPENED, "maria", subject="a2", payload={"text": "a test"}),
        Event(T + 2, EventKind.ACTION_CLOSED, "li", subject="a2", payload={}),
    ]
    over = [opened(T, "i2"), changed(T, "status", "resolved", "i2")]
    events = numbered(*items, opened(), *over)
    assert [(one.text, one.closed_by) for one in actions(events)] == [("a bound", ""), ("a test", "li")]
    assert set(still_open(events)) == {1, 4}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(KINDS)),
            st.sampled_from(["i1", "i2", "i3"]),
            st.dictionaries(
                st.sampled_from(["field", "value", "into", "services", "alerts", "began", "role", "title", "severity"]),
                st.one_of(
                    st.text(max_size=5),
                    st.none(),
                    st.integers(),
                    st.lists(st.integers(), max_size=2),
                    st.sampled_from(["status", "open", "resolved", "i1", "i2"]),
                ),
            ),
        ),
        max_size=12,
    )
)
def test_whatever_stands_in_the_entries_is_understood_or_left_out(told: list) -> None:
    events = numbered(*(Event(T, kind, subject=subject, payload=payload) for kind, subject, payload in told))
    for one in incidents(events):
        assert one.into not in (one.id, *one.merged)
        timeline(one, events, T + 10)
        impact(one, events, T + 10)


def alert(at: float, state: str, **more: object) -> Event:
    payload = {"state": state, "urgency": "page", "phase": state, **more}
    return Event(at, EventKind.ALERT_STATE, "", "ranker", "f1", "AccuracyLow", payload)


def test_its_timeline_has_what_is_about_its_alerts_and_services_while_it_lasts() -> None:
    events = numbered(
        Event(T - 500, EventKind.VERSION_STATE, "", "ranker", "", "ranker/main", {"state": "v2", "was": "v1"}),
        Event(T - 400, EventKind.SLO_STATE, "", "ranker", "", "ranker/accuracy", {"state": "WARN"}),
        alert(T, "firing", summary="wrong answers"),
        opened(T + 2, began=T),
        Event(T + 5, EventKind.SLO_STATE, "", "ranker", "", "ranker/accuracy", {"state": "CRIT", "left": 0.4}),
        Event(T + 5, EventKind.SLO_STATE, "", "fraud", "", "fraud/latency", {"state": "CRIT"}),
        Event(T + 6, EventKind.ACK_INTENDED, "maria", "ranker", "f1", "AccuracyLow", {"comment": "ACK! mine"}),
        Event(T + 7, EventKind.ACK_DONE, "maria", "ranker", "f1", "AccuracyLow", intent=7),
        Event(T + 8, EventKind.STEP_INTENDED, "maria", "ranker", "f1", "book#step"),
        Event(
            T + 9,
            EventKind.STEP_ENDED,
            "maria",
            "ranker",
            "f1",
            "book#step",
            {"summary": "exit 0", "exit_code": 0, "tail": "a\nb"},
            intent=9,
        ),
        Event(
            T + 9.5,
            EventKind.STEP_VERIFIED,
            "maria",
            "ranker",
            "f1",
            "book#step",
            {"outcome": "recovered", "why": "back at 0.94", "of": "accuracy"},
            intent=9,
        ),
        Event(T + 9.6, EventKind.STEP_CLAIMED, "auto", "ranker", "f1", "AccuracyLow"),
        Event(T + 10, EventKind.INCIDENT_NOTE, "li", subject="i1", payload={"text": "it was the features"}),
        Event(T + 11, EventKind.INCIDENT_NOTE, "li", subject="i9", payload={"text": "another's"}),
        alert(T + 20, "resolved"),
        changed(T + 30, "status", "resolved"),
        Event(T + 40, EventKind.SLO_STATE, "", "ranker", "", "ranker/accuracy", {"state": "OK"}),
        Event(T - 550, EventKind.VERSION_STATE, "", "ranker", "", "ranker/main", {"state": "v1"}),
        Event(T - 5_000, EventKind.SLO_STATE, "", "ranker", "", "ranker/accuracy", {"state": "CRIT"}),
    )
    [one] = incidents(events)
    told = timeline(one, events, T + 100)
    assert [(moment.at - T, moment.what, moment.text) for moment in told] == [
        (-500, "version", "ranker/main answers as version v2, v1 before"),
        (-400, "slo", "ranker/accuracy WARN"),
        (0, "alert", "AccuracyLow fires (page): wrong answers"),
        (2, "incident", "opened: it is wrong (sev2)"),
        (5, "slo", "ranker/accuracy CRIT, 40% of the budget left"),
        (7, "ack", "acknowledged AccuracyLow: ACK! mine"),
        (9, "step", "ran book#step: exit 0"),
        (9.5, "step", "after book#step: recovered: accuracy back at 0.94"),
        (10, "note", "it was the features"),
        (20, "alert", "AccuracyLow resolved"),
        (30, "incident", "status: resolved"),
    ]
    assert [moment.state for moment in told if moment.what == "alert"] == [State.CRIT, State.OK]
    assert told[6].details == ("a", "b")
    assert told[7].state is State.OK
    assert told[8].who == "li"


def test_an_acknowledgement_given_here_stands_once_and_others_as_they_were_seen() -> None:
    def seen(at: float, by: str, fingerprint: str = "f1") -> Event:
        told = {"state": f"acked by {by}", "phase": "acked", "by": by}
        return Event(T + at, EventKind.ALERT_STATE, "", "ranker", fingerprint, "A", told)

    given = {"to": "maria", "alerts": ["f1", "f2"]}
    events = numbered(
        opened(),
        Event(T + 7, EventKind.ACK_DONE, "maria", "ranker", "f1", "A", given),
        *(seen(7, "maria"), seen(8, "maria", "f2"), seen(8, "li"), seen(500, "maria")),
    )
    told = [(one.at - T, one.text) for one in timeline(incidents(events)[0], events, T + 600) if one.at > T + 2]
    assert told == [(7, "acknowledged A"), (8, "A acked by li"), (500, "A acked by maria")]


def test_an_intent_that_nothing_answers_says_that_nobody_knows() -> None:
    events = numbered(opened(), Event(T + 1, EventKind.ACK_INTENDED, "maria", "ranker", "f1", "A"))
    told = timeline(incidents(events)[0], events, T + 10)
    assert told[-1].text == "acknowledged A (what came of it is not known)"


def test_a_kind_of_a_later_version_stands_in_the_timeline_by_its_own_name() -> None:
    later = Event(T + 1, "handoff.accepted", "li", "ranker", "", "night shift", {"summary": "all told"})
    events = numbered(opened(), later)
    told = timeline(incidents(events)[0], events, T + 10)
    assert (told[-1].what, told[-1].text) == ("handoff", "handoff night shift: all told")


def figures(at: float, left: float | None, errors: float | None = 0.1, slo: str = "ranker/accuracy") -> Event:
    told = {name: value for name, value in (("left", left), ("errors", errors)) if value is not None}
    return Event(at, EventKind.INCIDENT_FIGURES, subject="i1", payload={"slos": {slo: told}})


def test_its_impact_is_what_the_figures_and_the_entries_say() -> None:
    events = numbered(
        opened(T + 10, began=T),
        figures(T + 10, 0.8),
        alert(T + 60, "acked by li", phase="acked", by="li"),
        Event(T + 70, EventKind.ACK_DONE, "maria", "ranker", "f1", "A"),
        figures(T + 70, 0.7, 0.5),
        figures(T + 80, None, slo="ranker/latency"),
        changed(T + 100, "status", "mitigated"),
        changed(T + 300, "status", "resolved"),
    )
    [one] = incidents(events)
    cost = impact(one, events, T + 10_000)
    assert (cost.to_acknowledge, cost.acknowledged_by) == (60, "li")
    assert (cost.to_mitigate, cost.to_resolve, cost.lasted) == (100, 300, 300)
    [spent] = cost.budgets
    assert (spent.slo, round(spent.spent, 3), spent.after) == ("ranker/accuracy", 0.1, 0.7)
    assert cost.unknown == ("ranker/latency",), "what nobody measured is not zero"
    assert courses(events)[0].errors == ((T + 10, 0.1), (T + 70, 0.5))


def test_a_budget_that_grew_spent_nothing() -> None:
    events = numbered(opened(), figures(T, 0.5), figures(T + 60, 0.6))
    assert impact(incidents(events)[0], events, T + 60).budgets[0].spent == 0


def test_what_has_not_happened_is_none() -> None:
    events = numbered(opened())
    cost = impact(incidents(events)[0], events, T + 60)
    assert (cost.to_acknowledge, cost.to_mitigate, cost.to_resolve, cost.ended) == (None, None, None, None)
    assert (cost.lasted, cost.budgets) == (60, ())


def test_what_came_of_a_step_belongs_to_it_though_it_was_known_after_the_end() -> None:
    step = ("maria", "ranker", "f1", "heal.md#replay")
    over = Event(
        T + 60, EventKind.INCIDENT_CHANGED, "maria", subject="i1", payload={"field": "status", "value": "resolved"}
    )
    events = numbered(
        opened(),
        Event(T + 30, EventKind.STEP_INTENDED, *step),
        over,
        Event(T + 300, EventKind.STEP_VERIFIED, *step, payload={"outcome": "no effect"}, intent=2),
        Event(T + 300, EventKind.STEP_VERIFIED, *step, payload={"outcome": "worse"}, intent=99),
    )
    [one] = incidents(events)
    assert one.resolved_at == T + 60
    assert [event.id for event in belonging(one, events, T + 400)] == [1, 2, 3, 4]


def test_an_acknowledgement_of_another_alert_is_not_its_own() -> None:
    events = numbered(opened(), Event(T + 1, EventKind.ACK_DONE, "maria", "fraud", "f9", "B"))
    [one] = incidents(events)
    assert not belongs(one, events[1], T + 10)


ENTRIES = st.lists(
    st.one_of(
        st.builds(
            opened, name=st.sampled_from("abc"), began=st.integers(1, 9), alerts=st.lists(st.sampled_from("xyz"))
        ),
        st.builds(
            lambda name, word: changed(T, "status", word, name), st.sampled_from("abcd"), st.sampled_from(list(Status))
        ),
        st.builds(
            lambda name, alert: Event(T, EventKind.INCIDENT_JOINED, "w", subject=name, payload={"alerts": [alert]}),
            st.sampled_from("abcd"),
            st.sampled_from("xyz"),
        ),
    ),
    max_size=12,
)


@given(ENTRIES)
def test_one_entry_more_says_what_reading_them_all_again_says(entries: list[Event]) -> None:
    known: tuple[Incident, ...] = ()
    for count, event in enumerate(numbered(*entries), 1):
        known = with_entry(known, event)
        assert known == incidents(numbered(*entries)[:count])
