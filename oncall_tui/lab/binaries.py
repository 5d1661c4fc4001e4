"""The programs the lab starts: where they are, and how to get them where they are not."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oncall_tui.core.errors import ActionError

DOWNLOADS = "https://prometheus.io/download/"
_NAMES = {
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
    "alertmanager": ("alertmanager", "prometheus-alertmanager"),  # the second is Debian's name for it
}


@dataclass(frozen=True, slots=True)
class Binaries:
    """Absolute paths of what the lab runs."""

    prometheus: Path
    promtool: Path
    alertmanager: Path


def find_binaries(path: str | None = None) -> Binaries:
    """Look along path (default: $PATH). Raises ActionError that names what is missing and how to install it."""
    found = {program: _which(names, path) for program, names in _NAMES.items()}
    missing = [program for program, place in found.items() if place is None]
    if missing:
        raise ActionError(f"the lab needs {_listed(missing)}, not found in PATH", how_to_install(sys.platform))
    return Binaries(**{program: place for program, place in found.items() if place is not None})


def how_to_install(platform: str) -> str:
    """One line that says how to get them on this sys.platform."""
    command = "brew install" if platform == "darwin" else "apt install"
    packages = "prometheus alertmanager" if platform == "darwin" else "prometheus prometheus-alertmanager"
    return f"{command} {packages}, or unpack them from {DOWNLOADS} into a folder in PATH; `oncall-tui demo` needs none"


def _which(names: Sequence[str], path: str | None) -> Path | None:
    found = next((place for name in names if (place := shutil.which(name, path=path))), None)
    return Path(found).absolute() if found else None


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
