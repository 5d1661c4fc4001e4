"""What is told of foreign SLO files without stopping for it: what was left out, and what is not honoured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oncall_tui.config.mistakes import MOST_TOLD
from oncall_tui.core.text import clean_line


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One thing about a foreign file that a person should know.

    file: as the person knows it. line and column count from 1, 0: the file as a whole, the whole line. left_out:
    whether something the file defines is missing from what is watched; otherwise it is watched, but not in every
    respect as the file says. about: what is left out ("SLO 'ranker-latency'"), where that is only a part of the file.
    """

    file: str
    line: int
    what: str
    left_out: bool = False
    column: int = 0
    about: str = ""

    def told(self) -> str:
        """'slos/ranker.yaml:12: ...', one safe line."""
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        about = f"{self.about} left out: " if self.about else ""
        return clean_line(f"{where}: {about}{self.what}")


def told(notes: Iterable[Note]) -> tuple[str, ...]:
    """The notes a line each, in the order of the files, and no more of them than a person reads."""
    lines = [note.told() for note in sorted(set(notes))]
    if len(lines) > MOST_TOLD:
        lines[MOST_TOLD:] = [f"and {len(lines) - MOST_TOLD} more"]
    return tuple(lines)


def in_short(notes: Iterable[Note]) -> str:
    """The notes in one line: how much is missing, and the first of it; '' when nothing is to be told."""
    every = sorted(set(notes))
    first = next((note for note in every if note.left_out), next(iter(every), None))
    if first is None:
        return ""
    missing = len({(note.file, note.about or note) for note in every if note.left_out})
    what = f"{missing} left out of slo_files" if missing else f"remarks on slo_files ({len(every)})"
    return f"{what}: {first.told()}" + (". All of them: `oncall-tui status`" if len(every) > 1 else "")
