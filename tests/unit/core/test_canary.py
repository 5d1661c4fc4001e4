"""An answer held against what was expected: right, wrong, late, and never right by mistake."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.canary import (
    Canary,
    CanaryRequest,
    CanaryState,
    Expectation,
    json_path,
    judge,
    pattern,
    sent,
)

RIGHT, WRONG, LATE = CanaryState.RIGHT, CanaryState.WRONG, CanaryState.LATE
V2 = {"outputs": [{"name": "score", "data": [0.8, 0.2]}], "id": "7"}


def equal(value, path="", **tolerance):
    return Expectation(path, equals=json.dumps(value), **tolerance)


def state(expect, answer, seconds=0.1):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return judge(expect, body, seconds).state


@pytest.mark.parametrize(
    ("expect", "answer", "wanted"),
    [
        (equal([0.8, 0.2], "$.outputs[0].data"), V2, RIGHT),
        (equal(0.8, "$.outputs[0].data[0]"), V2, RIGHT),
        (equal([0.8, 0.2], "$.outputs[0].data[*]"), V2, RIGHT),
        (equal([0.2, 0.8], "$.outputs[0].data"), V2, WRONG),
        (equal([0.8], "$.outputs[0].data"), V2, WRONG),
        (equal(0.81, "$.outputs[0].data[0]", absolute=0.02), V2, RIGHT),
        (equal(0.81, "$.outputs[0].data[0]", absolute=0.001), V2, WRONG),
        (equal(0.81, "$.outputs[0].data[0]", relative=0.02), V2, RIGHT),
        (equal(0.81, "$.outputs[0].data[0]", relative=0.001), V2, WRONG),
        (equal(0.81, "$.outputs[0].data[0]", absolute=0.001, relative=0.02), V2, RIGHT),
        (equal({"a": [1.0, {"b": 2}]}, absolute=0.1), {"a": [1.05, {"b": 2.05}]}, RIGHT),
        (equal({"a": 1}), {"a": 1, "b": 2}, WRONG),
        (equal("7", "$.id"), V2, RIGHT),
        (equal(7, "$.id"), V2, WRONG),
        (equal("7", "$.nothing"), V2, WRONG),
        (equal("7", "$.id.deeper"), V2, WRONG),
        (equal(1), True, WRONG),
        (equal(True), 1, WRONG),
        (equal(0, absolute=1.0), False, WRONG),
        (equal(False), False, RIGHT),
        (equal(1), None, WRONG),
        (equal(1), [1], WRONG),
        (equal("Paris"), b'" Paris\\n"', RIGHT),
        (equal("ok"), b"ok\n", RIGHT),
        (equal("ok", "$.status"), b"ok\n", WRONG),
        (equal("ok", "$.status"), b"<html>ok</html>", WRONG),
        (equal("ok"), b"", WRONG),
        (equal(1), b"[" * 50_000, WRONG),
        (equal(1.0), b"NaN", WRONG),
        (equal(1.0, absolute=5.0), b"NaN", WRONG),
        (equal(1.0, relative=1.0), b"Infinity", WRONG),
        (equal(1.0, absolute=1.0), b"1" + b"0" * 400, WRONG),
        (Expectation("$.a", any_of=('"x"', '"y"')), {"a": "y"}, RIGHT),
        (Expectation("$.a", any_of=('"x"', '"y"')), {"a": "z"}, WRONG),
        (Expectation("$.a", any_of=("1", "2"), absolute=0.1), {"a": 2.05}, RIGHT),
        (Expectation("$.a", any_of=("1", "2"), absolute=0.1), {"a": 1.5}, WRONG),
        (Expectation("$.a", matches="(?i)par.s"), {"a": "It is PARIS."}, RIGHT),
        (Expectation("$.a", matches="^paris$"), {"a": "It is paris"}, WRONG),
        (Expectation("$.a", matches=r"0\.8"), {"a": [0.81]}, RIGHT),
        (Expectation("$.a", matches="x"), b'{"a": "\\ud800 x"}', RIGHT),
        (Expectation("$.a", equals='"x"', matches="y"), {"a": "x"}, WRONG),
    ],
)
def test_the_answer_is_right_or_wrong(expect, answer, wanted):
    assert state(expect, answer) is wanted


def test_a_right_answer_that_took_too_long_is_late_and_a_wrong_one_is_wrong_first():
    expect = equal(1, max_latency=0.5)
    assert state(expect, 1, 0.5) is RIGHT
    assert judge(expect, b"1", 0.75) == judge(expect, b"1", 0.75)
    assert judge(expect, b"1", 0.75).state is LATE
    assert judge(expect, b"1", 0.75).why == "right after 0.75s, wanted within 0.5s"
    assert state(expect, 2, 0.75) is WRONG


@pytest.mark.parametrize(
    ("expect", "body", "why"),
    [
        (equal([0.8], "$.a", absolute=0.01), b'{"a": [0.3]}', "expected [0.8] ±0.01, got [0.3]"),
        (equal(1, relative=0.05), b"2", "expected 1 ±5%, got 2"),
        (Expectation(any_of=('"Paris"', '"Paris."')), b'"Lyon"', "expected 'Paris' or 'Paris.', got 'Lyon'"),
        (Expectation(matches="^a"), b'"b"', "expected what matches ^a, got 'b'"),
        (equal(1, "$.a"), b'{"b": 1}', """there is nothing at $.a in {"b": 1}"""),
    ],
)
def test_a_wrong_answer_is_told_beside_the_right_one(expect, body, why):
    assert judge(expect, body, 0.1).why == why


@pytest.mark.parametrize("depth", [100, 500, 900, 2_000])
@pytest.mark.parametrize("path", ["", "$..*", "$[0]", "$..[?@ == 1]"])
def test_an_answer_nested_without_end_is_wrong_and_no_more(depth, path):
    body = b"[" * depth + b"]" * depth
    assert judge(equal(1, path), body, 0.1).state is WRONG


def test_hostile_answers_are_told_safely_and_shortly():
    hostile = json.dumps("\x1b]0;owned\x07\u202e\n" + "x" * 10_000).encode()
    for expect in (equal("a"), equal("a", "$.b"), Expectation(matches="^a")):
        why = judge(expect, hostile, 0.1).why
        assert why.isprintable()
        assert len(why) <= 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(json_values.filter(lambda value: value is not None))
def test_whatever_is_answered_as_expected_is_right(value):
    assert state(equal(value), value) is RIGHT


@given(json_values, json_values)
def test_what_is_right_both_ways_is_equal(one, other):
    if one is not None and other is not None and state(equal(one), other) is RIGHT:
        assert state(equal(other), one) is RIGHT


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(0, 1e3), st.floats(0, 1))
def test_numbers_are_right_within_the_wider_tolerance_and_wrong_beyond(got, wanted, absolute, relative):
    allowed = max(absolute, relative * abs(wanted))
    found = state(equal(wanted, absolute=absolute, relative=relative), got)
    assert found is (RIGHT if got == wanted or abs(got - wanted) <= allowed else WRONG)


@given(st.binary(max_size=200), st.sampled_from([equal(1), equal("a", "$.a"), Expectation("$..*", matches="a")]))
def test_any_bytes_at_all_are_judged(body, expect):
    judgement = judge(expect, body, 0.1)
    assert judgement.state in (RIGHT, WRONG)
    assert judgement.why.isprintable()


def test_what_is_no_path_and_no_pattern_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="expected"):
        json_path("outputs[0")
    with pytest.raises(ValueError, match="unexpected end"):
        json_path("$[")
    with pytest.raises(ValueError, match="missing"):
        pattern("(a")
    with pytest.raises(ValueError, match="perl"):
        pattern("(?=a)")


def test_what_is_sent_is_told_in_one_line_and_no_header_is():
    request = CanaryRequest("POST", "/p", '{"a":\n' + "1" * 900 + "}", (("Authorization", "s3cret"),))
    told = sent(request, "http://h/p")
    assert told.startswith('POST http://h/p {"a": 111')
    assert len(told) <= 300
    assert "s3cret" not in repr(request)
    assert sent(CanaryRequest("GET", "/p"), "http://h/p") == "GET http://h/p"


def test_a_daily_limit_is_spread_over_the_day_and_nothing_is_sooner_than_half_a_minute():
    asked = CanaryRequest("GET", "/")
    assert Canary(asked, equal(1), every=300).pause == 300
    assert Canary(asked, equal(1), every=1).pause == 30
    assert Canary(asked, equal(1), every=300, max_per_day=24).pause == 3_600
    assert not math.isinf(Canary(asked, equal(1), max_per_day=1).pause)
