"""The simulated fleet, to review."""

import asyncio
import time
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.review.review import Evidence
from oncall_tui.journal import Journal
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.poll.read_review import ReadReview
from oncall_tui.sources.simulated.world import World, demo_world

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal(tmp_path / "journal.sqlite3")


@pytest.fixture
def world() -> World:
    return demo_world("quiet", time.time, load_config(EXAMPLE).catalogue(), seed=7)


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> tuple[Assessment, Evidence]:
    """Everything as it is now, and the evidence of a day that ends now, with an empty journal; polled once."""
    world = demo_world("quiet", time.time, load_config(EXAMPLE).catalogue(), seed=7)
    journal = Journal(tmp_path_factory.mktemp("review") / "journal.sqlite3")

    async def look() -> tuple[Assessment, Evidence]:
        poller = Poller(world.catalogue, (world.metrics,), (world.alerts,), world.prober, Pace())
        now = assess(await poller.once())
        return now, await ReadReview([world.metrics], journal)(now, now.snapshot.at - 86_400, now.snapshot.at)

    return asyncio.run(look())


@pytest.fixture
def now(seen) -> Assessment:
    return seen[0]


@pytest.fixture
def evidence(seen) -> Evidence:
    return seen[1]
