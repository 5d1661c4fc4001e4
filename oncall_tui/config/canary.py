"""Canaries as they are written in a configuration: an input or a whole request, and the answer that is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from oncall_tui.config.fields import Number, Seconds, Share, Threshold, expected
from oncall_tui.config.http_config import Model
from oncall_tui.config.json_values import Json
from oncall_tui.core.canary import LEAST_PAUSE, Canary, CanaryRequest, Expectation, json_path, pattern
from oncall_tui.core.canary_shapes import shaped
from oncall_tui.core.catalogue import Protocol
from oncall_tui.core.state import State

_LARGEST_BODY = 100_000
_STATES = {"crit": State.CRIT, "warn": State.WARN}


def _compiles(compiled: Callable[[str], Any], what: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            compiled(value)
        except ValueError as error:
            raise expected(what, str(error)) from None
        return value

    return AfterValidator(check)


def _path(value: str) -> str:
    if not value.startswith("/") or any(not "!" <= character <= "~" for character in value):
        raise expected("a path such as /v1/predict, below the endpoint's url")
    return value


JsonPathText = Annotated[str, _compiles(json_path, "a JSONPath such as $.outputs[0].data")]
"""RFC 9535."""
PatternText = Annotated[str, _compiles(pattern, "an RE2 pattern")]
PathText = Annotated[str, AfterValidator(_path)]


class CanaryRequestConfig(Model):
    """A request, whole. path: below the endpoint's url, of protocol http on its host; '{model}': the model's name.

    body: a text is sent as it stands, anything else as JSON.
    """

    path: PathText
    method: Literal["GET", "POST", "PUT"] = "POST"
    body: Json | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> CanaryRequestConfig:
        if self.method == "GET" and self.body is not None:
            raise ValueError("a GET has no body")
        if len(self.request().body) > _LARGEST_BODY:
            raise ValueError(f"body: expected at most {_LARGEST_BODY} characters")
        return self

    def request(self) -> CanaryRequest:
        """As the core has it."""
        headers = {name: value.get_secret_value() for name, value in self.headers.items()}
        if self.body is None or isinstance(self.body, str):
            return CanaryRequest(self.method, self.path, self.body or "", tuple(headers.items()))
        if "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = "application/json"
        return CanaryRequest(self.method, self.path, _as_json(self.body), tuple(headers.items()))


class WithinConfig(Model):
    """How far numbers may be off: by an absolute amount, or by a share of the expected one; either will do."""

    abs: Annotated[Number, Field(ge=0)] | None = None
    rel: Share | None = None

    @model_validator(mode="after")
    def _says_something(self) -> WithinConfig:
        if self.abs is None and self.rel is None:
            raise ValueError("one of abs and rel must be set")
        return self


class ExpectConfig(Model):
    """The answer that is known. All that is set must hold."""

    json_path: JsonPathText | None = None
    equals: Json | None = None
    within: WithinConfig | None = None
    any_of: Annotated[tuple[Json, ...], Field(min_length=1)] | None = None
    matches: PatternText | None = None
    max_latency: Threshold | None = None

    @model_validator(mode="after")
    def _expects_something(self) -> ExpectConfig:
        if self.equals is not None and self.any_of is not None:
            raise ValueError("at most one of equals and any_of may be set")
        if self.equals is None and self.any_of is None and self.matches is None:
            raise ValueError("one of equals, any_of and matches must be set: a canary is a request with a known answer")
        if self.within is not None and self.equals is None and self.any_of is None:
            raise ValueError("within goes with equals or any_of")
        return self

    def expectation(self, found_at: str) -> Expectation:
        """As the core has it. found_at: the JSON path where none is written."""
        within = self.within or WithinConfig(abs=0)
        return Expectation(
            json_path=found_at if self.json_path is None else self.json_path,
            equals=None if self.equals is None else _as_json(self.equals),
            any_of=tuple(_as_json(one) for one in self.any_of or ()),
            matches=self.matches,
            absolute=within.abs or 0.0,
            relative=within.rel or 0.0,
            max_latency=self.max_latency,
        )


class CanaryConfig(Model):
    """A request with a known answer. every, timeout in seconds; wrong: what a wrong answer makes of the endpoint."""

    enabled: bool = True
    input: Json | None = None
    request: CanaryRequestConfig | None = None
    every: Seconds = 300
    timeout: Seconds = 30
    max_per_day: Annotated[int, Field(ge=1, le=2_880)] = 2_880
    expect: ExpectConfig
    wrong: Literal["crit", "warn"] = "crit"

    @field_validator("every")
    @classmethod
    def _seldom(cls, value: int) -> int:
        if value < LEAST_PAUSE:
            raise expected(f"a duration of at least {LEAST_PAUSE}s: an inference costs what a look does not")
        return value

    @model_validator(mode="after")
    def _one_question(self) -> CanaryConfig:
        if (self.input is None) is (self.request is None):
            raise ValueError("exactly one of input and request must be set")
        return self

    def canary(self, protocol: Protocol, model: str) -> Canary | None:
        """As the core has it; None where it is switched off. Raises ValueError where the input does not do."""
        if self.request is not None:
            request, found_at = self.request.request(), ""
            if "{model}" in request.path and not model:
                raise ValueError("its path names {model}: set model: for this endpoint")
        else:
            request, found_at = shaped(protocol, model, self.input)
        if not self.enabled:
            return None
        return Canary(
            request,
            self.expect.expectation(found_at),
            every=float(self.every),
            timeout=float(self.timeout),
            max_per_day=self.max_per_day,
            wrong_is=_STATES[self.wrong],
        )


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
