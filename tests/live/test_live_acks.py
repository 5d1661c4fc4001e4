"""Acknowledging on real Alertmanagers: groups, two at once, kept while firing and let go, over a member that dies."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, running_alertmanager, running_cluster

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings, AckWish, AlreadyAcknowledged, Silences
from oncall_tui.actions.failover import Clusters
from oncall_tui.actions.keep import Keeper, Kept
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Silence, SilenceDraft, SilenceState, exact_matchers
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.keeping import Fate, KeepRules
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.ports import AlertSource
from oncall_tui.journal import Journal
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.alertmanager import AlertmanagerSource

pytestmark = pytest.mark.live

PACE = Pace(interval=0.5, max_backoff=0.5, deadline=5)
RULES = KeepRules(extend_by=9, at_most=60)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertmanagerServer]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


@pytest.fixture
async def source(server: AlertmanagerServer) -> AsyncIterator[AlertmanagerSource]:
    made = AlertmanagerSource("am", server.url, HttpConfig(timeout=5))
    yield made
    await made.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def acknowledge(source: AlertSource, journal: Journal, author: str = "maria", seconds: int = 900) -> Acknowledge:
    return Acknowledge({"am": source}, journal, AckSettings(author, seconds, "ACK! on it", keep=True))


async def firing(source: AlertmanagerSource, name: str):
    return [alert for alert in (await source.board()).alerts if alert.name == name]


def resolve(server: AlertmanagerServer, labels: dict[str, str]) -> None:
    """End it, as Prometheus does it."""
    now = datetime.now(UTC)
    server.fire(labels, startsAt=(now - timedelta(hours=2)).isoformat(), endsAt=now.isoformat())


async def until(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.1)


async def gone(source: AlertmanagerSource, name: str) -> None:
    deadline = time.monotonic() + 30
    while await firing(source, name):
        assert time.monotonic() < deadline, "it still fires"
        await asyncio.sleep(0.1)


# A group


async def test_a_group_is_hidden_by_one_silence_of_its_labels_and_taken_back_as_one(server, source, journal):
    for service in ("ranker", "fraud"):
        server.fire({"alertname": "GroupStale", "service": service})
    alerts = await firing(source, "GroupStale")
    matchers = parse_matchers('alertname="GroupStale"')
    result = await acknowledge(source, journal).group(matchers, alerts, AckWish("the index", owner="maria"))
    assert isinstance(result, Acknowledged)
    assert (result.confirmed, result.note, len(result.alerts)) == (True, "", 2)
    assert {alert.silenced_by for alert in await firing(source, "GroupStale")} == {(result.silence_id,)}
    silence = await source.silence(result.silence_id)
    assert silence is not None
    assert silence.comment == "ACK! the index (kept while firing)"
    server.fire({"alertname": "GroupStale", "service": "churn"})
    again = await acknowledge(source, journal, "joe").group(matchers, await firing(source, "GroupStale"))
    assert isinstance(again, AlreadyAcknowledged), "whoever joins the group later is hidden by it, too"


# Two at once, and passing on


async def test_two_who_acknowledge_at_once_end_with_one(server, source, journal):
    for number in range(5):
        name = f"Raced{number}"
        server.fire({"alertname": name, "service": "ranker"})
        alerts = await firing(source, name)
        people = [acknowledge(source, journal, who) for who in ("maria", "joe", "ana")]
        results = [result for (result,) in await asyncio.gather(*(one(alerts) for one in people))]
        [alert] = await firing(source, name)
        standing = [one for one in (await source.board()).silences if one.hides(alert.labels)]
        assert len(standing) == 1, [(one.author, one.id) for one in standing]
        winners = [one for one in results if isinstance(one, Acknowledged)]
        assert [one.confirmed for one in winners] == [True]
        withdrawn = [one for one in results if isinstance(one, AlreadyAcknowledged) and one.withdrawn]
        assert all(one.silence.author == standing[0].author for one in withdrawn)


async def test_taking_over_and_handing_over_keep_the_one_silence_there_is(server, source, journal):
    server.fire({"alertname": "Passed", "service": "ranker"})
    alerts = await firing(source, "Passed")
    [first] = await acknowledge(source, journal)(alerts)
    [taken] = await acknowledge(source, journal, "joe")(alerts, AckWish(take_over=True))
    assert isinstance(taken, Acknowledged)
    assert (taken.confirmed, taken.had, taken.silence_id) == (True, "maria", first.silence_id)
    [handed] = await acknowledge(source, journal, "joe")(alerts, AckWish(renew=True, owner="ana"))
    assert isinstance(handed, Acknowledged)
    assert (handed.confirmed, handed.had, handed.silence_id) == (True, "joe", first.silence_id)
    silence = await source.silence(first.silence_id)
    assert silence is not None
    assert (silence.author, silence.state) == ("ana", SilenceState.ACTIVE)
    assert "(handed over by joe)" in silence.comment


# Kept while firing


class Running:
    """An instance that polls and keeps, until it is stopped."""

    def __init__(self, sources: list[AlertmanagerSource], journal: Journal, actor: str, **more: object) -> None:
        self.poller = Poller(Catalogue(), (), sources, None, PACE)
        clusters = Clusters(sources, self.poller.members_of, self.poller.clusters)
        silences = Silences(clusters, journal, actor)
        self.keeper = Keeper(clusters, silences, actor, RULES, **more)  # type: ignore[arg-type]
        self.kept: list[Kept] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._running = asyncio.create_task(self.poller.run(self._take))

    def _take(self, snapshot) -> None:
        if due := self.keeper.due(snapshot):
            task = asyncio.create_task(self._keep(due))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _keep(self, due) -> None:
        self.kept += await self.keeper(due)

    async def stop(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, *self._tasks, return_exceptions=True)


@pytest.fixture
async def run(journal: Journal):
    started: list[Running] = []

    def start(sources: list[AlertmanagerSource], actor: str, **more: object) -> Running:
        started.append(Running(sources, journal, actor, **more))
        return started[-1]

    yield start
    for one in started:
        await one.stop()


async def state(source: AlertmanagerSource, silence_id: str) -> Silence:
    found = await source.silence(silence_id)
    assert found is not None
    return found


async def test_it_is_kept_while_it_fires_by_one_of_several_and_let_go_when_it_resolves(server, source, journal, run):
    labels = {"alertname": "Kept", "service": "ranker"}
    server.fire(labels)
    [result] = await acknowledge(source, journal, "joe", seconds=6)(await firing(source, "Kept"))
    assert isinstance(result, Acknowledged)
    instances = [run([source], who) for who in ("maria", "joe", "ana")]
    await asyncio.sleep(14)
    now = await state(source, result.silence_id)
    assert now.state is SilenceState.ACTIVE, "twice as long as it was given for"
    standing = [one for one in (await source.board()).silences if one.hides(labels)]
    assert [one.id for one in standing] == [result.silence_id], "it never forked"
    assert [alert.silenced_by for alert in await firing(source, "Kept")] == [(result.silence_id,)]
    assert not any(kept.trouble for one in instances for kept in one.kept)
    assert instances[1].kept, "its owner's does it"
    assert not instances[0].kept
    assert not instances[2].kept
    resolve(server, labels)
    await gone(source, "Kept")
    left = (await state(source, result.silence_id)).ends_at - time.time()
    await asyncio.sleep(max(left, 0) + 1.5)
    assert (await state(source, result.silence_id)).state is SilenceState.EXPIRED
    server.fire(labels)
    await asyncio.sleep(2)
    assert [alert.silenced_by for alert in await firing(source, "Kept")] == [()], "and never made anew"


async def test_read_only_lets_it_run_out(server, source, journal, run):
    server.fire({"alertname": "Watched", "service": "ranker"})
    [result] = await acknowledge(source, journal, seconds=4)(await firing(source, "Watched"))
    run([source], "maria", read_only="told to")
    await asyncio.sleep(6)
    assert (await state(source, result.silence_id)).state is SilenceState.EXPIRED


async def test_what_fires_anew_is_not_covered_by_the_old_acknowledgement(server, source, journal, run):
    labels = {"alertname": "Anew", "service": "ranker"}
    start = datetime.now(UTC).timestamp() - 3_600
    server.fire(labels, startsAt=datetime.fromtimestamp(start, UTC).isoformat())
    [result] = await acknowledge(source, journal)(await firing(source, "Anew"))
    began = {result.silence_id: start}
    instance = run([source], "maria", began_of=lambda silence: began.get(silence.id))
    await asyncio.sleep(1.5)
    assert (await state(source, result.silence_id)).state is SilenceState.ACTIVE
    resolve(server, labels)
    await gone(source, "Anew")
    await asyncio.sleep(1)
    server.fire(labels)
    deadline = time.monotonic() + 30
    while (await state(source, result.silence_id)).state is not SilenceState.EXPIRED:
        assert time.monotonic() < deadline, "it still covers the new firing"
        await asyncio.sleep(0.2)
    await until(lambda: bool(instance.kept))  # who has ended it reads it back before they tell
    assert [kept.fate for kept in instance.kept] == [Fate.OUTDATED]
    assert [alert.silenced_by for alert in await firing(source, "Anew")] == [()]


async def test_with_a_member_killed_the_other_keeps_it(tmp_path, journal, run):
    labels = {"alertname": "Cluster", "service": "ranker"}
    with running_cluster(tmp_path) as (one, two):
        for member in (one, two):
            member.fire(labels)
        sources = [
            AlertmanagerSource(f"am-{n}", member.url, HttpConfig(timeout=1)) for n, member in ((1, one), (2, two))
        ]
        try:
            instance = run(sources, "maria")
            clusters = Clusters(sources, instance.poller.members_of, instance.poller.clusters)
            await until(lambda: bool(instance.poller.snapshot().alerts))
            [alert] = instance.poller.snapshot().alerts
            ack = Acknowledge(clusters, journal, AckSettings("maria", 6, "ACK! on it", keep=True))
            [result] = await ack([alert])
            assert isinstance(result, Acknowledged)
            assert result.confirmed
            deadline = time.monotonic() + 5
            while [s["id"] for s in two.told("/silences")] != [result.silence_id]:
                assert time.monotonic() < deadline, "gossip did not bring it"
                await asyncio.sleep(0.05)
            one.kill()
            await asyncio.sleep(9)
            told = [(s["id"], s["status"]["state"]) for s in two.told("/silences")]
            assert told == [(result.silence_id, "active")]
        finally:
            for member in sources:
                await member.close()


async def test_two_on_two_members_that_do_not_know_of_each_other_yet_end_with_one(tmp_path, journal, run):
    labels = {"alertname": "Split", "service": "ranker"}
    with running_cluster(tmp_path) as (one, two):
        for member in (one, two):
            member.fire(labels)
        sources = [
            AlertmanagerSource(f"am-{n}", member.url, HttpConfig(timeout=1)) for n, member in ((1, one), (2, two))
        ]
        try:
            for who, place in (("maria", sources[0]), ("joe", sources[1])):
                now = time.time()
                comment = "ACK! on it (kept while firing)"
                await place.post_silence(SilenceDraft(exact_matchers(labels), now, now + 60, who, comment))
            instances = [run(sources, who) for who in ("maria", "joe")]

            def settled() -> bool:
                told = [{s["createdBy"]: s["status"]["state"] for s in m.told("/silences")} for m in (one, two)]
                return told == [{"maria": "active", "joe": "expired"}] * 2

            await until(settled)
            await until(lambda: bool(instances[1].kept))
            assert {kept.elder.author for kept in instances[1].kept if kept.elder} == {"maria"}
        finally:
            for member in sources:
                await member.close()
