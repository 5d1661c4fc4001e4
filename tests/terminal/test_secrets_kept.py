"""Secrets of every kind, servers that turn them away or throw them back, and a look through all that comes out."""

import base64
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from ptys import ROOT, python

KINDS = (
    "password",
    "bearer",
    "client",
    "header",
    "pager",
    "routing",
    "hook",
    "launcher",
    "tenant",
    "redacted",
    "param",
)
ENV = {"client", "header"}
FILES = {"bearer", "pager", "launcher"}


def secret(kind):
    return f"s3cret-{kind}-Zq8/+x"


class Server(ThreadingHTTPServer):
    """Answers every request as it is told; keeps what it was sent."""

    daemon_threads = True

    def __init__(self, manner, onward=""):
        self.manner, self.onward, self.seen = manner, onward, []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        told = f"{self.path}\n{self.headers}\n{body}"
        self.server.seen.append(told)
        if self.path.startswith("/token"):
            answer, status = {"access_token": secret("fetched"), "token_type": "bearer", "expires_in": 3600}, 200
        elif self.server.manner == "echo":
            answer, status = {"status": "error", "errorType": "bad", "error": told, "message": told}, 422
        else:
            answer, status = {"error": f"no entry with {told}"}, 401
        if self.server.manner == "redirect" and not self.path.startswith("/token"):
            self.send_response(307)
            self.send_header("Location", f"{self.server.onward}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_PUT = do_PATCH = do_GET

    def log_message(self, *_):
        pass


CONFIG = """
sources:
  prometheus:
    - {{name: one, url: {url}, basic_auth: {{username: me, password: "{password}"}}, tenant: acme}}
    - {{name: two, url: {url}, authorization: {{credentials_file: {folder}/bearer}}}}
    - name: three
      url: {url}
      oauth2: {{client_id: me, client_secret: "${{S_CLIENT}}", token_url: {url}/token, endpoint_params: {{audience: "{param}"}}}}
  alertmanager:
    - {{name: am, url: {url}, headers: {{X-Key: "${{S_HEADER}}"}}}}
pagers:
  - {{kind: pagerduty, url: {url}, token_file: {folder}/pager}}
  - {{kind: pagerduty_events, url: {url}, routing_key: "{routing}", key: "{{{{ fingerprint }}}}"}}
  - {{kind: webhook, name: hook, url: "{url}/{hook_path}", body: '{{}}'}}
runbooks:
  redact: [S_REDACTED]
  folders: [{folder}/books]
  launchers:
    - {{kind: github, name: job, title: A job, url: {url}, token_file: {folder}/launcher, repository: a/b, workflow: w.yml, matches: ['service="m"']}}
journal: {folder}/state/journal.sqlite3
recording: {{folder: {folder}/state/flight}}
polling: {{interval: 2, timeout: 5}}
services:
  - name: m
    endpoints: [{{url: {url}, protocol: http, authorization: {{credentials_file: {folder}/bearer}}}}]
    slos:
      - {{name: availability, objective: 99.9, events: {{total: 'sum(rate(r[$window]))', error: 'sum(rate(e[$window]))'}}}}
"""


@pytest.fixture
def planted(tmp_path):
    """A configuration with a secret in every place that takes one, for servers of one manner."""

    def make(manner, onward=""):
        server = Server(manner, onward)
        for kind in FILES:
            (tmp_path / kind).write_text(secret(kind))
        (tmp_path / "books").mkdir(exist_ok=True)
        told = {kind: secret(kind) for kind in KINDS}
        config = tmp_path / "config.yaml"
        config.write_text(
            CONFIG.format(url=server.url, folder=tmp_path, hook_path=quote(secret("hook"), safe=""), **told)
        )
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(tmp_path / "home"),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "LANG": "C.UTF-8",
            "S_CLIENT": secret("client"),
            "S_HEADER": secret("header"),
            "S_REDACTED": secret("redacted"),
        }
        return server, config, environment

    return make


def shapes():
    """Every secret as it may stand somewhere: plain, escaped, encoded."""
    for kind in (*KINDS, "fetched"):
        plain = secret(kind)
        yield kind, plain
        yield kind, quote(plain, safe="")
        yield kind, json.dumps(plain)[1:-1]
        yield kind, plain.replace("/", "\\/")
    yield "password", base64.b64encode(f"me:{secret('password')}".encode()).decode()


def look(where, text):
    held = {kind for kind, shape in shapes() if shape.encode() in text}
    assert not held, f"{where} holds {held}"


COMMANDS = (
    ("check", "--format", "json", "--explain"),
    ("status",),
    ("review", "--since", "2h"),
    ("record", "{folder}/out.oncall", "--for", "3s"),
    ("--debug-bundle", "{folder}/bug.zip"),
)


@pytest.mark.parametrize("manner", ["refuse", "echo"])
def test_no_secret_is_in_anything_that_comes_out(planted, terminal, tmp_path, manner):
    server, config, environment = planted(manner)
    running = [
        (
            command,
            subprocess.Popen(
                [
                    *python("-m", "oncall_tui"),
                    *([] if command[0][0] != "-" else ["--config", str(config)]),
                    *(part.format(folder=tmp_path) for part in command),
                    *(["--config", str(config)] if command[0][0] != "-" else []),
                ],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            ),
        )
        for command in COMMANDS
    ]
    one = terminal(
        *python("-m", "oncall_tui", "--debug", "--config", str(config)), columns=200, rows=50, environment=environment
    )
    one.until(lambda t: "UNKNOWN" in t.text())
    stood = []
    for key in ("1", "2", "3", "\r", "=", "\x1b", "\x1b", "4", "5", "8", "S"):
        one.press(key)
        one.answer()
        stood.append(one.text())  # what is sent is no more than what differs from it
    processes = b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path))
    look("a process's arguments", processes)
    time.sleep(3)
    one.press("\x1b")
    one.answer()
    one.press("q")
    one.ended()
    for command, process in running:
        out, _ = process.communicate(timeout=60)
        assert out or command[0] == "record", command
        assert b"Traceback" not in out, out.decode()
        assert b"Usage:" not in out, out.decode()
        look(" ".join(command), out)
    look("the screen", one.written)
    look("the screen", "\n".join(stood).encode())
    asked = "\n".join(server.seen)
    assert secret("password") not in asked
    for kind in ("bearer", "header", "fetched"):
        assert secret(kind) in asked, f"{kind} was never sent: nothing is shown by its absence"
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name not in {*FILES, "config.yaml"}]
    assert {"journal.sqlite3", "out.oncall", "debug.log", "bug.zip"} <= {path.name for path in files}
    for path in files:
        for text in _contents(path):
            look(path.name, text)


def _readable(path):
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def _contents(path):
    """A file's bytes, and what is in it where it is packed."""
    import gzip
    import zipfile
    import zlib

    raw = path.read_bytes()
    yield raw
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                yield packed.read(name)
    for unpack in (gzip.decompress, zlib.decompress):
        try:
            yield unpack(raw)
        except (OSError, EOFError, zlib.error):
            continue


def test_no_secret_goes_along_to_another_host(planted, tmp_path):
    """A redirect to another port of this machine, which is another server all the same."""
    thief = Server("refuse")
    server, config, environment = planted("redirect", thief.url)
    for command in (("check",), ("status",)):
        subprocess.run(
            [sys.executable, "-m", "oncall_tui", *command, "--config", str(config)],
            env=environment,
            capture_output=True,
            timeout=60,
        )
    assert len(server.seen) > 5
    assert thief.seen == []
