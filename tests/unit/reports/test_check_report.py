"""A check as lines and as JSON, and its exit code."""

from __future__ import annotations

import json

import pytest

from oncall_tui.reports.check import Check, Explained, ExplainedWindow, Finding, PollCost, Result, as_json, as_lines

OK = Finding("SLO", "a/b", Result.OK, "data over all 8 windows", "c.yaml:3")
WARNING = Finding("clock", "prom", Result.WARNING, "its clock is 45 s ahead", "c.yaml:4", "set both by NTP")
FAILED = Finding("config", "x.y", Result.FAILED, "wrong", "c.yaml:5:7", excerpt="foo bar\n    ^")
UNCHECKED = Finding("SLO", "a/c", Result.NOT_CHECKED, "prom does not answer", "c.yaml:9")


@pytest.mark.parametrize(
    ("findings", "code"),
    [((), 0), ((OK, UNCHECKED), 0), ((OK, WARNING), 1), ((FAILED, WARNING, OK), 2)],
)
def test_the_exit_code_is_that_of_the_worst(findings: tuple[Finding, ...], code: int) -> None:
    assert Check(findings).exit_code == code


def test_what_is_not_well_says_where_and_what_to_do() -> None:
    assert as_lines(Check((OK, WARNING, FAILED))) == [
        "RESULT   CHECK   SUBJECT  WHAT",
        "ok       SLO     a/b      data over all 8 windows",
        "warning  clock   prom     its clock is 45 s ahead",
        "    c.yaml:4: set both by NTP",
        "failed   config  x.y      wrong",
        "    c.yaml:5:7",
        "        foo bar",
        "            ^",
        "",
        "1 ok, 1 warning, 1 failed",
    ]


def test_what_was_not_checked_for_one_reason_is_one_line_and_in_json_all_of_them() -> None:
    others = tuple(Finding("SLO", f"a/{n}", Result.NOT_CHECKED, "prom does not answer") for n in range(20))
    check = Check((UNCHECKED, OK, *others))
    assert as_lines(check)[1].startswith("not checked  SLO    a/c and 20 more  prom does not answer")
    assert as_lines(check)[-1] == "1 ok, 21 not checked"
    told = as_json(check)
    assert len(told["findings"]) == 22  # type: ignore[arg-type]
    assert told["counts"] == {"ok": 1, "warning": 0, "failed": 0, "not checked": 21}


def test_explained_windows_tell_value_age_events_and_query() -> None:
    windows = (
        ExplainedWindow(300, "q[5m]", 0.00125, 0.0, 1234.4, "raw"),
        ExplainedWindow(3_600, "q[1h]", why="no traffic"),
    )
    check = Check((OK,), (Explained("a/b", windows),), (PollCost("prom", 15.0, 4.25, 1234.5, 14, 99_000),))
    assert as_lines(check)[2:] == [
        "",
        "a/b",
        "  WINDOW  ERRORS  AGE  EVENTS  FROM  QUERY",
        "  5m      0.125%  0s   1234    raw   q[5m]",
        "  1h      -       -    -       -     q[1h]    (no traffic)",
        "",
        "prom: a poll every 15s costs 4.2 requests and 1,234 samples on average; the first 14 and 99,000",
        "",
        "1 ok",
    ]
    (explained,) = as_json(check)["explained"]  # type: ignore[misc]
    assert explained["windows"][0]["error_ratio"] == 0.00125
    assert explained["windows"][1] == {
        "window": "1h",
        "window_s": 3_600,
        "query": "q[1h]",
        "error_ratio": None,
        "age_s": None,
        "events": None,
        "origin": None,
        "error": "no traffic",
    }


def test_a_cost_that_is_not_known_is_no_number() -> None:
    silent, failed = PollCost("prom", 15.0, 1.0, None, 3), PollCost("prom", 15.0, why="prom: HTTP 500")
    assert (
        silent.told()
        == "prom: a poll every 15s costs 1.0 requests and samples it does not tell on average; the first 3"
    )
    assert failed.told() == "what a poll costs prom is not known: prom: HTTP 500"
    (told,) = as_json(Check((), (), (failed,)))["costs"]  # type: ignore[misc]
    assert (told["requests"], told["first_requests"], told["error"]) == (None, None, "prom: HTTP 500")


def test_text_from_outside_is_made_safe() -> None:
    evil = Finding("SLO", "a\x1b[2J", Result.FAILED, "x\ny", "c\x07", "do\x9bit", "\x1b]0;t\x07\nb")
    check = Check((evil,))
    assert not any(c in line for line in as_lines(check) for c in "\x1b\x07\x9b\n")
    json.dumps(as_json(check), allow_nan=False)
