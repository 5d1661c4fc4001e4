"""Any HTTP endpoint that takes an acknowledgement: a template filled in, and a status that says it was taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from oncall_tui.config.pagers import WebhookConfig
from oncall_tui.core.errors import Refused
from oncall_tui.core.pagers import Certainty, Found, Match, PagedAlert, PagedIncident, PagerOutcome
from oncall_tui.core.placeholders import for_form, for_json, for_text, parse_placeholders
from oncall_tui.sources.credentials import secret
from oncall_tui.sources.pagers._api import PagerApi

LONG_SEGMENT = 8
"""Characters from which on one part of a URL's path may be a secret by itself."""

_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "application/json": for_json,
    "application/x-www-form-urlencoded": for_form,
    "text/plain": for_text,
}
_HINTS = {
    400: "check body against what it wants",
    401: "check url, headers and authorization",
    404: "check url",
    422: "check body against what it wants",
}


class Webhook:
    """Sends the template for each alert. Nothing can be read back, so that nothing is ever confirmed."""

    kind = "webhook"

    def __init__(self, config: WebhookConfig) -> None:
        self.name = config.called
        self._config = config
        self._body = parse_placeholders(config.body)
        self._api = PagerApi(
            self.name, config, base=self._url, secrets=lambda: iter(_secret_parts(self._url())), hints=_HINTS
        )

    async def find(self, alerts: Sequence[PagedAlert]) -> tuple[Found, ...]:
        """The alert itself: there is nothing to look for."""
        return tuple(self._found(paged) for paged in alerts)

    def _found(self, paged: PagedAlert) -> Found:
        alert = paged.alert
        incident = PagedIncident(f"{alert.source}/{alert.fingerprint}", title=alert.name)
        return Found((Match(incident, Certainty.CERTAIN, "a message about the alert itself"),))

    async def acknowledge(self, incident: PagedIncident, paged: PagedAlert, author: str, note: str) -> PagerOutcome:
        """Send it. A status other than those that mean success is Refused."""
        config = self._config
        body = self._body.filled(paged.facts(author, note), _ESCAPES[config.content_type])
        response = await self._api.ask(
            config.method,
            "",
            config.method,
            content=body.encode("utf-8", "replace"),
            headers={"Content-Type": config.content_type},
            allow=config.success,
        )
        if config.success and response.status_code not in config.success:
            wanted = ", ".join(str(one) for one in config.success)
            raise Refused(f"{self.name}: {config.method}: HTTP {response.status_code}, not {wanted}", "see success")
        said = f"accepted (HTTP {response.status_code}), not confirmed: a webhook does not tell what became of it"
        return PagerOutcome(False, None, said)

    async def greet(self) -> str | None:
        """Nothing can be asked here."""
        return None

    async def close(self) -> None:
        """Let go of connections."""
        await self._api.close()

    def _url(self) -> str:
        url = self._config.url or secret(None, self._config.url_file)
        if not url.startswith(("http://", "https://")):
            raise Refused(f"{self.name}: what url_file holds is no URL", "it begins with https://")
        return url


def _secret_parts(url: str) -> tuple[str, ...]:
    """What of a webhook's URL may be its secret, whole and in parts, as a server may repeat it."""
    parts = urlsplit(url)
    behind = f"{parts.path}?{parts.query}" if parts.query else parts.path
    long = [one for one in parts.path.split("/") if len(one) >= LONG_SEGMENT]
    return (url, behind, parts.path.strip("/"), parts.query, *long)
