"""The kinds of values a configuration holds, each with what is told to a person who wrote something else.

A refusal is PydanticCustomError('expected', ...) with `expected` for what should stand there and, where a parser
had an opinion, `reason` and the `offset` in the value that it is about. None of them repeats the value: whoever
reports the mistake knows whether it may be shown.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from oncall_tui.core.duration import LONGEST, parse_duration

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NAME_WANTED = "a name of letters, digits, '-', '_' and '.', beginning with a letter or digit"
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_STEP_VARIABLE = re.compile(r"(?!ALERT_|ONCALL_|LD_|BASH_|PATH$|IFS$|ENV$)[A-Z][A-Z0-9_]*")
_HOSTS = re.compile(r"[A-Za-z0-9.*?_:-]+(?:/\d{1,3})?")
_LOGIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\$?")
_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_PARAMETER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*(?:\[\])?")
_FRACTIONAL = re.compile(r"(\d+(?:\.\d+)?|\.\d+)(ms|s|m)?")
_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), None: Decimal(1)}
_NOT_IN_URLS = re.compile(r"[\x00-\x20\x7f-\x9f]")


def expected(what: str, reason: str = "", offset: int | None = None) -> PydanticCustomError:
    """The refusal of a value. reason may quote the value; it is left out where the value is not to be seen.

    offset: of the character at fault, in the value.
    """
    context = {"expected": what, "reason": reason, "offset": offset}
    return PydanticCustomError("expected", "expected {expected}", context)


def _seconds(value: object) -> object:
    if not isinstance(value, str) or value.isdecimal():
        return value
    try:
        return parse_duration(value)
    except ValueError:
        raise expected("a duration such as 15s, 5m, 1h30m or 30d") from None


def _threshold(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _FRACTIONAL.fullmatch(value)
    if match is None:
        raise expected("a duration such as 250ms or 2.5s")
    return float(Decimal(match[1]) * _UNITS[match[2]])


def _decimal(value: object, what: str) -> Decimal:
    try:
        number = Decimal(str(value).removesuffix("%").strip())
        if number.is_finite():
            return number / 100 if str(value).endswith("%") else number
    except ArithmeticError:  # no number, or one beyond all bounds
        pass
    raise expected(what)


def _objective(value: object) -> object:
    what = "an objective such as 99.9% or 0.999"
    number = _decimal(value, what)
    if 1 < number < 100 and not str(value).endswith("%"):
        number /= 100
    if number in (1, 100):
        raise expected(f"{what}: at 100% there is no error budget to spend")
    if not 0 < float(number) < 1:
        raise expected(f"{what}, above 0% and below 100%")
    return float(number)


def _share(value: object) -> object:
    number = _decimal(value, "a share such as 2% or 0.02")
    if not 0 < number <= 1:
        raise expected("a share above 0% and not above 100%")
    return float(number)


def _url(value: str) -> str:
    what = "a URL such as http://host:9090"
    try:
        parts = urlsplit(value)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        raise expected(what) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits or _NOT_IN_URLS.search(value):
        raise expected(what)
    if parts.username is not None or parts.password is not None:
        raise PydanticCustomError("credentials", "expected no user name or password in a URL; write them as basic_auth")
    if parts.fragment:
        raise expected("a URL without #")
    return value


def _base_url(value: str) -> str:
    if "?" in _url(value):
        raise expected("a URL without ?")
    return value.rstrip("/")


def base_url_mistake(value: str) -> str:
    """What is wrong with a base URL that did not come from a file; '' when nothing is. Does not repeat it."""
    try:
        _base_url(value)
    except PydanticCustomError as error:
        return error.message()
    return ""


def name_mistake(value: str) -> str:
    """What is wrong with a name that did not come from a file; '' when nothing is."""
    return "" if _NAME.fullmatch(value) else f"expected {_NAME_WANTED}"


def _path(value: Path, info: ValidationInfo) -> Path:
    base = info.context.get("base") if isinstance(info.context, dict) else None
    try:
        value = value.expanduser()
    except RuntimeError:
        raise expected("a path; there is no home folder for the ~ in it") from None
    if "\0" in str(value):
        raise expected("a path")
    return base / value if isinstance(base, Path) else value


def _file_or_url(value: str, info: ValidationInfo) -> str:
    if value.startswith(("http://", "https://")):
        return _url(value)
    if "://" in value or not value:
        raise expected("a path, or a URL that begins with http:// or https://")
    return str(_path(Path(value), info))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise expected("a finite number")
    return value


def _matching(pattern: re.Pattern[str], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise expected(what)
        return value

    return AfterValidator(check)


def _matchers(value: str) -> str:
    from oncall_tui.core.matchers import parse_matchers

    what = 'matchers such as severity="page" or service=~"rank.*"'
    try:
        parsed = parse_matchers(value)
    except ValueError as error:
        raise expected(what, str(error)) from None
    if not parsed:
        raise expected(what)
    return value


def _alert_filter(value: str) -> str:
    from oncall_tui.core.alert_filter import parse_alert_filter
    from oncall_tui.core.matchers import MatcherSyntaxError

    what = 'a filter such as severity="page" @state=firing @age>10m'
    try:
        parse_alert_filter(value)
    except MatcherSyntaxError as error:
        raise expected(what, f"expected {error.expected}", error.column - 1) from None
    if not value.strip():
        raise expected(what)
    return value


_RESERVED = frozenset({"query", "time", "start", "end", "step", "timeout", "stats"})


def _parameter(value: str) -> str:
    if value in _RESERVED:
        raise expected("another query parameter: this one is the program's own")
    return value


def _histogram(value: str) -> str:
    if value.endswith("_bucket"):
        raise expected("the histogram's base name, without _bucket")
    return value


Seconds = Annotated[int, BeforeValidator(_seconds), Field(gt=0, le=LONGEST)]
"""A duration: whole seconds, or text such as '15s', '5m', '30d'."""
Threshold = Annotated[float, BeforeValidator(_threshold), AfterValidator(_finite), Field(gt=0)]
"""Seconds, with fractions: 0.25, '250ms', '2.5s'."""
Objective = Annotated[float, BeforeValidator(_objective)]
"""A good fraction, 0..1, written '99.9%', 0.999 or 99.9."""
Share = Annotated[float, BeforeValidator(_share)]
"""A fraction of a whole, written 0.02 or '2%'."""
Number = Annotated[float, AfterValidator(_finite)]
"""A finite number."""
Name = Annotated[str, _matching(_NAME, _NAME_WANTED)]
"""What ids, commands and file names are made of."""
LabelName = Annotated[str, _matching(_LABEL, "a label name: letters, digits and '_', not beginning with a digit")]
VariableName = Annotated[
    str, _matching(_LABEL, "an environment variable: letters, digits and '_', not beginning with a digit")
]
StepVariable = Annotated[
    str, _matching(_STEP_VARIABLE, "a variable of A-Z, 0-9 and '_' that does not begin with ALERT_ or ONCALL_")
]
"""What a runbook's step is told beside its alert."""
HostPattern = Annotated[str, _matching(_HOSTS, "a host such as db1.example.org, *.example.org, 10.1.2.3 or 10.0.0.0/8")]
LoginName = Annotated[str, _matching(_LOGIN, "a user's name")]
HistogramName = Annotated[
    str, _matching(_METRIC, "a metric name: letters, digits, '_' and ':'"), AfterValidator(_histogram)
]
HeaderText = Annotated[str, _matching(_HEADER, "printable ASCII, as it stands in a header")]
ParameterName = Annotated[
    str, _matching(_PARAMETER, "a query parameter such as extra_label or extra_filters[]"), AfterValidator(_parameter)
]
Url = Annotated[str, AfterValidator(_url)]
BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""A URL that paths are appended to: no query, no '/' at its end."""
ConfigPath = Annotated[Path, AfterValidator(_path)]
"""A path; a relative one belongs to the folder of the configuration file."""
FileOrUrl = Annotated[str, AfterValidator(_file_or_url)]
FilterText = Annotated[str, AfterValidator(_alert_filter)]
"""A filter of alerts, as it is typed on the screen."""
MatcherText = Annotated[str, AfterValidator(_matchers)]
"""One or more matchers in Alertmanager's syntax."""
