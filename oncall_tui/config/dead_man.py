"""Dead-man switches as they are configured."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from oncall_tui.config.fields import MatcherText, Name, Seconds
from oncall_tui.config.http_config import Model
from oncall_tui.core.dead_man import DeadMan
from oncall_tui.core.matchers import parse_matchers


class DeadManConfig(Model):
    """An alert that always fires. match: what tells it. after: seconds of absence that make an alarm.

    clusters: the Alertmanagers (or clusters of them) that must have it, by name; () for all.
    """

    name: Name = "Watchdog"
    match: Annotated[tuple[MatcherText, ...], Field(min_length=1)] = ('alertname="Watchdog"',)
    after: Seconds = 180
    clusters: tuple[str, ...] = ()

    def switch(self) -> DeadMan:
        """The switch, as the core has it."""
        matchers = tuple(matcher for text in self.match for matcher in parse_matchers(text))
        return DeadMan(self.name, matchers, float(self.after), self.clusters)
