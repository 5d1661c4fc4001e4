"""Values of any JSON kind in a configuration: what a document keeps as text becomes what it would be in YAML 1.2."""

from __future__ import annotations

import math
import re
from typing import Annotated

from pydantic import BeforeValidator, JsonValue

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Quoted(str):
    """A text that stands in quotes, or in a block: it is meant as text, whatever it looks like."""

    __slots__ = ()


def typed(data: object) -> object:
    """The data with numbers, true and false where plain words say so; what is no text of a document stays."""
    if isinstance(data, dict):
        return {str(key): typed(value) for key, value in data.items()}
    if isinstance(data, list):
        return [typed(value) for value in data]
    if isinstance(data, Quoted):
        return str(data)
    if not isinstance(data, str):
        return data
    if data in _WORDS:
        return _WORDS[data]
    if _INTEGER.fullmatch(data):
        return int(data)
    number = float(data) if _FLOAT.fullmatch(data) else math.inf
    return number if math.isfinite(number) else data


Json = Annotated[JsonValue, BeforeValidator(typed)]
"""Any JSON value."""
