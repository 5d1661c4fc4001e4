"""What came of a page, in one line for stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.actions import PageResult
    from oncall_tui.core.pagers import PagedIncident


def in_words(result: PageResult) -> tuple[str, bool]:
    """One pager's word, and whether all is as it should be there. What nobody confirmed is never told as done."""
    from oncall_tui.actions import PageAcknowledged, PageFailed, PageNotFound, PageSettled, PageUncertain

    match result:
        case PageAcknowledged(confirmed=confirmed, incident=incident, note=note):
            words = "acknowledged" if confirmed else "not confirmed"
            told = f"{_called(incident)}: {words}{f'; {note}' if note else ''}"
            good = confirmed
        case PageSettled(incident=incident):
            told, good = f"{_called(incident)}: somebody has it, or it is resolved: nothing was done", True
        case PageUncertain(why=why):
            told, good = f"not certain which incident it is: {why}; nothing was done, the dashboard asks", False
        case PageNotFound(note=note):
            told, good = f"no open incident fits{f'; {note}' if note else ''}", False
        case PageFailed(error=error, hint=hint):
            told, good = f"not acknowledged: {error}{f' ({hint})' if hint else ''}", False
    journal = f"; {result.journal}" if result.journal else ""
    return f"{result.pager}: {told}{journal}", good


def _called(incident: PagedIncident) -> str:
    return clean_line(f"{incident.called} {incident.title}".strip(), 100)
