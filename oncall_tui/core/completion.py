"""What may follow in a filter that is being typed: label names, operators, values as they are seen now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Protocol

from oncall_tui.core.matchers import BETWEEN, Cursor, MatcherSyntaxError, MatchOp, in_quotes, unescaped
from oncall_tui.core.re2_pattern import check_pattern

MOST = 50
"""Candidates offered at once; more are found by typing on."""

Counted = Mapping[str, int]
"""Words with how many rows have them."""


class Vocabulary(Protocol):
    """The words there are. Counting them takes long: it is done when they are asked for, once each."""

    def labels(self) -> Counted:
        """The names of labels."""
        ...

    def values(self, label: str) -> Counted:
        """The values of a label."""
        ...

    def facets(self) -> Mapping[str, str]:
        """What may follow an @, with what it is; {} where conditions have no meaning."""
        ...

    def operators(self, facet: str) -> tuple[str, ...]:
        """What may follow the name of a facet."""
        ...

    def facet_values(self, facet: str) -> Counted:
        """The values of a facet; a count below 0 is not known."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to go on. text: what replaces the span. shown: what of it is new to the eye. note: '×12', what it is."""

    text: str
    shown: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """Candidates, best first, for the span of the text from start up to end."""

    start: int
    end: int
    candidates: tuple[Candidate, ...] = ()

    def applied(self, text: str, candidate: Candidate) -> tuple[str, int]:
        """The text with the candidate in it, and where the cursor is then."""
        return text[: self.start] + candidate.text + text[self.end :], self.start + len(candidate.text)


def complete(text: str, place: int, vocabulary: Vocabulary) -> Completion:
    """What may stand at a place (0-based) of a filter. Never raises; no candidates where nothing is known to fit."""
    start = _term_start(text[:place])
    term = None if start is None else _TERM.fullmatch(text, start, place)
    if start is None or term is None or term["negation"]:
        return Completion(place, place)
    end, after = place, text[place : place + 1]
    if after == '"' and (term["value"] or "").startswith('"'):
        end, after = place + 1, text[place + 1 : place + 2]
    if after and not BETWEEN.fullmatch(after):
        return Completion(place, place)
    name, op = term["name"], term["op"]
    if op is None or (op == "!" and not term["value"]):
        return Completion(start, end, tuple(_names(name, op or "", vocabulary)[:MOST]))
    gap = "" if after.isspace() else " "
    head = text[start : term.start("value")]
    values = _values(name, op, term["value"], vocabulary)[:MOST]
    return Completion(start, end, tuple(Candidate(f"{head}{value}{gap}", *shown) for value, *shown in values))


_TERM = re.compile(
    r"""(?P<negation>[-!]?)(?P<name>"(?:[^"\\]|\\.)*"|@[\w-]*|[^\s{}!=~,\\"'`<>@-][^\s{}!=~,\\"'`<>]*|)"""
    r"""(?:\s*(?P<op>=~|!=|!~|>=|<=|=|>|<|!)\s*(?P<value>.*))?""",
    re.DOTALL,
)
_BARE_NAME = re.compile(r"""[^\s{}!=~,\\"'`<>@-][^\s{}!=~,\\"'`<>]*""")
_BARE_VALUE = re.compile(r"[\w./:-]+", re.ASCII)
_CLOSED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def _term_start(text: str) -> int | None:
    """Where the term that ends with the text begins: its end when none does; None when what stands before is wrong."""
    cursor = Cursor(text)
    previous = 0
    while True:
        cursor.take(BETWEEN)
        start = cursor.at
        if start >= cursor.end:
            # A list of values goes on after its comma.
            going_on = text.endswith(",") and text.startswith("@", previous) and '"' not in text[previous:]
            return previous if going_on else start
        try:
            cursor.term()
        except MatcherSyntaxError as error:
            if error.column > cursor.end or cursor.at >= cursor.end:
                return start
            if cursor.at == start:
                return None
        if cursor.at >= cursor.end:
            return start
        previous = start


def _names(name: str, op: str, vocabulary: Vocabulary) -> list[Candidate]:
    """Names that begin so; after a whole name, what may follow it."""
    facets = vocabulary.facets()
    if name.startswith("@"):
        operators = vocabulary.operators(name[1:]) if name[1:] in facets else ()
        names = [Candidate(f"@{one}", f"@{one}", facets[one]) for one in facets if _fits(one, name[1:])]
    else:
        labels = vocabulary.labels()
        known = unescaped(name[1:-1]) if name.startswith('"') else name
        operators = tuple(MatchOp) if known in labels else ()
        names = [
            Candidate(one if _BARE_NAME.fullmatch(one) else in_quotes(one), one, _times(count))
            for one, count in _ordered(labels, known)
        ]
        names += [] if name else [Candidate(f"@{one}", f"@{one}", what) for one, what in facets.items()]
    following = [Candidate(f"{name}{one}", str(one), _MEANINGS[one]) for one in operators if one.startswith(op)]
    return following if op else following + [one for one in names if one.text != name]


_MEANINGS = {
    "=": "is",
    "!=": "is not",
    "=~": "matches all of",
    "!~": "does not match",
    ">": "longer than",
    ">=": "at least",
    "<": "shorter than",
    "<=": "at most",
}


def _values(name: str, op: str, typed: str, vocabulary: Vocabulary) -> list[tuple[str, str, str]]:
    """(text, shown, note) of the values that may stand there; those typed before the last comma or | are kept."""
    facet = name.startswith("@")
    if op not in (vocabulary.operators(name[1:]) if facet else tuple(MatchOp)):
        return []
    known = unescaped(name[1:-1]) if name.startswith('"') else name
    words = vocabulary.facet_values(name[1:]) if facet else vocabulary.values(known)
    within = typed.startswith('"')
    if within and _CLOSED.match(typed):
        return []
    value = unescaped(typed[1:]) if within else typed
    if op in ("=~", "!~"):
        return _alternatives(value, words)
    head, _, prefix = value.rpartition(",") if facet and not within else ("", "", value)
    listed = f"{head}," if head else ""
    found = []
    for word, count in _ordered(words, prefix):
        bare = facet and not within and _BARE_VALUE.fullmatch(word)
        if bare or not listed:
            found.append((listed + word if bare else in_quotes(word), word or '""', _times(count)))
    return found


def _alternatives(value: str, words: Counted) -> list[tuple[str, str, str]]:
    """Words to go on with in a regular expression, as what they literally are."""
    head, bar, prefix = value.rpartition("|")
    try:
        check_pattern(head)
    except ValueError:
        return []
    return [
        (in_quotes(f"{head}{bar}{_SPECIAL.sub(_escaped, word)}"), word or '""', _times(count))
        for word, count in _ordered(words, prefix.replace("\\", ""))
    ]


def _escaped(match: re.Match[str]) -> str:
    return f"\\{match[0]}"


def _times(count: int) -> str:
    return f"×{count}" if count >= 0 else ""


def _fits(word: str, typed: str) -> bool:
    return word.casefold().startswith(typed.casefold())


def _ordered(words: Counted, typed: str) -> list[tuple[str, int]]:
    """The best of those that begin so, then of those that hold it; the most frequent first, and by name."""
    wanted = typed.casefold()
    fitting = [(not folded.startswith(wanted), -n, w) for w, n in words.items() if wanted in (folded := w.casefold())]
    return [(word, -count) for _, count, word in nsmallest(MOST, fitting)]


class Words:
    """The vocabulary of rows with labels, counted when it is asked for."""

    def __init__(self, rows: Callable[[], Iterable[Mapping[str, str]]]) -> None:
        self._rows = rows
        self._taken: list[Mapping[str, str]] | None = None
        self._labels: Counted | None = None
        self._values: dict[str, Counted] = {}

    def labels(self) -> Counted:
        """The names of labels."""
        if self._labels is None:
            self._labels = counted(name for labels in self._all() for name in labels if name)
        return self._labels

    def values(self, label: str) -> Counted:
        """The values of a label; a row without it has none."""
        if label not in self._values:
            self._values[label] = counted(labels[label] for labels in self._all() if label in labels)
        return self._values[label]

    def facets(self) -> Mapping[str, str]:
        """None: only alerts have them."""
        return {}

    def operators(self, facet: str) -> tuple[str, ...]:
        """None."""
        return ()

    def facet_values(self, facet: str) -> Counted:
        """None."""
        return {}

    def _all(self) -> list[Mapping[str, str]]:
        if self._taken is None:
            self._taken = list(self._rows())
        return self._taken


def counted(words: Iterable[str]) -> Counted:
    """How often each word stands there."""
    from collections import Counter

    return Counter(words)
