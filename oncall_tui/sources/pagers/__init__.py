"""Pagers: each kind's API behind one port. No HTTP library is loaded before one is asked."""

from __future__ import annotations

from oncall_tui.config.pagers import (
    GrafanaConfig,
    JiraConfig,
    OpsgenieConfig,
    PagerConfig,
    PagerDutyConfig,
    PagerDutyEventsConfig,
)
from oncall_tui.core.ports import Pager
from oncall_tui.sources.pagers.grafana import Grafana
from oncall_tui.sources.pagers.jira import Jira, Opsgenie
from oncall_tui.sources.pagers.pagerduty import PagerDuty
from oncall_tui.sources.pagers.pagerduty_events import PagerDutyEvents
from oncall_tui.sources.pagers.webhook import Webhook

__all__ = ["Grafana", "Jira", "Opsgenie", "PagerDuty", "PagerDutyEvents", "Webhook", "pager_from"]


def pager_from(config: PagerConfig) -> Pager:
    """The pager that a configuration describes; nothing is asked yet."""
    if isinstance(config, PagerDutyConfig):
        return PagerDuty(config)
    if isinstance(config, PagerDutyEventsConfig):
        return PagerDutyEvents(config)
    if isinstance(config, GrafanaConfig):
        return Grafana(config)
    if isinstance(config, JiraConfig):
        return Jira(config)
    if isinstance(config, OpsgenieConfig):
        return Opsgenie(config)
    return Webhook(config)
