"""The screens that have a number."""

from __future__ import annotations

TABS = {
    "fleet": "1 Fleet",
    "alerts": "2 Alerts",
    "slos": "3 SLOs",
    "models": "4 Models",
    "runbooks": "5 Runbooks",
    "incident": "6 Incident",
    "review": "7 Review",
    "silences": "8 Silences",
}
"""By the name of their mode, with what the tab says; in the order of their numbers."""
