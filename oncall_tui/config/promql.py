"""PromQL in the configuration: parsed when it is read, so that a slip shows before the first poll.

What the parser cannot read though nothing is wrong with it for sure, newer functions or MetricsQL, is accepted: the
server decides. `unread` tells what it is.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from oncall_tui.config.fields import expected
from oncall_tui.config.promql_fault import WINDOW, Refusal, refusal_of
from oncall_tui.config.promql_tokens import DEEPEST, too_deep

__all__ = ["WINDOW", "Query", "Selector", "VectorSelector", "WindowedQuery", "parse", "unread"]


def unread(query: str) -> str:
    """Why the parser could not read an accepted query; '' where it could, and so has checked all of it."""
    refusal = refusal_of(query)
    return refusal.reason if refusal else ""


def parse(query: str) -> Any:
    """The query's tree, with some window for $window. Raises ValueError for what is wrong, or not known here."""
    import promql_parser  # only where there is a query to parse: it is a native library

    if too_deep(query) is not None:
        raise ValueError(f"nested more than {DEEPEST} deep")
    return promql_parser.parse(query.replace(WINDOW, "5m"))


def _parse(query: str, what: str, *, before: str = "") -> Any:
    """The query's tree; None for one that may be right although the parser cannot read it.

    before: what was put in front of the value, for positions in it.
    """
    try:
        return parse(query)
    except ValueError:
        refusal = refusal_of(query)
    if refusal is not None and refusal.sure:
        raise _refused(what, refusal, len(before))
    return None


def _refused(what: str, refusal: Refusal, before: int = 0) -> Exception:
    offset = None if refusal.offset is None or refusal.offset < before else refusal.offset - before
    return expected(what, refusal.reason, offset)


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
        raise expected(f"PromQL without {WINDOW}, which has no meaning here", offset=value.index(WINDOW))
    return value


def _windowed(value: str) -> str:
    _instant(value, f"PromQL with {WINDOW}")
    if WINDOW not in value:
        raise expected(f"PromQL with {WINDOW} where the window goes, as in rate(errors_total[{WINDOW}])")
    return value


def _selector(value: str) -> str:
    from promql_parser import VectorSelector

    what = 'label matchers such as service="ranker",code!="404"'
    parsed = _parse("x{" + value + "}", what, before="x{")
    if not isinstance(parsed, VectorSelector) or parsed.offset is not None or parsed.at is not None:
        raise expected(what)
    return value


def _vector_selector(value: str) -> str:
    from promql_parser import VectorSelector

    what = 'a metric with its labels, such as requests_total{service="ranker"}'
    parsed = _parse(value, what)
    if not isinstance(parsed, VectorSelector) or parsed.offset is not None or parsed.at is not None:
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
