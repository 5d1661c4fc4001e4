"""Reads runbook folders: which files there are, and each parsed once until it changes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from oncall_tui.runbooks.model import DEFAULT_TIMEOUT, Problem, Runbook
from oncall_tui.runbooks.parse import parse_runbook

FILE_LIMIT = 1_000_000
"""Bytes of one runbook."""
COUNT_LIMIT = 2_000
"""Runbooks of one folder."""

_Stamp = tuple[int, int, int]


class Files:
    """Runbook files, each parsed once until it changes. timeout: seconds, for steps whose runbook says none."""

    def __init__(self, timeout: int = DEFAULT_TIMEOUT) -> None:
        self._timeout = timeout
        self._parsed: dict[Path, tuple[_Stamp, Runbook | Problem]] = {}

    def get(self, path: Path, name: str) -> Runbook | Problem:
        """The runbook at path, under that name, or why there is none. Never raises."""
        try:
            found = path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            known = self._parsed.get(path)
            if known is None or known[0] != stamp:
                known = self._parsed[path] = (stamp, self._parse(path, name, found))
        except OSError as error:
            self._parsed.pop(path, None)
            return Problem(path, 0, f"cannot be read: {(error.strerror or str(error)).lower()}")
        return known[1]

    def _parse(self, path: Path, name: str, found: os.stat_result) -> Runbook | Problem:
        if not stat.S_ISREG(found.st_mode):
            # Opening a pipe would wait for somebody to write to it.
            return Problem(path, 0, "is not a plain file and was not read")
        if found.st_size > FILE_LIMIT:
            return Problem(path, 0, f"is over {FILE_LIMIT // 1_000_000} MB and was not read")
        with path.open("rb") as file:
            content = file.read(FILE_LIMIT)
        return parse_runbook(content.decode(errors="replace"), path, name, self._timeout)


class Folder:
    """The Markdown files below path, however deep; hidden files and folders are left out."""

    def __init__(self, path: Path, files: Files) -> None:
        self.path = path
        self._files = files

    def read(self) -> tuple[tuple[Runbook, ...], tuple[Problem, ...]]:
        """Its runbooks by name, and what is wrong with it or them. Reads only what changed. Never raises."""
        problems: list[Problem] = []
        runbooks: list[Runbook] = []
        for number, path in enumerate(self._paths(problems)):
            if number == COUNT_LIMIT:
                problems.append(Problem(self.path, 0, f"over {COUNT_LIMIT} runbooks: the others are left out"))
                break
            found = self._files.get(path, path.relative_to(self.path).as_posix())
            if isinstance(found, Problem):
                problems.append(found)
            else:
                runbooks.append(found)
                problems += found.problems
        return tuple(runbooks), tuple(problems)

    def _paths(self, problems: list[Problem]) -> Iterator[Path]:
        def unreadable(error: OSError) -> None:
            hint = "make the folder, or take it out of the config" if error.filename == str(self.path) else ""
            reason = (error.strerror or str(error)).lower()
            problems.append(Problem(Path(error.filename or self.path), 0, f"folder cannot be read: {reason}", hint))

        for root, folders, files in os.walk(self.path, onerror=unreadable):
            folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
            for name in sorted(files):
                if name.lower().endswith((".md", ".markdown")) and not name.startswith("."):
                    yield Path(root, name)
