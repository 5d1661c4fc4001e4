"""Which files an entry of slo_files means: a file, a folder with all below it, or a pattern."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path

MOST_FILES = 2_000
MOST_FOLDERS = 5_000
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Named:
    """The files, sorted. directly: whether by name, not found in a folder. cut: whether there are more."""

    files: tuple[Path, ...]
    directly: bool
    cut: bool = False


def files_of(path: Path) -> Named:
    """The files that a path means; none when there is nothing there.

    A folder is gone through with all below it, for files ending in .yaml or .yml, but not what begins with a dot, and
    no folder twice: links may form circles.
    """
    if path.is_dir():
        return _named(walk(path), directly=False)
    if os.path.lexists(path) or not glob.has_magic(str(path)):
        return Named((path,) if os.path.lexists(path) else (), directly=True)
    return _named(_matching(path), directly=False)


def _named(found: Iterator[Path], *, directly: bool) -> Named:
    files = list(islice(found, MOST_FILES + 1))
    return Named(tuple(sorted(files[:MOST_FILES])), directly, cut=len(files) > MOST_FILES)


def _matching(pattern: Path) -> Iterator[Path]:
    """The files a pattern means. ** is any folders, so what comes after it is held against the ends of paths."""
    parts = pattern.parts
    deep = parts.index("**") if "**" in parts else len(parts)
    ending = [part for part in parts[deep:] if part != "**"]
    for found in sorted(glob.iglob(str(Path(*parts[:deep])))):
        base = Path(found)
        if not base.is_dir():
            yield base
            continue
        for file in walk(base):
            tail = file.relative_to(base).parts[-len(ending) :] if ending else ()
            if len(tail) == len(ending) and all(map(fnmatchcase, tail, ending)):
                yield file


def walk(folder: Path) -> Iterator[Path]:
    """Every YAML file in a folder and below it, at most MOST_FOLDERS folders."""
    seen: set[tuple[int, int]] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        try:
            status = os.stat(here)
        except OSError:
            folders.clear()
            continue
        identity = status.st_dev, status.st_ino
        if identity in seen or len(seen) >= MOST_FOLDERS:
            folders.clear()
            continue
        seen.add(identity)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(here, name)
            if name.endswith(ENDINGS) and not name.startswith(".") and file.is_file():
                yield file
