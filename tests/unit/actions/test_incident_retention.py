"""Retention: what is still open outlives it, and stands afterwards as it stood before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from oncall_tui.actions.incidents import Incidents
from oncall_tui.config.models import JournalConfig
from oncall_tui.core.incident import Severity, Status
from oncall_tui.journal import Event, Journal
from oncall_tui.wiring.journal import retention

DAY = 86_400.0


def test_an_open_incident_and_an_open_action_item_outlive_the_bound_as_they_stood(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db", keeps=retention(JournalConfig(keep=10 * int(DAY))))
    at = [0.0]
    use = Incidents(journal, journal, "maria", clock=lambda: at[0])

    async def write() -> tuple[str, str]:
        one = await use.open("a leak", ["ranker"])
        over = await use.open("long over", ["fraud"])
        await use.set_severity(one, Severity.SEV1)
        await use.set_status(one, Status.MITIGATED)
        await use.set_status(over, Status.RESOLVED)
        await use.act("bound the age", "li", over)
        at[0] = 9 * DAY
        await use.set_status(one, Status.OPEN)
        await use.set_title(one, "a slow leak")
        return one, over

    one, over = asyncio.run(write())
    before = asyncio.run(use.every())
    for day in (11, 15, 25, 60):
        journal.record(Event(day * DAY, "test"))
        journal.tidy(day * DAY)
        assert journal.verify().sound
        every = {each.id: each for each in asyncio.run(use.every())}
        assert every[one] == next(each for each in before if each.id == one), day
        [item] = asyncio.run(use.items())
        assert (item.text, item.owner, item.closed_at) == ("bound the age", "li", None)
    assert over not in every
    assert len(journal.events(limit=1_000)) < 12
    journal.close()
