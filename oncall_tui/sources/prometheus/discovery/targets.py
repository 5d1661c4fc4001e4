"""Where the servers of a model are scraped: a place to look for its endpoint, not a promise that it answers us."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from oncall_tui.core.findings import FoundEndpoint
from oncall_tui.sources.prometheus.discovery.servers import Place

PATH = "/api/v1/targets?state=active"


def scrape_urls(data: Any) -> dict[str, list[tuple[dict[str, str], str]]]:
    """(labels, scrape URL) of the active targets of each job. What is not shaped like a target is passed over."""
    found: dict[str, list[tuple[dict[str, str], str]]] = {}
    targets = data.get("activeTargets") if isinstance(data, dict) else None
    for target in targets if isinstance(targets, list) else ():
        labels, url = (target.get("labels"), target.get("scrapeUrl")) if isinstance(target, dict) else (None, None)
        if isinstance(labels, dict) and isinstance(url, str):
            plain = {str(name): str(text) for name, text in labels.items()}
            found.setdefault(plain.get("job", ""), []).append((plain, url))
    return found


def endpoints(place: Place, urls: dict[str, list[tuple[dict[str, str], str]]]) -> tuple[FoundEndpoint, ...]:
    """The first target of a place that could be its endpoint; none where its protocol is not known."""
    if place.recipe.protocol is None:
        return ()
    targets = [target for job in sorted(place.jobs) for target in urls.get(job, ())]
    # Labels of the target that the place has too must agree; the model's are the metric's, not the target's.
    own = dict(place.own)
    fitting = [url for labels, url in targets if all(labels.get(name, text) == text for name, text in own.items())]
    model = next((text for name, text in place.own if name in place.recipe.identity), "")
    found = (_base(url, place.recipe.port) for url in sorted(fitting))
    return tuple(_first(FoundEndpoint(place.recipe.protocol, url, model or place.name) for url in found if url))


def _first(found: Iterable[FoundEndpoint]) -> list[FoundEndpoint]:
    return list(found)[:1]


def _base(url: str, port: int | None) -> str:
    """The server's base URL; '' for what is none."""
    try:
        parts = urlsplit(url)
        host, own_port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    wanted = port or own_port
    return urlunsplit((parts.scheme, f"{host}:{wanted}" if wanted else host, "", "", ""))
