"""Alerts that do not fire yet: only Prometheus knows them, an Alertmanager is not told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import Malformed
from oncall_tui.sources.prometheus.client import PrometheusClient


async def pending_alerts(client: PrometheusClient, source: str, until: float) -> tuple[Alert, ...]:
    """The pending alerts. Their labels lack the external labels that an Alertmanager would show. Raises SourceError.

    until: the moment of time.monotonic() by which it must be over.
    """
    told = await client.get("/api/v1/alerts", until)
    try:
        return tuple(_alert(one, source) for one in told["alerts"] if one["state"] == "pending")
    except (KeyError, TypeError, AttributeError, ValueError):
        raise Malformed(f"{source}: its list of alerts is not one", "is this a Prometheus?") from None


def _alert(told: Mapping[str, Any], source: str) -> Alert:
    labels = {str(name): str(value) for name, value in told["labels"].items()}
    annotations = {str(name): str(value) for name, value in (told.get("annotations") or {}).items()}
    since = datetime.fromisoformat(told["activeAt"]).timestamp()
    return Alert(source, fingerprint(labels), labels, annotations, starts_at=since, updated_at=since, pending=True)


def fingerprint(labels: Mapping[str, str]) -> str:
    """Sixteen hex digits that stay the same for the same labels. Not Alertmanager's own: it knows more labels."""
    text = json.dumps(sorted(labels.items()), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
