"""The figures an acknowledgement is given under, and how they are kept beside it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from oncall_tui.core.text import clean_line

ANNOTATION = "oncall_tui_"
"""What the names of a silence's annotations begin with that hold such figures."""
_WORDS = 200
"""Characters of a text among them; they come from outside."""


@dataclass(frozen=True, slots=True)
class AckFigures:
    """What was known at a moment (at, unix seconds) of what an alert is about.

    began: when the newest of the alerts it was given for had begun. slo: the SLO's id; burn: its burn rate over an
    hour; rank: how loud the loudest of its tiers that fires is, 0 for none; tier: that tier in words; left: its error
    budget left, 1.0 = all. state: the service's. version: what serves. None and '': not known.
    """

    at: float
    began: float
    slo: str = ""
    burn: float | None = None
    rank: int | None = None
    tier: str = ""
    left: float | None = None
    state: str = ""
    version: str = ""

    def as_json(self) -> dict[str, object]:
        """For the journal; what is not known is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    def annotations(self) -> dict[str, str]:
        """For a silence, of an Alertmanager that keeps such."""
        return {f"{ANNOTATION}{name}": str(value) for name, value in self.as_json().items()}


@dataclass(frozen=True, slots=True)
class Tripwire:
    """then: the figures of an acknowledgement, None where they are not known. rings: why it does, '' if it does not."""

    then: AckFigures | None
    rings: str = ""


def from_annotations(annotations: Mapping[str, str]) -> AckFigures | None:
    """What annotations hold; None where there is none of it, or what there is cannot be read."""
    length = len(ANNOTATION)
    return from_json({name[length:]: text for name, text in annotations.items() if name.startswith(ANNOTATION)})


def from_json(stored: Mapping[str, object]) -> AckFigures | None:
    """The same of a journal's entry. Both come from outside: anything that is no figure makes it None."""
    found: dict[str, object] = {}
    for one in fields(AckFigures):
        if (value := stored.get(one.name)) is None:
            continue
        if one.name in ("slo", "tier", "state", "version"):
            found[one.name] = clean_line(str(value), _WORDS)
            continue
        if (number := _number(value)) is None:
            return None
        found[one.name] = int(number) if one.name == "rank" else number
    return AckFigures(**found) if {"at", "began"} <= found.keys() else None  # type: ignore[arg-type]


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
