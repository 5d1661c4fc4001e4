"""A loopback server that is Prometheus, Alertmanager and model server at once, and means no good.

It tells what no real one would: control characters as names of labels and metrics, half a letter, a line of a megabyte.
"""

import json
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from hostile import ATTACKS, LONG

PIPES = (
    "# heading",
    "| cell | cell |",
    "- item",
    "> quote",
    "![i](http://evil.example/i.png)",
    "<b>x</b>",
    "me@evil.example",
)
"""What a document would make markup of."""


def attack(number):
    """One that no JSON reader refuses, and one that makes markup."""
    whole = [one for one in ATTACKS if one.isprintable() or "\ud800" not in one]
    return whole[number % len(whole)] + PIPES[number % len(PIPES)]


def moment(at):
    return datetime.fromtimestamp(at, UTC).isoformat()


def alert(number):
    bad = attack(number)
    return {
        "fingerprint": f"f{number}{bad}",
        "labels": {"alertname": bad, "service": "ranker", "severity": "page", bad: bad, "team": attack(number + 1)},
        "annotations": {
            "summary": bad,
            "description": "\n".join(map(attack, range(9))),
            "runbook_url": bad,
            bad: LONG if number == 4 else bad,
        },
        "startsAt": moment(time.time() - 600),
        "updatedAt": moment(time.time()),
        "endsAt": moment(time.time() + 600),
        "generatorURL": f"http://x/{bad}",
        "receivers": [{"name": bad}],
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": [bad], "mutedBy": []}
        if number == 3
        else {"state": "active", "silencedBy": ["s1"] if number == 2 else [], "inhibitedBy": [], "mutedBy": []},
    }


def silence(name, comment):
    return {
        "id": name,
        "status": {"state": "active"},
        "matchers": [
            {"name": attack(2), "value": attack(3), "isRegex": False},
            {"name": "alertname", "value": attack(2)},
        ],
        "startsAt": moment(time.time() - 60),
        "endsAt": moment(time.time() + 600),
        "updatedAt": moment(time.time() - 60),
        "createdBy": attack(4),
        "comment": comment,
    }


class Strangers(ThreadingHTTPServer):
    """manner: 'words' answers with attacks, 'calm' with no alert, 'errors' refuses with attacks, 'garbage' is no JSON, 'halves' has surrogates."""

    daemon_threads = True

    def __init__(self, manner="words"):
        self.manner = manner
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """Nothing: who asked went away, and standard error is what is looked at."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        status, body = getattr(self, f"_{self.server.manner}")(path)
        self.send_response(status)
        self.send_header("Content-Type", "text/markdown" if path == "/page.md" else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass

    def _words(self, path):
        if path == "/page.md":
            return 200, "\n".join((*map(attack, range(40)), LONG[:500_000])).replace("\0", "").encode()
        return 200, json.dumps(_told(path, self.command), ensure_ascii=False).encode("utf-8", "replace")

    def _calm(self, path):
        return (200, b"[]") if path.startswith("/api/v2/alerts") else self._words(path)

    def _errors(self, path):
        words = "".join(ATTACKS)
        told = {"status": "error", "errorType": words, "error": words + LONG, "code": 3, "message": words}
        return 422, json.dumps(told).encode()

    def _garbage(self, path):
        return 200, ("".join(ATTACKS) + LONG).encode("utf-8", "surrogatepass") + b"\xff\x9b31337m"

    def _halves(self, path):
        return 200, json.dumps(_told(path, self.command)).replace("ranker", "ranker\\ud800").encode()


def _told(path, method):
    if path == "/api/v2/silences":
        return (
            {"silenceID": attack(1)} if method == "POST" else [silence("s1", attack(5) + LONG), silence(attack(6), "")]
        )
    if path.startswith("/api/v2/silence/"):
        return silence("s1", "ACK! " + attack(5))
    if path == "/api/v2/alerts":
        return [alert(number) for number in range(18)]
    if path == "/api/v2/alerts/groups":
        return [{"labels": {"a": attack(1)}, "receiver": {"name": attack(2)}, "alerts": [alert(1)]}]
    if path == "/api/v2/status":
        peers = [{"name": attack(3), "address": "x"}]
        return {"versionInfo": {"version": attack(1)}, "cluster": {"peers": peers}, "config": {"original": attack(2)}}
    if path.startswith("/api/v1/"):
        return {"status": "success", "data": _data(path), "warnings": list(ATTACKS[:14]), "infos": [attack(2)]}
    return {"name": attack(1), "versions": [attack(2)], "version": attack(3), "ready": True, "live": True}


def _data(path):
    if path == "/api/v1/alerts":
        return {
            "alerts": [
                {**alert(number), "state": "pending", "activeAt": moment(time.time() - 60), "value": "1"}
                for number in range(4)
            ]
        }
    if path == "/api/v1/rules":
        rules = [
            {"type": "recording", "name": attack(n), "query": f"vector({n})", "labels": {"sloth_service": attack(n)}}
            for n in range(9)
        ]
        return {"groups": [{"name": attack(1), "file": attack(2), "rules": rules}]}
    if path == "/api/v1/alertmanagers":
        return {"activeAlertmanagers": [{"url": f"http://{attack(1)}/api/v2/alerts"}, {"url": attack(2)}]}
    if path == "/api/v1/targets":
        return {
            "activeTargets": [{"labels": {"job": attack(1), "instance": attack(2)}, "scrapeUrl": f"http://{attack(3)}"}]
        }
    if path == "/api/v1/status/buildinfo":
        return {"version": attack(4)}
    each = [{"metric": labels, "value": [time.time(), "0.99"], "values": _TWO} for labels in _series()]
    if path == "/api/v1/query_range":
        return {"resultType": "matrix", "result": each}
    return {"resultType": "vector", "result": each}


_TWO = [[time.time() - 60, "0.5"], [time.time(), "0.4"]]


def _series():
    """SLOs as Sloth records them, gauges, and a model server: each by a stranger's name."""
    for number in range(16):
        bad = attack(number)
        slo = {
            "sloth_id": bad,
            "sloth_service": bad,
            "sloth_slo": attack(number + 1),
            "sloth_window": "5m",
            "le": "0.5",
        }
        for name in (
            "sloth_slo_info",
            "slo:objective:ratio",
            "slo:sli_error:ratio_rate5m",
            "slo:sli_error:ratio_rate1h",
        ):
            yield {"__name__": name, **slo, bad: bad}
        yield {"__name__": "feature_drift_psi", "service": bad, "feature": attack(number + 2), bad: bad}
        yield {"__name__": "vllm:num_requests_running", "model_name": bad, "job": attack(number + 3), "version": bad}
        yield {"__name__": bad, "alertname": bad, "alertstate": "firing", "service": "ranker", "severity": "page"}
