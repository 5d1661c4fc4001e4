"""Hours of on-call in minutes: the whole dashboard over HTTP servers that fail and heal, alerts that churn, and resizing.

    python tests/bench/soak.py [HOURS [TIMES]]      # default: 8 hours, 20 times as fast as life: 24 minutes

Timeouts run as fast too: on a busy machine 60 times is too much for them. Growth is judged from 2 hours on: until then
screens are seen for the first time.

The clock, the event loop and every timeout run TIMES as fast, so all that lasts (retention, the flight recorder, kept
acknowledgements, stale figures) lasts as long as in life. Prometheus and Alertmanager are real sockets on loopback that
take turns to refuse, cut, garble, answer 503 and hang. Printed every simulated half hour: memory, objects, tasks,
threads, file descriptors, polls, faults begun and healed. Exits 1 when something grew after the first third, or a fault
that was over was not healed within two minutes of simulated time.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

HOURS, TIMES = 8.0, 20.0
HEALED_WITHIN = 120.0
"""Simulated seconds after the end of a fault by which its source must be live again: back-off ends at 60 s here."""
KEYS = ["1", "2", "3", "4", "5", "6", "8", "j", "j", "k", "w", "v", "z", "S", "escape", "question_mark", "escape"]
FAULTS = ("refuse", "cut", "garble", "503", "hang")
CONFIG = """
sources:
  prometheus: [{{name: prom, url: 'http://127.0.0.1:{prom}', timeout: 10s}}]
  alertmanager: [{{name: am, url: 'http://127.0.0.1:{am}', timeout: 10s}}]
polling: {{interval: 15s, max_backoff: 1m}}
notices: {{bell: false, desktop: none, title: false}}
services:
"""
SERVICE = """  - name: svc{n}
    slos:
      - name: availability
        objective: 99.9%
        events: {{error: 'sum(rate(bad{{s="{n}"}}[$window]))', total: 'sum(rate(all{{s="{n}"}}[$window]))'}}
    signals:
      - {{name: drift, query: 'drift{{s="{n}"}}', by: feature, warn: 0.1, crit: 0.25}}
"""
SERVICES = 12


def hasten(times: float) -> None:
    """Let time.time, time.monotonic and the event loop's waits run so many times as fast; before anything is imported."""
    wall, steady = time.time, time.monotonic
    wall_from, steady_from = wall(), steady()
    time.monotonic = lambda: steady_from + (steady() - steady_from) * times
    time.time = lambda: wall_from + (steady() - steady_from) * times
    make = asyncio.new_event_loop

    def fast() -> asyncio.AbstractEventLoop:
        loop = make()
        select = loop._selector.select
        loop._selector.select = lambda timeout=None: select(timeout / times if timeout else timeout)
        return loop

    asyncio.new_event_loop = asyncio.events.new_event_loop = fast


class Fake(BaseHTTPRequestHandler):
    """Prometheus and Alertmanager in one, which does what its mode says."""

    protocol_version = "HTTP/1.1"
    modes: dict[int, str]
    alerts: list[dict]
    asked = 0

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/told":  # by the soak itself
            told = json.loads(body)
            Fake.modes[told["port"]] = told["mode"]
            Fake.alerts[: told["less"]] = []
            Fake.alerts += [alert(number) for number in told["more"]]
            return self.say(200, str(Fake.asked).encode())
        Fake.asked += 1
        match self.modes[self.server.server_port]:
            case "refuse":
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
                threading.Event().wait(30.0 / TIMES)
        with suppress(OSError):
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
        tags = [part.split('"')[1] for part in query.split('"oncall_reading", ')[1:]]
        metrics = [{"oncall_reading": tag} for tag in tags] or [{"feature": "f"}]
        if not path.endswith("query_range"):
            rows = [{"metric": one, "value": [time.time(), f"{random.random() / 500:.6f}"]} for one in metrics]
            return {"status": "success", "data": {"resultType": "vector", "result": rows}}
        start, end, step = (float(form[name][0]) for name in ("start", "end", "step"))
        count = min(int((end - start) / step) + 1, 400)
        values = [[start + step * place, f"{random.random() / 500:.6f}"] for place in range(count)]
        rows = [{"metric": one, "values": values} for one in metrics]
        return {"status": "success", "data": {"resultType": "matrix", "result": rows}}

    def say(self, status, body, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Quiet."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that went away."""


def stamp(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def alert(number):
    labels = {"alertname": f"A{number % 30}", "service": f"svc{number % SERVICES}", "pod": f"p{number}"}
    labels["severity"] = ("page", "ticket", "info")[number % 3]
    now = time.time()
    return {
        "labels": labels, "annotations": {"summary": "not well"}, "fingerprint": f"{number:016x}",
        "startsAt": stamp(now - 60), "endsAt": stamp(now + 86_400), "updatedAt": stamp(now), "generatorURL": "",
        "receivers": [{"name": "default"}], "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    }  # fmt: skip


def served():
    """The two servers in a process of their own, so that what they hold is not counted; its id and their ports."""
    servers = [Server(("127.0.0.1", 0), Fake) for _ in range(2)]
    ports = [server.server_port for server in servers]
    Fake.alerts, Fake.modes = [], dict.fromkeys(ports, "")
    if pid := os.fork():
        for server in servers:
            server.socket.close()
        return pid, ports
    threading.Thread(target=servers[0].serve_forever, daemon=True).start()
    servers[1].serve_forever()
    os._exit(0)


def tell(port, mode="", less=0, more=()):
    """Let a server do so; how many requests both had so far. Takes a millisecond."""
    body = json.dumps({"port": port, "mode": mode, "less": less, "more": list(more)}).encode()
    with urlopen(f"http://127.0.0.1:{port}/told", body, timeout=10 * TIMES) as told:
        return int(told.read())


class Figures:
    """What is counted at one moment."""

    def __init__(self):
        gc.collect()
        self.memory = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        self.objects = len(gc.get_objects())
        self.tasks = len(asyncio.all_tasks())
        self.threads = threading.active_count()
        self.files = len(os.listdir("/proc/self/fd"))

    def line(self):
        return f"{self.memory:7.1f} MB {self.objects:9,} objects {self.tasks:4} tasks {self.threads:3} threads {self.files:4} fds"


async def soak(config, ports, hours):
    from textual.pilot import WaitForScreenTimeout

    from oncall_tui.ui.app import OncallApp
    from oncall_tui.wiring.dashboard import dashboard

    app = OncallApp(lambda: dashboard(config))
    app.animation_level = "none"
    began, number, known, faults, missed = time.time(), 0, 0, 0, []
    modes = dict.fromkeys(ports, "")
    due_fault, fault_ends, fault_port, look_at, next_line = 300.0, None, None, None, 0.0
    taken = []
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        while app.assessment is None:
            await asyncio.sleep(1)
        while (passed := time.time() - began) < hours * 3_600:
            # Alerts come and go.
            more = random.randrange(4)
            less = max(0, known + more - random.randrange(10, 60)) if random.random() < 0.2 else 0
            number, known = number + more, known + more - min(less, known)
            asked = tell(ports[1], modes[ports[1]], less, range(number - more, number))
            # Faults come and go, one server at a time, and each must be seen to heal.
            if fault_ends is None and look_at is None and passed > due_fault:
                fault_port, fault_ends, faults = random.choice(ports), passed + random.uniform(30, 300), faults + 1
                modes[fault_port] = random.choice(FAULTS)
                tell(fault_port, modes[fault_port])
            if fault_ends is not None and passed > fault_ends:
                modes[fault_port], fault_ends, look_at = "", None, passed + HEALED_WITHIN
                tell(fault_port)
            if look_at is not None and passed > look_at:
                name = "prom" if fault_port == ports[0] else "am"
                health = app.assessment.snapshot.sources[name]
                if health.failures or not health.live(time.time()):
                    missed.append(f"{name} at {passed / 3_600:.2f} h: {health.error}")
                look_at, due_fault = None, passed + random.uniform(60, 600)
            # Somebody looks around, and the terminal changes its size.
            with suppress(WaitForScreenTimeout):  # its patience is hastened too
                if random.random() < 0.3:
                    await pilot.resize_terminal(random.randrange(20, 240), random.randrange(5, 80))
                await pilot.press(random.choice(KEYS))
            if passed >= next_line:
                taken.append(Figures())
                print(
                    f"{passed / 3_600:5.1f} h {taken[-1].line()}  {asked:7,} requests {faults:3} faults",
                    flush=True,
                )
                next_line += 1_800
            await asyncio.sleep(20)
        taken.append(Figures())
        print(f"{hours:5.1f} h {taken[-1].line()}  {asked:7,} requests {faults:3} faults")
    await app.close()
    return taken, faults, missed


def grown(taken):
    """What grew after the first third, in words."""
    if len(taken) < 5:
        return []
    early, late = taken[len(taken) // 3], taken[-1]
    found = []
    if late.memory > early.memory * 1.1 + 10:
        found.append(f"memory {early.memory:.0f} -> {late.memory:.0f} MB")
    for name, room in (("tasks", 10), ("threads", 4), ("files", 8)):
        if getattr(late, name) > getattr(early, name) + room:
            found.append(f"{name} {getattr(early, name)} -> {getattr(late, name)}")
    if late.objects > early.objects * 1.15 + 20_000:
        found.append(f"objects {early.objects:,} -> {late.objects:,}")
    return found


def main():
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    global TIMES
    TIMES = float(sys.argv[2]) if len(sys.argv) > 2 else TIMES
    random.seed(7)
    hasten(TIMES)
    child, ports = served()
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(XDG_STATE_HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
        config = Path(home) / "config.yaml"
        config.write_text(
            CONFIG.format(prom=ports[0], am=ports[1]) + "".join(SERVICE.format(n=n) for n in range(SERVICES))
        )
        try:
            taken, faults, missed = asyncio.run(soak(config, ports, hours))
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    bad = grown(taken)
    print(
        f"{faults} faults, {len(missed)} not healed in time; grew: {', '.join(bad) or 'nothing' if len(taken) >= 5 else 'too short to say'}"
    )
    print("\n".join(missed), end="\n" if missed else "")
    sys.exit(1 if bad or missed else 0)


if __name__ == "__main__":
    main()
