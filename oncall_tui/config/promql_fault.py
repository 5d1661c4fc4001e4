"""What the parser refused: where in the query the fault is, and whether it is one.

The parser's message says what, and not where. The walk of promql_scan finds what no server understands; for the rest
(wrong types, unknown functions) the parts of the query are given to the parser one by one, until the smallest is found
that it refuses for the same reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from oncall_tui.config.mistakes import clip, suggest
from oncall_tui.config.promql_lists import Scan, Span
from oncall_tui.config.promql_names import AGGREGATIONS, COMMON, METRICS_QL, NEWER_OR_OLDER
from oncall_tui.config.promql_scan import Templates, scan
from oncall_tui.config.promql_tokens import DEEPEST, Fault, too_deep

WINDOW = "$window"
"""What stands in a query for the window it is asked over."""

MOST_PARSED = 200_000
"""Characters given to the parser for one query: a bound for hostile ones."""

_UNKNOWN = re.compile(r"unknown function with name '(.*)'\Z", re.S)
_SURE = (
    "binary expression must",
    "comparisons between scalars",
    "duration must be greater",
    "expected ",
    "no grouping allowed",
    "offset may not",
    "ranges only allowed",
    "set operator",
    "unary expression only",
    "unknown escape sequence",
    "vector matching only",
    "vector selector must",
    "wrong number of arguments",
)
"""How messages begin that speak of a query that was understood, and is wrong."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the parser refused a query. offset: of the culprit, None where it cannot be told.

    sure: False for what may be a newer or another dialect's syntax: the server will tell.
    """

    offset: int | None
    reason: str
    sure: bool


def refusal_of(query: str) -> Refusal | None:
    """Why the parser would not read the query ($window stands for a duration); None when it reads it. Never raises."""
    if (at := too_deep(query)) is not None:
        return Refusal(at, f"nested more than {DEEPEST} deep", sure=True)
    message = _refused(query)
    if message is None:
        return None
    try:
        found = scan(query)
    except Fault as fault:
        return Refusal(fault.offset if query.strip() else None, fault.reason, sure=True)
    except Templates:
        return Refusal(None, message, sure=False)
    if unknown := _UNKNOWN.match(message):
        return _unknown_function(query, found, unknown[1])
    if message.startswith("illegal regex"):
        return _regex(query, found, message)
    at = _culprit(query, found.spans, message)
    # The parser looks for escapes in `...` too, where there are none.
    sure = message.startswith(_SURE) and not (message.startswith("unknown escape") and "`" in query)
    return Refusal(at, message, sure)


def _refused(text: str) -> str | None:
    import promql_parser  # only where there is a query to parse: it is a native library

    try:
        promql_parser.parse(text.replace(WINDOW, "5m"))
    except ValueError as error:
        return _short(str(error))
    return None


def _short(message: str) -> str:
    """The parser's message, which repeats parts of the query, short enough to be told."""
    return message if len(message) <= 160 else message[:159] + "…"


def _unknown_function(query: str, found: Scan, name: str) -> Refusal:
    at = min((span.blame for span in found.spans if span.name.lower() == name.lower()), default=None)
    if name.lower() in NEWER_OR_OLDER | METRICS_QL:
        return Refusal(at, f"{name}() is not known to every version of Prometheus", sure=False)
    hint = suggest(name.lower(), sorted(COMMON | AGGREGATIONS | NEWER_OR_OLDER))
    return Refusal(at, f"unknown function with name '{clip(name)}'{hint}", sure=True)


def _regex(query: str, found: Scan, message: str) -> Refusal:
    """The first regular expression that RE2 refuses too. The parser's own kind of them is a little narrower."""
    import re2

    for token in found.regexes:
        try:
            re2.compile(f"^(?:{_unquoted(token.text)})$", _quietly())
        except re2.error:
            return Refusal(token.start, message, sure=True)
    return Refusal(None, message, sure=False)


def _quietly() -> object:
    import re2

    options = re2.Options()
    options.log_errors = False
    return options


def _unquoted(text: str) -> str:
    """What a string token says."""
    import promql_parser

    try:
        parsed: Any = promql_parser.parse(text)
    except ValueError:
        return text[1:-1]
    return str(parsed.val)


def _culprit(query: str, spans: list[Span], message: str) -> int | None:
    """The offset to blame: of the first part that is refused for this reason and holds no smaller one that is."""
    guilty: list[Span] = []
    left = MOST_PARSED
    for span in sorted(spans, key=lambda one: (one.end - one.start, one.start)):
        left -= span.end - span.start
        if left < 0:
            return None
        if _holds(span, guilty):
            continue
        if _refused(query[span.start : span.end]) == message:
            guilty.append(span)
    return min((span.blame for span in guilty), default=None)


def _holds(span: Span, guilty: list[Span]) -> bool:
    return any(span.start <= one.start and one.end <= span.end for one in guilty)
