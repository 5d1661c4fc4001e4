"""PromQL as a run of tokens, walked without a tree: where it stops making sense.

The parser that reads queries tells neither where it stumbled nor anything of a grammar newer than its own. What is
walked here is wider than it: PromQL as of today and VictoriaMetrics' MetricsQL. So what this walk refuses is wrong for
every server, and what it lets pass and the parser refuses may merely be new.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from oncall_tui.config.mistakes import clip
from oncall_tui.config.promql_lists import Lists, Scan, Span
from oncall_tui.config.promql_names import AGGREGATIONS, MODIFIERS, OPERATORS, RANGE_WORDS
from oncall_tui.config.promql_tokens import Fault, Token, balance, tokens

MOST_DIGITS = 64
"""Characters of a number; a longer one is none."""

_UNITS = r"(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?(?:\d+ms)?"
_PLAIN = r"0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(rf"\$window|{_UNITS}|(?:\d+\.?\d*|\.\d+)(?:ms|[smhdwyi]|[KMGT]i?B?)|{_PLAIN}")


def scan(query: str) -> Scan:
    """The parts of a query. Raises Fault for what no server understands."""
    found = list(tokens(query))
    balance(found)
    walk = _Walk(found)
    walk.run()
    return walk.scan


@dataclass(slots=True)
class _Frame:
    """One open bracket and what was seen of the expression (or argument) within it.

    head: the token the frame began with, of a call its name. begun: offset of the operand being read; signed: of its
    first sign. left, op: the operand and the operator before it. grouped: whether an aggregation has said `by` already.
    """

    kind: str
    head: Token | None = None
    begun: int = -1
    signed: int = -1
    left: int = -1
    op: Token | None = None
    colon: bool = False
    grouped: bool = False


class _Walk(Lists):
    """Two states: an operand is wanted, or one has just ended. Keeps no tree, so no depth of nesting can break it."""

    def __init__(self, found: list[Token]) -> None:
        super().__init__(found)
        self._frames = [_Frame("")]
        self._waiting: Token | None = None
        self._may_close = False
        self._last_call: _Frame | None = None

    def run(self) -> None:
        """Walk to the end. Raises Fault."""
        wanted = True
        while (token := self._peek()) is not None:
            self._at += 1
            wanted = self._operand(token) if wanted else self._after(token)
        if wanted:
            self._nothing(None)
        self._ended(self._before())

    @property
    def _frame(self) -> _Frame:
        return self._frames[-1]

    # An operand is wanted

    def _operand(self, token: Token) -> bool:
        frame = self._frame
        closing, self._may_close = self._may_close, False
        if token.kind == "mark" and token.text in ")]" and closing:
            return self._close(token, empty=True)
        if frame.begun < 0:
            frame.begun = token.start
        if token.text in ("+", "-"):
            frame.signed = token.start if frame.signed < 0 else frame.signed
            self._waiting = token
            return True
        if frame.kind == "[" and (token.kind == "string" or (token.kind == "name" and not self._is("("))):
            raise Fault(token.start, f"expected a duration such as 5m in the brackets, got {token.text}")
        if token.kind in ("number", "string"):
            self._literal(token)
        elif token.kind == "name":
            return self._named(token)
        elif token.text == "(":
            self._frames.append(_Frame("(", token))
            self._waiting = None
            return True
        elif token.text == "{":
            self._matchers(token)
        else:
            self._nothing(token)
        return False

    def _literal(self, token: Token) -> None:
        if token.kind == "number" and (len(token.text) > MOST_DIGITS or not _NUMBER.fullmatch(token.text)):
            raise Fault(token.start, f"{clip(token.text)} is neither a number nor a duration")
        self.scan.spans.append(Span(token.start, token.end, token.start))

    def _named(self, token: Token) -> bool:
        """A metric, a call or an aggregation. True when an operand is wanted next."""
        if token.word in OPERATORS and not self._is("{"):
            self._nothing(token)
        if token.word == "with" and self._is("("):
            raise Templates
        if token.word in MODIFIERS and not self._is("{"):
            raise Fault(token.start, f"'{token.text}' belongs behind an operator")
        clause = self._peek()
        if token.word in AGGREGATIONS and clause is not None and clause.word in ("by", "without"):
            self._at += 1
            self._labels()
            if not self._is("("):
                self._expected("'('", f"{token.text} {clause.text} (...)")
        if self._is("("):
            self._at += 1
            self._frames.append(_Frame("call", token, grouped=clause is not None and clause.kind == "name"))
            self._waiting, self._may_close = None, True
            return True
        if self._is("{"):
            self._at += 1
            self._matchers(token)
        return False

    def _nothing(self, token: Token | None) -> NoReturn:
        """Something else stands where an operand belongs."""
        if self._waiting is not None:
            raise Fault(self._waiting.start, f"nothing for '{self._waiting.text}' to work on")
        if token is None:
            raise Fault(0, "no expression")
        if token.kind == "op" or token.word:
            raise Fault(token.start, f"nothing before '{token.text}'")
        raise Fault(token.start, f"an expression is missing before '{token.text}'")

    # An operand has ended

    def _after(self, token: Token) -> bool:
        before = self._tokens[self._at - 2]
        if token.kind == "mark" and token.text in ")]":
            return self._close(token)
        if token.text == "[" and token.kind == "mark":
            self._frames.append(_Frame("[", token))
            self._waiting = None
            return True
        if token.text == "," and self._frame.kind in ("(", "call"):
            self._ended(before)
            self._waiting, self._may_close = None, self._frame.kind == "call"
            return True
        if token.text == ":" and self._frame.kind == "[" and not self._frame.colon:
            self._ended(before)
            self._waiting, self._frame.colon, self._may_close = None, True, True
            return True
        if token.kind == "op" and token.text not in ("=", "=~", "!~"):
            return self._operator(token)
        return self._after_word(token)

    def _after_word(self, token: Token) -> bool:
        before = self._tokens[self._at - 2]
        if token.word in OPERATORS:
            return self._operator(token)
        if token.word == "offset":
            following = self._peek()
            if following is None or (following.word and not self._is("(", 1)):
                self._expected("a duration", "offset")
            self._waiting = token
            return True
        if token.word == "keep_metric_names" or (token.word in RANGE_WORDS and before.text == "]"):
            return False
        if before.text == ")" and self._last_call is not None and self._last_call.head is not None:
            aggregation = self._last_call.head.word in AGGREGATIONS
            if aggregation and token.word in ("by", "without") and not self._last_call.grouped:
                self._labels()
                self.scan.spans.append(self._span(self._last_call.head))
                self._last_call = None
                return False
            if aggregation and token.word == "limit":
                self._waiting = token
                return True
        if token.kind in ("name", "number", "string") or token.text == "(":
            raise Fault(token.start, f"two expressions side by side, with no operator before '{token.text}'")
        raise Fault(token.start, f"'{token.text}' is not expected here")

    def _operator(self, token: Token) -> bool:
        frame = self._frame
        if token.text != "@":
            begun = frame.begun
            self._ended(self._tokens[self._at - 2])
            frame.left, frame.op = begun, token
        self._waiting = token
        matched = False
        while (word := self._peek()) is not None and word.word:
            if word.word in ("on", "ignoring") or (word.word.startswith("fill") and self._is("(", 1)):
                self._at += 1
                self._labels(("name", "string") if word.word in ("on", "ignoring") else ("number",))
                matched = True
            elif word.word in ("group_left", "group_right") and matched:
                self._at += 1
                if self._is("("):
                    self._labels()
            elif word.word == "bool":
                self._at += 1
            else:
                break
        return True

    # Brackets

    def _close(self, token: Token, *, empty: bool = False) -> bool:
        if not empty:
            self._ended(self._tokens[self._at - 2])
        frame = self._frames.pop()
        self._waiting, self._may_close = None, False
        self._last_call = frame if frame.kind == "call" else None
        if frame.kind == "call" and frame.head is not None:
            self.scan.spans.append(self._span(frame.head))
        if frame.kind == "[" and frame.head is not None:
            self.scan.spans.append(Span(self._frame.begun, token.end, frame.head.start))
        return False

    def _span(self, head: Token) -> Span:
        return Span(head.start, self._before().end, head.start, head.text)

    def _ended(self, last: Token) -> None:
        """The operand that began in this frame ended with last; what it and the one before it make can be judged."""
        frame = self._frame
        if frame.signed >= 0:
            self.scan.spans.append(Span(frame.begun, last.end, frame.signed))
        if frame.op is not None:
            self.scan.spans.append(Span(frame.left, last.end, frame.op.start))
        frame.begun = frame.signed = frame.left = -1
        frame.op = None


class Templates(Exception):
    """The query begins with MetricsQL's WITH, whose templates are not followed here."""
