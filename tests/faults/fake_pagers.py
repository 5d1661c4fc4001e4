"""Servers in the place of pagers. Each enforces the request its documentation asks for, and answers as that says.

A request of another shape gets the documented error, so that a test which passes has sent the right one.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "hunter2-hunter2-hunter2"
EMAIL = "maria@example.org"
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
HTML = b"<!doctype html><title>Log in</title>"


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    status: int
    body: object = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"


class FakePager:
    """asked: every request. instead: {(method, part of the path): what to answer in place of the right answer}."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.instead: dict[tuple[str, str], Callable[[Request], Reply | None]] = {}
        self.released = threading.Event()
        self.url = ""

    def answer(self, request: Request) -> Reply:
        raise NotImplementedError

    def replied(self, request: Request) -> Reply:
        self.asked.append(request)
        for (method, part), reply in self.instead.items():
            if request.method == method and part in request.path and (other := reply(request)) is not None:
                return other
        return self.answer(request)

    def always(self, status: int, body: object = b"", *, on: tuple[str, str], kind: str = "application/json", **h: str):
        headers = {name.replace("_", "-"): value for name, value in h.items()}
        self.instead[on] = lambda _: Reply(status, body, headers, kind)

    def hang(self, on: tuple[str, str]) -> None:
        def wait(_: Request) -> None:
            self.released.wait(10)

        self.instead[on] = wait

    def of(self, method: str) -> list[Request]:
        return [request for request in self.asked if request.method == method]

    @contextmanager
    def serving(self) -> Iterator[None]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                url = urlsplit(self.path)
                request = Request(
                    self.command,
                    url.path,
                    parse_qs(url.query, keep_blank_values=True),
                    dict(self.headers),
                    self.rfile.read(length),
                )
                reply = fake.replied(request)
                data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                with suppress(OSError):
                    self.send_response(reply.status)
                    told = {"Content-Type": reply.kind, "Content-Length": str(len(data)), **reply.headers}
                    for name, value in told.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = answer

            def log_message(self, *_: object) -> None:
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()


class FakePagerDuty(FakePager):
    """REST API v2. incidents: as GET shows them; alerts: by incident id. users: who may acknowledge."""

    def __init__(self) -> None:
        super().__init__()
        self.incidents: dict[str, dict[str, Any]] = {}
        self.alerts: dict[str, list[dict[str, Any]]] = {}

    def add(self, id_: str, title: str, created: str, status: str = "triggered", alerts: list | None = None) -> None:
        number = 1423 + len(self.incidents)
        self.incidents[id_] = {
            "id": id_,
            "type": "incident",
            "incident_number": number,
            "title": title,
            "status": status,
            "created_at": created,
            "html_url": f"https://example.pagerduty.com/incidents/{id_}",
            "incident_key": None,
            "acknowledgements": [],
            "service": {"id": "PSVC", "summary": "ranker"},
        }
        self.alerts[id_] = alerts or []

    def answer(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != f"Token token={TOKEN}":
            return _pd(401, "Unauthorized", 2006)
        if request.headers.get("Accept") != "application/vnd.pagerduty+json;version=2":
            return _pd(400, "Invalid Accept header", 2000)
        parts = request.path.strip("/").split("/")
        if request.method == "GET" and parts == ["incidents"]:
            return self._list(request)
        if request.method == "PUT" and parts == ["incidents"]:
            return self._update(request)
        if request.method == "GET" and parts[0] == "incidents" and parts[1] in self.incidents:
            if parts[2:] == ["alerts"]:
                return Reply(200, {"alerts": self.alerts[parts[1]], "limit": 100, "offset": 0, "more": False})
            if not parts[2:]:
                return Reply(200, {"incident": self.incidents[parts[1]]})
        return _pd(404, "Not Found", 2100)

    def _list(self, request: Request) -> Reply:
        query = request.query
        known = {
            "statuses[]",
            "date_range",
            "sort_by",
            "limit",
            "offset",
            "incident_key",
            "service_ids[]",
            "team_ids[]",
        }
        limit, offset = int(query.get("limit", ["25"])[0]), int(query.get("offset", ["0"])[0])
        if query.keys() - known or limit > 100 or offset + limit > 10_000:
            return _pd(400, "Invalid Input Provided", 2001, "unknown or excessive parameter")
        wanted = query.get("statuses[]", ["triggered", "acknowledged", "resolved"])
        found = [one for one in self.incidents.values() if one["status"] in wanted]
        if "incident_key" in query:
            key = query["incident_key"][0]
            found = [one for one in found if any(a.get("alert_key") == key for a in self.alerts[one["id"]])]
        found.sort(key=lambda one: one["created_at"], reverse=True)
        more = offset + limit < len(found)
        page = found[offset : offset + limit]
        return Reply(200, {"incidents": page, "limit": limit, "offset": offset, "more": more, "total": None})

    def _update(self, request: Request) -> Reply:
        if request.headers.get("Content-Type") != "application/json":
            return _pd(400, "Content-Type must be application/json", 2000)
        if request.headers.get("From") != EMAIL:
            return _pd(400, "Invalid Input Provided", 2001, "Requester User Not Found")
        body = request.json()
        if set(body) != {"incidents"} or not body["incidents"]:
            return _pd(400, "Invalid Input Provided", 2001, "incidents is required")
        for each in body["incidents"]:
            if set(each) != {"id", "type", "status"} or each["type"] != "incident_reference":
                return _pd(400, "Invalid Input Provided", 2001, "Incident reference is invalid")
            incident = self.incidents.get(each["id"])
            if incident is None:
                return _pd(404, "Not Found", 2100)
            if incident["status"] == "resolved":
                return _pd(400, "Invalid Input Provided", 2001, "Incident Already Resolved")
            incident["status"] = each["status"]
            incident["acknowledgements"] = [{"at": "2026-01-01T00:00:00Z", "acknowledger": {"summary": "Maria"}}]
        return Reply(200, {"incidents": [self.incidents[each["id"]] for each in body["incidents"]]})


def _pd(status: int, message: str, code: int, *errors: str) -> Reply:
    return Reply(status, {"error": {"message": message, "code": code, "errors": list(errors)}})


class FakeEvents(FakePager):
    """Events API v2."""

    def answer(self, request: Request) -> Reply:
        if (request.method, request.path) != ("POST", "/v2/enqueue"):
            return Reply(404, b"Not Found", kind="text/plain")
        event = request.json()
        errors = []
        if "Authorization" in request.headers:
            errors.append("no Authorization is wanted")
        if len(event.get("routing_key", "")) != 32:
            errors.append("'routing_key' must be 32 characters")
        if event.get("event_action") not in ("trigger", "acknowledge", "resolve"):
            errors.append("'event_action' is invalid")
        if not event.get("dedup_key") or len(event["dedup_key"]) > 255:
            errors.append("'dedup_key' is missing or blank")
        if event.keys() - {"routing_key", "event_action", "dedup_key", "payload"}:
            errors.append("unknown fields")
        if errors:
            return Reply(400, {"status": "invalid event", "message": "Event object is invalid", "errors": errors})
        taken = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return Reply(202, taken)


class FakeGrafana(FakePager):
    """OnCall's HTTP API. groups: as the list shows them. cloud: whether it wants to know the stack."""

    def __init__(self) -> None:
        super().__init__()
        self.groups: dict[str, dict[str, Any]] = {}
        self.payloads: dict[str, Any] = {}
        self.cloud = ""
        self.page_size = 50

    def add(
        self, id_: str, title: str, created: str, state: str = "new", payload: Any = None, last: bool = True
    ) -> None:
        self.groups[id_] = {
            "id": id_,
            "integration_id": "CINT",
            "alerts_count": 1,
            "state": state,
            "created_at": created,
            "acknowledged_by": None,
            "title": title,
            "permalinks": {"web": f"https://example.grafana.net/a/{id_}"},
        }
        self.payloads[id_] = payload or {}
        if last:
            self.groups[id_]["last_alert"] = {"id": "A1", "alert_group_id": id_, "payload": payload or {}}

    def answer(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != TOKEN:
            return Reply(403, {"detail": "Invalid token."})
        if self.cloud and request.headers.get("X-Grafana-URL") != self.cloud:
            return Reply(401, {"detail": "X-Grafana-URL is required"})
        if (request.method, request.path) == ("GET", "/oncall/api/v1/alert_groups/"):
            return self._list(request)
        if (request.method, request.path) == ("GET", "/oncall/api/v1/alerts/"):
            payload = self.payloads[request.query["alert_group_id"][0]]
            return Reply(200, {"count": 1, "next": None, "results": [{"id": "A1", "payload": payload}]})
        rest = request.path.removeprefix("/oncall/api/v1/alert_groups/").split("/")
        if rest[0] in self.groups and request.method == "GET" and len(rest) == 1:
            return Reply(200, self.groups[rest[0]])
        if rest[0] in self.groups and request.method == "POST" and rest[1:] == ["acknowledge"]:
            return self._acknowledge(self.groups[rest[0]])
        return Reply(404, {"detail": "Not found."})

    def _list(self, request: Request) -> Reply:
        query = request.query
        if query.keys() - {"id", "route_id", "integration_id", "state", "page"}:
            return Reply(400, {"detail": "unknown filter"})
        if query["state"][0] not in ("new", "acknowledged", "resolved", "silenced"):
            return Reply(400, {"detail": "Select a valid choice"})
        found = [one for one in self.groups.values() if one["state"] == query["state"][0]]
        page = int(query.get("page", ["1"])[0])
        shown = found[(page - 1) * self.page_size : page * self.page_size]
        onward = (
            f"{self.url}/oncall/api/v1/alert_groups/?page={page + 1}" if page * self.page_size < len(found) else None
        )
        return Reply(200, {"count": len(found), "next": onward, "previous": None, "results": shown})

    def _acknowledge(self, group: dict[str, Any]) -> Reply:
        if group["state"] == "resolved":
            return Reply(400, {"detail": "Can't acknowledge a resolved alert group"})
        if group["state"] == "acknowledged":
            return Reply(400, {"detail": "Can't acknowledge an acknowledged alert group"})
        group |= {"state": "acknowledged", "acknowledged_by": "UMARIA"}
        return Reply(200, {})


class FakeJira(FakePager):
    """Jira Service Management's operations, or (opsgenie) Opsgenie. What is asked for is done a little later."""

    def __init__(self, opsgenie: bool = False) -> None:
        super().__init__()
        self.opsgenie = opsgenie
        self.base = "/v2" if opsgenie else "/jsm/ops/api/cloud-1/v1"
        basic = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        self.authorization = f"GenieKey {TOKEN}" if opsgenie else f"Basic {basic}"
        self.alerts: dict[str, dict[str, Any]] = {}
        self.details: dict[str, dict[str, Any]] = {}
        self.requests: dict[str, list[Any]] = {}
        self.lag = 1
        self.verdict: dict[str, Any] = {"isSuccess": True, "success": True, "status": "Alert acknowledged"}

    def add(self, id_: str, message: str, created: str, status: str = "open", alias: str = "", **details: Any) -> None:
        self.alerts[id_] = {
            "id": id_,
            "tinyId": str(1423 + len(self.alerts)),
            "alias": alias or f"alias-{id_}",
            "message": message,
            "status": status,
            "acknowledged": False,
            "createdAt": created,
            "tags": [],
            "owner": "",
        }
        self.details[id_] = details

    def answer(self, request: Request) -> Reply:
        if request.headers.get("Authorization") != self.authorization:
            return Reply(401, {"message": "Could not authenticate", "took": 0.0, "requestId": "r"})
        rest = request.path.removeprefix(self.base + "/alerts").strip("/").split("/")
        if not request.path.startswith(self.base + "/alerts"):
            return Reply(404, {"message": "Not found"})
        if request.method == "GET" and rest == [""]:
            return self._list(request)
        if request.method == "GET" and rest[0] == "requests":
            return self._status(rest[1])
        if rest[0] in self.alerts and self.opsgenie and request.query.get("identifierType") != ["id"]:
            return Reply(422, {"message": "identifierType must be given"})
        if rest[0] in self.alerts and request.method == "GET" and len(rest) == 1:
            whole = {**self.alerts[rest[0]], **self.details[rest[0]]}
            return Reply(200, {"data": whole, "took": 0.1, "requestId": "r"} if self.opsgenie else whole)
        if rest[0] in self.alerts and request.method == "POST" and rest[1:] == ["acknowledge"]:
            return self._acknowledge(rest[0], request)
        return Reply(404, {"message": "Alert does not exist"})

    def _list(self, request: Request) -> Reply:
        size = "limit" if self.opsgenie else "size"
        query = {name: values[0] for name, values in request.query.items()}
        if query.keys() - {"query", "sort", "order", "offset", size} or int(query[size]) > 100:
            return Reply(422, {"message": "Request body is not processable", "errors": ["unknown parameter"]})
        if query["query"] != "status:open":
            return Reply(400, {"message": "Query could not be parsed"})
        found = [one for one in self.alerts.values() if one["status"] == "open"]
        found.sort(key=lambda one: one["createdAt"], reverse=True)
        start = int(query["offset"])
        page = found[start : start + int(query[size])]
        onward = f"/alerts?offset={start + len(page)}" if start + len(page) < len(found) else None
        links = {"next": onward} if onward else {}
        if self.opsgenie:
            return Reply(200, {"data": page, "paging": links, "took": 0.1, "requestId": "r"})
        return Reply(200, {"values": page, "links": links, "count": len(found)})

    def _acknowledge(self, id_: str, request: Request) -> Reply:
        body = request.json()
        if request.headers.get("Content-Type") != "application/json" or body.keys() - {"user", "source", "note"}:
            return Reply(422, {"message": "Request body is not processable", "errors": {"body": "unknown field"}})
        self.requests["req-1"] = [id_, self.lag]
        return Reply(202, {"result": "Request will be processed", "took": 0.1, "requestId": "req-1"})

    def _status(self, id_: str) -> Reply:
        if id_ not in self.requests or self.requests[id_][1] > 0:
            if id_ in self.requests:
                self.requests[id_][1] -= 1
            return Reply(404, {"message": "Request not found. It might not be processed, yet.", "requestId": id_})
        if self.verdict.get("isSuccess"):
            self.alerts[self.requests[id_][0]] |= {"acknowledged": True, "owner": EMAIL}
        return Reply(200, {"data": self.verdict, "took": 0.1, "requestId": id_} if self.opsgenie else self.verdict)


class FakeWebhook(FakePager):
    """Takes what it is sent. status: what it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 204

    def answer(self, request: Request) -> Reply:
        if not request.path.startswith("/services/T0/B0/s3cr3t-path"):
            return Reply(404, f"no hook at {request.path}".encode(), kind="text/plain")
        return Reply(self.status, b"")


def rfc3339(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
