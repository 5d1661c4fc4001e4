"""What servers say when they do not answer, in their own words."""

from __future__ import annotations

import time
from email.utils import formatdate
from types import SimpleNamespace

import pytest

from oncall_tui.core.errors import Busy, Refused, SourceError
from oncall_tui.sources._retry_after import LONGEST, retry_after
from oncall_tui.sources.prometheus.bounds import near
from oncall_tui.sources.prometheus.refusals import BadQuery, Said, TooLong, TooMuch, TooSlow


def said(words: str, status: int = 422, kind: str = "execution", **headers: str) -> SourceError:
    response = SimpleNamespace(status_code=status, content=b"", headers=headers)
    error = Said(response, {"status": "error", "errorType": kind, "error": words}).as_error("prom")
    assert isinstance(error, SourceError)
    return error


@pytest.mark.parametrize(
    ("words", "hint", "in_time"),
    [
        ("query processing would load too many samples into memory in query execution", "--query.max-samples", False),
        ("exceeded maximum resolution of 11,000 points per timeseries. Try ...", "fewer points", True),
        (
            "cannot select more than -search.maxSamplesPerQuery=10 samples; possible solutions: ...",
            "-search.max",
            False,
        ),
        ("the number of matching timeseries exceeds 300; see -search.maxUniqueTimeseries", "-search.maxUnique", False),
        ("too many points for the given step; see -search.maxPointsPerTimeseries", "-search.maxPoints", True),
        ("not enough memory for processing 7 data points", "-memory.allowedPercent", False),
        ("the query hit the max number of series limit (limit: 100000 series)", "the tenant's limits", False),
        ("the query exceeded the maximum number of chunks (err-mimir-max-chunks-per-query)", "tenant", False),
        ("the query time range exceeds the limit (query length: 720h0m0s, limit: 24h)", "max_query_length", True),
        ("the total query length exceeds (err-mimir-max-total-query-length)", "max_query_length", True),
        ("expanded matching posting: exceeded series limit: limit 100 violated (got 101)", "the store's limits", False),
    ],
)
def test_limits_are_known_by_the_words_of_each_server(words: str, hint: str, in_time: bool) -> None:
    error = said(words)
    assert isinstance(error, TooMuch)
    assert hint in error.hint
    assert error.in_time is in_time


def test_a_limit_is_one_whatever_status_it_comes_with() -> None:
    assert isinstance(said("exceeded chunks limit: limit 1 violated (got 2)", 500, "internal"), TooMuch)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (said("parse error: unexpected end of input", 400, "bad_data"), BadQuery),
        (said("found duplicate series for the match group"), BadQuery),
        (said("query timed out in expression evaluation", 503, "timeout"), TooSlow),
        (said("timeout exceeded during query execution: 30.000 seconds", 503, "503"), TooSlow),
        (said("too many outstanding requests", 429, "too_many_requests"), Busy),
        (said("boom", 500, "internal"), Refused),
    ],
)
def test_what_is_no_limit_is_not_taken_for_one(error: SourceError, kind: type[SourceError]) -> None:
    assert isinstance(error, kind)
    assert not isinstance(error, TooMuch)


def test_a_query_that_is_too_long_tells_how_long_it_may_be() -> None:
    error = said("too long query; got 20000 bytes; mustn't exceed `-search.maxQueryLen=16384` bytes", 422, "422")
    assert isinstance(error, TooLong)
    assert error.most == 16_384
    unsaid = said("", 413)
    assert isinstance(unsaid, TooLong)
    assert unsaid.most == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (" 30 ", 30.0), ("", 0.0), ("soon", 0.0), ("-1", 0.0), ("99999999999999", LONGEST), ("²", 0.0)],
)
def test_retry_after_is_seconds_or_nothing(header: str, seconds: float) -> None:
    assert retry_after(header) == seconds


def test_retry_after_may_be_a_date() -> None:
    assert retry_after(formatdate(time.time() + 90, usegmt=True)) == pytest.approx(90, abs=2)
    assert retry_after(formatdate(time.time() - 90, usegmt=True)) == 0.0


@pytest.mark.parametrize(
    ("wanted", "bounds", "told"),
    [
        (0.3, [0.1, 0.25, 0.5, 1], "0.1, 0.25, 0.5, 1"),
        (5.5, [float(n) for n in range(1, 11)], "..., 3, 4, 5, 6, 7, 8, ..."),
        (0.1, [float(n) for n in range(1, 11)], "1, 2, 3, 4, 5, 6, ..."),
        (99, [float(n) for n in range(1, 11)], "..., 5, 6, 7, 8, 9, 10"),
    ],
)
def test_bounds_are_told_around_the_one_wanted(wanted: float, bounds: list[float], told: str) -> None:
    assert near(wanted, bounds) == told
