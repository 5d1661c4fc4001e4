"""What a server says when it does not answer a query, and whether another query may do better."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oncall_tui.core.errors import Refused, TimedOut
from oncall_tui.core.text import clean_line
from oncall_tui.sources.failures import to_source_error


class BadQuery(Refused):
    """The server would not evaluate this query; another may be fine."""


class TooLong(BadQuery):
    """The query's text is longer than the server reads. most: characters it does read, 0 where it does not say."""

    def __init__(self, message: str, hint: str = "", most: int = 0) -> None:
        super().__init__(message, hint)
        self.most = most


class TooMuch(BadQuery):
    """The query is fine, but touches more than the server allows. in_time: only a shorter span of time helps."""

    def __init__(self, message: str, hint: str, *, in_time: bool = False) -> None:
        super().__init__(message, hint)
        self.in_time = in_time


class Presumed(TooMuch):
    """Not asked: what it stood beside is too much even alone, so this is taken to be so too."""


class TooSlow(TimedOut):
    """The server is well, and says that it gave this query up."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """How a server words a limit. setting: what it is called where it is set, '' where that is fixed."""

    words: re.Pattern[str]
    setting: str
    in_time: bool = False


def _limit(words: str, setting: str, *, in_time: bool = False) -> _Limit:
    return _Limit(re.compile(words, re.IGNORECASE), setting, in_time)


_LIMITS = (
    # Prometheus, and what shares its engine.
    _limit(r"too many samples into memory", "--query.max-samples"),
    _limit(r"maximum resolution of [\d,]+ points", "", in_time=True),
    # VictoriaMetrics names the flag itself.
    _limit(r"-search\.max(?:Samples|Memory|UniqueTimeseries|Series)\w*", "the limit"),
    _limit(r"not enough memory for processing", "-memory.allowedPercent"),
    _limit(r"-search\.maxPoints\w+", "-search.maxPointsPerTimeseries", in_time=True),
    # Thanos, Cortex and Mimir.
    _limit(r"time range exceeds the limit|err-mimir-max-(?:total-)?query-length", "max_query_length", in_time=True),
    _limit(r"err-mimir-max-[\w-]+", "the tenant's limits"),
    _limit(r"(?:hit|exceeded) the max(?:imum)? number of|aggregated chunks size limit", "the tenant's limits"),
    _limit(r"exceeded \w+ limit|limit \d+ violated", "the store's limits"),
)
_TOO_LONG = re.compile(r"too long query|-search\.maxQueryLen(?:=(\d+))?")


class Said(Exception):
    """The server answered, and it is not a success: kept as it is until the name of the source is known."""

    def __init__(self, response: Any, payload: object) -> None:
        super().__init__()
        self._response, self._payload = response, payload

    def as_error(self, name: str) -> Exception:
        """As one of core.errors: BadQuery where another query may do better."""
        payload = self._payload if isinstance(self._payload, Mapping) else {}
        told = payload.get("status") == "error"
        kind, status = str(payload.get("errorType", "")), int(self._response.status_code)
        said = clean_line(str(payload.get("error", "")), 300) or f"HTTP {status}"
        if told and (kind == "timeout" or (status == 503 and "timeout" in said)):
            return TooSlow(f"{name}: {said}", "the query is too heavy, or the server overloaded")
        if status == 413 or (told and _TOO_LONG.search(said)):
            return TooLong(f"{name}: {said}", "it reads only shorter queries", _most(said))
        if told and status != 429 and (much := _too_much(f"{name}: {said}")):
            return much
        if told and (status in (400, 422) or kind in ("bad_data", "execution")):
            return BadQuery(f"{name}: {said}", "try the query in Prometheus' own page")
        return to_source_error(self._response, name)


def _most(said: str) -> int:
    number = re.search(r"maxQueryLen=(\d+)", said)
    return int(number[1]) if number and len(number[1]) < 10 else 0


def _too_much(said: str) -> TooMuch | None:
    for limit in _LIMITS:
        if found := limit.words.search(said):
            setting = found[0] if found[0].startswith("-") else limit.setting
            hint = f"raise {setting} on the server, or let rules record the ratio: `oncall-tui rules`"
            return TooMuch(said, hint if setting else "ask for fewer points", in_time=limit.in_time)
    return None
