"""The requests.Session that is given to prometheus-api-client. Imported only in the client's threads."""

from __future__ import annotations

import threading
from typing import Any

import requests

from oncall_tui.core.text import clean_line
from oncall_tui.sources._requests import BoundedSession
from oncall_tui.sources.prometheus.refusals import Said


class _Last(threading.local):
    """What the last answer in this thread said beside its data."""

    warnings: tuple[str, ...] = ()
    partial: bool = False
    date: str = ""
    samples: int | None = None


class _Parsed(requests.Response):
    """A response whose JSON has been read already."""

    payload: Any = None

    def json(self, **_: Any) -> Any:
        """The JSON, read once."""
        return self.payload


class PrometheusSession(BoundedSession):
    """Sends the parameters of a POST as a form, keeps warnings and the Date, raises unless the answer is a success."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.last = _Last()

    def request(self, method: Any, url: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """One request. Raises Said for what is no success, and as BoundedSession does."""
        if method == "POST" and kwargs.get("data") is None:
            kwargs["data"] = kwargs.pop("params", None)
        self.last.warnings, self.last.partial, self.last.date, self.last.samples = (), False, "", None
        response = super().request(method, url, **kwargs)
        try:
            payload = requests.Response.json(response)
        except requests.JSONDecodeError:
            payload = None
        success = isinstance(payload, dict) and payload.get("status") == "success"
        if response.status_code != 200 or not success:
            raise Said(response, payload)
        self._keep(payload)
        self.last.date = response.headers.get("date", "")
        parsed = _Parsed()
        parsed.__dict__.update(response.__dict__)
        parsed.payload = payload
        return parsed

    def _keep(self, payload: dict[str, Any]) -> None:
        """What the answer says beside its data."""
        # isPartial is VictoriaMetrics' way of saying that some of its storage did not answer; Thanos warns.
        partial = ["the answer is partial"] if payload.get("isPartial") is True else []
        warnings = _listed(payload.get("warnings"))
        told = [*warnings, *_listed(payload.get("infos")), *partial]
        self.last.warnings = tuple(clean_line(str(one), 300) for one in told)
        # What Prometheus 3 warns of a query's sense begins so; every other warning is of data not had.
        self.last.partial = bool(partial) or any(not str(one).startswith("PromQL ") for one in warnings)
        self.last.samples = _samples(payload.get("data"))


def _listed(told: object) -> list[Any]:
    return told if isinstance(told, list) else []


def _samples(data: object) -> int | None:
    """Samples touched, as stats=all tells; None where it does not."""
    for name in ("stats", "samples", "totalQueryableSamples"):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, int) and not isinstance(data, bool) else None
