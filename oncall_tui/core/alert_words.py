"""The words a filter of alerts may be made of: the labels and states of the alerts there are."""

from __future__ import annotations

from collections.abc import Mapping

from oncall_tui.core.alert_filter import AGE, AGE_OPERATORS, FACETS, OPERATORS, AlertFacts
from oncall_tui.core.completion import Counted, Words, counted

AGES = ("5m", "15m", "1h", "6h", "1d", "7d")
"""Ages offered; any other can be typed."""


class AlertWords(Words):
    """The vocabulary of alerts, counted when it is asked for."""

    def __init__(self, facts: AlertFacts) -> None:
        super().__init__(lambda: [status.alert.labels for status in facts.alerts])
        self._facts = facts
        self._seen: dict[str, Counted] = {}

    def facets(self) -> Mapping[str, str]:
        """What can be asked beside labels."""
        return {**{name: facet.what for name, facet in FACETS.items()}, AGE: "how long it has been firing"}

    def operators(self, facet: str) -> tuple[str, ...]:
        """Ages are compared, everything else is matched."""
        return tuple(AGE_OPERATORS) if facet == AGE else OPERATORS if facet in FACETS else ()

    def facet_values(self, facet: str) -> Counted:
        """Every choice, with how many alerts have it now; of any other text, what there is."""
        if facet == AGE:
            return dict.fromkeys(AGES, -1)
        if facet not in self._seen:
            known, facts = FACETS[facet], self._facts
            seen = counted(value for status in facts.alerts for value in known.values(status, facts))
            self._seen[facet] = {**dict.fromkeys(known.choices, 0), **seen} if known.choices else seen
        return self._seen[facet]
