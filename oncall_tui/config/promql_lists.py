"""The lists in a query: labels in parentheses, matchers in braces; and looking ahead among its tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from oncall_tui.config.promql_tokens import Fault, Token

_COMPARISONS = frozenset({"=", "!=", "=~", "!~"})


class Span(NamedTuple):
    """A part that a parser can judge by itself, and the offset to blame when that part is wrong. name: of a call."""

    start: int
    end: int
    blame: int
    name: str = ""


@dataclass(slots=True)
class Scan:
    """What a walk over a whole query found: its parts, and its regular expressions (their string tokens)."""

    spans: list[Span] = field(default_factory=list)
    regexes: list[Token] = field(default_factory=list)


class Lists:
    """A place among tokens, and what reads lists from there on. Raises Fault where a list makes no sense."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._at = 0
        self.scan = Scan()

    def _peek(self, ahead: int = 0) -> Token | None:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else None

    def _is(self, text: str, ahead: int = 0) -> bool:
        token = self._peek(ahead)
        return token is not None and token.kind == "mark" and token.text == text

    def _before(self) -> Token:
        return self._tokens[self._at - 1]

    def _labels(self, kinds: tuple[str, ...] = ("name", "string")) -> None:
        """(a, b): labels, or what else a list holds."""
        if not self._is("("):
            self._expected("'('", self._before().text)
        self._at += 1
        while not self._is(")"):
            label = self._peek()
            if label is None or label.kind not in kinds:
                self._expected("a number" if "number" in kinds else "a label's name", f"'{self._before().text}'")
            self._at += 1
            if self._is(","):
                self._at += 1
            elif not self._is(")"):
                self._expected("',' or ')'", f"'{self._before().text}'")
        self._at += 1

    def _matchers(self, head: Token) -> None:
        """{a="b", ...}, from behind its brace."""
        while not self._is("}"):
            self._matcher()
            following = self._peek()
            if self._is(",") or (following is not None and following.word == "or"):
                self._at += 1
            elif not self._is("}"):
                self._expected("',' or '}'", f"'{self._before().text}'")
        self._at += 1
        self.scan.spans.append(Span(head.start, self._before().end, head.start))

    def _matcher(self) -> None:
        label = self._peek()
        if label is None or label.kind not in ("name", "string"):
            self._expected("a label's name", f"'{self._before().text}'")
        self._at += 1
        operator = self._peek()
        if label.kind == "string" and (self._is(",") or self._is("}")):
            return  # {"a metric's name"}
        if operator is None or operator.text not in _COMPARISONS:
            self._expected("one of = != =~ !~", f"'{label.text}'")
        value = self._peek(1)
        if value is None or value.kind != "string":
            self._at += 1
            self._expected("a text in quotes", f"'{operator.text}'")
        if operator.text in ("=~", "!~"):
            self.scan.regexes.append(value)
        self._at += 2

    def _expected(self, what: str, after: str) -> NoReturn:
        token = self._peek()
        if token is None:
            last = self._before()
            raise Fault(last.start, f"expected {what} after {after}")
        raise Fault(token.start, f"expected {what} after {after}, got '{token.text}'")
