"""The screens that have a number."""

from __future__ import annotations

TABS = {"fleet": "Fleet", "alerts": "Alerts", "slos": "SLOs", "models": "Models", "runbooks": "Runbooks"}
"""By the name of their mode, with what the tab says; in the order of their numbers."""
