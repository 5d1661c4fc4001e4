"""`oncall-tui incident list`, `show`, `export` and `actions`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oncall_tui.commands.journal import FILE_OPTION
from oncall_tui.commands.options import CONFIG_OPTION, FORMAT_OPTION
from oncall_tui.commands.output import put, put_page, say
from oncall_tui.core.errors import ActionError
from oncall_tui.core.json_text import json_text

if TYPE_CHECKING:
    from oncall_tui.core.story import Story


def _where(command: Callable[..., Any]) -> Callable[..., Any]:
    return FILE_OPTION(CONFIG_OPTION(command))


@click.group()
def incident() -> None:
    """Incidents: their timelines and impact, and postmortems, from the journal. No server is asked.

    Exits 0, or 2 where there is no such incident or the journal cannot be read.
    """


@incident.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that are not resolved.")
@FORMAT_OPTION
@_where
def list_(only_open: bool, style: str, file: Path | None, config_path: Path | None) -> None:
    """Every incident, the newest first."""
    from oncall_tui.reports.incidents import incident_json, list_lines
    from oncall_tui.reports.listing import listing
    from oncall_tui.wiring.journal import incidents_at

    every = asyncio.run(incidents_at(config_path, file).every())
    wanted = [one for one in every if one.going_on or not only_open]
    now = time.time()
    lines = (
        listing({}, "incidents", (incident_json(one, now) for one in wanted))
        if style == "json"
        else list_lines(wanted, now)
    )
    put("\n".join(lines))


@incident.command()
@click.argument("incident_id", metavar="ID")
@FORMAT_OPTION
@_where
def show(incident_id: str, style: str, file: Path | None, config_path: Path | None) -> None:
    """One incident with its impact and its timeline. ID may be the beginning or the end of one."""
    from oncall_tui.reports.incidents import as_json, story_lines

    story = _story(incident_id, config_path, file)
    if style == "json":
        put(json_text(as_json(story), 2))
    else:
        put("\n".join(story_lines(story)))


@incident.command()
@click.argument("incident_id", metavar="ID")
@click.option("--format", "style", type=click.Choice(["md", "html", "json"]), default="md", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it there rather than print it.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@_where
def export(
    incident_id: str,
    style: str,
    output: Path | None,
    force: bool,
    file: Path | None,
    config_path: Path | None,
) -> None:
    """A postmortem to be finished by people: timeline, impact, detection and charts filled in, prompts for the rest.

    Blameless, from a template that can be replaced (`incidents:` in the configuration). HTML holds its charts, fetches
    nothing and runs nothing. ID may be the beginning or the end of one.
    """
    from oncall_tui.actions.write_postmortem import document
    from oncall_tui.config.output import refuse_to_overwrite, write_config
    from oncall_tui.wiring.journal import postmortem_settings

    if output is not None:
        refuse_to_overwrite(output, force=force)
    templates, clean = postmortem_settings(config_path)
    text = document(_story(incident_id, config_path, file), style, templates.get(style), clean)
    if output is None:
        put_page(text) if style == "html" else put(text, end="")
    else:
        write_config(output, text, force=force)
        say(f"written: {output}")


@incident.command()
@click.option("--all", "every", is_flag=True, help="Closed ones, too.")
@FORMAT_OPTION
@_where
def actions(every: bool, style: str, file: Path | None, config_path: Path | None) -> None:
    """Action items that are open, the oldest first."""
    from oncall_tui.reports.incidents import action_json, action_lines
    from oncall_tui.reports.listing import listing
    from oncall_tui.wiring.journal import incidents_at

    items = [one for one in asyncio.run(incidents_at(config_path, file).items()) if every or one.closed_at is None]
    put("\n".join(listing({}, "actions", map(action_json, items)) if style == "json" else action_lines(items)))


def _story(wanted: str, config_path: Path | None, file: Path | None) -> Story:
    from oncall_tui.wiring.journal import incidents_at

    use = incidents_at(config_path, file)

    async def run() -> Story | None:
        known = [one.id for one in await use.every()]
        fitting = [one for one in known if wanted and (one.startswith(wanted) or one.endswith(wanted))]
        if len(fitting) > 1 and wanted not in fitting:
            raise ActionError(f"several incidents are called {wanted!r}", ", ".join(fitting[:8]))
        return await use.story(wanted if wanted in fitting or not fitting else fitting[0])

    if (story := asyncio.run(run())) is None:
        raise ActionError(f"there is no incident {wanted!r}", "`oncall-tui incident list` names them")
    return story
