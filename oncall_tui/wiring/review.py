"""The review of a configuration's fleet, from a shell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.core.assess import assess
from oncall_tui.core.review.handoff import Handoff, handoff
from oncall_tui.core.review.review import Review, review
from oncall_tui.wiring.journal import journal_for, place_of
from oncall_tui.wiring.sources import poller_for, watched

if TYPE_CHECKING:
    from oncall_tui.wiring.server import Server

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review, and what it leaves to the next shift; None where it ends in the past, of which that cannot be told."""

    review: Review
    handoff: Handoff | None


async def review_once(
    config_path: Path | None,
    server: Server | None,
    demo: str | None,
    since: float,
    until: float,
    tell: Tell = lambda _: None,
) -> Reviewed:
    """One poll of everything, and the evidence beside it. Raises ConfigError, and as findings_of does."""
    from oncall_tui.poll.read_review import ReadReview

    config, sources = await watched(config_path, demo, tell, server=server)
    poller = poller_for(sources, config, demo=demo is not None, once=True)
    place = place_of(config_path, server.url if server is not None else None)
    journal = journal_for(config, place)
    try:
        now = assess(await poller.once())
        evidence = await ReadReview(sources.metrics, journal)(now, since, until)
    finally:
        journal.close()
        await poller.close()
    found = review(evidence)
    return Reviewed(found, handoff(found, now, evidence.events) if evidence.present else None)
