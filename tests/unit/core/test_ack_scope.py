"""What an acknowledgement may be of, and what it would hide."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.ack_scope import AckScope, holders_of, in_words, preview, scopes_of, scopes_of_group, words_of
from oncall_tui.core.alerts import Alert, AlertGroup, Silence, SilenceState, exact_matchers
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.silences import AlertIndex
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind

NOW = 10_000.0


def alert(name: str, service: str, source: str = "am", **more: object) -> Alert:
    labels = {"alertname": name, "service": service}
    return Alert(source, f"{name}-{service}", labels, starts_at=NOW - 60, **more)  # type: ignore[arg-type]


def group(labels: dict[str, str], *alerts: Alert, receiver: str = "page") -> AlertGroup:
    return AlertGroup("am", labels, receiver, tuple(one.fingerprint for one in alerts))


RANKER, FRAUD, DRIFT = alert("Stale", "ranker"), alert("Stale", "fraud"), alert("Drift", "ranker")


def world(
    *alerts: Alert,
    groups: tuple[AlertGroup, ...] = (),
    silences: tuple[Silence, ...] = (),
    answered_at: float | None = NOW,
) -> Assessment:
    health = {"am": SourceHealth("am", SourceKind.ALERTMANAGER, "http://am", 15, answered_at)}
    return assess(Snapshot(NOW, Catalogue(()), health, alerts=alerts, groups=groups, silences=silences))


def test_one_alert_may_be_acknowledged_alone_or_with_each_group_it_is_in() -> None:
    groups = (
        group({"alertname": "Stale"}, RANKER, FRAUD),
        group({"alertname": "Stale"}, RANKER, FRAUD, receiver="chat"),
        group({"service": "ranker"}, RANKER, DRIFT),
        group({"alertname": "Drift"}, DRIFT),
        group({}, RANKER, FRAUD, DRIFT),
    )
    seen = world(RANKER, FRAUD, DRIFT, groups=groups)
    chosen = [status for status in seen.alerts if status.alert == RANKER]
    assert [scope.title for scope in scopes_of(seen, chosen)] == [
        "this alert",
        'its whole group: alertname="Stale"',
        'its whole group: service="ranker"',
    ]


def test_several_may_be_acknowledged_each_or_as_the_group_that_holds_them_all() -> None:
    seen = world(RANKER, FRAUD, DRIFT, groups=(group({"alertname": "Stale"}, RANKER, FRAUD), group({"x": "y"}, RANKER)))
    chosen = [status for status in seen.alerts if status.alert in (RANKER, FRAUD)]
    each, together = scopes_of(seen, chosen)
    assert (each.title, each.matchers) == ("these 2 alerts, each by its own labels", ())
    assert together.matchers == exact_matchers({"alertname": "Stale"})
    assert together.own == "", "two services: none of them is meant"


def test_alerts_of_two_alertmanagers_are_in_no_common_group() -> None:
    other = alert("Stale", "ranker", source="lab")
    seen = world(RANKER, other, groups=(group({"alertname": "Stale"}, RANKER, other),))
    assert len(scopes_of(seen, seen.alerts)) == 1


def test_a_group_shows_which_alerts_it_hides_and_whether_they_are_another_services() -> None:
    seen = world(RANKER, FRAUD, DRIFT, groups=(group({"alertname": "Stale"}, RANKER, FRAUD),))
    chosen = [status for status in seen.alerts if status.alert == RANKER]
    alone, whole = scopes_of(seen, chosen)
    index = AlertIndex(seen.alerts)
    narrow = preview(alone, seen, index)
    assert ([s.alert for s in narrow.hidden], narrow.wide, narrow.warnings) == ([RANKER], False, ())
    wide = preview(whole, seen, index)
    assert {s.alert.fingerprint for s in wide.hidden} == {RANKER.fingerprint, FRAUD.fingerprint}
    assert (wide.foreign, wide.wide) == (1, True)
    assert wide.warnings == ("hides 1 alert that ranker has no part in: fraud",)


def test_what_would_hide_everything_or_nothing_has_a_fault() -> None:
    seen = world(RANKER)
    index = AlertIndex(seen.alerts)
    keys = (RANKER.key,)
    everything = preview(AckScope("x", keys, parse_matchers('a!="b"')), seen, index)
    assert "EVERY alert" in everything.fault
    assert everything.hidden == ()
    assert "nothing to acknowledge" in preview(AckScope("x", keys, parse_matchers('a="b"')), seen, index).fault
    assert "nothing to acknowledge" in preview(AckScope("x", (("am", "gone"),)), seen, index).fault
    [each] = scopes_of_group({"team": ""}, seen.alerts)
    assert each.title == "this alert", "no labels are no matchers: the alerts themselves are meant"


def test_an_alertmanager_that_does_not_answer_is_a_warning() -> None:
    seen = world(RANKER, answered_at=None)
    found = preview(scopes_of(seen, seen.alerts)[0], seen, AlertIndex(seen.alerts))
    assert found.warnings == ("am does not answer: what it would hide there nobody can say",)


def test_who_has_some_of_it_already_is_told() -> None:
    held = alert("Stale", "ranker", silenced_by=("s1",))
    ack = Silence("am", "s1", exact_matchers(held.labels), 0, NOW + 60, "joe", "ACK! x", SilenceState.ACTIVE)
    seen = world(held, FRAUD, silences=(ack,))
    scope, each = scopes_of_group({"alertname": "Stale", "empty": ""}, seen.alerts)
    assert each.title == "these 2 alerts, each by its own labels"
    found = preview(scope, seen, AlertIndex(seen.alerts))
    assert found.holders == (("joe", 1),)
    assert in_words(found) == "hides 2 alerts now, 1 of them joe's already"
    assert holders_of([]) == ()


def test_a_group_of_several_alertmanagers_is_acknowledged_at_each_of_its_own() -> None:
    other = alert("Stale", "ranker", source="lab")
    seen = world(RANKER, other)
    here, there, each = scopes_of_group({"alertname": "Stale"}, seen.alerts)
    assert {(scope.title, scope.source, len(scope.keys)) for scope in (here, there)} == {
        ('the whole group: alertname="Stale" at am', "am", 1),
        ('the whole group: alertname="Stale" at lab', "lab", 1),
    }
    assert (len(each.keys), each.matchers, each.own) == (2, (), "ranker")


def test_the_words_of_a_comment_are_what_somebody_wrote() -> None:
    assert words_of("ACK! the index (taken over from joe) (kept while firing)") == "the index"
    assert words_of("ACK! (a) b (kept while firing)") == "(a) b"
    assert words_of("no ack at all") == "no ack at all"


@given(st.text())
def test_the_words_of_any_comment_are_a_part_of_it(comment: str) -> None:
    assert words_of(comment) in comment
