"""While a source hangs, floods or is gone, keys answer at once; and what Alertmanager forgets or refuses is told."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from every_fault import ALERTMANAGER, ENDPOINT, FAULTS, PROMETHEUS, status
from fault_stage import Names, Servers, Stage, real_servers, running_alertmanager
from front import Front, Request, pass_on

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings, NotAcknowledged
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.models import Config
from oncall_tui.core.alerts import Alert, AlertBoard, Phase, phase_of
from oncall_tui.core.snapshot import SourceKind
from oncall_tui.core.state import State
from oncall_tui.journal import EventKind, Journal
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.desk import opened
from oncall_tui.wiring.desk import desk_for

pytestmark = pytest.mark.live

SAMPLE = (
    ("hangs before the first byte", PROMETHEUS),
    ("drips a byte at a time", ENDPOINT),
    ("a body of 200 MB", ALERTMANAGER),
)
HANGS = 2.0
"""Seconds that a request takes which is not answered: no key may take that, and most must take far less."""


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with real_servers(tmp_path_factory.mktemp("keys")) as running:
        yield running


@pytest.mark.parametrize(("name", "kind"), SAMPLE)
async def test_keys_answer_meanwhile(servers: Servers, tmp_path: Path, name: str, kind: SourceKind) -> None:
    fault = replace(next(one for one in FAULTS if one.name == name), interval=1.0)
    stage = Stage(servers, fault, kind, Names())
    config = Config()
    config = config.model_copy(
        update={"journal": config.journal.model_copy(update={"file": tmp_path / "journal.sqlite3"})}
    )
    app = OncallApp(opened(desk_for(config, stage.sources, stage.poller, {}, title="prod", read_only="")))
    worst = 0.0

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            worst = max(worst, time.monotonic() - before)

    async def until(happened, seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while app.assessment is None or not happened(app.assessment):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)

    try:
        async with app.run_test(size=(120, 40)) as pilot:
            await until(lambda one: one.state is State.OK)
            await asyncio.to_thread(stage.begin)
            await until(lambda one: stage.state(one) is fault.says[kind].state)
            watching = asyncio.create_task(watch())
            shown, took = {type(app.screen).__name__}, []
            for key in ("2", "3", "4", "8", "1", "S", "escape", "question_mark", "escape"):
                before, began = app.screen, time.monotonic()
                await pilot.press(key)
                assert app.screen is not before, key
                took.append(time.monotonic() - began)
                shown.add(type(app.screen).__name__)
            watching.cancel()
            assert stage.state(app.assessment) is not State.OK
            await asyncio.to_thread(stage.end)
            await until(lambda one: one.state is State.OK)
        assert len(shown) >= 7
        assert worst < HANGS
        assert max(took) < HANGS
        assert statistics.median(took) < HANGS / 2
    finally:
        await asyncio.to_thread(stage.front.close)
        await stage.poller.close()


async def fired(source: AlertmanagerSource) -> Alert:
    async with asyncio.timeout(10):
        while not (board := await source.board()).alerts:
            await asyncio.sleep(0.05)
    return board.alerts[0]


def phase(board: AlertBoard) -> Phase:
    return phase_of(board.alerts[0], [one for one in board.silences if one.id in board.alerts[0].silenced_by])


async def test_a_silence_that_a_restart_lost_covers_nothing_on_the_screen(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    for name in ("before", "after"):
        (tmp_path / name).mkdir()
    with running_alertmanager(tmp_path / "before") as server:
        port = int(server.url.rpartition(":")[2])
        source = AlertmanagerSource("am", server.url, HttpConfig(timeout=2))
        server.fire({"alertname": "ModelAccuracyLow", "service": "ranker", "severity": "page"})
        acknowledge = Acknowledge({"am": source}, journal, AckSettings("sre"), patience=(0.0, 0.5))
        (result,) = await acknowledge([await fired(source)])
        assert isinstance(result, Acknowledged)
        async with asyncio.timeout(10):
            while phase(await source.board()) is not Phase.ACKNOWLEDGED:
                await asyncio.sleep(0.05)
        server.kill()
        # Back at the same address, with none of what it kept.
        with running_alertmanager(tmp_path / "after", port=port) as anew:
            anew.fire({"alertname": "ModelAccuracyLow", "service": "ranker", "severity": "page"})
            await fired(source)
            assert phase(await source.board()) is Phase.FIRING
        await source.close()
    journal.close()


async def test_a_silence_that_is_refused_is_no_acknowledgement(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    (tmp_path / "am").mkdir()

    def refusing(request: Request) -> None:
        refused = status(403, b"silences are frozen tonight")
        (refused if request.command == "POST" else pass_on)(request)

    with running_alertmanager(tmp_path / "am") as server:
        server.fire({"alertname": "ModelAccuracyLow", "service": "ranker", "severity": "page"})
        front = Front(server.url)
        source = AlertmanagerSource("am", f"http://127.0.0.1:{front.port}", HttpConfig(timeout=2))
        try:
            alert = await fired(source)
            front.misbehave(refusing)
            acknowledge = Acknowledge({"am": source}, journal, AckSettings("sre"), patience=(0.0, 0.5))
            (result,) = await acknowledge([alert])
            assert isinstance(result, NotAcknowledged)
            assert "silences are frozen tonight" in str(result)
            assert server.told("/silences") == []
            assert phase(await source.board()) is Phase.FIRING
            kinds = [event.kind for event in journal.events()]
            assert EventKind.ACK_INTENDED in kinds
            assert EventKind.ACK_DONE not in kinds
            front.behave()
            (result,) = await acknowledge([alert])
            assert isinstance(result, Acknowledged)
        finally:
            with suppress(OSError):
                front.close()
            await source.close()
    journal.close()
