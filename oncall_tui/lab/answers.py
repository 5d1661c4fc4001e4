"""What a lab's server answers with, whatever its protocol."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    content_type: str = TEXT


@dataclass(frozen=True, slots=True)
class Model:
    """What a server serves at this moment: the model's name and version, and whether it is loaded."""

    name: str
    version: str
    ready: bool


def as_json(document: Any, status: int = 200) -> Answer:
    """An answer of JSON."""
    return Answer(status, json.dumps(document).encode(), JSON)


def unknown(path: str) -> Answer:
    """The answer to what there is not."""
    return as_json({"error": f"no such route: {path}"}, 404)
