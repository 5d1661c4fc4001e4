"""What the silence editor begins with, and in which order silences stand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, Phase, Silence, SilenceState
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.core.silence_preview import Typed
from oncall_tui.core.silences import SilenceStatus, Standing
from oncall_tui.core.until import parse_end
from oncall_tui.ui.render.silences import Order, ordered, spelled
from oncall_tui.ui.silence_start import holds, of_alerts, of_editing, of_silence, toggled, whole_minutes

NOW = 1_795_500_000.0
FRESH = Typed(end="2h", author="sre", sources=("a", "b"))


def status(source: str = "a", owner: str = "ranker", **labels: str) -> AlertStatus:
    return AlertStatus(Alert(source, str(labels), labels), Phase.FIRING, None, owner)


def silence(began: float, ends: float, **more: object) -> Silence:
    made = Silence("a", "s1", parse_matchers("x=y"), NOW + began, NOW + ends, "joe", "why", SilenceState.ACTIVE)
    return replace(made, **more)


def test_of_an_alert_its_name_and_service_are_in_and_the_rest_can_be_put_in() -> None:
    start = of_alerts([status(alertname="A", service="ranker", pod="p-1", severity="page")], FRESH, ("a", "b"))
    assert start.typed.matchers == 'alertname="A", service="ranker"'
    assert [matcher.name for matcher in start.labels] == ["alertname", "service", "pod", "severity"]
    assert (start.typed.sources, start.own) == (("a",), "ranker")


def test_of_several_alerts_a_label_with_several_values_becomes_one_expression() -> None:
    alerts = [status(alertname="A.b", service="x"), status("b", "churn", alertname="A", service="x", pod="only-here")]
    start = of_alerts(alerts, FRESH, ("a", "b"))
    [names, service] = start.labels
    assert (names.op, names.value) == (MatchOp.REGEX, r"A|A\.b")
    assert names.matches({"alertname": "A.b"})
    assert not names.matches({"alertname": "Axb"})
    assert service == Matcher("service", MatchOp.EQUAL, "x")
    assert (start.typed.sources, start.own) == (("a", "b"), "")


def test_a_pending_alert_which_no_alertmanager_has_may_go_to_all() -> None:
    assert of_alerts([status("prometheus", alertname="A")], FRESH, ("a", "b")).typed.sources == ("a", "b")


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4, unique=True))
def test_whatever_the_values_are_the_expression_matches_each_of_them(values: list[str]) -> None:
    start = of_alerts([status(alertname=value) for value in values], FRESH, ("a",))
    assert all(start.labels[0].matches({"alertname": value}) for value in values)
    assert parse_matchers(start.typed.matchers) == start.labels


def test_a_value_that_may_not_be_shown_is_matched_all_the_same() -> None:
    start = of_alerts([status(alertname="a.b \x1b[2J\u202e")], FRESH, ("a",))
    assert start.typed.matchers == r'alertname=~"a\\.b .\\[2J."'
    [typed] = parse_matchers(start.typed.matchers)
    assert typed.matches({"alertname": "a.b \x1b[2J\u202e"})


def test_a_label_is_put_in_and_taken_out_of_what_is_typed() -> None:
    one, other = parse_matchers('a="1", b=~"2"')
    assert toggled(spelled([one]), other) == 'a="1", b=~"2"'
    assert toggled('a="1",b=~"2"', one) == 'b=~"2"'
    assert toggled("", one) == 'a="1"'
    assert toggled("a=", one) == "a="
    assert holds("a=1", [one, other]) == (True, False)
    assert holds("a=", [one, other]) == (False, False)


def test_made_again_it_lasts_as_long_as_it_did_and_is_ones_own() -> None:
    start = of_silence(silence(-9_000, -1_800), FRESH, ("a", "b"))
    assert start.typed == Typed('x="y"', "2h", "why", "sre", ("a",))
    assert start.editing is None
    assert of_silence(silence(-60, 0), replace(FRESH, end="4h"), ("a",)).typed.end == "4h"  # ended by hand
    assert of_silence(silence(-60, 0, comment="ACK! mine"), FRESH, ("a",)).typed.comment == "mine"


def test_edited_it_keeps_its_end_to_the_second_until_another_is_typed() -> None:
    start = of_editing(silence(-60, 725.4), NOW + 725.4)
    assert start.typed.author == "joe"
    assert parse_end(start.typed.end, NOW).at == NOW + 725


@pytest.mark.parametrize(("seconds", "text"), [(7_200, "2h"), (10, "1m"), (95_400, "1d2h30m"), (2_592_000, "30d")])
def test_a_length_is_typed_in_whole_minutes(seconds: float, text: str) -> None:
    assert whole_minutes(seconds) == text


def test_silences_stand_in_the_order_that_was_asked_for_and_expired_ones_last() -> None:
    def of(name: str, ends: float, hides: int, author: str, standing: Standing = Standing.ACTIVE) -> SilenceStatus:
        hidden = tuple(status(alertname=str(n)) for n in range(hides))
        return SilenceStatus(silence(0, ends, id=name, author=author), standing, ends, hidden)

    every = [
        of("1", 30, 0, "Zoe"),
        of("2", 10, 1, "abe"),
        of("over", 5, 9, "aaa", Standing.EXPIRED),
        of("3", 20, 2, "max"),
    ]
    names = {order: "".join(s.silence.id for s in ordered(every, order)[:3]) for order in Order}
    assert names == {Order.ATTENTION: "123", Order.ENDS: "231", Order.HIDES: "321", Order.AUTHOR: "231"}
    assert all(ordered(every, order)[-1].silence.id == "over" for order in Order)
