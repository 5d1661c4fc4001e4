"""What silences hide, and which of them want a word."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue, Service, ServiceKind
from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.core.silences import (
    AlertIndex,
    SilenceStatus,
    Standing,
    notes_on,
    plain_regex,
    survey,
    width_warnings,
)
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind

NOW = 1_795_500_000.0
HOUR = 3_600.0
CATALOGUE = Catalogue((Service("ranker", ServiceKind.MODEL), Service("churn", ServiceKind.MODEL)))
LIVE = SourceHealth("am", SourceKind.ALERTMANAGER, "http://am", 15, NOW)


def alert(name: str, service: str = "ranker", severity: str = "ticket", **more: object) -> Alert:
    labels = {"alertname": name, "service": service, "severity": severity}
    return Alert("am", f"{name}-{service}", labels, starts_at=NOW - 600, **more)


def silence(matchers: str, *, began: float = HOUR / 2, ends: float = 8 * HOUR, **more: object) -> Silence:
    made = Silence("am", "s1", parse_matchers(matchers), NOW - began, NOW + ends, "maria", "work", SilenceState.ACTIVE)
    return replace(made, **more)


def understood(
    *silences: Silence, alerts: tuple[Alert, ...] = (), expired: tuple[Silence, ...] = (), health: SourceHealth = LIVE
) -> Assessment:
    return assess(Snapshot(NOW, CATALOGUE, {"am": health}, alerts=alerts, silences=silences, expired=expired))


def status_of(made: Silence, *alerts: Alert, health: SourceHealth = LIVE) -> SilenceStatus:
    return survey(understood(made, alerts=alerts, health=health))[0]


def test_what_an_active_silence_hides_is_what_its_alertmanager_says() -> None:
    hidden, other = alert("A", silenced_by=("s1",)), alert("A", "churn")
    status = status_of(silence('alertname="A"'), other, hidden)
    assert status.hidden is not None
    assert [s.alert for s in status.hidden] == [hidden]
    assert status.standing is Standing.ACTIVE


def test_the_same_id_at_another_alertmanager_is_another_silence() -> None:
    stranger = replace(alert("A", silenced_by=("s1",)), source="other")
    assert status_of(silence('alertname="A"'), stranger).hidden == ()


def test_the_worst_of_what_it_hides_comes_first() -> None:
    ticket, page = alert("A", silenced_by=("s1",)), alert("B", severity="page", silenced_by=("s1",))
    hidden = status_of(silence('service="ranker"'), ticket, page).hidden
    assert hidden is not None
    assert [s.alert.name for s in hidden] == ["B", "A"]


@pytest.mark.parametrize("state", [SilenceState.PENDING, SilenceState.EXPIRED])
def test_one_that_hides_nothing_yet_or_no_more_tells_what_it_would_hide(state: SilenceState) -> None:
    made = silence('alertname="A"', state=state)
    gone = (made,) if state is SilenceState.EXPIRED else ()
    status = survey(understood(*(() if gone else (made,)), alerts=(alert("A"), alert("B")), expired=gone))[0]
    assert status.hidden is not None
    assert [s.alert.name for s in status.hidden] == ["A"]
    assert status.standing == state.value


def test_of_an_alertmanager_that_does_not_answer_nobody_can_say() -> None:
    health = replace(LIVE, answered_at=NOW - 600)
    status = status_of(silence('alertname="A"', began=5 * HOUR), health=health)
    assert status.hidden is None
    assert status.warnings == ()


def test_one_that_ends_soon_while_its_alerts_fire_is_warned_of_and_stands_first() -> None:
    ending = silence('alertname="A"', began=8 * HOUR, ends=12 * 60)
    later = silence('alertname="B"', id="s2", ends=60 * HOUR)
    found = survey(understood(later, ending, alerts=(alert("A", silenced_by=("s1",)),)))
    assert [s.standing for s in found] == [Standing.ENDING, Standing.ACTIVE]
    assert found[0].warnings == ("ends in 12m while 1 alert it hides still fires",)


@pytest.mark.parametrize(
    ("began", "ends", "alerts"),
    [(8 * HOUR, 31 * 60, 1), (8 * HOUR, 60, 0), (60, 14 * 60, 1)],
    ids=["not yet soon", "nothing hidden", "a short one that has only begun"],
)
def test_otherwise_it_is_simply_active(began: float, ends: float, alerts: int) -> None:
    made = silence('alertname="A"', began=began, ends=ends)
    assert status_of(made, *[alert("A", silenced_by=("s1",))] * alerts).standing is Standing.ACTIVE


def test_how_soon_is_soon_can_be_said() -> None:
    made = silence('alertname="A"', began=8 * HOUR, ends=HOUR)
    found = survey(understood(made, alerts=(alert("A", silenced_by=("s1",)),)), soon=2 * HOUR)
    assert found[0].standing is Standing.ENDING


def test_the_end_is_told_by_the_clock_of_its_alertmanager() -> None:
    health = replace(LIVE, skew=300.0)
    assert status_of(silence('alertname="A"', ends=HOUR), health=health).left == HOUR - 300


def test_one_that_hides_nothing_for_over_an_hour_is_warned_of() -> None:
    assert status_of(silence('alertname="A"', began=2 * HOUR)).warnings == ("hides nothing now, 2h after it began",)
    assert status_of(silence('alertname="A"', began=HOUR / 2)).warnings == ()


def test_one_that_lasts_absurdly_long_is_warned_of() -> None:
    [warning] = status_of(silence('alertname="A"', ends=90 * 24 * HOUR), alert("A", silenced_by=("s1",))).warnings
    assert warning.startswith("goes on for 90d")


def test_one_over_several_services_is_warned_of_unless_it_names_the_service() -> None:
    alerts = (alert("A", silenced_by=("s1",)), alert("A", "churn", silenced_by=("s1",)))
    assert status_of(silence('alertname="A"'), *alerts).warnings == ("hides alerts of 2 services: churn, ranker",)
    assert status_of(silence('service=~"ranker|churn"'), *alerts).warnings == ()


def test_what_a_draft_for_one_service_hides_of_others_is_counted() -> None:
    hidden = understood(alerts=(alert("A"), alert("A", "churn"), alert("B", ""))).alerts
    [warning] = width_warnings((), hidden, "ranker")
    assert warning.startswith("hides 2 alerts that ranker has no part in: ")
    assert "churn" in warning
    assert "alerts of no service" in warning


def test_identical_ones_that_overlap_are_warned_of() -> None:
    one = silence('a="1",b="2"')
    other = silence('b="2",a="1"', id="s2", author="joe", ends=2 * HOUR)
    warnings = {s.silence.id: s.warnings for s in survey(understood(one, other))}
    assert warnings["s1"] == ("overlaps the very same one by joe, which ends in 2h",)
    after = replace(other, starts_at=one.ends_at, ends_at=one.ends_at + 60, state=SilenceState.PENDING)
    assert all(not s.warnings for s in survey(understood(one, after)))


def test_an_expired_one_is_warned_of_for_nothing() -> None:
    over = silence('a=~"b"', began=9 * HOUR, ends=-HOUR, state=SilenceState.EXPIRED)
    [status] = survey(understood(expired=(over,)))
    assert (status.standing, status.warnings, status.notes) == (Standing.EXPIRED, (), ())


@pytest.mark.parametrize(
    ("matcher", "plain"),
    [('a=~"b"', True), ('a!~"b c"', True), ('a=~"b.*"', False), ('a=~"b|c"', False), ('a="b"', False), ('a=~""', True)],
)
def test_a_regular_expression_that_is_a_plain_value_is_told(matcher: str, plain: bool) -> None:
    [parsed] = parse_matchers(matcher)
    assert plain_regex(parsed) is plain
    assert bool(list(notes_on([parsed]))) is plain


def test_expired_ones_come_last_the_newest_first() -> None:
    over = [
        silence('a="b"', id=f"e{n}", ends=-n * HOUR, began=50 * HOUR, state=SilenceState.EXPIRED) for n in (3, 1, 2)
    ]
    found = survey(understood(silence('a="c"'), expired=tuple(over)))
    assert [s.silence.id for s in found] == ["s1", "e1", "e2", "e3"]


def test_a_kept_acknowledgement_is_told_from_one_with_an_end_of_its_own() -> None:
    kept = silence('a="b"', comment="ACK! (kept while firing by maria@laptop) on it")
    assert status_of(kept).kept
    assert not status_of(replace(kept, comment="ACK! on it")).kept
    assert not status_of(replace(kept, comment="(kept while firing by me)")).kept


names = st.sampled_from(["a", "b", "c"])
values = st.sampled_from(["", "x", "y", "xy"])
labels = st.dictionaries(names, values.filter(bool), max_size=3)
matchers = st.builds(Matcher, names, st.sampled_from(MatchOp), st.sampled_from(["", "x", "y", "x.*", ".+", "x|y"]))


@given(st.lists(labels, max_size=12), st.lists(matchers, min_size=1, max_size=3))
def test_the_index_finds_what_a_walk_over_all_finds(sets: list[dict[str, str]], wanted: list[Matcher]) -> None:
    alerts = tuple(Alert("am", f"f{n}", labels) for n, labels in enumerate(sets))
    statuses = understood(alerts=alerts).alerts
    walked = tuple(s for s in statuses if all(m.matches(s.alert.labels) for m in wanted))
    assert AlertIndex(statuses).matching(wanted, ["am"]) == walked


def test_pending_and_resolved_alerts_and_those_elsewhere_are_not_hidden() -> None:
    alerts = (
        alert("A", pending=True),
        replace(alert("A", "churn"), resolved_at=NOW),
        replace(alert("A", "x"), source="other"),
    )
    statuses = understood(alerts=alerts).alerts
    assert AlertIndex(statuses).matching(parse_matchers('alertname="A"'), ["am"]) == ()


def test_many_silences_over_many_alerts_are_surveyed_in_a_moment() -> None:
    """Ten thousand alerts and two hundred silences, half of them pending: nothing grows with the product of both."""
    alerts = tuple(
        replace(
            alert("A", f"svc-{n % 500}", silenced_by=(f"s{n % 100}",)), fingerprint=f"f{n}", labels={"i": str(n % 500)}
        )
        for n in range(10_000)
    )
    silences = tuple(
        silence(f'i="{n}",service!="x"', id=f"s{n}", state=SilenceState.ACTIVE if n < 100 else SilenceState.PENDING)
        for n in range(200)
    )
    assessment = understood(*silences, alerts=alerts)
    before = time.process_time()
    found = survey(assessment)
    spent = time.process_time() - before
    assert sum(len(s.hidden or ()) for s in found if s.standing is Standing.ACTIVE) == 10_000
    walk = time.process_time()
    for made in silences[:4]:
        [s for s in assessment.alerts if made.hides(s.alert.labels)]
    assert spent < 50 * (time.process_time() - walk)  # a walk for each would take as long as this


def test_an_exact_label_set_hides_its_alert_alone() -> None:
    one, other = alert("A"), alert("A", "churn")
    statuses = understood(alerts=(one, other)).alerts
    [found] = AlertIndex(statuses).matching(exact_matchers(one.labels), ["am"])
    assert found.alert is one
