"""Alertmanager's API v2: what fires, who has it, and the silences that say so."""

from oncall_tui.sources.alertmanager.source import AlertmanagerSource

__all__ = ["AlertmanagerSource"]
