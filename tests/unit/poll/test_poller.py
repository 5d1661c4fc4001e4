"""The poller against hand-made sources: what hangs, fails, recovers, and what a snapshot then says."""

import asyncio
import time
from dataclasses import replace

import pytest

from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service
from oncall_tui.core.errors import Busy, Refused, Unreachable
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    Grouped,
    HistoryReading,
    NoData,
    Provenance,
    Readout,
    Sample,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import ENDPOINTS, Poller

SLO = Slo("ranker", "availability", SloKind.AVAILABILITY, 0.999, 30 * 86_400, EventsSli("t[$window]", "e[$window]"))
ENDPOINT = Endpoint("ranker", "main", Protocol.HTTP, "http://127.0.0.1:1", interval=0.05)
CATALOGUE = Catalogue((Service("ranker", slos=(SLO,), endpoints=(ENDPOINT,)),))
FAST = Pace(interval=0.05, max_backoff=0.2, deadline=0.2)


class Metrics:
    def __init__(self, name="prom", url="http://prom"):
        self.name, self.url, self.version = name, url, "2.42.0"
        self.trouble = None
        self.hang = False
        self.pending_trouble = None
        self.asked = []
        self.reads = 0
        self.found = Grouped(())
        self.group_asks = 0
        self.catalogue = None

    async def read(self, readings, now):
        self.reads += 1
        self.asked = list(readings)
        if self.hang:
            await asyncio.sleep(60)
        if self.trouble:
            raise self.trouble
        where = Provenance(self.name, "up")
        return Readout({r: Sample(0.0, now, where) for r in readings}, requests=1)

    async def groups(self, slos, now):
        self.group_asks += 1
        if isinstance(self.found, Exception):
            raise self.found
        return {slo.id: self.found for slo in slos}

    def adopt(self, catalogue):
        self.catalogue = catalogue

    async def pending_alerts(self):
        if self.pending_trouble:
            raise self.pending_trouble
        return (Alert(self.name, "f1", {"alertname": "Soon"}, pending=True),)

    async def close(self):
        pass


class Alerts:
    name, url = "am", "http://am"
    hang = False

    async def board(self):
        if self.hang:
            await asyncio.sleep(60)
        return AlertBoard(alerts=(Alert("am", "f2", {"alertname": "Now"}),), version="0.25")

    async def close(self):
        raise RuntimeError("cannot close")


class Prober:
    running = 0
    overlapped = False

    async def probe(self, endpoint):
        self.overlapped |= self.running > 0
        self.running += 1
        await asyncio.sleep(0.12)
        self.running -= 1
        return Probe(endpoint.id, time.time(), True, True)

    async def close(self):
        pass


async def until(poller, happened, seconds=20.0, publish=None):
    """Run the poller until a snapshot satisfies happened; that snapshot."""
    found: asyncio.Future[Snapshot] = asyncio.get_running_loop().create_future()

    def take(snapshot):
        if happened(snapshot) and not found.done():
            found.set_result(snapshot)

    task = asyncio.create_task(poller.run(take))
    try:
        return await asyncio.wait_for(found, seconds)
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_once_asks_every_source_and_every_window():
    metrics = Metrics()
    snapshot = await Poller(CATALOGUE, [metrics], [Alerts()], Prober(), Pace()).once()
    assert snapshot.sources["prom"].version == "2.42.0"
    assert set(snapshot.figures) == {HistoryReading(SLO.id), *(SliReading(SLO.id, w) for w in SLO.windows)}
    assert {alert.name for alert in snapshot.alerts} == {"Now", "Soon"}
    assert snapshot.probes[ENDPOINT.id].ready
    assert all(source.answered_at is not None and not source.failures for source in snapshot.sources.values())


async def test_a_hung_source_never_delays_another():
    metrics, alerts = Metrics(), Alerts()
    metrics.hang = True
    snapshot = await until(Poller(CATALOGUE, [metrics], [alerts], None, FAST), lambda s: s.alerts)
    assert snapshot.sources["am"].live(snapshot.at)
    assert not snapshot.sources["prom"].live(snapshot.at)


async def test_a_hung_source_fails_at_its_deadline_with_words():
    metrics = Metrics()
    metrics.hang = True
    poller = Poller(CATALOGUE, [metrics], [], None, FAST)
    snapshot = await until(poller, lambda s: s.sources["prom"].failures)
    assert "no answer within" in snapshot.sources["prom"].error


async def test_figures_grow_untrusted_within_three_intervals_of_a_dead_source_and_heal():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, FAST)
    fast = SliReading(SLO.id, 300)
    slow = SliReading(SLO.id, SLO.period)
    await until(poller, lambda s: s.trusted(slow))
    metrics.trouble = Unreachable("connection refused", "is it running?")
    dead = await until(poller, lambda s: s.doubt(slow) and s.doubt(fast))
    assert "connection refused" in dead.doubt(slow)
    metrics.trouble = None
    healed = await until(poller, lambda s: s.trusted(fast))
    assert healed.sources["prom"].error == ""


async def test_a_slow_window_is_not_asked_at_every_poll():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, FAST)
    await poller.once()
    await asyncio.sleep(0.06)
    await poller.once()
    assert metrics.asked == []  # the fastest window, 5m, is due every 5 seconds
    poller.refresh()
    await poller.once()
    assert len(metrics.asked) == len(SLO.windows) + 1


async def test_no_data_is_believed_at_once_and_a_failure_only_when_the_value_is_stale():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, Pace(interval=5))
    reading = SliReading(SLO.id, 300)
    await poller.once()
    where = Provenance("prom", "up")

    async def broken(readings, now):
        return Readout({r: Failed("bad query", "mend it", now, where) for r in readings})

    async def empty(readings, now):
        return Readout({r: NoData("no traffic", now, where) for r in readings})

    metrics.read = broken
    poller.refresh()
    assert (await poller.once()).trusted(reading) is not None
    metrics.read = empty
    poller.refresh()
    snapshot = await poller.once()
    assert snapshot.trusted(reading) is None
    assert snapshot.doubt(reading) == "no traffic"


async def test_watched_readings_are_polled_while_watched_and_forgotten_after():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, FAST)
    series = SeriesReading(SliReading(SLO.id, 300), 3600, 60)
    poller.watch("detail", [series])
    assert series in (await poller.once()).figures
    poller.watch("detail", [])
    assert series not in poller.snapshot().figures


async def test_what_is_answered_when_nobody_wants_it_any_more_is_not_kept():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, FAST)
    series = SeriesReading(SliReading(SLO.id, 300), 3600, 60)
    read = metrics.read

    async def left_meanwhile(readings, now):
        poller.watch("detail", [])
        return await read(readings, now)

    metrics.read = left_meanwhile
    poller.watch("detail", [series])
    snapshot = await poller.once()
    assert series in metrics.asked
    assert series not in snapshot.figures
    assert SliReading(SLO.id, 300) in snapshot.figures


async def test_watching_wakes_a_sleeping_source():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, Pace(interval=60))
    series = SeriesReading(SliReading(SLO.id, 300), 3600, 60)

    def seen(snapshot):
        if not poller._agenda._watched:
            poller.watch("detail", [series])
        return series in snapshot.figures

    assert await until(poller, seen)


async def test_paused_asks_nothing_and_says_so():
    metrics = Metrics()
    poller = Poller(CATALOGUE, [metrics], [], None, FAST)
    poller.pause()
    snapshot = await until(poller, lambda s: s.paused)
    assert metrics.reads == 0
    assert snapshot.paused
    poller.resume()
    assert (await until(poller, lambda s: s.figures)).figures


async def test_a_source_that_is_asked_for_nothing_but_pending_alerts_and_is_not_there_has_failed():
    metrics = Metrics()
    metrics.pending_trouble = Unreachable("connection refused", "is it running?")
    snapshot = await Poller(Catalogue(()), [metrics], [], None, Pace()).once()
    health = snapshot.sources["prom"]
    assert (health.answered_at, health.failures, health.error) == (None, 1, "connection refused")
    metrics.pending_trouble = Refused("404", "a query front end")
    snapshot = await Poller(Catalogue(()), [metrics], [], None, Pace()).once()
    assert snapshot.sources["prom"].answered_at is not None


async def test_with_nobody_to_ask_the_first_snapshot_comes_at_once():
    taken = asyncio.Event()
    poller = Poller(Catalogue(()), [], [], None, Pace(interval=600.0))
    task = asyncio.create_task(poller.run(lambda _: taken.set()))
    await asyncio.wait_for(taken.wait(), 5.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_source_without_pending_alerts_still_answers_with_a_warning():
    metrics = Metrics()
    metrics.pending_trouble = Refused("404", "a query front end")
    snapshot = await Poller(CATALOGUE, [metrics], [], None, Pace()).once()
    assert snapshot.sources["prom"].live(snapshot.at)
    assert snapshot.sources["prom"].warnings == ("pending alerts: 404",)


async def test_probes_of_one_endpoint_never_overlap():
    prober = Prober()
    poller = Poller(CATALOGUE, [], [], prober, FAST)
    seen = []
    await until(poller, lambda s: seen.append(s) or len(seen) > 6)
    assert not prober.overlapped


TEMPLATE = replace(SLO, by=("region",))
GROUPED = Catalogue((Service("ranker", slos=(TEMPLATE,)),))


def of(*regions, complaint=""):
    return Grouped(tuple(replace(TEMPLATE, group={"region": region}) for region in regions), complaint)


async def test_a_grouped_slo_is_asked_group_by_group():
    metrics = Metrics()
    metrics.found = of("eu", "us")
    poller = Poller(GROUPED, [metrics], [], None, FAST)
    snapshot = await poller.once()
    assert [slo.group["region"] for slo in snapshot.catalogue.slos()] == ["eu", "us"]
    assert {reading.slo for reading in metrics.asked} == {slo.id for slo in snapshot.catalogue.slos()}
    assert metrics.catalogue == snapshot.catalogue
    poller.refresh()
    await poller.once()
    assert metrics.group_asks == 1, "groups are asked for every few minutes, not at every poll"


async def test_a_group_that_falls_silent_is_still_watched():
    moment = [1_000_000.0]
    metrics = Metrics()
    metrics.found = of("eu", "us")
    poller = Poller(GROUPED, [metrics], [], None, FAST, clock=lambda: moment[0])
    await poller.once()
    metrics.found = of("eu", "asia")
    moment[0] += 301
    snapshot = await poller.once()
    assert [slo.group["region"] for slo in snapshot.catalogue.slos()] == ["asia", "eu", "us"]


async def test_while_groups_may_be_missing_their_template_stays_and_is_unknown():
    metrics = Metrics()
    metrics.found = of("eu", complaint="3 more groups than are watched")
    snapshot = await Poller(GROUPED, [metrics], [], None, Pace()).once()
    assert [bool(slo.group) for slo in snapshot.catalogue.slos()] == [True, False]
    assert snapshot.sources["prom"].warnings == ("3 more groups than are watched",)
    assert not any(reading.slo == TEMPLATE.id for reading in snapshot.figures)


async def test_groups_that_cannot_be_asked_for_leave_the_poll_standing():
    metrics = Metrics()
    metrics.found = Unreachable("connection refused", "")
    snapshot = await Poller(GROUPED, [metrics], [], None, Pace()).once()
    assert [slo.id for slo in snapshot.catalogue.slos()] == [TEMPLATE.id]
    assert snapshot.sources["prom"].warnings == ("groups: connection refused",)
    assert snapshot.sources["prom"].live(snapshot.at)


async def test_a_service_is_asked_only_at_its_own_source():
    two = Catalogue((Service("ranker", source="b", slos=(SLO,)),))
    first, second = Metrics("a"), Metrics("b")
    await Poller(two, [first, second], [], None, Pace()).once()
    assert first.asked == []
    assert len(second.asked) == len(SLO.windows) + 1


async def test_closing_survives_a_source_that_cannot_close():
    await Poller(CATALOGUE, [Metrics()], [Alerts()], Prober(), FAST).close()


async def test_endpoints_count_as_one_source():
    snapshot = await Poller(CATALOGUE, [], [], Prober(), Pace()).once()
    health = snapshot.sources[ENDPOINTS]
    assert health.answered_at is not None
    assert not health.failures


def test_tiers_follow_the_window_within_bounds():
    pace = Pace(interval=15)
    assert pace.every(SliReading("s/a", 300)) == 15
    assert pace.every(SliReading("s/a", 3600)) == 60
    assert pace.every(SliReading("s/a", 30 * 86_400)) == 300
    assert pace.every(SignalReading("s", "drift")) == 15
    assert pace.every(CountsReading("s/a", 30 * 86_400, 21_600)) == 300


def test_back_off_doubles_to_a_ceiling_and_forgives_a_blip():
    pace = Pace(interval=10, max_backoff=60)
    assert [pace.delay(10, failures, 0.5) for failures in range(7)] == [10, 10, 10, 20, 40, 60, 60]
    assert pace.delay(10, 10_000, 0.5) == 60


def test_jitter_stays_within_a_tenth():
    assert Pace().delay(100, 0, 0.0) == pytest.approx(90)
    assert Pace().delay(100, 0, 1.0) == pytest.approx(110)


def test_a_source_that_wants_to_be_left_alone_is_up_to_the_ceiling() -> None:
    pace = Pace(interval=15, max_backoff=300)
    assert pace.delay(15, 0, 0.5, 60.0) == 60
    assert pace.delay(15, 0, 0.5, 3_600.0) == 300
    assert pace.delay(15, 0, 0.5, 1.0) == 15
    assert pace.delay(15, 9, 0.5, 60.0) == 300


def test_the_time_that_a_poll_took_is_not_waited_again_but_a_rest_is():
    pace = Pace(interval=16, max_backoff=300)
    assert pace.delay(16, 0, 0.5, took=6.0) == 10
    assert pace.delay(16, 0, 0.5, took=15.0) == pace.delay(16, 0, 0.5, took=40.0) == 4
    assert pace.delay(16, 0, 0.5, 60.0, took=15.0) == 60


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_source_is_not_asked_before_its_wait_is_over(at_once: bool) -> None:
    class Busied(Metrics):
        async def read(self, readings, now):
            self.reads += 1
            if at_once:
                raise Busy("prom: slow down", "", 30.0)
            return Readout({}, retry_after=30.0)

    metrics = Busied()
    poller = Poller(CATALOGUE, [metrics], [], None, Pace(interval=0.05, max_backoff=60, deadline=1.0))
    snapshot = await until(poller, lambda s: s.sources["prom"].next_at is not None)
    assert snapshot.sources["prom"].next_at - time.time() > 25
    assert metrics.reads == 1


async def test_what_a_source_left_out_is_due_at_once_and_the_rest_at_its_pace() -> None:
    class Late(Metrics):
        async def read(self, readings, now):
            readout = await super().read(readings, now)
            left = frozenset(r for r in readings if isinstance(r, SliReading) and r.window == 30 * 86_400)
            return Readout(readout.outcomes, unasked=left if self.reads == 1 else frozenset())

    metrics = Late()
    poller = Poller(CATALOGUE, [metrics], [], None, Pace(interval=15, deadline=1.0))
    await poller.once()
    await poller.once()
    assert metrics.asked == [SliReading(SLO.id, 30 * 86_400)]
    await poller.once()
    assert metrics.asked == []


async def test_a_poll_that_fails_as_it_is_cancelled_does_not_go_on():
    class Stubborn(Alerts):
        asked = asyncio.Event()

        async def board(self):
            self.asked.set()
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                raise Unreachable("gone") from None

    source = Stubborn()
    running = asyncio.create_task(Poller(Catalogue(), (), (source,), None, Pace(deadline=60)).run(lambda _: None))
    await source.asked.wait()
    running.cancel()
    done, _ = await asyncio.wait([running], timeout=5)
    assert done


async def test_a_hung_member_of_a_cluster_delays_no_other_and_the_cluster_is_asked_by_any_of_its_names():
    hung, well = Alerts(), Alerts()
    hung.name, hung.hang = "am-1", True
    well.name = "am-2"
    clusters = {"am-1": "prod", "am-2": "prod"}
    poller = Poller(Catalogue(), (), (hung, well), None, FAST, clusters=clusters)
    assert poller.clusters() == ("prod",)
    assert poller.members_of("prod") == ("am-1", "am-2")
    snapshot = await until(poller, lambda s: s.sources["am-1"].failures >= 2)
    assert [(alert.source, alert.fingerprint) for alert in snapshot.alerts] == [("prod", "f2")]
    assert snapshot.sources["am-2"].live(snapshot.at)
    assert snapshot.sources["am-2"].warnings == ("am-1 of its cluster is silent",)
    assert snapshot.alerts_doubt() == ""
    assert poller.members_of("prod") == poller.members_of("am-1") == ("am-2", "am-1")
    assert poller.members_of("elsewhere") == ()
