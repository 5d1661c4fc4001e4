"""A canary: a request with a known answer, so that a server that is up and wrong shows as wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from oncall_tui.core.state import State
from oncall_tui.core.text import clean_line

LEAST_PAUSE = 30
"""Seconds between two canaries of one endpoint, whoever wants one sooner."""

_DAY = 86_400.0
_SHOWN = 120
_SENT = 300


class CanaryState(StrEnum):
    """What came of a canary. LATE: the right answer, too late. FAILED: no answer to judge. WAITING: not asked."""

    RIGHT = "right"
    WRONG = "wrong"
    LATE = "late"
    FAILED = "failed"
    WAITING = "not asked"


@dataclass(frozen=True, slots=True)
class CanaryRequest:
    """What is sent. headers may hold secrets.

    path: below the endpoint's URL, or on its host where that URL is but its health; '{model}': the model's name.
    """

    method: str
    path: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the answer must be; all that is set must hold.

    json_path: RFC 9535, the part of the answer that is judged, '' for all of it. equals and any_of: JSON texts, None
    and () where not set. Numbers may be off by absolute, or by relative times the expected one. matches: RE2, found
    anywhere in the text (of what is no text, in its JSON). max_latency: seconds.
    """

    json_path: str = ""
    equals: str | None = None
    any_of: tuple[str, ...] = ()
    matches: str | None = None
    absolute: float = 0.0
    relative: float = 0.0
    max_latency: float | None = None


@dataclass(frozen=True, slots=True)
class Canary:
    """A request, what it must bring, and how often it may be made.

    every, timeout: seconds. max_per_day: in any 24 hours. wrong_is: the state a wrong answer puts the endpoint in.
    """

    request: CanaryRequest
    expect: Expectation
    every: float = 300.0
    timeout: float = 30.0
    max_per_day: int = 2_880
    wrong_is: State = State.CRIT

    @property
    def pause(self) -> float:
        """Seconds between two canaries: a daily limit that every would outrun is spread over the day."""
        return max(self.every, float(LEAST_PAUSE), _DAY / self.max_per_day)


@dataclass(frozen=True, slots=True)
class CanaryResult:
    """What came of the last canary. request: what was sent, without secrets; '' when nothing was.

    at: unix seconds. seconds: until the answer was whole, None without one. why: one line, '' when all is well.
    """

    endpoint: str
    at: float
    state: CanaryState
    request: str = ""
    seconds: float | None = None
    why: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer held against what was expected."""

    state: CanaryState
    why: str = ""


def sent(request: CanaryRequest, address: str) -> str:
    """What is sent, as one line: method, address (given without credentials and query) and the body, shortened."""
    return clean_line(f"{request.method} {address}{request.body and ' ' + request.body}", _SENT)


def judge(expect: Expectation, body: bytes, seconds: float) -> Judgement:
    """Whether an answer that took so many seconds is the one expected. Never raises; what cannot be read is WRONG."""
    try:
        return _judged(expect, body, seconds)
    except RecursionError:
        return Judgement(CanaryState.WRONG, "the answer is nested too deeply")


def _judged(expect: Expectation, body: bytes, seconds: float) -> Judgement:
    if (got := _part(expect, body)) is _NOTHING:
        what = f"there is nothing at {expect.json_path} in {_shown(_value(body))}"
        return Judgement(CanaryState.WRONG, clean_line(what, _SENT))
    for wanted, holds in _demands(expect, got):
        if not holds:
            return Judgement(CanaryState.WRONG, clean_line(f"expected {wanted}, got {_shown(got)}", _SENT))
    if expect.max_latency is not None and seconds > expect.max_latency:
        return Judgement(CanaryState.LATE, f"right after {seconds:.3g}s, wanted within {expect.max_latency:g}s")
    return Judgement(CanaryState.RIGHT)


_NOTHING = object()


def _demands(expect: Expectation, got: object) -> list[tuple[str, bool]]:
    """Every demand in words, and whether it holds."""
    found: list[tuple[str, bool]] = []
    if expect.equals is not None:
        wanted = json.loads(expect.equals)
        found.append((_shown(wanted) + _tolerance(expect), _same(got, wanted, expect)))
    if expect.any_of:
        several = [json.loads(one) for one in expect.any_of]
        words = " or ".join(_shown(one) for one in several) + _tolerance(expect)
        found.append((words, any(_same(got, one, expect) for one in several)))
    if expect.matches is not None:
        found.append((f"what matches {expect.matches}", _matches(expect.matches, got)))
    return found


def _tolerance(expect: Expectation) -> str:
    parts = [f"{expect.absolute:g}"] if expect.absolute else []
    parts += [f"{expect.relative * 100:g}%"] if expect.relative else []
    return f" ±{' or '.join(parts)}" if parts else ""


def _value(body: bytes) -> object:
    """The body as JSON, or as text where it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def _part(expect: Expectation, body: bytes) -> object:
    """What is judged: the one value at the path, or the list of several; _NOTHING for none."""
    value = _value(body)
    if not expect.json_path:
        return value
    found = _found(expect.json_path, value) if isinstance(value, dict | list) else []
    return found[0] if len(found) == 1 else found or _NOTHING


def _found(path: str, value: object) -> list[object]:
    """The values at the path. Raises RecursionError."""
    from jsonpath import JSONPathError

    compiled = json_path(path)
    try:
        return list(compiled.findall(value))
    except JSONPathError as error:  # a path that compiles fails only where the value is too deep for it
        raise RecursionError from error


def json_path(text: str) -> Any:
    """The path, compiled, by RFC 9535 and no dialect. Raises ValueError for one that is none."""
    from jsonpath import JSONPathEnvironment, JSONPathError  # 70 ms, which the first frame does not wait for

    try:
        return JSONPathEnvironment(strict=True).compile(text)
    except JSONPathError as error:
        raise ValueError(clean_line(str(error).partition("\n")[0], _SHOWN)) from None


def pattern(text: str) -> Any:
    """The RE2 pattern, compiled: linear in time whatever it is. Raises ValueError for one that is none."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(text, options)
    except re2.error as error:
        raise ValueError(clean_line(str(error), _SHOWN)) from None


def _matches(text: str, got: object) -> bool:
    words = got if isinstance(got, str) else json.dumps(got, ensure_ascii=False)
    # A lone surrogate, which JSON can write, has no UTF-8.
    return pattern(text).search(words.encode("utf-8", "replace").decode("utf-8")) is not None


def _same(got: object, wanted: object, expect: Expectation) -> bool:
    """Equal, numbers within the tolerance; texts without the white space around them. True is no 1."""
    if isinstance(wanted, bool) or isinstance(got, bool) or wanted is None:
        return got is wanted
    if isinstance(wanted, int | float):
        return isinstance(got, int | float) and _near(got, wanted, expect)
    if isinstance(wanted, str):
        return isinstance(got, str) and got.strip() == wanted.strip()
    if isinstance(wanted, list):
        same_length = isinstance(got, list) and len(got) == len(wanted)
        return same_length and all(_same(a, b, expect) for a, b in zip(got, wanted, strict=True))  # type: ignore[call-overload]
    if isinstance(wanted, dict) and isinstance(got, dict):
        return got.keys() == wanted.keys() and all(_same(got[key], wanted[key], expect) for key in wanted)
    return False


def _near(got: float, wanted: float, expect: Expectation) -> bool:
    """NaN is near nothing."""
    try:
        return got == wanted or abs(got - wanted) <= max(expect.absolute, expect.relative * abs(wanted))
    except OverflowError:  # an integer that is no float
        return False


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return clean_line(repr(text) if isinstance(value, str) else text, _SHOWN)
