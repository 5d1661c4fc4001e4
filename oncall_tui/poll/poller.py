"""Asks every source at its own pace. One hung or broken source never delays another."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from oncall_tui.core.alerts import Alert
from oncall_tui.core.catalogue import Catalogue, Endpoint
from oncall_tui.core.dead_man import DeadMan
from oncall_tui.core.errors import Busy, Refused, SourceError, TimedOut
from oncall_tui.core.ports import AlertSource, MetricsSource, Prober
from oncall_tui.core.readings import Reading
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind
from oncall_tui.poll.agenda import Agenda
from oncall_tui.poll.boards import RESOLVED_KEPT
from oncall_tui.poll.canaries import canary_of, canary_poll, is_news, with_canaries
from oncall_tui.poll.graph import GraphWatch
from oncall_tui.poll.groups import Groups
from oncall_tui.poll.ledger import Ledger
from oncall_tui.poll.pace import Pace

ENDPOINTS = "endpoints"
"""The name under which all endpoint probes stand as one source."""

_COALESCE = 0.05
"""Seconds for which answers that come together are gathered into one snapshot."""


class Poller:
    """Polls until cancelled, and publishes a Snapshot whenever something came in, and at least once an interval.

    clusters: of Alertmanagers that are configured to belong to one, its name by theirs. resolved_kept: seconds for
    which an alert that resolved is still told.

    The heartbeat matters as much as the answers: it is what lets a figure grow stale on the screen when
    a source has gone quiet.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        metrics: Sequence[MetricsSource],
        alerts: Sequence[AlertSource],
        prober: Prober | None,
        pace: Pace,
        *,
        clusters: Mapping[str, str] | None = None,
        resolved_kept: float = RESOLVED_KEPT,
        switches: Sequence[DeadMan] = (),
        demo: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._catalogue = catalogue
        self._groups = Groups(catalogue)
        self._graph = GraphWatch()
        self._metrics = tuple(metrics)
        self._alerts = tuple(alerts)
        self._prober = prober
        self._endpoints = tuple(catalogue.endpoints()) if prober else ()
        self._canaries = tuple(with_canaries(self._endpoints))
        self._pace = pace
        self._clock = clock
        self._names = frozenset([*(s.name for s in self._metrics), *(s.name for s in self._alerts)])
        self._ledger = Ledger(
            catalogue, self._sources(), clusters=clusters, resolved_kept=resolved_kept, switches=switches, demo=demo
        )
        self._agenda = Agenda(catalogue, self._metrics[0].name if self._metrics else "", pace)
        self._alone: dict[str, float] = {}
        """For how many seconds a source wants to be left alone, as it said in the last poll."""
        self._unhurried = frozenset(canary_of(endpoint) for endpoint, _ in self._canaries)
        """Polls that may take longer than others: a canary waits its turn, and has a timeout of its own."""
        self._wakes: dict[str, asyncio.Event] = {}
        self._changed = asyncio.Event()
        self._ended = False
        self._running = asyncio.Event()
        self._running.set()

    def _sources(self) -> list[SourceHealth]:
        interval = self._pace.interval
        health = [SourceHealth(s.name, SourceKind.PROMETHEUS, s.url, interval) for s in self._metrics]
        health += [SourceHealth(s.name, SourceKind.ALERTMANAGER, s.url, interval) for s in self._alerts]
        if self._endpoints:
            slowest = max(endpoint.interval for endpoint in self._endpoints)
            health.append(SourceHealth(ENDPOINTS, SourceKind.ENDPOINTS, "", slowest))
        return health

    # What the screens may ask for

    def snapshot(self) -> Snapshot:
        """Everything known now."""
        return self._ledger.snapshot(self._clock(), paused=self.paused)

    def skew_of(self, name: str) -> float | None:
        """The clock of the source or cluster of that name minus ours, in seconds; None if it does not tell."""
        name = next(iter(self.members_of(name)), name)
        return self._ledger.health(name).skew if name in self._names else None

    def members_of(self, name: str) -> tuple[str, ...]:
        """The Alertmanagers of the cluster of that name, or with the one of that name; those that answer first."""
        now = self._clock()
        return tuple(sorted(self._ledger.boards.members(name), key=lambda one: not self._ledger.health(one).live(now)))

    def clusters(self) -> tuple[str, ...]:
        """The name of every cluster of Alertmanagers; one that stands alone is a cluster too."""
        return self._ledger.boards.clusters()

    def watch(self, watcher: str, readings: Iterable[Reading]) -> None:
        """Poll these too while watcher (a screen's name) wants them; replaces what it wanted before."""
        more, gone = self._agenda.watch(watcher, readings)
        self._ledger.forget(gone)
        if more:
            self._wake(source.name for source in self._metrics)

    def refresh(self) -> None:
        """Ask everything now, whatever its tier, back-off or pause in between polls."""
        self._agenda.hurry()
        self._wake(tuple(self._wakes))

    def pause(self) -> None:
        """Ask nothing more until resumed; requests under way may still answer."""
        self._running.clear()
        self._changed.set()

    def resume(self) -> None:
        """Go on, and ask everything that became due meanwhile at once."""
        self._running.set()
        self._wake(tuple(self._wakes))

    @property
    def paused(self) -> bool:
        """Whether polling is paused."""
        return not self._running.is_set()

    # Running

    async def run(self, publish: Callable[[Snapshot], None]) -> None:
        """Poll and publish until cancelled."""
        self._ended = False
        async with asyncio.TaskGroup() as tasks:
            for metrics in self._metrics:
                tasks.create_task(self._loop(metrics.name, self._pace.interval, self._metrics_poll(metrics)))
            for alerts in self._alerts:
                tasks.create_task(self._loop(alerts.name, self._pace.interval, self._alerts_poll(alerts)))
            for endpoint in self._endpoints:
                tasks.create_task(self._loop(endpoint.id, endpoint.interval, self._probe_poll(endpoint)))
            for endpoint, canary in self._canaries:
                tasks.create_task(self._loop(canary_of(endpoint), canary.pause, self._canary_poll(endpoint)))
            tasks.create_task(self._publish(publish))
            try:
                await asyncio.Event().wait()
            finally:
                self._ended = True
                self._wake(tuple(self._wakes))

    async def once(self) -> Snapshot:
        """Ask everything exactly once, all sources at the same time; for `status`."""
        polls = [self._attempt(source.name, self._metrics_poll(source, at_leisure=False)) for source in self._metrics]
        polls += [self._attempt(source.name, self._alerts_poll(source)) for source in self._alerts]
        polls += [self._attempt(endpoint.id, self._probe_poll(endpoint)) for endpoint in self._endpoints]
        polls += [self._attempt(canary_of(one), self._canary_poll(one)) for one, _ in self._canaries]
        await asyncio.gather(*polls)
        return self.snapshot()

    async def close(self) -> None:
        """Let go of every source; one that fails to close does not keep the others open."""
        closing = [source.close() for source in self._metrics] + [source.close() for source in self._alerts]
        if self._prober:
            closing.append(self._prober.close())
        await asyncio.gather(*closing, return_exceptions=True)

    async def _publish(self, publish: Callable[[Snapshot], None]) -> None:
        if not self._wakes:
            self._changed.set()  # Nobody is asked, so nobody will answer: that is to be seen at once.
        while True:
            if await _within(self._pace.interval, self._changed):
                await asyncio.sleep(_COALESCE)
            self._changed.clear()
            publish(self.snapshot())

    async def _loop(self, name: str, interval: float, poll: Callable[[], Awaitable[None]]) -> None:
        wake = self._wakes.setdefault(name, asyncio.Event())
        failures = 0
        while not self._ended:  # A poll that fails as it is cancelled may say only that it failed (Python before 3.13).
            await self._running.wait()
            wake.clear()
            started = self._clock()
            failures = 0 if await self._attempt(name, poll) else failures + 1
            chance = random.random()  # noqa: S311 - jitter, not a secret
            took = max(0.0, self._clock() - started)
            delay = self._pace.delay(interval, failures, chance, self._alone.get(name, 0.0), took)
            self._schedule(name, self._clock() + delay)
            self._changed.set()
            await _within(delay, wake)

    async def _attempt(self, name: str, poll: Callable[[], Awaitable[None]]) -> bool:
        """One poll, bounded in time; what goes wrong becomes part of the source's health. Whether it went well."""
        self._alone.pop(name, None)
        try:
            async with asyncio.timeout(None if name in self._unhurried else self._pace.deadline):
                await poll()
        except TimeoutError:
            self._failed(name, TimedOut(f"no answer within {self._pace.deadline:.0f}s"))
        except SourceError as error:
            self._failed(name, error)
            if isinstance(error, Busy):
                self._alone[name] = error.retry_after
        else:
            return True
        return False

    def _failed(self, name: str, error: SourceError) -> None:
        self._ledger.failed(name if name in self._names else ENDPOINTS, error)

    def _schedule(self, name: str, at: float) -> None:
        if name in self._names:
            self._ledger.schedule(name, at)

    def _wake(self, names: Iterable[str]) -> None:
        for name in names:
            if name in self._wakes:
                self._wakes[name].set()

    # One poll of each kind of source

    def _metrics_poll(self, source: MetricsSource, *, at_leisure: bool = True) -> Callable[[], Awaitable[None]]:
        """One poll. at_leisure: what is heavy and seldom wanted comes a little at a time, and never in the first."""

        async def poll() -> None:
            now = self._clock()
            ungrouped = await self._regroup(source, now)
            first = self._ledger.health(source.name).answered_at is None
            due = self._agenda.due(source.name, now, at_leisure=at_leisure, first=first)
            readout, (pending, complaints) = await asyncio.gather(
                source.read(due, now), _pending_of(source, alone=not due)
            )
            self._ledger.read(source.name, readout, self._agenda.asked(due, readout, now))
            if self._graph.take(readout.outcomes, self._catalogue):
                self._adopt(self._graph.on(self._groups.catalogue()))
            self._alone[source.name] = readout.retry_after
            self._ledger.pending(source.name, pending)
            warnings = (*readout.warnings, *complaints, *ungrouped)
            self._ledger.answered(
                source.name,
                now,
                warnings=warnings,
                skew=readout.skew,
                requests=readout.requests,
                version=source.version,
            )

        return poll

    async def _regroup(self, source: MetricsSource, now: float) -> tuple[str, ...]:
        """Ask which members the source's grouped SLOs have, when it is time; why not all of them are watched."""
        written = self._groups.written()
        own = [s for service in written.services if self._agenda.home(service) == source.name for s in service.slos]
        if due := self._groups.due(own, now):
            try:
                found = await source.groups(due, now)
            except SourceError as error:
                return (f"groups: {error.message}",)
            if self._groups.take(found, now):
                self._adopt(self._graph.on(self._groups.catalogue()))
        return self._groups.complaints(own)

    def _adopt(self, catalogue: Catalogue) -> None:
        """Watch this catalogue from now on; what was known of what stays is kept."""
        self._catalogue = catalogue
        self._ledger.adopt(catalogue)
        for source in self._metrics:
            source.adopt(catalogue)
        self._ledger.forget(self._agenda.adopt(catalogue))

    def _alerts_poll(self, source: AlertSource) -> Callable[[], Awaitable[None]]:
        async def poll() -> None:
            now = self._clock()
            board = await source.board()
            # Thousands of alerts are many to rename and compare between two keys.
            board, comings = await asyncio.to_thread(self._ledger.boards.fresh, source.name, board)
            self._ledger.board(source.name, board, now, comings)
            self._ledger.answered(source.name, now, version=board.version, skew=board.skew)

        return poll

    def _probe_poll(self, endpoint: Endpoint) -> Callable[[], Awaitable[None]]:
        async def poll() -> None:
            assert self._prober is not None
            before = self._ledger.probed(endpoint.id)
            probe = await self._prober.probe(endpoint)
            self._ledger.probe(probe)
            self._ledger.answered(ENDPOINTS, self._clock())
            if is_news(before, probe):
                self._wake((canary_of(endpoint),))

        return poll

    def _canary_poll(self, endpoint: Endpoint) -> Callable[[], Awaitable[None]]:
        assert self._prober is not None
        return canary_poll(endpoint, self._prober, self._ledger, self._clock, self._wake)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for the event; whether it came in that time. Python 3.11's wait_for may lose a cancellation doing this."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def _pending_of(source: MetricsSource, *, alone: bool) -> tuple[tuple[Alert, ...], tuple[str, ...]]:
    """A source's pending alerts; not having any to tell (a bare query front end) is a complaint, not a failed poll.

    alone: whether nothing else is asked of it in this poll. Then a source that cannot be reached has failed: nothing
    else would tell.
    """
    try:
        return await source.pending_alerts(), ()
    except SourceError as error:
        if alone and not isinstance(error, Refused):
            raise
        return (), (f"pending alerts: {error.message.removeprefix(f'{source.name}: ')}",)
