"""A Prometheus in place of a configuration: what it tells of the fleet."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oncall_tui.config.loader import config_from
from oncall_tui.config.models import Config
from oncall_tui.core.errors import ConfigError, Unauthorized

if TYPE_CHECKING:
    from oncall_tui.core.findings import Findings


@dataclass(frozen=True, slots=True)
class Server:
    """A Prometheus in place of a configuration. alertmanagers: those to use rather than the ones it knows."""

    url: str
    alertmanagers: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the screen calls it."""
        return urlsplit(self.url).netloc


async def findings_of(server: Server) -> Findings:
    """What a server tells of the fleet. Raises ConfigError for a URL that is none, SourceError as discover does."""
    from oncall_tui.config.fields import base_url_mistake
    from oncall_tui.config.http_config import HttpConfig
    from oncall_tui.sources.failures import redact_url
    from oncall_tui.sources.prometheus.client import PrometheusClient
    from oncall_tui.sources.prometheus.discovery import discover

    for url in (server.url, *server.alertmanagers):
        if mistake := base_url_mistake(url):
            hint = "in a configuration file; config.example.yaml shows how" if "@" in url else ""
            raise ConfigError(f"{redact_url(url)}: {mistake}", hint)
    url = server.url.rstrip("/")
    client = PrometheusClient(server.title, url, HttpConfig(), concurrency=4)
    try:
        return await discover(client, url, time.time(), [one.rstrip("/") for one in server.alertmanagers])
    except Unauthorized as error:
        hint = "a URL carries no credentials: write them into a configuration, which config.example.yaml shows"
        raise Unauthorized(error.message, hint) from None
    finally:
        await asyncio.to_thread(client.close)


async def written_config(server: Server) -> str:
    """A configuration of what a server tells, as text. Raises as findings_of does."""
    from oncall_tui.config.discovered import written

    return written(await findings_of(server))


async def found_config(server: Server) -> Config:
    """The same, loaded: what is seen is what would be written. Raises as findings_of does."""
    text = await written_config(server)
    return await asyncio.to_thread(config_from, text, Path(f"found on {server.title}"))
