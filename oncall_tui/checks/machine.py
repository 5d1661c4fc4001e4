"""What is on this machine: the journal, runbook folders and the files that runbook rules name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from oncall_tui.config.models import Config
from oncall_tui.config.whereabouts import Whereabouts
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import OncallError
from oncall_tui.core.text import clean_line
from oncall_tui.core.verification import find_target
from oncall_tui.journal import Journal
from oncall_tui.reports.check import Finding, Result
from oncall_tui.runbooks import Problem, Runbook, RunbookLibrary
from oncall_tui.runbooks.checkout import commit_of


def journal(path: Path, place: str) -> Finding:
    """Whether the journal can be kept there. Nothing is made that is not there yet."""
    if os.path.lexists(path):
        return _existing(path, place)
    folder = next(folder for folder in path.parents if os.path.lexists(folder))
    if not folder.is_dir():
        what = f"{path}: {folder} is not a folder"
    elif not os.access(folder, os.W_OK | os.X_OK):
        what = f"{path}: {folder} may not be written to"
    else:
        return Finding("journal", str(path), Result.OK, "can be made", place)
    return Finding("journal", str(path), Result.FAILED, what, place, "point journal: at a place of your own")


def _existing(path: Path, place: str) -> Finding:
    """Of a journal, or something else, that is there."""
    do = "make the file and its folder writable, or point journal: elsewhere"
    if not path.is_file():
        return Finding("journal", str(path), Result.FAILED, "it is no file", place, do)
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        return Finding("journal", str(path), Result.FAILED, "it, or its folder, may not be written to", place, do)
    try:
        Journal(path).inspect()
    except OncallError as error:
        return Finding("journal", str(path), Result.FAILED, error.message, place, error.hint)
    found = path.stat()
    if found.st_mode & 0o077 and found.st_uid != os.geteuid():  # one of our own is made private at first use
        what = f"it is another user's, and others may read it (mode {found.st_mode & 0o777:o})"
        return Finding(
            "journal", str(path), Result.WARNING, what, place, "point journal: elsewhere, unless that is meant"
        )
    return Finding("journal", str(path), Result.OK, "can be read and written", place)


def runbooks(config: Config, library: RunbookLibrary, where: Whereabouts) -> Iterator[Finding]:
    """Whether folders can be read, runbooks parse, and the files that rules name are there."""
    settings = config.runbooks
    found = library.runbooks()
    if settings.folders:
        place = where.place("runbooks", "folders")
        what = f"{len(found)} runbooks in {', '.join(_folder(folder) for folder in settings.folders)}"
        none = "no runbook in any folder"
        yield Finding("runbook", "folders", Result.OK if found else Result.WARNING, what if found else none, place)
    named = {Path(rule.file): number for number, rule in enumerate(settings.rules)}
    for problem in library.problems():
        yield _problem(problem, named, where)
    yield from _programs(found)
    yield from _targets(found, config.catalogue())
    broken = {problem.path for problem in library.problems() if not problem.line}
    files = [path for path in named if "://" not in str(path) and not str(path).startswith(("http:", "https:"))]
    if sound := [path for path in files if path not in broken]:
        yield Finding("runbook", "rules", Result.OK, f"{len(sound)} files that rules name are there")


def _folder(folder: Path) -> str:
    commit = commit_of(folder)
    return f"{folder} at commit {commit[:10]}" if commit else str(folder)


def _programs(found: Sequence[Runbook]) -> Iterator[Finding]:
    """What runbooks require and this machine does not have."""
    for program in sorted({program for runbook in found for program in runbook.programs}):
        if shutil.which(program) is None:
            users = [runbook.name for runbook in found if program in runbook.programs]
            what = f"is not installed, and required by {', '.join(users[:3])}{' and others' if users[3:] else ''}"
            yield Finding(
                "runbook", clean_line(program, 60), Result.WARNING, what, "", "install it where on-calls work"
            )


def _targets(found: Sequence[Runbook], catalogue: Catalogue) -> Iterator[Finding]:
    """Steps that are to move what nobody knows. A bare name is of the service at hand: one that has it is enough."""
    for runbook in found:
        for step in runbook.steps:
            if step.verify is None:
                continue
            named = step.verify.target
            services = [""] if "/" in named else [one.name for one in catalogue.services]
            if not any(find_target(catalogue, named, service) for service in services):
                what = f"step {step.id} is to move {clean_line(named, 80)}, which is no signal or SLO"
                place = f"{runbook.path.name}:{step.line}" if step.line else ""
                yield Finding("runbook", runbook.name, Result.WARNING, what, place, "name one, or take verify= out")


def _problem(problem: Problem, named: dict[Path, int], where: Whereabouts) -> Finding:
    """A whole file or folder that is missing is a failure; something in a runbook that is odd, a warning."""
    result = Result.WARNING if problem.line else Result.FAILED
    place = f"{problem.path.name}:{problem.line}" if problem.line else where.place("runbooks")
    if problem.path in named and not problem.line:
        place = where.place("runbooks", "rules", named[problem.path], "file")
    return Finding("runbook", str(problem.path), result, problem.message, place, problem.hint)


def web_runbooks(config: Config, where: Whereabouts) -> dict[str, str]:
    """The links that rules name, each with where it is written; the same link once."""
    links: dict[str, str] = {}
    for number, rule in enumerate(config.runbooks.rules):
        if rule.file.lower().startswith(("http://", "https://")):
            links.setdefault(rule.file, where.place("runbooks", "rules", number, "file"))
    return links
