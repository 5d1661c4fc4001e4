"""Real Alertmanagers: two that gossip and are one, and one apart, through the poller, the actions and the screen."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, running_alertmanager, running_cluster

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings, TakeBack, TakenBack
from oncall_tui.actions.failover import Clusters
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.models import Config, JournalConfig
from oncall_tui.core.alerts import Phase, SilenceDraft, exact_matchers
from oncall_tui.core.assess import AlertStatus, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import TimedOut
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.journal import Journal
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.desk import opened
from oncall_tui.ui.widgets.live_table import LiveTable
from oncall_tui.wiring.desk import desk_for
from oncall_tui.wiring.sources import Sources

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))
from staging import settled

pytestmark = pytest.mark.live

HTTP = HttpConfig(timeout=1)
PACE = Pace(interval=0.5, max_backoff=0.5, deadline=5)
LABELS = {"alertname": "ModelStale", "service": "ranker", "severity": "page", "cluster": "c1"}


@dataclass
class Fleet:
    """am-1 and am-2 are one cluster, lab is apart; all three hold the same firing alert."""

    one: AlertmanagerServer
    two: AlertmanagerServer
    lab: AlertmanagerServer
    sources: list[AlertmanagerSource] = field(default_factory=list)

    def fire(self, labels: dict[str, str], *servers: AlertmanagerServer) -> None:
        for server in servers or (self.one, self.two, self.lab):
            server.fire(labels)

    @property
    def servers(self) -> dict[str, AlertmanagerServer]:
        return {"am-1": self.one, "am-2": self.two, "lab": self.lab}

    def poller(self) -> Poller:
        self.sources = [AlertmanagerSource(name, server.url, HTTP) for name, server in self.servers.items()]
        return Poller(Catalogue(), (), self.sources, None, PACE)

    def silences(self) -> list[list[str]]:
        """The active silences of each that lives."""
        told = (one.told("/silences") for one in self.servers.values() if one.process.poll() is None)
        return [[s["id"] for s in each if s["status"]["state"] == "active"] for each in told]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    (tmp_path / "lab").mkdir()
    with running_cluster(tmp_path) as (one, two), running_alertmanager(tmp_path / "lab") as lab:
        made = Fleet(one, two, lab)
        made.fire(LABELS)
        yield made


@pytest.fixture
async def poller(fleet: Fleet) -> AsyncIterator[Poller]:
    made = fleet.poller()
    yield made
    await made.close()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def clusters_of(fleet: Fleet, poller: Poller) -> Clusters:
    return Clusters(fleet.sources, poller.members_of, poller.clusters)


def shown(snapshot: Snapshot) -> list[tuple[str, str, Phase]]:
    return sorted((s.alert.source, s.alert.name, s.phase) for s in assess(snapshot).alerts)


async def firing(poller: Poller, source: str) -> AlertStatus:
    snapshot = await poller.once()
    return next(status for status in assess(snapshot).alerts if status.alert.source == source)


async def until(poller: Poller, happened: Callable[[Snapshot], bool], seconds: float = 45.0) -> Snapshot:
    """Let the poller run until a snapshot is as it should be."""
    found: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()

    def take(snapshot: Snapshot) -> None:
        if happened(snapshot) and not found.done():
            found.set_result(snapshot)

    running = asyncio.create_task(poller.run(take))
    try:
        return await asyncio.wait_for(found, seconds)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_an_alert_of_both_members_stands_once_and_the_equal_one_apart_stands_apart(fleet, poller):
    snapshot = await poller.once()
    assert shown(snapshot) == [("am-1", "ModelStale", Phase.FIRING), ("lab", "ModelStale", Phase.FIRING)]
    assert len({alert.fingerprint for alert in snapshot.alerts}) == 1
    assert sorted(group.source for group in snapshot.groups if group.receiver == "pager") == ["am-1", "lab"]
    assert {health.name: health.cluster for health in snapshot.sources.values()} == {
        "am-1": "am-1",
        "am-2": "am-1",
        "lab": "lab",
    }
    assert not any(health.warnings for health in snapshot.sources.values())
    assert snapshot.alerts_doubt() == ""


async def test_a_silence_of_one_member_is_seen_once_whoever_tells_it(fleet, poller, journal):
    status = await firing(poller, "am-1")
    acknowledge = Acknowledge(clusters_of(fleet, poller), journal, AckSettings("maria"))
    (result,) = await acknowledge([status.alert])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert result.note == ""
    snapshot = await until(poller, lambda s: len(s.silences) == 1)
    assert shown(snapshot) == [("am-1", "ModelStale", Phase.ACKNOWLEDGED), ("lab", "ModelStale", Phase.FIRING)]
    await wait_for(lambda: fleet.silences() == [[result.silence_id], [result.silence_id], []])


async def wait_for(happened: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.05)


async def test_a_member_killed_between_poll_and_acknowledgement_leaves_it_to_the_other(fleet, poller, journal):
    status = await firing(poller, "am-1")
    fleet.one.kill()
    clusters = clusters_of(fleet, poller)
    (result,) = await Acknowledge(clusters, journal, AckSettings("maria"))([status.alert])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert fleet.silences() == [[result.silence_id], []]
    snapshot = await poller.once()
    assert shown(snapshot) == [("am-1", "ModelStale", Phase.ACKNOWLEDGED), ("lab", "ModelStale", Phase.FIRING)]
    back = await TakeBack(clusters, journal, "maria").of_alert(status.alert)
    assert isinstance(back, TakenBack)
    assert back.confirmed


async def test_a_member_that_hangs_costs_its_timeout_and_nothing_is_posted_twice(fleet, poller):
    await poller.once()
    fleet.one.hang()
    source = clusters_of(fleet, poller)["am-1"]
    now = time.time()
    draft = SilenceDraft(exact_matchers(LABELS), now, now + 900, "maria", "ACK! on it")
    posted = await source.post_silence(draft)
    assert posted.member == "am-2"
    assert "am-1: POST /silences: no answer in time" in posted.note
    assert [s["id"] for s in fleet.two.told("/silences")] == [posted]
    fleet.one.go_on()


async def test_a_silence_that_was_taken_without_a_word_is_found_on_the_other_member(fleet, poller):
    await poller.once()
    took = fleet.sources[0]

    async def lose(draft: SilenceDraft, post=took.post_silence) -> str:
        await post(draft)
        raise TimedOut("am-1: POST /silences: no answer in time")

    took.post_silence = lose
    now = time.time()
    draft = SilenceDraft(exact_matchers(LABELS), now, now + 900, "maria", "ACK! on it")
    posted = await clusters_of(fleet, poller)["am-1"].post_silence(draft)
    assert fleet.silences() == [[posted], [posted], []]


async def test_with_one_member_gone_the_cluster_is_not_in_doubt_and_says_who_is_silent(fleet, poller):
    await poller.once()
    fleet.two.kill()
    snapshot = await until(poller, lambda s: not s.sources["am-2"].live(s.at))
    assert snapshot.alerts_doubt() == ""
    assert snapshot.sources["am-1"].warnings == ("am-2 of its cluster is silent",)
    assert ("am-1", "ModelStale", Phase.FIRING) in shown(snapshot)
    fleet.one.kill()
    snapshot = await until(poller, lambda s: bool(s.alerts_doubt()))
    assert "am-1: GET" in snapshot.alerts_doubt()
    assert "am-2: GET" in snapshot.alerts_doubt()
    assert ("am-1", "ModelStale", Phase.FIRING) in shown(snapshot)


async def test_a_member_that_lacks_an_alert_disagrees_and_the_alert_is_seen_all_the_same(fleet, poller):
    fleet.fire({**LABELS, "alertname": "Lost"}, fleet.one)
    snapshot = await until(poller, lambda s: any(health.warnings for health in s.sources.values()))
    assert snapshot.sources["am-2"].warnings == ("lacks 1 alert that am-1 has",)
    assert snapshot.sources["am-1"].warnings == snapshot.sources["lab"].warnings == ()
    assert ("am-1", "Lost", Phase.FIRING) in shown(snapshot)
    fleet.fire({**LABELS, "alertname": "Lost"}, fleet.two)
    await until(poller, lambda s: not any(health.warnings for health in s.sources.values()))


@asynccontextmanager
async def app_over(fleet: Fleet, poller: Poller, folder: Path):
    """The dashboard over the fleet, wired as it always is."""
    config = Config(journal=JournalConfig(file=folder / "screen.sqlite3"))
    sources = Sources(Catalogue(), (), tuple(fleet.sources), None)
    app = OncallApp(opened(desk_for(config, sources, poller, {}, title="prod", read_only="")))
    app.animation_level = "none"
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot, lambda: len(app.assessment.alerts) > 0)
        yield app, pilot


def text_of(app: OncallApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def rows(app: OncallApp, word: str = "ModelStale") -> list[str]:
    place = app.screen.query_one(LiveTable).region
    return [line for line in text_of(app).splitlines()[place.y : place.bottom] if word in line]


async def test_on_the_screen_the_acknowledgement_lands_on_the_member_that_lives_and_is_seen_once(
    fleet, poller, tmp_path
):
    async with app_over(fleet, poller, tmp_path) as (app, pilot):
        await pilot.press("2")
        await settled(pilot, lambda: len(rows(app)) == 2)
        assert "CLUSTER" in text_of(app)
        assert sorted("lab" in row for row in rows(app)) == [False, True]
        keys = [status.alert.key for status in app.assessment.alerts]
        fleet.one.kill()
        while next(iter(app.screen.alerts_in_hand())).alert.source != "am-1":
            await pilot.press("j")
            await pilot.pause()
        await pilot.press("a")
        await settled(pilot, lambda: any("is yours" in n.message for n in app._notifications), seconds=20)
        await settled(pilot, lambda: any("◐" in row for row in rows(app)))
        assert len(rows(app)) == 2
        assert {status.alert.key for status in app.assessment.alerts} == set(keys)
        assert [len(ids) for ids in fleet.silences()] == [1, 0]


async def test_on_the_sources_screen_members_stand_under_their_cluster_with_what_they_lack(fleet, poller, tmp_path):
    fleet.fire({**LABELS, "alertname": "Lost"}, fleet.two)
    async with app_over(fleet, poller, tmp_path) as (app, pilot):
        lacking = "lacks 1 alert that am-2 has"
        await settled(pilot, lambda: app.assessment.snapshot.sources["am-1"].warnings == (lacking,), seconds=20)
        await settled(pilot, lambda: "partial" in text_of(app))
        await pilot.press("S")
        await settled(pilot, lambda: "2 of 2 members answer" in text_of(app))
        assert lacking in text_of(app)
        assert text_of(app).count("members answer") == 1
