"""The lab's own server: what the story is, how to heal it, and where Alertmanager's notifications end."""

from __future__ import annotations

import json
from collections import deque
from typing import Any
from urllib.parse import quote, unquote

import httpx

from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line
from oncall_tui.lab.answers import Answer, as_json
from oncall_tui.lab.servers import LoopbackServer
from oncall_tui.lab.stage import Stage

KEPT_NOTIFICATIONS = 200
_MARKDOWN = "text/markdown; charset=utf-8"


class Control:
    """The lab's own server: GET /state, GET /runbooks/ALERT, POST /heal/ACTION, and Alertmanager's webhooks.

    It is what `oncall-tui fleet heal` talks to. notifications: (receiver, payload), newest last.
    """

    def __init__(self, stage: Stage, port: int = 0) -> None:
        self._stage = stage
        self.notifications: deque[tuple[str, dict[str, Any]]] = deque(maxlen=KEPT_NOTIFICATIONS)
        self._server = LoopbackServer("the control", port, self._respond)
        self.url = self._server.url

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def _respond(self, method: str, path: str, body: bytes) -> Answer:
        match method, [unquote(part) for part in path.strip("/").split("/")]:
            case "GET", ["state"]:
                return as_json(self._stage.state())
            case "GET", ["notifications"]:
                return as_json([{"receiver": receiver, **payload} for receiver, payload in self.notifications])
            case "GET", ["runbooks", alert]:
                return Answer(200, self._runbook(alert).encode(), _MARKDOWN)
            case "POST", ["heal", action]:
                return self._heal(action)
            case "POST", ["notify", receiver]:
                return self._notified(receiver, body)
        return as_json({"error": f"no such route: {method} {path}"}, 404)

    def _heal(self, action: str) -> Answer:
        try:
            self._stage.heal(action)
        except ActionError as error:
            return as_json({"error": error.message, "hint": error.hint}, 409)
        return as_json({"done": action, "scenario": self._stage.fleet.scenario.name})

    def _runbook(self, alert: str) -> str:
        scenario = self._stage.fleet.scenario
        cure = f"```sh\noncall-tui fleet heal {scenario.mitigation}\n```" if scenario.mitigation else "Nothing to mend."
        return f"# {alert}\n\nThe lab plays *{scenario.title}*. {scenario.story}\n\n{cure}\n"

    def _notified(self, receiver: str, body: bytes) -> Answer:
        try:
            payload = json.loads(body)
        except ValueError:
            payload = None
        if not isinstance(payload, dict):
            return as_json({"error": "a JSON object is expected"}, 400)
        self.notifications.append((receiver, payload))
        return as_json({"received": receiver})


def heal_over_http(url: str, action: str) -> str:
    """Ask the lab whose control is at url to do this mitigation; what it says. Raises ActionError."""
    try:
        answer = httpx.post(f"{url.rstrip('/')}/heal/{quote(action, safe='')}", timeout=5.0, trust_env=False)
        document = answer.json()
    except httpx.InvalidURL as error:
        raise ActionError(f"{clean_line(url)} is no URL: {error}") from None
    except httpx.HTTPError as error:
        raise ActionError(f"no lab answers at {clean_line(url)}: {error}", "start one with `oncall-tui lab`") from None
    except ValueError:
        raise ActionError(f"what answers at {clean_line(url)} is no lab", "see $ONCALL_LAB_CONTROL") from None
    if not isinstance(document, dict) or answer.status_code != httpx.codes.OK:
        told = document if isinstance(document, dict) else {}
        raise ActionError(clean_line(str(told.get("error", "the lab said no"))), clean_line(str(told.get("hint", ""))))
    return clean_line(f"{action}: {document.get('scenario', 'the fleet')} heals from now on")
