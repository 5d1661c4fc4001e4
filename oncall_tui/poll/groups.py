"""Keeps grouped SLOs split into their members, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.readings import Grouped
from oncall_tui.core.slo import Slo

ASK_AGAIN = 300.0
"""Seconds after which it is asked again which groups there are."""

RETRY = 60.0
"""The same where they could not be told."""


class Groups:
    """The groups of a catalogue's SLOs.

    A member once seen stays: a group that falls silent is missing data, not a group that is well. A template stays
    beside its members while there may be more of them, so that its service is not called OK.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._written = catalogue
        self._templates = {slo.id: slo for slo in catalogue.slos() if slo.is_template}
        self._members: dict[str, dict[str, Slo]] = {slo_id: {} for slo_id in self._templates}
        self._complaints: dict[str, str] = {}
        self._asked_at: dict[str, float] = {}

    def due(self, slos: Iterable[Slo], now: float) -> list[Slo]:
        """The templates among these SLOs whose groups it is time to ask for."""
        return [slo for slo in slos if slo.is_template and now - self._asked_at.get(slo.id, -ASK_AGAIN) >= ASK_AGAIN]

    def take(self, found: Mapping[str, Grouped], now: float) -> bool:
        """Take in what was found, by template id; whether the catalogue is another one now."""
        before = self.catalogue()
        for slo_id, grouped in found.items():
            self._members[slo_id].update({member.id: member for member in grouped.members})
            self._complaints[slo_id] = grouped.complaint
            self._asked_at[slo_id] = now - (ASK_AGAIN - RETRY if grouped.complaint else 0.0)
        return self.catalogue() != before

    def complaints(self, slos: Iterable[Slo]) -> tuple[str, ...]:
        """Why not all groups of these SLOs are watched."""
        told = (self._complaints.get(slo.id, "") for slo in slos)
        return tuple(complaint for complaint in told if complaint)

    def catalogue(self) -> Catalogue:
        """The catalogue with members in the place of templates."""
        return self._written.split({slo_id: self._now(slo) for slo_id, slo in self._templates.items()})

    def written(self) -> Catalogue:
        """The catalogue with its templates."""
        return self._written

    def _now(self, template: Slo) -> tuple[Slo, ...]:
        members = tuple(sorted(self._members[template.id].values(), key=lambda slo: slo.id))
        return members if members and not self._complaints.get(template.id) else (*members, template)
