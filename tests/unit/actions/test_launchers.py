"""Jobs launched elsewhere, against servers that refuse what is not as documented; secrets are shown nowhere."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from oncall_tui.actions import RunStep, StepRun
from oncall_tui.config.models import Config
from oncall_tui.config.secrets import secrets_of
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.steps import StepKind
from oncall_tui.journal import EventKind, Journal
from oncall_tui.runbooks import Runbook
from oncall_tui.sources.launchers import launcher_from
from oncall_tui.wiring.runbooks import runbook_library

JOB = "5c6f0a9e-0f0e-4a34-9a0f-3f1f1c9b7a10"
TOKEN = "hunter2hunter2"
HOSTILE = '"},{"x":"\n&token=evil; $(id)'


class Server(ThreadingHTTPServer):
    """Rundeck, GitHub, GitLab and a webhook, as strict as their documentation."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.taken: list[object] = []
        self.statuses = ["running", "running", "succeeded"]
        self.answer: tuple[int, str] | None = None


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def _say(self, status: int, told: object = None) -> None:
        body = b"" if told is None else json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path != "/api/18/execution/7" or self.headers["X-Rundeck-Auth-Token"] != TOKEN:
            return self._say(404, {"error": True, "message": "no such execution"})
        status = self.server.statuses.pop(0) if len(self.server.statuses) > 1 else self.server.statuses[0]
        if status in ("garbage", "502"):
            return self._say(502 if status == "502" else 200, ["\x1b[2J", status])
        return self._say(200, {"id": 7, "status": status})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        kind = self.headers["Content-Type"].partition(";")[0]
        if self.server.answer is not None:
            status, words = self.server.answer
            return self._say(status, {"message": f"{words} {TOKEN} {self.path}"})
        if self.path == f"/api/18/job/{JOB}/run":
            if self.headers["X-Rundeck-Auth-Token"] != TOKEN or self.headers["Accept"] != "application/json":
                return self._say(403, {"error": True, "message": "unauthorized"})
            told = json.loads(body)
            if kind != "application/json" or set(told) != {"options"}:
                return self._say(400, {"error": True, "message": "bad request"})
            self.server.taken.append(told["options"])
            return self._say(200, {"id": 7, "permalink": f"{self.server.url}/execution/show/7", "status": "running"})
        if self.path == "/repos/example/models/actions/workflows/rollback.yml/dispatches":
            fine = (
                self.headers["Authorization"] == f"Bearer {TOKEN}"
                and self.headers["Accept"] == "application/vnd.github+json"
                and self.headers["X-GitHub-Api-Version"] == "2022-11-28"
            )
            told = json.loads(body)
            if (
                not fine
                or set(told) != {"ref", "inputs"}
                or not all(isinstance(v, str) for v in told["inputs"].values())
            ):
                return self._say(422, {"message": "invalid"})
            self.server.taken.append(told)
            return self._say(204)
        if self.path == "/api/v4/projects/infra%2Fnodes/trigger/pipeline":
            form = parse_qsl(body, strict_parsing=True)
            if (
                kind != "application/x-www-form-urlencoded"
                or dict(form).get("token") != TOKEN
                or "authorization" in {name.lower() for name in self.headers}
            ):
                return self._say(404, {"message": "404 Not Found"})
            self.server.taken.append([pair for pair in form if pair[0] != "token"])
            return self._say(201, {"id": 99, "status": "created", "web_url": "https://gitlab/p/99"})
        if self.path == f"/hook/{TOKEN}":
            self.server.taken.append(json.loads(body))
            return self._say(202)
        return self._say(404, {"message": "no such thing"})

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True).start()
    yield one
    one.shutdown()
    one.server_close()


def config(server: Server, folder: Path) -> Config:
    (folder / "token").write_text(f"{TOKEN}\n")
    common = {"title": "Do it", "matches": ['alertname="A"']}
    launchers = [
        {
            **common,
            "kind": "rundeck",
            "name": "rundeck",
            "url": server.url,
            "job": JOB,
            "token": TOKEN,
            "options": {"service": "{{ labels.service }}", "pod": "{{ labels.pod }}"},
        },
        {
            **common,
            "kind": "github",
            "name": "github",
            "url": server.url,
            "repository": "example/models",
            "workflow": "rollback.yml",
            "token_file": str(folder / "token"),
            "inputs": {"model": "{{ labels.pod }}"},
        },
        {
            **common,
            "kind": "gitlab",
            "name": "gitlab",
            "url": server.url,
            "project": "infra/nodes",
            "token_file": str(folder / "token"),
            "variables": {"NODE": "{{ labels.pod }}"},
        },
        {
            **common,
            "kind": "webhook",
            "name": "webhook",
            "url": f"{server.url}/hook/{TOKEN}",
            "body": '{"pod": "{{ labels.pod }}", "by": "{{ author }}"}',
            "risk": "danger",
        },
    ]
    return Config.model_validate({"runbooks": {"launchers": launchers}})


Made = tuple[RunStep, dict[str, Runbook]]


@pytest.fixture
def made(server: Server, journal: Journal, tmp_path: Path) -> Made:
    settings = config(server, tmp_path)
    launchers = [launcher_from(one, follow=0.02) for one in settings.runbooks.launchers]
    work = RunStep(
        journal, "maria", launchers=launchers, redactor=lambda more: Redactor([*secrets_of(settings), *more])
    )
    return work, {one.name: one for one in runbook_library(settings).runbooks()}


def alert(**labels: str) -> Alert:
    return Alert("am", "f1", {"alertname": "A", "service": "ranker", **labels}, {}, starts_at=1_700_000_000.0)


async def launch(made: Made, name: str, pod: str = HOSTILE) -> tuple[StepRun, list[str], str]:
    work, books = made
    [step] = books[name].steps
    prepared = work.prepare(books[name], step, alert(pod=pod))
    shown = " ".join(prepared.preview.argv) + prepared.preview.script
    lines: list[str] = []
    return await work(prepared, lines.append), lines, shown


@pytest.mark.parametrize(("bad", "said"), [("garbage", "expected an object with its status"), ("502", "502")])
async def test_a_job_that_cannot_be_followed_any_more_was_taken_and_its_end_is_not_known(
    made: Made, server: Server, journal: Journal, bad: str, said: str
) -> None:
    server.statuses = ["running", bad]
    ran, lines, _ = await launch(made, "rundeck")
    assert len(server.taken) == 1
    assert not ran.result.ok
    assert ran.result.summary.startswith("not known after")
    assert ran.result.note == "execution 7 began, nobody knows what came of it"
    assert len([line for line in lines if said in line]) == 3
    assert journal.events()[-1].kind == EventKind.STEP_ENDED


async def test_a_job_that_answers_again_is_followed_to_its_end(made: Made, server: Server) -> None:
    server.statuses = ["running", "502", "garbage", "running", "502", "succeeded"]
    ran, _, _ = await launch(made, "rundeck")
    assert ran.result.ok


@pytest.mark.parametrize(
    ("name", "taken", "word"),
    [
        ("rundeck", {"service": "ranker", "pod": HOSTILE}, "succeeded"),
        ("github", {"ref": "main", "inputs": {"model": HOSTILE}}, "accepted"),
        ("gitlab", [("ref", "main"), ("variables[NODE]", HOSTILE)], "accepted"),
        ("webhook", {"pod": HOSTILE, "by": "maria"}, "accepted"),
    ],
)
async def test_each_is_launched_as_documented_and_a_hostile_label_stays_a_value(
    made: Made, server: Server, journal: Journal, name: str, taken: object, word: str
) -> None:
    ran, lines, shown = await launch(made, name)
    assert server.taken == [taken]
    assert ran.result.ok
    assert ran.result.summary.startswith(f"{word} after")
    intent, ended = journal.events()
    assert (intent.kind, ended.kind, intent.subject) == (
        EventKind.STEP_INTENDED,
        EventKind.STEP_ENDED,
        f"{name}#launch",
    )
    everywhere = f"{shown} {lines} {journal.events()}"
    assert TOKEN not in everywhere
    if word == "accepted":
        assert "what becomes of it is not told here" in " ".join(lines)


async def test_a_job_that_fails_failed(made: Made, server: Server) -> None:
    server.statuses = ["running", "failed"]
    ran, lines, _ = await launch(made, "rundeck", "p")
    assert (ran.result.ok, ran.result.word) == (False, "failed")
    assert lines[-1] == "failed"


async def test_what_is_sent_is_shown_before_and_nothing_is_sent_for_that(made: Made, server: Server) -> None:
    work, books = made
    [step] = books["rundeck"].steps
    preview = work.prepare(books["rundeck"], step, alert(pod="p")).preview
    assert preview.argv == ("POST", f"{server.url}/api/18/job/{JOB}/run")
    assert json.loads(preview.script) == {"options": {"service": "ranker", "pod": "p"}}
    assert server.taken == []


@pytest.mark.parametrize("name", ["rundeck", "github", "gitlab"])
def test_what_the_alert_does_not_have_is_not_guessed(made: Made, name: str) -> None:
    work, books = made
    [step] = books[name].steps
    with pytest.raises(ActionError, match=r"the alert has no labels\.pod"):
        work.prepare(books[name], step, alert())


@pytest.mark.parametrize("name", ["rundeck", "github", "gitlab", "webhook"])
@pytest.mark.parametrize("status", [401, 404, 422, 500])
async def test_a_refusal_is_told_without_the_secret_it_repeats(
    made: Made, server: Server, journal: Journal, name: str, status: int
) -> None:
    server.answer = (status, "no")
    with pytest.raises(ActionError) as caught:
        await launch(made, name, "p")
    assert TOKEN not in f"{caught.value} {journal.events()}"
    assert journal.events()[-1].kind == EventKind.STEP_FAILED


async def test_a_server_that_is_gone_is_told(made: Made, server: Server, journal: Journal) -> None:
    server.shutdown()
    server.server_close()
    with pytest.raises(ActionError):
        await launch(made, "github", "p")
    assert journal.events()[-1].kind == EventKind.STEP_FAILED


async def test_stopping_says_that_it_goes_on_over_there(made: Made, server: Server) -> None:
    server.statuses = ["running"]
    work, books = made
    [step] = books["rundeck"].steps
    stop = asyncio.Event()
    started = time.monotonic()
    run = work(work.prepare(books["rundeck"], step, alert(pod="p")), lambda _: stop.set(), stop)
    ran = await run
    assert (ran.result.stopped, ran.result.ok) == (True, False)
    assert ran.result.note == "what was launched goes on over there"
    assert time.monotonic() - started < 5


async def test_read_only_and_the_allowed_risk_bound_launchers_too(
    server: Server, journal: Journal, tmp_path: Path
) -> None:
    settings = config(server, tmp_path)
    launchers = [launcher_from(one) for one in settings.runbooks.launchers]
    books = {one.name: one for one in runbook_library(settings).runbooks()}
    for work, said in (
        (RunStep(journal, "maria", launchers=launchers, read_only="told to"), "read-only"),
        (RunStep(journal, "maria", launchers=launchers, allowed=StepKind.MITIGATE), "no danger step"),
    ):
        prepared = work.prepare(books["webhook"], books["webhook"].steps[0], alert(pod="p"))
        with pytest.raises(ActionError, match=said):
            await work(prepared, lambda _: None)
    assert server.taken == []


def test_it_is_found_by_its_matches_like_any_runbook(server: Server, tmp_path: Path) -> None:
    library = runbook_library(config(server, tmp_path))
    found = [one.runbook.title for one in library.for_alert({"alertname": "A"}, {})]
    assert found == ["Do it"] * 4
    assert library.for_alert({"alertname": "B"}, {}) == ()
