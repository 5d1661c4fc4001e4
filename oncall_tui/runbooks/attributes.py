"""What a step's fence says beside its name and kind: how it runs, and what it should move."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from oncall_tui.core.duration import parse_duration
from oncall_tui.runbooks.model import Problem, Verify

VERIFY_WITHIN = 600
"""Seconds for which a signal is watched when the step does not say."""

_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TARGET = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_.-]*/)?[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Extras:
    """interactive: whether it needs the terminal. host: the variable that names where it runs, '' for here.

    undo, follow: ids of steps of the same runbook, '' for none; whether there are such is not looked at here.
    """

    interactive: bool = False
    host: str = ""
    verify: Verify | None = None
    undo: str = ""
    follow: str = ""


def read_extras(attributes: Mapping[str, str], path: Path, line: int, problems: list[Problem]) -> Extras:
    """The extras in a fence's attributes; what is wrong with them is added to problems and left out."""

    def wrong(message: str, hint: str = "") -> None:
        problems.append(Problem(path, line, message, hint))

    interactive = attributes.get("interactive", "false").lower()
    if interactive not in ("true", "false"):
        wrong(f"interactive: {interactive!r} is neither true nor false")
    host = attributes.get("host", "")
    if host and not _LABEL.fullmatch(host):
        wrong(f"host: {host!r} names no label", "write the label whose value is the host: host=instance")
        host = ""
    if host and interactive == "true":
        wrong("a step with host= has no terminal; interactive is left out", "write `ssh -- ...` into the step itself")
        interactive = "false"
    return Extras(
        interactive=interactive == "true",
        host=host if host.isupper() else f"ALERT_LABEL_{host.upper()}" if host else "",
        verify=_verify(attributes, wrong),
        undo=attributes.get("undo", ""),
        follow=attributes.get("next", ""),
    )


def _verify(attributes: Mapping[str, str], wrong: Callable[..., None]) -> Verify | None:
    target = attributes.get("verify", "")
    if not target:
        if "within" in attributes:
            wrong("within= goes with verify=, the signal or SLO to watch")
        return None
    if not _TARGET.fullmatch(target):
        wrong(f"verify: {target!r} is no signal or SLO", "write its name, or SERVICE/NAME")
        return None
    within = VERIFY_WITHIN
    if text := attributes.get("within", ""):
        try:
            within = parse_duration(text)
        except ValueError as error:
            wrong(f"within: {error}")
    return Verify(target, within)
