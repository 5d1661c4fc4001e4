"""PagerDuty's Events API v2: an incident is acknowledged by its key, and nothing can be read back."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, TypeAdapter

from oncall_tui.config.pagers import PagerDutyEventsConfig
from oncall_tui.core.errors import Refused
from oncall_tui.core.pagers import Certainty, Found, Match, PagedAlert, PagedIncident, PagerOutcome
from oncall_tui.core.placeholders import NothingThere, parse_placeholders
from oncall_tui.core.text import clean_line
from oncall_tui.sources.credentials import secret
from oncall_tui.sources.pagers._api import PagerApi

KEY_LIMIT = 255
"""Characters of a deduplication key that PagerDuty takes."""

_HINTS = {
    400: "check routing_key (an Events API v2 integration's, 32 characters) and key",
    404: "check url: the European one is https://events.eu.pagerduty.com",
}


class _Taken(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    status: str
    message: str = ""


_TAKEN = TypeAdapter(_Taken)


class PagerDutyEvents:
    """Sends an acknowledge event. An unknown key is taken just as well, so that nothing is ever confirmed."""

    kind = "PagerDuty events"

    def __init__(self, config: PagerDutyEventsConfig) -> None:
        self.name = config.called
        self._config = config
        self._key = parse_placeholders(config.key)
        self._api = PagerApi(
            self.name, config, base=lambda: config.url, secrets=lambda: iter((self._routing_key(),)), hints=_HINTS
        )

    async def find(self, alerts: Sequence[PagedAlert]) -> tuple[Found, ...]:
        """The incident that has the key, should there be one: it cannot be looked for."""
        return tuple(self._found(paged) for paged in alerts)

    def _found(self, paged: PagedAlert) -> Found:
        try:
            key = self._key.whole(paged.facts())
        except NothingThere as error:
            return Found(note=f"no key: {error}")
        if len(key) > KEY_LIMIT:
            return Found(note=f"no key: longer than {KEY_LIMIT} characters")
        incident = PagedIncident(key, title=f"key {key}", keys=(key,))
        return Found((Match(incident, Certainty.CERTAIN, "by the key that the configuration makes"),))

    async def acknowledge(self, incident: PagedIncident, paged: PagedAlert, author: str, note: str) -> PagerOutcome:
        """Send the event. What PagerDuty takes is not confirmed: it does not say whether there is such an incident."""
        what = f"acknowledge key {clean_line(incident.id, 60)}"
        event = {"routing_key": self._routing_key(), "event_action": "acknowledge", "dedup_key": incident.id}
        response = await self._api.ask("POST", "/v2/enqueue", what, json=event)
        taken = self._api.read(_TAKEN, response, what)
        if taken.status != "success":
            raise Refused(f"{self.name}: {what}: {clean_line(taken.message or taken.status, 120)}")
        return PagerOutcome(False, None, "accepted, not confirmed: this API does not tell what became of it")

    async def greet(self) -> str | None:
        """Nothing can be asked here."""
        return None

    async def close(self) -> None:
        """Let go of connections."""
        await self._api.close()

    def _routing_key(self) -> str:
        return secret(self._config.routing_key, self._config.routing_key_file)
