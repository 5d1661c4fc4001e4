"""Markdown -> Runbook: fenced shell blocks are the steps; the heading above is a step's title, name= its id."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from oncall_tui.core.duration import parse_duration
from oncall_tui.core.steps import STEP_KINDS, StepKind
from oncall_tui.core.text import clean_line
from oncall_tui.runbooks.attributes import read_extras
from oncall_tui.runbooks.fence import Fence, read_fence
from oncall_tui.runbooks.front_matter import FrontMatter, read_front_matter
from oncall_tui.runbooks.model import DEFAULT_TIMEOUT, Problem, Runbook, Step

STEP_LIMIT = 200
"""Steps of one runbook that are kept."""
CODE_LIMIT = 65_536
"""Bytes one step may have: Linux takes no longer argument than twice this."""

_MARKDOWN = MarkdownIt("commonmark").use(front_matter_plugin)
_UNCLOSED = re.compile(r"---[ \t]*\n[A-Za-z_]+[ \t]*:")
_ID = re.compile(r"[^a-z0-9]+")


def parse_runbook(text: str, path: Path, name: str = "", timeout: int = DEFAULT_TIMEOUT) -> Runbook:
    """The runbook in text, which came from path. Never raises: what is wrong is among its problems, the rest counts.

    name: its path in its folder; the file's name if not given. timeout: seconds, for steps when it says none.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    try:
        tokens = _MARKDOWN.parse(text)
    except (RecursionError, IndexError, ValueError) as error:
        problem = Problem(path, 0, f"not understood as Markdown: {error}", "its steps cannot be run from here")
        return Runbook(name or path.name, path, path.stem, text, problems=(problem,))
    matter, body = _front_matter(tokens, text, path, timeout)
    problems = matter.problems
    steps: dict[str, Step] = {}
    for heading, token in _fences(tokens):
        step = _step(token, heading, matter, path)
        if step is None:
            continue
        if len(steps) == STEP_LIMIT:
            problems.append(Problem(path, step.line, f"over {STEP_LIMIT} steps: this one and later ones are left out"))
            break
        step = _unique(step, steps)
        steps[step.id] = step
    problems += _lost(steps, path)
    return Runbook(
        name=name or path.name,
        path=path,
        title=clean_line(matter.title or _title(tokens) or path.stem),
        text=body,
        steps=tuple(steps.values()),
        matchers=matter.matchers,
        timeout=matter.timeout,
        requires=matter.requires,
        programs=matter.programs,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
    )


def _front_matter(tokens: Sequence[Token], text: str, path: Path, timeout: int) -> tuple[FrontMatter, str]:
    """What the front matter says, and the text without it."""
    if tokens and tokens[0].type == "front_matter":
        end = (tokens[0].map or [0, 0])[1]
        return read_front_matter(tokens[0].content, path, timeout), "\n".join(text.split("\n")[end:]).lstrip("\n")
    matter = FrontMatter(timeout=timeout)
    if _UNCLOSED.match(text):
        matter.problems.append(Problem(path, 1, "front matter has no end and was not read", "close it with a --- line"))
    return matter, text


def _plain(inline: Token) -> str:
    """An inline token's text without its markup."""
    parts = (" " if "break" in child.type else child.content for child in inline.children or ())
    return "".join(parts).strip()


def _title(tokens: Sequence[Token]) -> str:
    at = next((at for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1"), None)
    return "" if at is None else _plain(tokens[at + 1])


def _fences(tokens: Sequence[Token]) -> Iterator[tuple[str, Token]]:
    """Every fenced block, with the nearest heading above it."""
    heading = ""
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            heading = _plain(tokens[at + 1])
        elif token.type == "fence":
            yield heading, token


def _step(token: Token, heading: str, matter: FrontMatter, path: Path) -> Step | None:
    """The step in a fenced block; None when it is none, or one that must not run."""
    fence = read_fence(token.info)
    line = (token.map or [0, 0])[0] + 1
    code = token.content
    if fence.shell is None or not code.strip():
        return None
    if "\ufffd" in code:
        matter.problems.append(Problem(path, line, "a step holds bytes that are not UTF-8 text and cannot be run"))
        return None
    if len(code.encode()) > CODE_LIMIT:
        matter.problems.append(Problem(path, line, f"a step is over {CODE_LIMIT // 1024} KiB and cannot be run"))
        return None
    if fence.attributes is None:
        hint = "write them like {name=restart kind=mitigate}"
        matter.problems.append(Problem(path, line, "a step's attributes cannot be read; it counts as danger", hint))
    attributes = fence.attributes or {}
    name = attributes.get("name", "")
    title = clean_line(heading or name or code.strip().splitlines()[0], 120)
    extras = read_extras(attributes, path, line, matter.problems)
    return Step(
        id=_ID.sub("-", (name or title).lower()).strip("-") or "step",
        title=title,
        kind=_kind(fence, matter, path, line),
        shell=fence.shell,
        code=code,
        timeout=_timeout(attributes.get("timeout", ""), matter, path, line),
        line=line,
        interactive=extras.interactive,
        host=extras.host,
        verify=extras.verify,
        undo=extras.undo,
        follow=extras.follow,
    )


def _lost(steps: dict[str, Step], path: Path) -> Iterator[Problem]:
    """Where a step names another that is not there."""
    for step in steps.values():
        for key, wanted in (("undo", step.undo), ("next", step.follow)):
            if wanted and wanted not in steps:
                yield Problem(path, step.line, f"{key}={wanted}: there is no such step", "name a step by its name=")


def _kind(fence: Fence, matter: FrontMatter, path: Path, line: int) -> StepKind:
    """The kind a step has; when its author's word for it is not understood, the worst."""
    if fence.attributes is None:
        return StepKind.DANGER
    word = fence.attributes.get("kind", matter.risk)
    if word in STEP_KINDS:
        return StepKind(word)
    message = f"{word!r} is no kind of step; it counts as danger"
    matter.problems.append(Problem(path, line, message, f"one of {', '.join(StepKind)}"))
    return StepKind.DANGER


def _timeout(text: str, matter: FrontMatter, path: Path, line: int) -> int:
    if not text:
        return matter.timeout
    try:
        return parse_duration(text)
    except ValueError as error:
        matter.problems.append(Problem(path, line, f"timeout: {error}"))
        return matter.timeout


def _unique(step: Step, taken: dict[str, Step]) -> Step:
    """The step under an id that no other has: restart, restart-2, restart-3. Of one heading's steps each says which."""
    wanted = (f"{step.id}-{n}" for n in range(2, STEP_LIMIT + 2))
    free = step.id if step.id not in taken else next(name for name in wanted if name not in taken)
    title = f"{step.title}: {free}" if any(other.title == step.title for other in taken.values()) else step.title
    return replace(step, id=free, title=title)
