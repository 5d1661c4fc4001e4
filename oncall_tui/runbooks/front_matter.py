"""The YAML between the two --- lines at the top of a runbook: title, matches, timeout, risk, requires.

Keys of other tools (runme, Hugo) are left alone; a misspelt one of ours is told.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from oncall_tui.core.duration import parse_duration
from oncall_tui.core.matchers import Matcher, parse_matchers
from oncall_tui.core.steps import STEP_KINDS, StepKind
from oncall_tui.core.variables import Variable
from oncall_tui.runbooks.model import DEFAULT_TIMEOUT, Problem
from oncall_tui.runbooks.requires import EXAMPLE, Unfit, read_requires

LIMIT = 65_536
"""Characters of front matter that are read."""


@dataclass(slots=True)
class FrontMatter:
    """What the front matter says; where it says nothing, or nothing sensible, what holds without it."""

    title: str = ""
    matchers: tuple[Matcher, ...] = ()
    timeout: int = DEFAULT_TIMEOUT
    risk: StepKind = StepKind.MITIGATE
    requires: tuple[Variable, ...] = ()
    programs: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def read_front_matter(text: str, path: Path, timeout: int = DEFAULT_TIMEOUT) -> FrontMatter:
    """The front matter in text (without its --- lines; its first line is line 2 of path). Never raises.

    timeout: seconds, when it says none.
    """
    matter = FrontMatter(timeout=timeout)
    if len(text) > LIMIT:
        return _unread(timeout, Problem(path, 2, f"front matter is over {LIMIT // 1024} KiB and was not read"))
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        return _unread(timeout, Problem(path, line, f"front matter is not YAML: {error.problem}"))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _unread(timeout, Problem(path, 2, f"front matter is not YAML: {str(error).splitlines()[0]}"))
    if root is not None:
        _read(root, matter, path)
    return matter


def _unread(timeout: int, problem: Problem) -> FrontMatter:
    """Nothing is known, not even the risk: steps that do not say for themselves count as danger."""
    return FrontMatter(timeout=timeout, risk=StepKind.DANGER, problems=[problem])


def _read(root: yaml.Node, matter: FrontMatter, path: Path) -> None:
    if not isinstance(root, yaml.MappingNode):
        matter.problems.append(Problem(path, 2, "front matter is not a mapping", "write it as 'key: value' lines"))
        return
    for key, value in root.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        if reader := _READERS.get(name):
            try:
                reader(value, matter)
            except _WrongValue as error:
                line = (error.node or value).start_mark.line + 2
                matter.problems.append(Problem(path, line, f"{name}: {error}", error.hint))
        elif close := difflib.get_close_matches(name, [*_READERS, "match", "matchers"], n=1, cutoff=0.75):
            meant = "matches" if close[0].startswith("match") else close[0]
            matter.problems.append(
                Problem(path, key.start_mark.line + 2, f"unknown key {name!r}", f"did you mean {meant}?")
            )


class _WrongValue(Exception):
    def __init__(self, message: str, hint: str = "", node: yaml.Node | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.node = node


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:null":
        raise _WrongValue("expected text")
    return str(node.value).strip()


def _read_title(node: yaml.Node, matter: FrontMatter) -> None:
    matter.title = _text(node)


def _read_matches(node: yaml.Node, matter: FrontMatter) -> None:
    """Take all of them or none: a matcher left out would make the runbook fit alerts it was not written for."""
    example = """write it like: matches: ['alertname="FeatureStale"', 'severity="page"']"""
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    found: list[Matcher] = []
    for item in items:
        if not isinstance(item, yaml.ScalarNode):
            raise _WrongValue("expected matchers as text", example, item)
        try:
            found += parse_matchers(str(item.value))
        except ValueError as error:
            raise _WrongValue(f"{item.value!r} is no matcher: {error}", example, item) from error
    if found and all(matcher.matches({}) for matcher in found):
        raise _WrongValue("would fit every alert", "add a matcher that names the alert or its service")
    matter.matchers = tuple(found)


def _read_timeout(node: yaml.Node, matter: FrontMatter) -> None:
    try:
        matter.timeout = parse_duration(_text(node))
    except ValueError as error:
        raise _WrongValue(str(error)) from error


def _read_risk(node: yaml.Node, matter: FrontMatter) -> None:
    word = _text(node)
    if word not in STEP_KINDS:
        # Someone meant to warn of something: the worst is assumed.
        matter.risk = StepKind.DANGER
        raise _WrongValue(f"{word!r} is no risk; its steps count as danger", f"one of {', '.join(StepKind)}")
    matter.risk = StepKind(word)


def _read_requires(node: yaml.Node, matter: FrontMatter) -> None:
    try:
        matter.requires, matter.programs = read_requires(node)
    except Unfit as error:
        raise _WrongValue(str(error), EXAMPLE, error.node) from error


_READERS: dict[str, Callable[[yaml.Node, FrontMatter], None]] = {
    "title": _read_title,
    "matches": _read_matches,
    "timeout": _read_timeout,
    "risk": _read_risk,
    "requires": _read_requires,
}
