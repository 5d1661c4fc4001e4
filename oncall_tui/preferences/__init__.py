"""What a person set and wants to find again: filters, saved filters, snoozes, sort orders."""

from oncall_tui.preferences.file import PreferencesError, PreferencesFile, default_path
from oncall_tui.preferences.memory import Memory, Section

__all__ = ["Memory", "PreferencesError", "PreferencesFile", "Section", "default_path"]
