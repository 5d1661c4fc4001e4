"""Folders that hold what is the user's alone."""

from __future__ import annotations

import itertools
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Make what is missing of it, every part of the way, for the owner alone (0700). Raises OSError.

    Folders that are there already are left as they are: they may be shared on purpose.
    """
    missing = itertools.takewhile(lambda place: not place.is_dir(), (folder, *folder.parents))
    for place in reversed(tuple(missing)):
        place.mkdir(mode=0o700, exist_ok=True)
