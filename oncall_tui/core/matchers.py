"""Label matchers, with Alertmanager's meaning: anchored RE2 regular expressions, a missing label is ''.

The text form is Alertmanager's too: what amtool and its route files accept (0.25 classic and 0.27+ UTF-8).
Escapes inside values are those every version agrees on: \\\\, \\" and \\n; any other backslash stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.re2_pattern import accepts, check_pattern


class MatchOp(StrEnum):
    """The four operators."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


class MatcherSyntaxError(ValueError):
    """Text that is not a matcher. expected: what should stand at column (1-based, in characters)."""

    def __init__(self, expected: str, column: int) -> None:
        super().__init__(f"column {column}: expected {expected}")
        self.expected = expected
        self.column = column


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on one label."""

    name: str
    op: MatchOp
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels satisfy it; a label that is not there counts as the empty string.

        Raises ValueError when op is a regex operator and value is no RE2 pattern; parse_matchers never makes such.
        """
        value = labels.get(self.name, "")
        op = self.op
        if op is MatchOp.EQUAL:
            return value == self.value
        if op is MatchOp.NOT_EQUAL:
            return value != self.value
        return accepts(self.value, value) is (op is MatchOp.REGEX)

    def check(self) -> None:
        """Raise ValueError, in one line, when value is a regular expression that RE2 refuses."""
        if self.op in (MatchOp.REGEX, MatchOp.NOT_REGEX):
            check_pattern(self.value)

    def __str__(self) -> str:
        name = self.name if _CLASSIC_NAME.fullmatch(self.name) else in_quotes(self.name)
        return f"{name}{self.op.value}{in_quotes(self.value)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """The dashboard's filter: every matcher and every word must hold. One of nothing accepts everything."""

    matchers: tuple[Matcher, ...] = ()
    words: tuple[str, ...] = ()
    """Casefolded."""
    without: tuple[str, ...] = ()
    """Words that must not be found; casefolded."""

    def accepts(self, labels: Mapping[str, str], words: Iterable[str] = ()) -> bool:
        """Whether labels satisfy the matchers and each word is part of some label value or of one of words.

        words: annotation values and whatever else is shown of the row. Case is ignored in words, not in matchers.
        """
        for matcher in self.matchers:
            if not matcher.matches(labels):
                return False
        return self.accepts_text(searchable((*labels.values(), *words))) if self.words or self.without else True

    def accepts_text(self, text: str) -> bool:
        """Whether the words allow a row of this searchable text."""
        return all(word in text for word in self.words) and not any(word in text for word in self.without)


def searchable(values: Iterable[str]) -> str:
    """Values as one text to find casefolded words in. NUL keeps a word from spanning two values."""
    return "\0".join(values).casefold()


@dataclass(frozen=True, slots=True)
class Condition:
    """'@name op value' as it was typed; what it means is for whoever knows the names to say.

    op: one of = != =~ !~ > < >= <=, '' where none stands. values: what stands between commas; a regular expression
    and a value in quotes are one. column, value_column: of the @ and of the value, 1-based, in characters.
    """

    name: str
    op: str
    values: tuple[str, ...]
    column: int
    value_column: int


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers in text such as 'severity="page", service=~"rank.*"', with or without braces around all of it.

    Values need no quotes as long as they hold no comma, double quote or brace other than a regular expression's
    {2,3}; names need them when they hold a space or one of {}!=~,\\"'`. Nothing, or braces around nothing, is ().
    Stricter than Alertmanager in two points, lest a slip silence the wrong thing: an empty value is written "",
    and braces come in pairs. Raises MatcherSyntaxError, also for a regular expression that RE2 refuses.
    """
    cursor = Cursor(text)
    braced = cursor.take(_OPEN) is not None
    if braced:
        closing = _LAST_BRACE.search(text, cursor.at)
        if closing is None:
            raise MatcherSyntaxError("a closing }", len(text) + 1)
        cursor.end = closing.start()
    matchers: list[Matcher] = []
    while not cursor.done():
        matcher = cursor.matcher(_LIST_VALUE)
        if matcher is None:
            raise cursor.expected("a label name and one of = != =~ !~")
        matchers.append(matcher)
        if cursor.take(_COMMA) is None and not cursor.done():
            raise cursor.expected("a comma or the end (put the value in double quotes?)")
    return tuple(matchers)


def parse_filter(text: str) -> Filter:
    """A filter from what was typed: matchers and plain words, apart by spaces or commas; braces may stand around.

    A label name followed by one of = != =~ !~ begins a matcher, as in 'severity="page" ranker'; its value needs
    quotes when it holds a space, a comma, or a brace that is not a regular expression's {2,3}. A word with any of
    those is put in double quotes; one that must not be found begins with - or !. Raises MatcherSyntaxError for a
    matcher that is not finished or not right, and for an @condition, which only alerts know.
    """
    parsed, conditions = parse_conditional(text)
    if conditions:
        told = f"a word or a matcher: @{conditions[0].name} is for alerts (a word with an @ is put in double quotes)"
        raise MatcherSyntaxError(told, conditions[0].column)
    return parsed


def parse_conditional(text: str) -> tuple[Filter, tuple[Condition, ...]]:
    """As parse_filter, with the @conditions, such as '@state=firing,acked' or '@age>10m', beside the filter."""
    cursor = Cursor(text)
    terms: list[Matcher | Condition | Word] = []
    cursor.take(BETWEEN)
    while not cursor.done():
        terms.append(cursor.term())
        cursor.take(BETWEEN)
    words = [term for term in terms if isinstance(term, Word) and term.text]
    parsed = Filter(
        tuple(term for term in terms if isinstance(term, Matcher)),
        tuple(word.text for word in words if not word.negated),
        tuple(word.text for word in words if word.negated),
    )
    return parsed, tuple(term for term in terms if isinstance(term, Condition))


@dataclass(frozen=True, slots=True)
class Word:
    """A plain word, casefolded; negated: it must not be found."""

    text: str
    negated: bool = False


_CLASSIC_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_NAME = re.compile(r"""[^\s{}!=~,\\"'`]+""")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_OPERATOR = re.compile(r"\s*(=~|!=|!~|=)\s*")
_OPERATOR_AHEAD = re.compile(r"(?==|!=|!~)")
_LIST_VALUE = re.compile(r'(?:\\["\\]|\{[\d,]*\}|[^,"{}])+')
_TYPED_VALUE = re.compile(r'(?:\\["\\]|\{[\d,]*\}|[^\s,"{}])+')
_WORD = re.compile(r"[^\s,{}]+")
_OPEN = re.compile(r"\s*\{")
_LAST_BRACE = re.compile(r"\}\s*\Z")
_COMMA = re.compile(r"\s*,")
BETWEEN = re.compile(r"[\s,{}]*")
_NEGATION = re.compile(r"-(?=[^\s,{}-])|!(?=[^\s,{}=~!])")
_CONDITION = re.compile(r"@([\w-]*)")
_COMPARISON = re.compile(r"\s*(>=|<=|!=|=~|!~|=|>|<)\s*")
# A comma goes on with the list unless another matcher or condition follows it.
_LISTED = re.compile(r'[^\s,"{}]+(?:,(?!@|[^\s,"{}=!~<>]*\s*(?:!?=|!~|[<>]))[^\s,"{}]+)*')
_SPACE = re.compile(r"\s*")
_ESCAPE = re.compile(r'\\([n"\\])')


class Cursor:
    """A place in a text, up to end, that moves as tokens are taken."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.end = len(text)

    def expected(self, what: str) -> MatcherSyntaxError:
        """The slip of not having that here."""
        return MatcherSyntaxError(what, self.at + 1)

    def done(self) -> bool:
        """Whether only space is left; the space is passed over."""
        self.take(_SPACE)
        return self.at >= self.end

    def take(self, token: re.Pattern[str]) -> str | None:
        """The token's group (all of it, if it has none) when it stands here."""
        match = token.match(self.text, self.at, self.end)
        if match is None:
            return None
        self.at = match.end()
        return match.group(token.groups)

    def value(self, bare: re.Pattern[str]) -> str:
        """A quoted string, or what bare takes."""
        if self.text.startswith('"', self.at, self.end):
            quoted = self.take(_QUOTED)
            if quoted is None:
                raise MatcherSyntaxError('a closing "', self.end + 1)
            return unescaped(quoted)
        plain = self.take(bare)
        if plain is None:
            raise self.expected("a value (in double quotes when empty or with a brace)")
        return unescaped(plain.rstrip())

    def term(self) -> Matcher | Condition | Word:
        """The matcher, condition or word of a typed filter that begins here."""
        if (condition := self.condition()) is not None:
            return condition
        start = self.at
        negated = self.take(_NEGATION) is not None
        matcher = self.matcher(_TYPED_VALUE)
        if negated and (matcher is not None or self.condition() is not None):
            raise MatcherSyntaxError("a word after - or !: labels and @names take != and !~", start + 1)
        if matcher is not None:
            return matcher
        if self.take(_OPERATOR_AHEAD) is not None:
            raise self.expected("a label name before it")
        return Word(self.value(_WORD).casefold(), negated)

    def condition(self) -> Condition | None:
        """The @condition that begins here; None, and nothing taken, when no @ does."""
        start = self.at
        name = self.take(_CONDITION)
        if name is None:
            return None
        op = self.take(_COMPARISON)
        column = self.at + 1
        if op is None:
            return Condition(name, "", (), start + 1, column)
        if op in ("=~", "!~") or self.text.startswith('"', self.at, self.end):
            return Condition(name, op, (self.value(_TYPED_VALUE),), start + 1, column)
        return Condition(name, op, tuple(self.value(_LISTED).split(",")), start + 1, column)

    def matcher(self, bare: re.Pattern[str]) -> Matcher | None:
        """The matcher that begins here; None, and nothing taken, when no name and operator do."""
        start = self.at
        quoted = self.take(_QUOTED)
        name = self.take(_NAME) if quoted is None else unescaped(quoted)
        op = None if name is None else self.take(_OPERATOR)
        if name is None or op is None:
            self.at = start
            return None
        if not name:
            raise MatcherSyntaxError("a label name between the quotes", start + 2)
        where = self.at + 1
        matcher = Matcher(name, MatchOp(op), self.value(bare))
        try:
            matcher.check()
        except ValueError as error:
            raise MatcherSyntaxError(f"a regular expression: {error}", where) from None
        return matcher


def in_quotes(text: str) -> str:
    """The text in double quotes, as every Alertmanager and the filter read it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def unescaped(text: str) -> str:
    """What stands between double quotes, as it is meant."""
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)
