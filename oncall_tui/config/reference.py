"""A stored reference: each feature's histogram, in a JSON file that `oncall-tui drift store` writes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_tui.config.files import read_text
from oncall_tui.core.drift import Bins
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.json_text import json_text

FORMAT = "oncall-tui drift reference 1"
_SHAPE = 'an object with "features": {NAME: {"le": [..., "+Inf"], "counts": [...]}}'

_DO = "write it with `oncall-tui drift store`"


@dataclass(frozen=True, slots=True)
class StoredReference:
    """bins: by feature ('' where there is but one). start, end: unix seconds of what was counted, None if not told."""

    bins: Mapping[str, Bins]
    start: float | None = None
    end: float | None = None


def load_reference(path: Path) -> StoredReference:
    """The reference in a file. Raises ConfigError with what is wrong in it."""
    try:
        document = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not JSON: {error}", _DO) from None
    try:
        features = {str(name): _bins(str(name), one) for name, one in document["features"].items()}
        start, end = (_moment(document.get(key)) for key in ("start", "end"))
    except (KeyError, TypeError, AttributeError):
        raise ConfigError(f"expected {_SHAPE}", _DO) from None
    except ValueError as error:
        raise ConfigError(f"not a reference: {error}", _DO) from None
    if not features:
        raise ConfigError("no feature is in it", _DO)
    return StoredReference(features, start, end)


def dump_reference(reference: StoredReference, query: str) -> str:
    """The reference as the text of a file. query: the PromQL it was asked by, for people."""
    features = {
        name: {"le": [_bound(bound) for bound in bins.bounds], "counts": list(bins.counts)}
        for name, bins in reference.bins.items()
    }
    times = {"start": reference.start, "end": reference.end}
    told = {key: datetime.fromtimestamp(at, UTC).isoformat() for key, at in times.items() if at is not None}
    return json_text({"format": FORMAT, **told, "query": query, "features": features}, 1) + "\n"


def _bound(bound: float) -> float | str:
    return "+Inf" if math.isinf(bound) else bound


def _moment(text: Any) -> float | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _bins(name: str, one: Any) -> Bins:
    bounds, counts = tuple(map(float, one["le"])), tuple(map(float, one["counts"]))
    if len(bounds) != len(counts):
        raise ConfigError(f"{name}: {len(bounds)} bounds and {len(counts)} counts", "one count for each bound")
    if not bounds or list(bounds) != sorted(set(bounds)) or bounds[-1] != math.inf:
        raise ConfigError(f"{name}: its bounds do not ascend to +Inf", "each bound once, the last is +Inf")
    if not all(math.isfinite(count) and count >= 0 for count in counts):
        raise ConfigError(f"{name}: a count that is negative or no number", "counts of events, each bin for itself")
    return Bins(bounds, counts)
