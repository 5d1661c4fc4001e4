from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oncall_tui.core.matchers import Matcher, MatcherSyntaxError, MatchOp, parse_matchers

EQUAL, NOT_EQUAL, REGEX, NOT_REGEX = MatchOp
literal = st.builds(Matcher, st.text(min_size=1), st.sampled_from([EQUAL, NOT_EQUAL]), st.text())
regex = st.builds(
    Matcher,
    st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]*", fullmatch=True),
    st.sampled_from([REGEX, NOT_REGEX]),
    st.sampled_from(["", ".*", "rank.*", "a|b", r"\d+", "a{2,3}", 'say "x"', "[}{,]", "\n", r"a\\b"]),
)


@pytest.mark.parametrize(
    ("matcher", "value", "matches"),
    [
        (Matcher("a", EQUAL, "x"), "x", True),
        (Matcher("a", EQUAL, "x"), "X", False),
        (Matcher("a", EQUAL, "x"), None, False),
        (Matcher("a", EQUAL, ""), None, True),
        (Matcher("a", NOT_EQUAL, "x"), None, True),
        (Matcher("a", NOT_EQUAL, "x"), "x", False),
        (Matcher("a", NOT_EQUAL, ""), None, False),
        (Matcher("a", NOT_EQUAL, ""), "x", True),
        (Matcher("a", REGEX, "rank"), "ranker", False),
        (Matcher("a", REGEX, "anker"), "ranker", False),
        (Matcher("a", REGEX, "rank.*"), "ranker", True),
        (Matcher("a", REGEX, "a|bc"), "ac", False),
        (Matcher("a", REGEX, ".*"), None, True),
        (Matcher("a", REGEX, ".+"), None, False),
        (Matcher("a", REGEX, ""), None, True),
        (Matcher("a", REGEX, "a.b"), "a\nb", False),
        (Matcher("a", REGEX, "a"), "a\n", False),
        (Matcher("a", REGEX, "a)|(b"), "bxb", True),
        (Matcher("a", REGEX, "(?i)RANKER"), "ranker", True),
        (Matcher("a", REGEX, "模."), "模型", True),
        (Matcher("a", REGEX, "."), "\ud800", True),
        (Matcher("a", NOT_REGEX, "rank.*"), "ranker", False),
        (Matcher("a", NOT_REGEX, "rank.*"), "fraud", True),
        (Matcher("a", NOT_REGEX, ".+"), None, True),
        (Matcher("a", NOT_REGEX, ".*"), None, False),
    ],
)
def test_a_matcher_decides_as_alertmanager_does(matcher: Matcher, value: str | None, matches: bool) -> None:
    assert matcher.matches({} if value is None else {"a": value, "b": "other"}) is matches


@given(st.dictionaries(st.sampled_from("ab"), st.text()), st.sampled_from(["", ".*", "a|b", ".+", "[^x]*"]), st.text())
def test_a_negative_operator_is_the_opposite_of_its_positive(labels: dict[str, str], pattern: str, value: str) -> None:
    assert Matcher("a", NOT_EQUAL, value).matches(labels) is not Matcher("a", EQUAL, value).matches(labels)
    assert Matcher("a", NOT_REGEX, pattern).matches(labels) is not Matcher("a", REGEX, pattern).matches(labels)


@pytest.mark.parametrize(
    "pattern", ["(", "a**", "(?=x)", r"(a)\1", "[", "a{2000}", "(a{900}){900}", "\n(", "x" * 9000 + "("]
)
@pytest.mark.parametrize("op", [REGEX, NOT_REGEX])
def test_what_re2_refuses_is_refused_in_one_line(op: MatchOp, pattern: str, capfd: pytest.CaptureFixture[str]) -> None:
    for ask in (Matcher("a", op, pattern).check, lambda: Matcher("a", op, pattern).matches({"a": "x"})):
        with pytest.raises(ValueError, match="RE2 refuses") as refusal:
            ask()
        assert "\n" not in str(refusal.value)
        assert len(str(refusal.value)) < 300
    assert capfd.readouterr() == ("", "")  # RE2 would write its complaint over the screen


def test_a_pattern_that_takes_backtracking_engines_ages_is_answered_at_once() -> None:
    assert not Matcher("a", REGEX, "(a*)*b").matches({"a": "a" * 20_000})


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (Matcher("severity", EQUAL, "page"), 'severity="page"'),
        (Matcher("a", REGEX, r"\d+"), r'a=~"\\d+"'),
        (Matcher("a", NOT_EQUAL, 'say "hi"\n'), r'a!="say \"hi\"\n"'),
        (Matcher("a", NOT_REGEX, ""), 'a!~""'),
        (Matcher("foo.bar", EQUAL, "x"), '"foo.bar"="x"'),
        (Matcher("a:b", EQUAL, "x"), '"a:b"="x"'),
        (Matcher('q"\\', EQUAL, "x"), r'"q\"\\"="x"'),
        (Matcher("3d", EQUAL, "x"), '"3d"="x"'),
        (Matcher("ä", EQUAL, "x"), '"ä"="x"'),
    ],
)
def test_a_matcher_is_written_with_its_value_quoted(matcher: Matcher, text: str) -> None:
    assert str(matcher) == text


@given(st.lists(literal | regex, max_size=4), st.booleans())
@example([Matcher("a", EQUAL, "}"), Matcher("b", EQUAL, '",c="')], False)
@example([Matcher("a", EQUAL, "\\")], True)
def test_what_is_written_reads_back_as_itself(matchers: list[Matcher], braced: bool) -> None:
    text = ", ".join(map(str, matchers))
    assert parse_matchers("{" + text + "}" if braced else text) == tuple(matchers)


@pytest.mark.parametrize(
    ("text", "matchers"),
    [
        ("", ()),
        (" ", ()),
        ("{}", ()),
        (" { } ", ()),
        ('severity="page", service=~"rank.*"', (("severity", EQUAL, "page"), ("service", REGEX, "rank.*"))),
        ('{severity="page",service!~"rank.*",}', (("severity", EQUAL, "page"), ("service", NOT_REGEX, "rank.*"))),
        ("severity=page", (("severity", EQUAL, "page"),)),
        ("a = b c , d != e", (("a", EQUAL, "b c"), ("d", NOT_EQUAL, "e"))),
        ("a==b", (("a", EQUAL, "=b"),)),
        ("a=~b=c|d", (("a", REGEX, "b=c|d"),)),
        ("{a=~x{2,3}}", (("a", REGEX, "x{2,3}"),)),
        (r'a="\d\"\\\n\t"', (("a", EQUAL, '\\d"\\\n\\t'),)),
        (r"a=x\"y\n", (("a", EQUAL, 'x"y\n'),)),
        ('a="x,y}"', (("a", EQUAL, "x,y}"),)),
        ('a=""', (("a", EQUAL, ""),)),
        ("a:b=c", (("a:b", EQUAL, "c"),)),
        ("a='b'", (("a", EQUAL, "'b'"),)),
        ('{"foo.bar"="x", "a b"=~y}', (("foo.bar", EQUAL, "x"), ("a b", REGEX, "y"))),
        ("foo.bar=x", (("foo.bar", EQUAL, "x"),)),
        ('a="two\nlines"', (("a", EQUAL, "two\nlines"),)),
    ],
)
def test_matchers_are_read_as_alertmanager_reads_them(
    text: str, matchers: tuple[tuple[str, MatchOp, str], ...]
) -> None:
    assert parse_matchers(text) == tuple(Matcher(*matcher) for matcher in matchers)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("severity", 1, "a label name and one of = != =~ !~"),
        ("=page", 1, "a label name"),
        (",a=b", 1, "a label name"),
        ("a=b,,c=d", 5, "a label name"),
        ("a=", 3, "a value"),
        ("a= , b=c", 4, "a value"),
        ('a="x', 5, 'a closing "'),
        ('a="x\\"', 7, 'a closing "'),
        ('a="x"y', 6, "a comma or the end"),
        ('a=x"y', 4, "a comma or the end"),
        ("a=b}", 4, "a comma or the end"),
        ("{a=b", 5, "a closing }"),
        ('{a="}', 5, 'a closing "'),
        ('{a="}"', 7, "a closing }"),
        ('""="x"', 2, "a label name between the quotes"),
        ('"a" "b"', 1, "a label name"),
        ('b="x", a=~"("', 11, "a regular expression: RE2 refuses '(': missing )"),
    ],
)
def test_a_slip_is_named_with_its_column_and_what_was_expected(text: str, column: int, expected: str) -> None:
    with pytest.raises(MatcherSyntaxError) as slip:
        parse_matchers(text)
    assert slip.value.column == column
    assert slip.value.expected.startswith(expected)
    assert str(slip.value) == f"column {column}: expected {slip.value.expected}"


@given(st.text(st.sampled_from('ab={}!~,\\" \n.(')))
def test_any_text_gives_matchers_or_a_slip_within_the_text(text: str) -> None:
    try:
        matchers = parse_matchers(text)
    except MatcherSyntaxError as slip:
        column = slip.column
    else:
        column = 1
        assert parse_matchers(", ".join(map(str, matchers))) == matchers
    assert 1 <= column <= len(text) + 1
