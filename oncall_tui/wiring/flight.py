"""The flight recorder of a dashboard: what it saw in the last hours."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.secrets import secrets_of
from oncall_tui.poll.recorder import Recorder
from oncall_tui.recording.file import redactor_for
from oncall_tui.recording.ring import Keep, Ring

if TYPE_CHECKING:
    from oncall_tui.config.models import Config


def flight_folder(config: Config, place: str) -> Path:
    """Where the flight recorder of an environment keeps its files."""
    name = hashlib.blake2b(place.encode(errors="surrogateescape"), digest_size=8).hexdigest()
    return config.recording.folder / name


def flight_recorder(config: Config, title: str, place: str) -> Recorder | None:
    """Keeps what a dashboard sees; None where the configuration wants none. Nothing is written yet."""
    settings = config.recording
    if not settings.on:
        return None
    keep = Keep(float(settings.keep), settings.size_mb * 1_000_000)
    return Recorder(Ring(flight_folder(config, place), title, redactor_for(secrets_of(config)), keep))
