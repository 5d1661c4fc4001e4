"""A query with a slip is told with the place of the slip; what may merely be newer is let pass."""

from __future__ import annotations

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_tui.config.promql import unread
from oncall_tui.config.promql_fault import refusal_of
from oncall_tui.config.promql_scan import Templates, scan
from oncall_tui.config.promql_tokens import Fault, tokens


def marked(query: str) -> tuple[str, int | None]:
    """The query without its «, and where that was: before the culprit."""
    at = query.find("«")
    return query.replace("«", ""), None if at < 0 else at


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("sum«(rate(x[$window])", "unclosed left parenthesis"),
        ("sum(rate«(x[5m]", "unclosed left parenthesis"),
        ("sum(rate(x[5m]))«) / 2", "unexpected right parenthesis ')'"),
        ("rate(x«[5m)", "left bracket closed by ')'"),
        ('x«{a="b"', "unclosed left brace"),
        ('x{a=«"b}', 'unterminated quoted string "'),
        ('x{a=«\'b} / "y"', "unterminated quoted string '"),
        ("x «& y", "unexpected '&'"),
        ("rate(x[«$windo])", "unexpected '$'"),
        ("foo «bar", "two expressions side by side"),
        ('sum(rate(x[5m])) «rate(y{a="}"}[5m])', "two expressions side by side"),
        ("x «+", "nothing for '+' to work on"),
        ("(x «/) * 2", "nothing for '/' to work on"),
        ("«* 2", "nothing before '*'"),
        ("x[«]", "an expression is missing before ']'"),
        ("x[«5q]", "5q is neither a number nor a duration"),
        ("x[$window:«5q]", "5q is neither a number nor a duration"),
        ("x[«foo]", "expected a duration such as 5m in the brackets, got foo"),
        ("x offset «y", "expected a duration after offset, got 'y'"),
        ("sum by «x (y)", "expected '(' after by, got 'x'"),
        ("sum by (x «y) (z)", "expected ',' or ')' after 'x', got 'y'"),
        ("sum by («5) (z)", "expected a label's name after '(', got '5'"),
        ("x{a=«}", "expected a text in quotes after '=', got '}'"),
        ("x{a«}", "expected one of = != =~ !~ after 'a', got '}'"),
        ('x{a="b" «c="d"}', "expected ',' or '}' after '\"b\"', got 'c'"),
        ('x{a="b"}«{c="d"}', "'{' is not expected here"),
        ('x{a="ok"} + «{a=~".*"}', "vector selector must contain at least one non-empty matcher"),
        ('x{a=~"ok",b=~«"("}', "illegal regex for ("),
        ('x{a="("} / y{b!~«"["}', "illegal regex for ["),
        ("rate(a[5m]) / «rate(b)", "expected type matrix in call to function 'rate', got vector"),
        ("rate(rate(a[5m])[5m:]) + rate(«rate(x)[1h:])", "expected type matrix in call to function 'rate', got vector"),
        ("abs(x) + «abs(1)", "expected type vector in call to function 'abs', got scalar"),
        ("sum(x) / «sum(y[5m])", "expected type vector in aggregation expression, got matrix"),
        ("«topk(x)", "wrong number of arguments for aggregate expression"),
        ("time() - «time(1)", "expected 0 argument(s) in call to 'time', got 1"),
        ("x + (y[5m] «* 2)", "binary expression must contain only scalar and instant vector types"),
        ("1 «== 2", "comparisons between scalars must use BOOL modifier"),
        ("x[5m]«[5m]", "ranges only allowed for vector selectors"),
        ("rate(x[5m]) + «raet(y[5m])", "unknown function with name 'raet'; did you mean 'rate'?"),
        ('rate(a[5m]) # ( " {\n / «rate(b)', "expected type matrix in call to function 'rate', got vector"),
        ("slo:ratio_rate$window{a«}", "expected one of = != =~ !~ after 'a', got '}'"),
        ("", "no expression"),
    ],
)
def test_a_slip_is_told_with_its_place(query: str, reason: str) -> None:
    text, at = marked(query)
    refusal = refusal_of(text)
    assert refusal is not None
    assert refusal.sure
    assert (refusal.offset, refusal.reason[: len(reason)]) == (at, reason)


@pytest.mark.parametrize(
    "query",
    [
        "holt_winters(x[5m], 0.1, 0.2)",
        "histogram_quantiles(x, 'q', 0.5, 0.9)",
        "median_over_time(x[$window])",
        "WITH (a = rate(x[5m])) a / 2",
        "sum(rate(x[5m])) default 0",
        "x if y > 2",
        "rate(x[5m]) keep_metric_names",
        "rate(x[$window] anchored)",
        "x + fill(0) y",
        "rate(x[5m + 1m])",
        "x{a=~'\\\\Qa.b\\\\E'}",
        "1_000 * x",
        r"x{a=~`\d+`}",
    ],
)
def test_what_may_be_newer_or_another_dialect_is_no_mistake_but_noted(query: str) -> None:
    refusal = refusal_of(query)
    assert refusal is None or not refusal.sure
    try:
        promql_parser.parse(query.replace("$window", "5m"))
    except ValueError:
        assert unread(query)
    else:
        assert unread(query) == ""


@pytest.mark.parametrize(
    "query",
    [
        "(" * 50_000 + "x" + ")" * 50_000,
        "1" + "+x" * 50_000,
        "-" * 50_000 + "x",
        "x" + " or y" * 50_000,
        "abs(" * 50_000,
        "x" + "[5m:]" * 50_000,
    ],
)
def test_a_query_nested_without_end_is_refused_before_the_native_parser_sees_it(query: str) -> None:
    refusal = refusal_of(query)
    assert refusal is not None
    assert refusal.sure


def test_a_wide_query_is_not_a_deep_one() -> None:
    assert refusal_of("topk(5, " + " or ".join(["sum(rate(x[5m])) / sum(rate(y[5m]))"] * 120) + ")") is None
    refusal = refusal_of(" or ".join(["sum(rate(x[5m])) / sum(rate(y[5m]))"] * 100 + ["rate(y)"]))
    assert refusal is not None
    assert refusal.offset is not None
    assert refusal.reason.startswith("expected type matrix")


VALID = (
    "x",
    "-x ^ 2",
    'sum by (a, b) (rate(x{a="b",c!~"d.*"}[$window])) / on (a) group_left (b) sum(rate(y[$window])) by (a)',
    "histogram_quantile(0.9, sum by (le) (rate(lat_bucket[5m])))",
    "max_over_time(rate(x[5m] offset 5m)[1h:1m] offset -1d) > bool 0.5",
    'x{a="b"} @ 1e3 unless ignoring (c) y or time() - timestamp(z) # done',
    "topk(5, x) and (quantile(.5, y) + +1)",
    'label_replace(x, "a", "$1", "b", "(.*)") == 5m',
    'count_values("v", x) atan2 absent(y{a=`d"`})',
    "slo:ratio_rate$window{a='b'} * 0x1F",
    '{"x.y", a="b"}[5m] @ end()',
)
PIECES = [
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    '"',
    "'",
    ",",
    "+",
    "by",
    "foo",
    "5m",
    "$window",
    "rate(",
    "=~",
    ":",
    "@",
    "é",
    "\x00",
]


@pytest.mark.parametrize("query", VALID)
def test_the_walk_lets_pass_what_the_parser_reads(query: str) -> None:
    assert refusal_of(query) is None
    scan(query)


def pieces(query: str) -> list[tuple[int, int]]:
    """Where each token of a valid query begins and ends."""
    return [(token.start, token.end) for token in tokens(query)]


@settings(max_examples=400)
@given(st.sampled_from(VALID), st.data())
def test_a_query_with_one_token_changed_is_told_within_itself(query: str, data: st.DataObject) -> None:
    start, end = data.draw(st.sampled_from(pieces(query)))
    change = data.draw(st.sampled_from(["delete", "duplicate", "insert"]))
    if change == "delete":
        changed = query[:start] + query[end:]
    elif change == "duplicate":
        changed = query[:end] + query[start:end] + query[end:]
    else:
        changed = query[:start] + data.draw(st.sampled_from(PIECES)) + query[start:]
    refusal = refusal_of(changed)
    assert refusal is None or refusal.offset is None or 0 <= refusal.offset < max(1, len(changed))


@settings(max_examples=300)
@given(st.text(alphabet="x15m[](){}\"'`,+-=~!:@# \n\\$wé") | st.lists(st.sampled_from(PIECES)).map(" ".join))
def test_no_text_at_all_is_too_odd_to_judge(text: str) -> None:
    refusal = refusal_of(text)
    assert refusal is None or refusal.offset is None or 0 <= refusal.offset < max(1, len(text))
    if refusal is None:
        try:
            scan(text)
        except (Fault, Templates) as fault:
            raise AssertionError(f"the parser reads {text!r}, the walk does not: {fault}") from None
