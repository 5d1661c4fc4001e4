"""The Alertmanagers that a Prometheus sends its alerts to."""

from __future__ import annotations

import re
from typing import Any

PATH = "/api/v1/alertmanagers"
_ENDS = re.compile(r"/api/v[12]/alerts/?\Z")


def alertmanager_urls(data: Any) -> tuple[str, ...]:
    """Their base URLs, each once. What is not shaped like one is passed over."""
    active = data.get("activeAlertmanagers") if isinstance(data, dict) else None
    urls = [one.get("url") for one in (active if isinstance(active, list) else ()) if isinstance(one, dict)]
    return tuple(dict.fromkeys(_ENDS.sub("", url) for url in urls if isinstance(url, str) and url))
