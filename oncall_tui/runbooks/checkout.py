"""Which commit a git checkout is at, read from its files: no program is run, and no hook or setting of it obeyed."""

from __future__ import annotations

import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_REF = re.compile(r"ref: (refs/[\w./-]+)", re.ASCII)
_LIMIT = 4_000_000
"""Bytes of one file that are read."""


def commit_of(folder: Path) -> str:
    """The commit that the checkout around folder is at, in full; '' where it is in none, or none can be told.

    What was changed since and is not committed is not told.
    """
    git = _git_folder(folder.absolute())
    if git is None:
        return ""
    head = _read(git / "HEAD").strip()
    if _COMMIT.fullmatch(head):
        return head
    match = _REF.fullmatch(head)
    if match is None or ".." in match[1]:
        return ""
    common = git / _read(git / "commondir").strip() if (git / "commondir").is_file() else git
    for base in (git, common):
        if _COMMIT.fullmatch(found := _read(base / match[1]).strip()):
            return found
    packed = (line.partition(" ") for line in _read(common / "packed-refs").splitlines())
    return next((commit for commit, _, ref in packed if ref == match[1] and _COMMIT.fullmatch(commit)), "")


def _git_folder(folder: Path) -> Path | None:
    for one in (folder, *folder.parents):
        git = one / ".git"
        if git.is_dir():
            return git
        if git.is_file():
            named = _read(git).strip().removeprefix("gitdir:").strip()
            return one / named if named else None
    return None


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT).decode(errors="replace")
    except OSError:
        return ""
