"""PromQL in the configuration: parsed when it is read, so that a slip shows before the first poll."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator

from oncall_tui.config.fields import expected

WINDOW = "$window"
"""What stands in a query for the window it is asked over."""


MOST_BRACKETS = 100
"""How deep brackets may nest."""
MOST_OPERATORS = 300

_SAID = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|#[^\n]*""")
_MATCHERS = re.compile(r"\{[^{}]*\}")
_OPERATOR = re.compile(r"[-+*/%^]|[=!<>]=|[<>]|\b(?:and|or|unless|atan2)\b", re.IGNORECASE)


def parse(query: str) -> Any:
    """The query's tree, with some window for $window. Raises ValueError with what is wrong with it.

    What nests beyond all reason is refused before the parser sees it: it recurses, and takes the process down.
    """
    import promql_parser  # only where there is a query to parse: it is a native library

    bare = _MATCHERS.sub("", _SAID.sub("", query))
    depth = deepest = 0
    for character in bare:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > MOST_BRACKETS or len(_OPERATOR.findall(bare)) > MOST_OPERATORS:
        raise ValueError(f"it nests more than {MOST_BRACKETS} brackets or {MOST_OPERATORS} operators")
    return promql_parser.parse(query.replace(WINDOW, "5m"))


def _parse(query: str, what: str) -> Any:
    try:
        return parse(query)
    except ValueError as error:
        raise expected(what, str(error)) from None


def _instant(query: str, what: str) -> None:
    from promql_parser import MatrixSelector, StringLiteral, SubqueryExpr

    parsed = _parse(query, what)
    if isinstance(parsed, (MatrixSelector, SubqueryExpr)):
        raise expected(what, "this is a range, which needs a function such as rate() around it")
    if isinstance(parsed, StringLiteral):
        raise expected(what, "this is only a text")


def _query(value: str) -> str:
    _instant(value, "PromQL")
    if WINDOW in value:
        raise expected(f"PromQL without {WINDOW}, which has no meaning here")
    return value


def _windowed(value: str) -> str:
    _instant(value, f"PromQL with {WINDOW}")
    if WINDOW not in value:
        raise expected(f"PromQL with {WINDOW} where the window goes, as in rate(errors_total[{WINDOW}])")
    return value


def _selector(value: str) -> str:
    from promql_parser import VectorSelector

    what = 'label matchers such as service="ranker",code!="404"'
    parsed = _parse("x{" + value + "}", what)
    if not isinstance(parsed, VectorSelector) or parsed.offset is not None or parsed.at is not None:
        raise expected(what)
    return value


def _vector_selector(value: str) -> str:
    import promql_parser

    what = 'a metric with its labels, such as requests_total{service="ranker"}'
    parsed = _parse(value, what)
    if not isinstance(parsed, promql_parser.VectorSelector) or parsed.offset is not None or parsed.at is not None:
        raise expected(what)
    return value


Query = Annotated[str, AfterValidator(_query)]
"""An instant PromQL expression."""
WindowedQuery = Annotated[str, AfterValidator(_windowed)]
"""An instant PromQL expression in which $window stands for the window."""
Selector = Annotated[str, AfterValidator(_selector)]
"""What goes between the braces of a selector; may be empty."""
VectorSelector = Annotated[str, AfterValidator(_vector_selector)]
"""One metric with label matchers, and nothing around it."""
