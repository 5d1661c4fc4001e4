"""What a runbook has to be told: variables with a type, a default or a choice, and whether an answer fits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.duration import parse_duration

NAME = re.compile(r"[A-Z][A-Z0-9_]*")
"""Variables are in upper case; what is not is a program's name."""
ANSWER_LIMIT = 32_768
"""Characters of one answer."""


class VariableType(StrEnum):
    """What an answer has to be."""

    TEXT = "text"
    INT = "int"
    NUMBER = "number"
    DURATION = "duration"


_WANTED = {
    VariableType.TEXT: "some text",
    VariableType.INT: "a whole number",
    VariableType.NUMBER: "a number",
    VariableType.DURATION: "a duration such as 30s, 5m or 1h30m",
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One that a runbook's steps need. prompt: the question, '' for none but its name.

    default: offered where nothing else is known, None for none. choices: with some, the only answers. secret: whether
    the answer is shown and kept nowhere.
    """

    name: str
    prompt: str = ""
    type: VariableType = VariableType.TEXT
    default: str | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False

    @property
    def wanted(self) -> str:
        """What an answer has to be, in words."""
        return f"one of {', '.join(self.choices)}" if self.choices else _WANTED[self.type]

    def mistake(self, answer: str) -> str:
        """Why an answer will not do, in words; '' when it will."""
        if "\0" in answer or len(answer) > ANSWER_LIMIT:
            return "too long, or no text"
        if self.choices:
            return "" if answer in self.choices else f"expected {self.wanted}"
        return "" if _is(answer, self.type) else f"expected {self.wanted}"


def _is(answer: str, wanted: VariableType) -> bool:
    match wanted:
        case VariableType.TEXT:
            return bool(answer.strip())
        case VariableType.INT:
            return re.fullmatch(r"[+-]?\d{1,18}", answer, re.ASCII) is not None
        case VariableType.NUMBER:
            return re.fullmatch(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})", answer, re.ASCII) is not None
    try:
        parse_duration(answer)
    except ValueError:
        return False
    return True
