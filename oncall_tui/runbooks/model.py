"""What a runbook is: text to read, and steps that can be run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from oncall_tui.core.matchers import Matcher
from oncall_tui.core.steps import StepKind
from oncall_tui.core.variables import Variable

DEFAULT_TIMEOUT = 300
"""Seconds a step may take when neither it nor its runbook says."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a runbook or about it. line: 1-based, 0 when it is the whole file or folder."""

    path: Path
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.message} ({self.hint})" if self.hint else f"{where}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verify:
    """What a step should move. target: a signal or an SLO, as NAME (of the service at hand) or SERVICE/NAME.

    within: seconds for which it is watched.
    """

    target: str
    within: int


@dataclass(frozen=True, slots=True)
class Step:
    """One fenced shell block.

    id: unique in its runbook, of a-z 0-9 and dashes. shell: sh, bash or zsh. code: exactly as written.
    timeout: seconds. line: of the fence, 1-based. interactive: whether it needs the terminal for itself.
    host: the variable that names the host it runs on, '' for this machine. undo: the id of the step that takes it
    back, follow: of the one to go on with; '' for none. launcher: what launches it elsewhere; it has no code then.
    """

    id: str
    title: str
    kind: StepKind
    shell: str
    code: str
    timeout: int
    line: int
    interactive: bool = False
    host: str = ""
    verify: Verify | None = None
    undo: str = ""
    follow: str = ""
    launcher: str = ""


@dataclass(frozen=True, slots=True)
class Runbook:
    """A Markdown file. text is untrusted and without its front matter.

    name: its path in its folder, as in 'team/feature-stale.md'. matchers: every one of them must hold of an
    alert's labels; none of them: it is found by name and link only. timeout: seconds, for steps without their own.
    requires: variables that steps which mention them need. programs: what must be installed.
    problems: what could not be understood; the rest counts.
    """

    name: str
    path: Path
    title: str
    text: str
    steps: tuple[Step, ...] = ()
    matchers: tuple[Matcher, ...] = ()
    timeout: int = DEFAULT_TIMEOUT
    requires: tuple[Variable, ...] = ()
    programs: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    def step(self, step_id: str) -> Step | None:
        """The step of that id, if there is one."""
        return next((step for step in self.steps if step.id == step_id), None)


@dataclass(frozen=True, slots=True)
class LinkRunbook:
    """A runbook that is only a link. openable: whether it is http or https; anything else is only ever shown.

    note: what to know about it, '' if nothing. name: what the configuration calls it, '' if nothing.
    """

    url: str
    openable: bool
    note: str = ""
    name: str = ""

    @property
    def title(self) -> str:
        """Its name, else the link itself."""
        return self.name or self.url
