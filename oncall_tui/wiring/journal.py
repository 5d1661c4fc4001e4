"""The journal of a configuration, for the dashboard and for the commands that read it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import find_config, load_config
from oncall_tui.config.models import Config
from oncall_tui.config.secrets import secrets_of
from oncall_tui.core.incident import ACTION_KINDS, KINDS, still_open
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.text import clean_line
from oncall_tui.journal import Journal, Outbox, Retention

if TYPE_CHECKING:
    from oncall_tui.actions.incident_watch import IncidentWatch
    from oncall_tui.actions.incidents import Incidents
    from oncall_tui.actions.write_postmortem import WritePostmortem
    from oncall_tui.config.models import JournalConfig
    from oncall_tui.ui.desk import Desk


def place_of(config_path: Path | None, prometheus: str | None = None) -> str:
    """What tells this environment from others in a journal that several share: its file, or its server's URL."""
    if prometheus is not None:
        return prometheus.rstrip("/")
    found = find_config(config_path)
    return str(found.absolute()) if found else ""


def retention(settings: JournalConfig) -> Retention:
    """How much is kept."""
    return Retention(float(settings.keep), settings.size_mb * 1_000_000, KINDS | ACTION_KINDS, still_open)


def journal_for(config: Config, place: str) -> Journal:
    """The journal that a configuration names; nothing is opened yet."""
    return Journal(config.journal.file, place, retention(config.journal))


def outbox_for(journal: Journal, config: Config) -> Outbox:
    """What actions write to: no secret of the configuration gets through it."""
    return Outbox(journal, Redactor(secrets_of(config)).text)


def incident_watch(config: Config, journal: Journal, outbox: Outbox) -> IncidentWatch:
    """What opens and closes incidents by itself, as configured."""
    from oncall_tui.actions.incident_watch import IncidentWatch

    settings = config.incidents
    return IncidentWatch(journal, outbox, on_page=settings.open_on_page, resolve_after=settings.resolve_after)


def incidents_at(config_path: Path | None, file: Path | None) -> Incidents:
    """The incidents of a journal, only to be read. Raises ConfigError."""
    from oncall_tui.actions.incidents import Incidents

    journal = journal_at(config_path, file)
    return Incidents(journal, journal, "", read_only="this only reads")


def postmortem_settings(config_path: Path | None) -> tuple[dict[str, Path], Callable[[str], str]]:
    """The templates that replace ours, by format, and what takes secrets out of a text. Raises ConfigError."""
    found = find_config(config_path)
    if found is None:
        return {}, Redactor().text
    config = load_config(found)
    return config.incidents.templates(), Redactor(secrets_of(config)).text


def postmortems(config: Config, incidents: Incidents) -> WritePostmortem:
    """What writes incidents down, where the configuration says."""
    from oncall_tui.actions.write_postmortem import WritePostmortem

    settings = config.incidents
    return WritePostmortem(incidents, settings.folder, settings.templates(), Redactor(secrets_of(config)).text)


async def let_go(desk: Desk) -> None:
    """Write what the journal has not taken yet, a last time, and tell where it is when it takes nothing."""
    if desk.scribe is not None and (told := await asyncio.to_thread(desk.scribe.close)):
        print(clean_line(told), file=sys.stderr)


def journal_at(config_path: Path | None, file: Path | None, *, everywhere: bool = False) -> Journal:
    """The journal to read: a file that is named, else the configuration's, else the one in the usual place.

    everywhere: with the entries of other configurations too; of a file that is named always. Raises ConfigError.
    """
    if file is not None:
        return Journal(file, only_to_read=True)
    found = find_config(config_path)
    config = load_config(found) if found is not None else Config()
    environment = None if everywhere or found is None else place_of(config_path)
    return Journal(config.journal.file, environment, only_to_read=True)
