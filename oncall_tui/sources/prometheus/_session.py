"""The requests.Session that is given to prometheus-api-client. Imported only in the client's threads."""

from __future__ import annotations

import threading
from typing import Any

import requests

from oncall_tui.core.text import clean_line
from oncall_tui.sources._requests import BoundedSession
from oncall_tui.sources.prometheus.client import _Said


class _Last(threading.local):
    """What the last answer in this thread said beside its data."""

    warnings: tuple[str, ...] = ()
    date: str = ""


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
        """One request. Raises _Said for what is no success, and as BoundedSession does."""
        if method == "POST" and kwargs.get("data") is None:
            kwargs["data"] = kwargs.pop("params", None)
        self.last.warnings, self.last.date = (), ""
        response = super().request(method, url, **kwargs)
        try:
            payload = requests.Response.json(response)
        except requests.JSONDecodeError:
            payload = None
        success = isinstance(payload, dict) and payload.get("status") == "success"
        if response.status_code != 200 or not success:
            raise _Said(response, payload)
        # isPartial is VictoriaMetrics' way of saying that some of its storage did not answer.
        partial = ["the answer is partial"] if payload.get("isPartial") is True else []
        told = [*(payload.get("warnings") or []), *(payload.get("infos") or []), *partial]
        self.last.warnings = tuple(clean_line(str(one), 300) for one in told)
        self.last.date = response.headers.get("date", "")
        parsed = _Parsed()
        parsed.__dict__.update(response.__dict__)
        parsed.payload = payload
        return parsed
