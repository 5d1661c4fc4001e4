"""The durable local record of what was done and what was seen."""

from oncall_tui.core.events import Event, EventKind, Soundness
from oncall_tui.journal.file import JournalError
from oncall_tui.journal.journal import Journal
from oncall_tui.journal.outbox import Outbox
from oncall_tui.journal.retention import Retention

__all__ = ["Event", "EventKind", "Journal", "JournalError", "Outbox", "Retention", "Soundness"]
