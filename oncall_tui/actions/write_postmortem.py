"""Write an incident down as files of the person's own, and say so in its timeline."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from oncall_tui.actions.incidents import Incidents
from oncall_tui.config.private_folder import make_private_folder
from oncall_tui.core.errors import ActionError
from oncall_tui.core.json_text import json_text
from oncall_tui.core.story import Story
from oncall_tui.reports.incidents import as_json
from oncall_tui.reports.postmortem import postmortem

STYLES = ("md", "html", "json")


class WritePostmortem:
    """folder: where files go; made at first use. templates: files in place of ours, by style. clean: takes secrets out.

    Nothing that is there is written over: a second one is called ID-2.
    """

    def __init__(
        self, incidents: Incidents, folder: Path, templates: Mapping[str, Path], clean: Callable[[str], str]
    ) -> None:
        self._incidents = incidents
        self._folder = folder
        self._templates = dict(templates)
        self._clean = clean

    async def __call__(self, incident_id: str, styles: Sequence[str] = ("md", "html")) -> tuple[Path, ...]:
        """Where it was written, a file for each style. Raises OncallError; of several some may be written then."""
        story = await self._incidents.story(incident_id)
        if story is None:
            raise ActionError(f"there is no incident {incident_id!r}")
        written = tuple([await asyncio.to_thread(self._write, story, style) for style in styles])
        await self._incidents.exported(story.incident.id, ", ".join(styles))
        return written

    def _write(self, story: Story, style: str) -> Path:
        text = document(story, style, self._templates.get(style), self._clean)
        try:
            make_private_folder(self._folder)
            return _new_file(self._folder, story.incident.id, style, text)
        except OSError as error:
            what = f"{self._folder}: {(error.strerror or str(error)).lower()}"
            raise ActionError(
                f"the postmortem is not written: {what}", "name another folder under incidents"
            ) from error


def document(story: Story, style: str, template: Path | None, clean: Callable[[str], str]) -> str:
    """The incident as text of that style. Raises ConfigError for a template that is wrong."""
    if style == "json":
        return json_text(as_json(story, clean), 2) + "\n"
    return postmortem(story, style, template, clean)


def _new_file(folder: Path, name: str, style: str, text: str) -> Path:
    number = 1
    while True:
        path = folder / (f"{name}.{style}" if number == 1 else f"{name}-{number}.{style}")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            number += 1
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        return path
