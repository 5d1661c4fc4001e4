"""Label names of any characters, and what newer Alertmanagers add, from a server that speaks as the newest do."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Phase, SilenceDraft, exact_matchers, phase_of
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import Matcher, MatchOp, parse_filter, parse_matchers
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.journal import Journal
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.ui.render.alerts import detail

LABELS = {"alertname": "Größe", "service.name": "ranker", "the model": 'v7 "beta"', "👾": "a\\b\n", "severity": "page"}
START = "2026-11-23T20:29:56.168Z"
FILTER = re.compile(r'(?:[a-zA-Z_][a-zA-Z0-9_]*|"(?:[^"\\]|\\.)*")(?:=~|!~|!=|=)"(?:[^"\\]|\\.)*"\Z')


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


class Newest:
    """An Alertmanager of a version, in memory, as strict as the real one in what a silence must have."""

    def __init__(self, version: str, *labels: dict[str, str], muted_by: tuple[str, ...] = ()) -> None:
        self.version, self.labels, self.muted_by = version, labels, muted_by
        self.silences: dict[str, dict] = {}
        self.filters: list[str] = []

    def answer(self, method: str, target: str, body: bytes) -> tuple[int, object]:
        parts = urlsplit(target)
        match method, parts.path.removeprefix("/api/v2"):
            case "GET", "/status":
                return 200, {"versionInfo": {"version": self.version}, "cluster": {"status": "disabled", "peers": []}}
            case "GET", "/alerts":
                self.filters = parse_qs(parts.query).get("filter", [])
                wrong = [one for one in self.filters if not FILTER.match(one)]
                return (400, f"bad matcher format: {wrong[0]}") if wrong else (200, self._alerts())
            case "GET", "/alerts/groups":
                receiver = {"name": "pager", "labels": {"team": "ml"}}
                return 200, [{"labels": one, "receiver": receiver, "alerts": self._alerts()} for one in self.labels]
            case "GET", "/silences":
                return 200, list(self.silences.values())
            case "POST", "/silences":
                return self._post(json.loads(body))
            case "GET", path:
                found = self.silences.get(path.rpartition("/")[2])
                return (200, found) if found else (404, "")
        return 404, ""

    def _alerts(self) -> list[dict]:
        return [
            {
                "annotations": {"summary.text": "grün"},
                "endsAt": START,
                "fingerprint": f"f{number}",
                "receivers": [{"name": "pager", "labels": {"team": "ml"}}],
                "startsAt": START,
                "status": {
                    "inhibitedBy": [],
                    "silencedBy": list(self.silences),
                    "mutedBy": list(self.muted_by),
                    "state": "suppressed" if self.silences or self.muted_by else "active",
                },
                "updatedAt": START,
                "labels": labels,
            }
            for number, labels in enumerate(self.labels)
        ]

    def _post(self, body: dict) -> tuple[int, object]:
        if not {"matchers", "startsAt", "endsAt", "createdBy", "comment"} <= set(body):
            return 422, {"code": 602, "message": "a key is missing"}
        name = f"00000000-0000-4000-8000-{len(self.silences):012}"
        self.silences[name] = {**body, "id": name, "status": {"state": "active"}, "updatedAt": START}
        return 200, {"silenceID": name}


@asynccontextmanager
async def speaking(newest: Newest) -> AsyncIterator[AlertmanagerSource]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
        body = await reader.readexactly(int(length[1])) if length else b""
        method, target, _ = head.split(" ", 2)
        status, answer = newest.answer(method, target, body)
        told = json.dumps(answer).encode()
        lines = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(told)}\r\n"
        writer.write(f"{lines}Connection: close\r\n\r\n".encode() + told)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    source = AlertmanagerSource("am", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", HttpConfig(timeout=2))
    try:
        yield source
    finally:
        await source.close()
        server.close()


@pytest.mark.parametrize("version", ["0.27.0", "0.28.1", "0.34.0"])
async def test_an_alert_with_any_label_names_is_acknowledged_by_all_of_them(version, journal):
    newest = Newest(version, LABELS)
    async with speaking(newest) as source:
        (alert,) = (await source.board()).alerts
        assert dict(alert.labels) == LABELS
        (result,) = await Acknowledge({"am": source}, journal, AckSettings("maria"), patience=(0.0,))([alert])
        assert isinstance(result, Acknowledged)
        assert result.confirmed
        assert result.silence.matchers == exact_matchers(LABELS)
        assert result.silence.hides(LABELS)
        assert not result.silence.hides({**LABELS, "service.name": "gateway"})
    assert {one["name"] for one in next(iter(newest.silences.values()))["matchers"]} == set(LABELS)


async def test_an_alert_is_read_back_with_filters_that_every_version_reads_alike():
    newest = Newest("0.28.1", LABELS, {"service.name": "gateway"})
    async with speaking(newest) as source:
        assert (await source.alert("f0", LABELS)).fingerprint == "f0"
        assert newest.filters == ['severity="page"']
        assert (await source.alert("f1", {"service.name": "gateway"})).fingerprint == "f1"
        assert newest.filters == []


async def test_a_version_that_is_too_old_for_the_names_is_sent_nothing(journal):
    newest = Newest("0.26.0", LABELS)
    async with speaking(newest) as source:
        (alert,) = (await source.board()).alerts
        (result,) = await Acknowledge({"am": source}, journal, AckSettings("maria"), patience=(0.0,))([alert])
    assert not newest.silences
    assert "does not take the label name" in result.error


@pytest.mark.parametrize(
    ("text", "accepts"),
    [
        ('"service.name"="ranker"', True),
        ('{"service.name"=~"rank.*", "👾"=~"(?s)a.+"}', True),
        ('"the model"="v7 \\"beta\\""', True),
        ("ranker grün", True),
        ('"service.name"!="ranker"', False),
        ('"no such"="x"', False),
        ('alertname="Größe" "the model"!~"v7.*"', False),
    ],
)
def test_such_names_are_filtered_by_in_quotes(text, accepts):
    assert parse_filter(text).accepts(LABELS, ["grün"]) is accepts


def test_matchers_of_such_names_read_back_as_they_are_written():
    matchers = exact_matchers(LABELS)
    assert parse_matchers(", ".join(map(str, matchers))) == matchers


async def test_the_screen_shows_such_names():
    async with speaking(Newest("0.28.1", LABELS)) as source:
        board = await source.board()
    assessment = assess(Snapshot(time.time(), Catalogue(), alerts=board.alerts, groups=board.groups))
    text = "\n".join("".join(part for part, _ in line) for line in detail(assessment, assessment.alerts[0]))
    assert 'the model=v7 "beta"' in text
    assert "service.name=ranker" in text
    assert "👾=" in text
    assert "summary.text: grün" in text


async def test_an_alert_that_a_time_interval_mutes_is_muted_not_firing():
    async with speaking(Newest("0.28.1", LABELS, muted_by=("weekends",))) as source:
        board = await source.board()
    (alert,) = board.alerts
    assert alert.muted_by == ("weekends",)
    assert phase_of(alert, board.silences) is Phase.MUTED
    assert alert.receivers == ("pager",)
    assert board.groups[0].receiver == "pager"


async def test_a_silence_by_such_names_alone_is_refused_where_it_would_hide_everything():
    newest = Newest("0.28.1", LABELS)
    async with speaking(newest) as source:
        await source.board()
        matchers = (Matcher("service.name", MatchOp.NOT_EQUAL, "ranker"),)
        with pytest.raises(Refused, match="hide every alert"):
            await source.post_silence(SilenceDraft(matchers, time.time(), time.time() + 60, "maria", "ACK!"))
    assert not newest.silences


async def test_annotations_of_a_silence_are_kept_where_the_version_keeps_them():
    for version, kept in (("0.31.0", {}), ("0.32.0", {"burn": "14.4"})):
        newest = Newest(version, LABELS)
        async with speaking(newest) as source:
            await source.board()
            draft = SilenceDraft(
                exact_matchers(LABELS), time.time(), time.time() + 60, "maria", "ACK!", annotations={"burn": "14.4"}
            )
            read = await source.silence(await source.post_silence(draft))
        assert dict(read.annotations) == kept
        assert read.updated_at > 0
