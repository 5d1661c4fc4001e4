"""Label matchers, with Alertmanager's meaning: anchored RE2 regular expressions, a missing label is ''.

The text form is Alertmanager's too: what amtool and its route files accept (0.25 classic and 0.27+ UTF-8).
Escapes inside values are those every version agrees on: \\\\, \\" and \\n; any other backslash stands for itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from oncall_tui.core.text import clean_line


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
        return _regex_accepts(self.value, value) is (op is MatchOp.REGEX)

    def check(self) -> None:
        """Raise ValueError, in one line, when value is a regular expression that RE2 refuses."""
        if self.op in (MatchOp.REGEX, MatchOp.NOT_REGEX):
            _regex(self.value)

    def __str__(self) -> str:
        name = self.name if _CLASSIC_NAME.fullmatch(self.name) else _quote(self.name)
        return f"{name}{self.op.value}{_quote(self.value)}"


@dataclass(frozen=True, slots=True)
class Filter:
    """The dashboard's filter: every matcher and every word must hold. One of nothing accepts everything."""

    matchers: tuple[Matcher, ...] = ()
    words: tuple[str, ...] = ()
    """Casefolded."""

    def accepts(self, labels: Mapping[str, str], words: Iterable[str] = ()) -> bool:
        """Whether labels satisfy the matchers and each word is part of some label value or of one of words.

        words: annotation values and whatever else is shown of the row. Case is ignored in words, not in matchers.
        """
        for matcher in self.matchers:
            if not matcher.matches(labels):
                return False
        if not self.words:
            return True
        # Folded once for all the words; NUL keeps a word from spanning two values.
        text = "\0".join((*labels.values(), *words)).casefold()
        return all(word in text for word in self.words)


def parse_matchers(text: str) -> tuple[Matcher, ...]:
    """Matchers in text such as 'severity="page", service=~"rank.*"', with or without braces around all of it.

    Values need no quotes as long as they hold no comma, double quote or brace other than a regular expression's
    {2,3}; names need them when they hold a space or one of {}!=~,\\"'`. Nothing, or braces around nothing, is ().
    Stricter than Alertmanager in two points, lest a slip silence the wrong thing: an empty value is written "",
    and braces come in pairs. Raises MatcherSyntaxError, also for a regular expression that RE2 refuses.
    """
    cursor = _Cursor(text)
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
    those is put in double quotes. Raises MatcherSyntaxError for a matcher that is not finished or not right.
    """
    cursor = _Cursor(text)
    matchers: list[Matcher] = []
    words: list[str] = []
    cursor.take(_BETWEEN)
    while not cursor.done():
        matcher = cursor.matcher(_TYPED_VALUE)
        if matcher is not None:
            matchers.append(matcher)
        elif cursor.take(_OPERATOR_AHEAD) is not None:
            raise cursor.expected("a label name before it")
        else:
            words.append(cursor.value(_WORD).casefold())
        cursor.take(_BETWEEN)
    return Filter(tuple(matchers), tuple(word for word in words if word))


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
_BETWEEN = re.compile(r"[\s,{}]*")
_SPACE = re.compile(r"\s*")
_ESCAPE = re.compile(r'\\([n"\\])')


class _Cursor:
    """A place in a text, up to end, that moves as tokens are taken."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.end = len(text)

    def expected(self, what: str) -> MatcherSyntaxError:
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
            return _unescape(quoted)
        plain = self.take(bare)
        if plain is None:
            raise self.expected("a value, in double quotes if it is empty or holds a brace")
        return _unescape(plain.rstrip())

    def matcher(self, bare: re.Pattern[str]) -> Matcher | None:
        """The matcher that begins here; None, and nothing taken, when no name and operator do."""
        start = self.at
        quoted = self.take(_QUOTED)
        name = self.take(_NAME) if quoted is None else _unescape(quoted)
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


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] == "n" else match[1], text)


def _utf8(text: str) -> bytes:
    """The bytes Go has for it: a lone surrogate, which JSON can smuggle in, is U+FFFD there."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", text).encode()


@cache
def _regex(pattern: str) -> Callable[[bytes], object]:
    """The search for an anchored pattern, compiled once. Raises ValueError, in one line, if RE2 refuses it."""
    import re2  # its shared library takes 20 ms to load, and most sessions match no regex before the first frame

    options = re2.Options()
    options.log_errors = False  # it would write on the terminal that the dashboard draws on
    try:
        # Anchored in the very words Alertmanager uses, so that even 'a)|(b' means the same here as there.
        search: Callable[[bytes], object] = re2.compile(_utf8(f"^(?:{pattern})$"), options).search
    except re2.error as error:
        reason = error.args[0].decode(errors="replace").removesuffix(f": ^(?:{pattern})$")
        raise ValueError(f"RE2 refuses {clean_line(repr(pattern), 120)}: {clean_line(reason, 120)}") from None
    return search


@lru_cache(maxsize=65_536)
def _regex_accepts(pattern: str, value: str) -> bool:
    """Whether the pattern matches all of value. Kept: a fleet's alerts repeat few values, and RE2's binding is slow."""
    return _regex(pattern)(_utf8(value)) is not None
