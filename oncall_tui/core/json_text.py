"""Values as JSON that is plain ASCII without a control character, whatever strangers wrote into them."""

from __future__ import annotations

import json
from collections.abc import Callable


def json_text(value: object, indent: int | None = None, default: Callable[[object], object] | None = None) -> str:
    """value as JSON: printable ASCII, on one line unless indent says how deep each level goes.

    A lone surrogate stays the escape it came as. default: makes something of what JSON does not have. Raises ValueError
    for NaN and infinity, which JSON does not have either.
    """
    return json.dumps(value, indent=indent, ensure_ascii=True, allow_nan=False, default=default)
