"""What the protocols are written in: a step asks one path, and its reader says what the answer means."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import Enum
from http import HTTPStatus

from oncall_tui.core.errors import Malformed
from oncall_tui.core.text import clean_line

VERSION_LIMIT = 60
NAME_LIMIT = 200
MODELS_LIMIT = 100
"""Model names kept of one answer."""

_SAID_LIMIT = 200
_HINTS = {
    401: "the endpoints' http settings need basic_auth, authorization or headers that it accepts",
    403: "the endpoints' http settings need basic_auth, authorization or headers that it accepts",
    404: "are the address and the protocol right?",
    405: "are the address and the protocol right?",
    429: "it limits how often it may be asked: raise the interval",
}


class Verdict(Enum):
    """An answer to a yes-or-no question; UNCLEAR where the server was asked and did not say either."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. seconds: from asking to the body's end. whole: False when the body outgrew the cap.

    expires: until when the connection's certificate is valid, unix seconds; None without TLS.
    """

    status: int
    body: bytes = b""
    seconds: float = 0.0
    whole: bool = True
    expires: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """The body as JSON. Raises Malformed."""
        if not self.whole:
            raise Malformed("the answer is too large", "are the address and the protocol right?")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Malformed("the answer is not JSON", "are the address and the protocol right?") from None

    @property
    def said(self) -> str:
        """The server's own words in {"error": "..."}, one safe line; '' if there are none."""
        try:
            return text_in(self.json(), "error", limit=_SAID_LIMIT)
        except Malformed:
            return ""

    def __str__(self) -> str:
        try:
            phrase = f" {HTTPStatus(self.status).phrase}"
        except ValueError:
            phrase = ""
        return f"HTTP {self.status}{phrase}{self.said and ': ' + self.said}"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one answer tells. live, ready: None where it has no say in the matter."""

    live: Verdict | None = None
    ready: Verdict | None = None
    version: str = ""
    models: tuple[str, ...] = ()
    error: str = ""
    hint: str = ""


Reader = Callable[[Answer, str], Finding]
"""Takes the answer and the configured model's name, '' if none. May raise Malformed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request. path: added to the endpoint's own, '{model}' stands for the model's name; '' asks the URL as it is.

    model: True for a step that needs a model's name, False for one that is only taken without, None: always.
    vital: whether the endpoint counts as not ready when this is not answered. post: the JSON that goes with it as a
    POST, for protocols that read that way; '' for a GET. versionless: taken only when no version was told before.
    """

    path: str
    read: Reader
    model: bool | None = None
    vital: bool = True
    post: str = ""
    versionless: bool = False

    @property
    def method(self) -> str:
        """GET or POST."""
        return "POST" if self.post else "GET"

    def applies(self, model: str) -> bool:
        """Whether it is taken for this model's name ('' for none)."""
        return self.model is None or self.model == bool(model)


# Readers of health


def health(answer: Answer, *, no: Collection[int] = ()) -> Finding:
    """Live and ready by the status: 2xx both, 503 live but loading, other 5xx and those in no neither.

    Anything else (a redirect, a login, a path that is not there) tells nothing: UNCLEAR, never green.
    """
    if answer.ok:
        return Finding(Verdict.YES, Verdict.YES)
    if answer.status in no or (answer.status >= 500 and answer.status != 503):
        return Finding(Verdict.NO, Verdict.NO, error=str(answer))
    if answer.status == 503:
        return Finding(Verdict.YES, Verdict.NO, error=f"not ready ({answer})")
    redirects = "it redirects: give the address it leads to" if 300 <= answer.status < 400 else ""
    return Finding(Verdict.UNCLEAR, Verdict.UNCLEAR, error=str(answer), hint=redirects or _HINTS.get(answer.status, ""))


def by_status(answer: Answer, _model: str) -> Finding:
    """A reader for whom the status says it all."""
    return health(answer)


def ready_by_status(answer: Answer, _model: str) -> Finding:
    """The same for readiness alone."""
    return only_ready(health(answer))


def only_ready(finding: Finding) -> Finding:
    """The finding without a say in liveness."""
    return replace(finding, live=None)


def facts(read: Callable[[object], Finding]) -> Reader:
    """A reader of metadata: read is given the JSON. A path that this version does not have tells nothing."""

    def reader(answer: Answer, _model: str) -> Finding:
        if answer.ok:
            return read(answer.json())
        return Finding() if answer.status in (404, 405, 501) else Finding(error=str(answer))

    return reader


# Readers of lists of models, as OpenAI's API has them


def served(answer: Answer, model: str) -> Finding:
    """/v1/models: whether the configured model is among those served; adapters are listed beside base models."""
    if not answer.ok:
        return only_ready(health(answer))
    data = items(member(answer.json(), "data"))
    return among(model, names_in(data, "id"), any(member(entry, "id") == model for entry in data))


def among(model: str, names: tuple[str, ...], there: bool) -> Finding:
    """What a list of names means for the readiness of the configured model, which is there or not."""
    if there:
        return Finding(ready=Verdict.YES, models=names)
    error = f"it does not serve {clean_line(model, NAME_LIMIT)}"
    return Finding(ready=Verdict.NO, models=names, error=error, hint="is the model's name right?")


def listed(value: object) -> Finding:
    """The same where no model is configured: what it serves."""
    return Finding(models=names_in(items(member(value, "data")), "id"))


def version_in(value: object) -> Finding:
    """The version under that key."""
    return Finding(version=text_in(value, "version"))


# JSON, read defensively


def member(value: object, key: str) -> object:
    """value[key] when value is an object that has it; None otherwise."""
    return value.get(key) if isinstance(value, dict) else None


def items(value: object) -> list[object]:
    """value when it is a list; nothing otherwise."""
    return value if isinstance(value, list) else []


def text_in(value: object, key: str, limit: int = VERSION_LIMIT) -> str:
    """value[key] as one safe line, when it is text or a number; '' otherwise."""
    found = member(value, key)
    if isinstance(found, bool) or not isinstance(found, str | int | float):
        return ""
    return clean_line(str(found).strip(), limit)


def names_in(values: list[object], key: str) -> tuple[str, ...]:
    """The text under key in each object, as safe lines; objects without it are passed over."""
    return tuple(name for value in values[:MODELS_LIMIT] if (name := text_in(value, key, NAME_LIMIT)))


def newest(versions: list[str]) -> str:
    """The highest version, by number where all are numbers and otherwise the last as listed; '' of none."""
    if all(version.isascii() and version.isdigit() for version in versions):
        return max(versions, key=lambda version: (len(version.lstrip("0")), version.lstrip("0")), default="")
    return versions[-1]
