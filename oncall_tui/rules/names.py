"""The names rules go by: Sloth's for what is recorded, and text made fit for PromQL and for templates."""

from __future__ import annotations

import re
from collections.abc import Mapping

from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import Slo
from oncall_tui.core.text import clean_line

_WORDS = re.compile(r"[^A-Za-z0-9]+")


def sloth_id(slo: Slo) -> str:
    """Sloth's name for an SLO."""
    return f"{slo.service}-{slo.name}"


def identity(slo: Slo) -> dict[str, str]:
    """The labels by which Sloth's series of one SLO are found."""
    return {"sloth_id": sloth_id(slo), "sloth_service": slo.service, "sloth_slo": slo.name}


def recorded_name(window: int) -> str:
    """The series that holds the error ratio over a window (seconds)."""
    return f"slo:sli_error:ratio_rate{format_duration(window)}"


def counted_name(window: int) -> str:
    """The series that holds the number of all events in a window (seconds). Ours: Sloth has none."""
    return f"slo:sli_events:increase{format_duration(window)}"


def camel_case(text: str) -> str:
    """text as one CamelCase word; capitals inside its words are kept."""
    return "".join(word[:1].upper() + word[1:] for word in _WORDS.split(text))


def selector(labels: Mapping[str, str]) -> str:
    """Labels as a PromQL selector that wants exactly these values."""
    return "{" + ", ".join(f"{name}={quoted(value)}" for name, value in labels.items()) + "}"


def quoted(text: str) -> str:
    """text as a PromQL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def number(value: float) -> str:
    """value without the noise of binary fractions: 1 - 0.999 is written 0.001."""
    return f"{value:.12g}"


def literal(text: str) -> str:
    """text as Prometheus' templates show it unchanged."""
    return text.replace("{{", '{{ "{{" }}')


def words(text: str) -> str:
    """What a person wrote, for an annotation: one line, nothing unseen in it, and no template."""
    return literal(clean_line(text))
