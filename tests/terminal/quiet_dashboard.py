"""The dashboard over a fleet to which nothing happens: each poll brings the same, only as of a moment later.

python tests/terminal/quiet_dashboard.py FOLDER
"""

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

import fleet
from staging import StaticPoller, desk_over

from oncall_tui.ui.app import OncallApp, show
from oncall_tui.ui.desk import opened

DAYS = 30 * 86_400.0
POLL = 0.7


class QuietPoller(StaticPoller):
    """Publishes the same again and again; clock: seconds of the fleet's time."""

    def __init__(self, snapshot, clock):
        super().__init__(snapshot)
        self._clock = clock

    async def run(self, publish):
        self.publish = publish
        while True:
            now = self._clock()
            sources = {name: replace(one, answered_at=now) for name, one in self.now.sources.items()}
            probes = {name: replace(one, at=now) for name, one in self.now.probes.items()}
            figures = {
                reading: replace(one, value=replace(one.value, at=now)) if one.value else one
                for reading, one in self.now.figures.items()
            }
            self.hand(replace(self.now, at=now, sources=sources, probes=probes, figures=figures))
            await asyncio.sleep(POLL)


def old():
    """A fleet whose alerts and silences are so old that their ages stand."""
    whole = fleet.snapshot()
    return replace(
        whole,
        alerts=tuple(replace(one, starts_at=one.starts_at - DAYS) for one in whole.alerts),
        silences=tuple(
            replace(one, starts_at=one.starts_at - DAYS, ends_at=one.ends_at + DAYS) for one in whole.silences
        ),
    )


def main(folder):
    begun = time.time()

    def clock():
        return fleet.NOW + time.time() - begun

    desk = desk_over(folder, QuietPoller(old(), clock), clock=clock)
    OncallApp.__init__.__defaults__ = (clock,)
    return asyncio.run(show(opened(desk)))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
