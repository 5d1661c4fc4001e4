"""What is shown is kept, and trouble is told and tried again."""

import asyncio
import threading

from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import OncallError
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.poll.recorder import Recorder


class Deck:
    def __init__(self):
        self.kept, self.closed, self.broken = [], False, False

    def write(self, snapshot, marks=()):
        if self.broken:
            raise OncallError("no space")
        self.kept.append(snapshot.at)

    def close(self):
        self.closed = True


def seen(at, **more):
    return assess(Snapshot(at, Catalogue(), **more))


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_newest_is_kept_not_every_one():
    deck = Deck()
    recorder = Recorder(deck, pause=0.02)
    for at in range(5):
        recorder.show(seen(at))
    running = asyncio.create_task(recorder.run())
    await until(lambda: deck.kept)
    recorder.show(seen(9))
    await until(lambda: len(deck.kept) == 2)
    running.cancel()
    assert deck.kept == [4, 9]
    recorder.close()
    assert deck.closed


async def test_what_stands_still_is_not_kept():
    deck = Deck()
    recorder = Recorder(deck, pause=0.01)
    recorder.show(seen(1, paused=True))
    running = asyncio.create_task(recorder.run())
    await asyncio.sleep(0.05)
    running.cancel()
    assert deck.kept == []


async def test_trouble_is_told_and_ends():
    deck, told = Deck(), []
    deck.broken = True
    recorder = Recorder(deck, pause=0.01, after_trouble=0.01)
    running = asyncio.create_task(recorder.run(lambda: told.append(recorder.trouble)))
    recorder.show(seen(1))
    await until(lambda: told)
    assert told == ["nothing is recorded: no space"]
    deck.broken = False
    recorder.show(seen(2))
    await until(lambda: deck.kept)
    await until(lambda: told[-1] == "")
    running.cancel()


async def test_closing_waits_for_the_frame_that_is_being_written_and_nothing_is_written_after_it():
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Deck):
        def write(self, snapshot, marks=()):
            begun.set()
            assert go_on.wait(5)
            assert not self.closed
            super().write(snapshot)

    deck = Slow()
    recorder = Recorder(deck, pause=0.01)
    looking = asyncio.create_task(asyncio.to_thread(recorder.look, seen(1)))
    await asyncio.to_thread(begun.wait, 5)
    closing = asyncio.create_task(asyncio.to_thread(recorder.close))
    await asyncio.sleep(0.05)
    assert not deck.closed
    go_on.set()
    await asyncio.gather(looking, closing)
    recorder.look(seen(2))
    assert (deck.kept, deck.closed) == ([1], True)
