"""Prometheus and Alertmanager of the soak, in a process of their own, which fail as they are told."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

FAULTS = ("drop", "cut", "garble", "503", "hang")
SERVICES = 12


class Fake(BaseHTTPRequestHandler):
    """Prometheus and Alertmanager in one, which does what its mode says."""

    protocol_version = "HTTP/1.1"
    modes: dict[int, str]
    alerts: list[dict]
    hangs_for = 0.0
    asked = 0
    connected = 0
    counting = threading.Lock()

    def setup(self) -> None:
        super().setup()
        with self.counting:
            Fake.connected += 1

    def finish(self) -> None:
        with self.counting:
            Fake.connected -= 1
        super().finish()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/told":  # by the soak itself
            told = json.loads(body)
            Fake.modes[told["port"]] = told["mode"]
            Fake.alerts = Fake.alerts[told["less"] :] + [alert(number) for number in told["more"]]
            state = {"asked": Fake.asked, "connected": Fake.connected - 1}
            return self.say(200, json.dumps(state).encode())
        Fake.asked += 1
        match self.modes[self.server.server_port]:
            case "drop":
                self.close_connection = True
                return
            case "cut":
                with suppress(OSError):
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n{")
                self.close_connection = True
                return
            case "garble":
                return self.say(200, b"<html>sign in</html>", "text/html")
            case "503":
                return self.say(503, b"{}")
            case "hang":
                threading.Event().wait(self.hangs_for)
        self.say(200, json.dumps(self.answer(urlsplit(self.path), parse_qs(body))).encode())

    do_POST = do_GET

    def answer(self, url, form):
        form = form | parse_qs(url.query)
        path = url.path
        if path.endswith("/silences"):
            return []
        if path.endswith("/alerts/groups"):
            return [{"labels": {}, "receiver": {"name": "default"}, "alerts": self.alerts}]
        if path.endswith("/api/v2/alerts"):
            return self.alerts
        if path.endswith("/status"):
            cluster = {"name": "one", "status": "ready", "peers": []}
            return {"cluster": cluster, "versionInfo": {"version": "0.27.0"}, "config": {"original": ""}}
        if path.endswith("/buildinfo"):
            return {"status": "success", "data": {"version": "2.53.0"}}
        if "/query" not in path:
            return {"status": "success", "data": {"alerts": [], "groups": []}}
        query = form.get("query", [""])[0]
        series = [one for part in query.split(" or label_replace(") for one in series_of(part)]
        if not path.endswith("query_range"):
            at = float(form["time"][0])
            rows = [{"metric": metric, "value": [at, value()]} for metric, value in series]
            return {"status": "success", "data": {"resultType": "vector", "result": rows}}
        start, end, step = (float(form[name][0]) for name in ("start", "end", "step"))
        times = [start + step * place for place in range(min(int((end - start) / step) + 1, 400))]
        rows = [{"metric": metric, "values": [[at, value()] for at in times]} for metric, value in series]
        return {"status": "success", "data": {"resultType": "matrix", "result": rows}}

    def say(self, status, body, kind="application/json"):
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


def series_of(part):
    """What a part of a query is answered with: labels, and what makes values."""
    if "timestamp(" in part:
        since = f"{time.time() - 40 * 86_400:.0f}"
        return [({"s": name}, lambda: since) for name in services_in(part)]
    tag = part.partition('"oncall_reading", "')[2].partition('"')[0]
    labels = [{"s": name} | ({"oncall_reading": tag} if tag else {}) for name in services_in(part)]
    if "drift{" in part:
        labels = [one | {"feature": feature} for one in labels for feature in ("age", "price", "region")]
        return [(one, lambda: f"{random.random() / 8:.6f}") for one in labels]
    return [(one, (lambda: "1000") if "all{" in part else lambda: f"{random.random() * 3:.6f}") for one in labels]


def services_in(part):
    """The services that a query names; none where it asks for rules."""
    found = re.search(r'[{,]s=~?"([^"]*)"', part)
    return found[1].split("|") if found else []


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that went away."""


def fingerprint(number):
    return f"{number:016x}"


def alert(number):
    labels = {"alertname": f"A{number % 30}", "service": f"svc{number % SERVICES}", "pod": f"p{number}"}
    labels["severity"] = ("page", "ticket", "info")[number % 3]
    now = time.time()
    return {
        "labels": labels, "annotations": {"summary": "not well"}, "fingerprint": fingerprint(number),
        "startsAt": stamp(now - 60), "endsAt": stamp(now + 86_400), "updatedAt": stamp(now), "generatorURL": "",
        "receivers": [{"name": "default"}], "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }  # fmt: skip


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


@contextmanager
def served(hangs_for):
    """The ports of both in a process of their own, so that what they hold is not counted. hangs_for: real seconds."""
    servers = [Server(("127.0.0.1", 0), Fake) for _ in range(2)]
    ports = [server.server_port for server in servers]
    Fake.alerts, Fake.modes, Fake.hangs_for = [], dict.fromkeys(ports, ""), hangs_for
    pid = os.fork()
    if pid == 0:
        threading.Thread(target=servers[0].serve_forever, daemon=True).start()
        servers[1].serve_forever()
        os._exit(0)
    for server in servers:
        server.socket.close()
    try:
        yield ports
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def tell(port, mode="", less=0, more=()):
    """Let a server do so; how many requests both had so far, and connections now. Takes a millisecond."""
    body = json.dumps({"port": port, "mode": mode, "less": less, "more": list(more)}).encode()
    with urlopen(f"http://127.0.0.1:{port}/told", body, timeout=600) as told:
        return json.loads(told.read())
