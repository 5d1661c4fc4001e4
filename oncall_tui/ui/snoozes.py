"""What is snoozed on this machine: kept in the preferences, looked at with every assessment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from oncall_tui.core.alerts import Phase
from oncall_tui.core.snooze import Snooze, ended, snooze_of

if TYPE_CHECKING:
    from oncall_tui.core.assess import AlertStatus, Assessment
    from oncall_tui.preferences.memory import Section

Key = tuple[str, str]
SECTION = "snoozes"
"""The preferences' section."""


class Snoozes:
    """Snoozes by alert. They end by themselves; nobody but this machine knows of them."""

    def __init__(self, section: Section) -> None:
        self._section = section

    def held(self, now: float) -> Mapping[Key, float]:
        """Until when each alert is snoozed (unix seconds), by its key; those that ran out are forgotten."""
        found = self._all()
        self._section.update({_name(key): None for key, snooze in found.items() if snooze.until <= now})
        return {key: snooze.until for key, snooze in found.items() if snooze.until > now}

    def add(self, assessment: Assessment, statuses: Iterable[AlertStatus], until: float) -> None:
        """Snooze these alerts."""
        made = {_name(one.alert.key): snooze_of(assessment, one, until).to_json() for one in statuses}
        self._section.update(made)

    def end(self, statuses: Iterable[AlertStatus]) -> int:
        """Snooze these alerts no longer; how many of them were."""
        known = self._all()
        keys = [one.alert.key for one in statuses if one.alert.key in known]
        self._section.update({_name(key): None for key in keys})
        return len(keys)

    def review(self, assessment: Assessment) -> list[tuple[AlertStatus, str]]:
        """End those that no longer hold; each such alert, and why."""
        found = self._all()
        if not found:
            return []
        over = [
            (status, why)
            for status in assessment.alerts
            if (snooze := found.get(status.alert.key)) is not None
            and status.phase is not Phase.RESOLVED
            and (why := ended(snooze, assessment, status))
        ]
        self.end(status for status, _ in over)
        return over

    def _all(self) -> dict[Key, Snooze]:
        read = {_key(name): Snooze.from_json(value) for name, value in self._section.items().items()}
        return {key: snooze for key, snooze in read.items() if snooze is not None}


def _name(key: Key) -> str:
    """Fingerprints have no space."""
    return f"{key[1]} {key[0]}"


def _key(name: str) -> Key:
    fingerprint, _, source = name.partition(" ")
    return (source, fingerprint)
