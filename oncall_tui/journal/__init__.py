"""The durable local record of acks, runbook runs and state changes."""

from oncall_tui.journal.events import Event, EventKind
from oncall_tui.journal.journal import Journal, JournalError, default_path

__all__ = ["Event", "EventKind", "Journal", "JournalError", "default_path"]
