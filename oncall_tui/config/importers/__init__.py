"""Foreign SLO files: Sloth's, Pyrra's and OpenSLO's become SLOs of ours as they are.

What cannot be taken over is told with file and line, and the rest stands. Nothing in these files is filled in from
the environment, and nothing they say can end in anything but SLOs and notes.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.imported import Imported, ImportedSlo
from oncall_tui.config.importers import openslo, pyrra, sloth
from oncall_tui.config.importers.objects import SIGNS, objects_of, shown
from oncall_tui.config.importers.parts import Finding, LeftOut, Part, guarded
from oncall_tui.config.mistakes import clip
from oncall_tui.config.notes import Note

if TYPE_CHECKING:
    from oncall_tui.config.models import SloFiles

_HELPERS = {(sloth.KUBERNETES, sloth.WINDOWS_KIND)} | {
    (api, kind) for api in (openslo.V1, openslo.V1ALPHA) for kind in openslo.KINDS
}
"""Objects that only serve SLOs."""


def read_slo_files(entries: Iterable[SloFiles], base: Path) -> Imported:
    """The SLOs of every entry and what is to be told of them. base: the folder that file names are shown from.

    A file that several entries name belongs to the first. Raises nothing: what goes wrong is among the notes.
    """
    slos: list[ImportedSlo] = []
    notes: list[Note] = []
    seen: set[Path] = set()
    for entry in entries:
        found = tuple(_entry(entry, base, seen))
        slos += (each for each in found if isinstance(each, ImportedSlo))
        notes += (each for each in found if isinstance(each, Note))
        if not found:
            notes.append(Note(shown(entry.path, base), 0, "there is no SLO in it", left_out=True))
    return Imported(tuple(slos), tuple(notes))


def _entry(entry: SloFiles, base: Path, seen: set[Path]) -> Iterator[ImportedSlo | Note]:
    """The SLOs of one entry, and what is to be told of it."""
    parts: list[Part] = []
    for each in objects_of(entry.path, base, seen):
        if isinstance(each, Part):
            parts.append(each)
        else:
            yield each
    windows = yield from _windows(parts)
    others = openslo.by_name(parts)
    for part in parts:
        for finding in guarded(_findings(part, windows, others, entry.service), "document"):
            if isinstance(finding, Note):
                yield finding
            else:
                yield ImportedSlo(finding, part.file, part.line, entry.team, entry.source or "")


def _word(part: Part, key: str) -> str:
    """The text at a key; '' for anything else."""
    value = part.data.get(key) if isinstance(part.data, dict) else None
    return value if isinstance(value, str) else ""


def _windows(parts: Iterable[Part]) -> Generator[Note, None, sloth.Windows | None]:
    """Sloth's alert windows among the objects: of several those of its usual period, else the first."""
    found: list[sloth.Windows] = []
    for part in parts:
        if (_word(part, "apiVersion"), _word(part, "kind")) == (sloth.KUBERNETES, sloth.WINDOWS_KIND):
            try:
                found.append(sloth.read_windows(part))
            except LeftOut as left:
                yield from left.of("AlertWindows")
    taken = next((windows for windows in found if windows.period == sloth.PERIOD), next(iter(found), None))
    for windows in found:
        if taken is not None and windows is not taken:
            yield windows.part.note(f"AlertWindows not honoured: those of {taken.part.file}:{taken.part.line} are")
    return taken


def _findings(
    part: Part, windows: sloth.Windows | None, others: openslo.Others, service: str | None
) -> Iterator[Finding]:
    """The SLOs of an object, and what is to be told of them; nothing for objects that have nothing to do with SLOs."""
    version, api, kind = (_word(part, key) for key in ("version", "apiVersion", "kind"))
    if version == sloth.PLAIN or (api == sloth.KUBERNETES and kind in sloth.KINDS):
        yield from sloth.read(part, windows, service)
    elif (api, kind) == (pyrra.API, pyrra.KIND):
        yield from pyrra.read(part, service)
    elif api in (openslo.V1, openslo.V1ALPHA) and kind == openslo.KIND:
        yield from openslo.read(part, others, service)
    elif (version.startswith(SIGNS) or api.startswith(SIGNS)) and (api, kind) not in _HELPERS:
        raise part.left_out(f"not a kind that is known here: {clip(f'{api or version} {kind}'.strip())}")
