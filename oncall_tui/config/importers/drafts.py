"""An SLO on its way from a foreign file: written as ours is, so that one set of rules judges both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from oncall_tui.config.document import Data, Document, Spot
from oncall_tui.config.explain import explain
from oncall_tui.config.importers.parts import LeftOut, Part
from oncall_tui.config.mistakes import Place, show_place
from oncall_tui.config.notes import Note
from oncall_tui.config.slos import SloConfig
from oncall_tui.core.burn import Tier
from oncall_tui.core.slo import Slo


class Draft:
    """The keys of an SLO as a configuration has them, each with the foreign part that it comes from."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._data: dict[str, Any] = {}
        self._came_from: dict[Place, Part] = {}

    def put(self, key: str, value: object, part: Part) -> None:
        """Set a key; 'events.total' is the key total under events. None: what the foreign file does not have."""
        *around, last = place = tuple(key.split("."))
        inside = self._data
        for name in around:
            inside = inside.setdefault(name, {})
        inside[last] = value
        self._came_from[place] = part

    def put_tiers(self, tiers: tuple[Tier, ...], part: Part) -> None:
        """Set the alert tiers."""
        self.put(
            "burn_tiers",
            [
                {"severity": t.severity.value, "long": t.long, "short": t.short, "budget_spent": t.budget_spent}
                for t in tiers
            ],
            part,
        )

    def slo(self, service: str, dialect: str) -> Slo:
        """The SLO, with where it was defined. Raises LeftOut with every mistake in it."""
        try:
            config = SloConfig.model_validate(self._data)
        except ValidationError as error:
            spots = {place: Spot(part.line, part.shown) for place, part in self._came_from.items()}
            spots[()] = Spot(self._part.line, "")
            mistakes = explain(Document(_plain(self._data), spots), error, SloConfig)
            raise LeftOut(*(self._note(each.place, each.what) for each in mistakes)) from None
        return replace(config.slo(service), origin=f"{self._part.file} ({dialect})")

    def _note(self, shown_place: str, what: str) -> Note:
        """A mistake in our terms, at the foreign place."""
        parts = {show_place(place): part for place, part in self._came_from.items()}
        around = (part for place, part in parts.items() if shown_place.startswith(place))
        part = parts[shown_place] if shown_place in parts else next(around, self._part)
        where = show_place(part.place)
        return Note(part.file, part.line, f"{where}: {what}" if where else what, left_out=True)


def _plain(data: dict[str, Any]) -> Data:
    return {key: _plain(value) if isinstance(value, dict) else str(value) for key, value in data.items()}
