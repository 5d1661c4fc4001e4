"""Labels that satisfy a selector, found by trying."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from oncall_tui.core.matchers import Matcher, MatchOp

_USUAL = ("500", "503", "200", "404", "0", "1", "x", "GET", "POST", "/", "/x", "true", "false", "error", "ok", "prod")
"""Values that patterns are usually made for."""

_INSTEAD = (
    (re.compile(r"\[\^[^\]]*\][*+?]?"), "~"),
    (re.compile(r"\[([^\]\\^])[^\]]*\][*+?]?"), r"\1"),
    (re.compile(r"\\d[*+?]?"), "0"),
    (re.compile(r"\\w[*+?]?"), "x"),
    (re.compile(r"(?<!\\)\.[*+?]?"), "0"),
    (re.compile(r"\\(.)"), r"\1"),
    (re.compile(r"\{\d+(,\d*)?\}|(?<=\w)[*+?]|[()^$]"), ""),
)
"""What one match of a piece of a pattern may be. What comes out need not be a match: that is tried."""


class NoExample(Exception):
    """No labels were found that satisfy a selector."""


def example_labels(
    matchers: Sequence[Matcher], by: Sequence[str] = (), unlike: Sequence[Sequence[Matcher]] = ()
) -> dict[str, str]:
    """Labels, the name in __name__, that satisfy all matchers, carry every label of `by`, and none of unlike's lists.

    Raises NoExample.
    """
    labels: dict[str, str] = {}
    for name in dict.fromkeys([*(matcher.name for matcher in matchers), *by]):
        labels |= _fitting(name, [one for one in matchers if one.name == name], needed=name in by)
    for other in unlike:
        labels = _apart(labels, matchers, other, by)
    return labels


def _fitting(name: str, matchers: Sequence[Matcher], *, needed: bool) -> dict[str, str]:
    """The label with a value that fits; no label where that fits too."""
    for value in _candidates(matchers):
        if (value or not needed) and all(matcher.matches({name: value}) for matcher in matchers):
            return {name: value} if value else {}
    raise NoExample(f"no value was found that satisfies its matchers on {name}")


def _apart(
    labels: Mapping[str, str], matchers: Sequence[Matcher], other: Sequence[Matcher], by: Sequence[str]
) -> dict[str, str]:
    """The labels, one of them changed if need be, so that they satisfy matchers and not the other's."""
    if not all(matcher.matches(labels) for matcher in other):
        return dict(labels)
    for matcher in other:
        if matcher.name in by or matcher.name == "__name__":
            continue
        for value in (*_candidates([matcher]), *_USUAL):
            changed = {name: kept for name, kept in labels.items() if name != matcher.name}
            changed |= {matcher.name: value} if value else {}
            if all(one.matches(changed) for one in matchers) and not matcher.matches(changed):
                return changed
    raise NoExample("what is not bad cannot be told apart from what is")


def _candidates(matchers: Sequence[Matcher]) -> Iterator[str]:
    for matcher in matchers:
        if matcher.op is MatchOp.EQUAL:
            yield matcher.value
    for matcher in matchers:
        if matcher.op is MatchOp.REGEX:
            yield from (_instance(piece) for piece in matcher.value.strip("()^$").split("|"))
    yield ""
    yield from _USUAL


def _instance(pattern: str) -> str:
    for piece, instead in _INSTEAD:
        pattern = piece.sub(instead, pattern)
    return pattern
