"""Carrying out an investigation: in portions, each source for itself, whatever fails said and not raised."""

import asyncio

from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.errors import Unreachable
from oncall_tui.core.readings import Provenance, Readout, Series
from oncall_tui.poll.investigate import PORTION, Investigate

NOW = 1_795_000_000.0


def service(name, source, signals, depends_on=()):
    made = tuple(Signal(name, f"s{n}", SignalKind.OTHER, "q") for n in range(signals))
    return Service(name, source=source, signals=made, depends_on=depends_on)


CATALOGUE = Catalogue((service("ranker", "one", 12, ("store",)), service("store", "two", 3)))


class Metrics:
    def __init__(self, name, trouble=None):
        self.name, self.trouble = name, trouble
        self.portions = []

    async def read(self, readings, now):
        self.portions.append(len(readings))
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        points = tuple((now - reading_step * 60.0, 1.0) for reading_step in range(60, -1, -1))
        return Readout({r: Series({"": points}, now, Provenance(self.name, "q")) for r in readings})


async def test_a_service_and_its_upstream_are_asked_in_portions_and_progress_is_told() -> None:
    one, two, told = Metrics("one"), Metrics("two"), []
    investigate = Investigate((one, two), clock=lambda: NOW)
    found = await investigate(CATALOGUE, "ranker", (), lambda done, of: told.append((done, of)))
    assert sum(one.portions) == 24
    assert max(one.portions) == PORTION
    assert sum(two.portions) == 6
    assert told[0] == (0, 30)
    assert told[-1] == (30, 30)
    assert len(found.tracks) == 15
    assert found.unanswered == ()


async def test_a_source_that_fails_is_said_and_the_others_are_heard() -> None:
    investigate = Investigate((Metrics("one"), Metrics("two", Unreachable("two: refused", ""))), clock=lambda: NOW)
    found = await investigate(CATALOGUE, "ranker", ())
    assert {track.service for track in found.tracks} == {"ranker"}
    assert found.unanswered == tuple(f"store s{n}: two: refused" for n in range(3))


async def test_a_source_that_does_not_exist_is_said() -> None:
    found = await Investigate((), clock=lambda: NOW)(CATALOGUE, "store", ())
    assert found.unanswered[0] == "store s0: there is no Prometheus 'two'"


async def test_it_can_be_given_up_between_two_portions() -> None:
    one = Metrics("one")
    stop = asyncio.Event()

    def told(done: int, of: int) -> None:
        if done:
            stop.set()

    running = asyncio.create_task(Investigate((one, Metrics("two")), clock=lambda: NOW)(CATALOGUE, "ranker", (), told))
    await stop.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled()
    assert len(one.portions) < 3
