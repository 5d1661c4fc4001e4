"""The pictures of the documentation: the demo's screens at one moment of a story, as SVG. The same bytes every time.

python tests/pictures.py [FOLDER [NAME...]]        # docs/pictures and all of them, unless told otherwise
"""

import asyncio
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

NOW = 1_772_892_000.0  # 2026-03-07 14:00 UTC
STORY, INTO = "feature-stale", 1_500
PICTURES = {
    # name: (columns, lines, keys)
    "fleet": (132, 32, []),
    "alerts": (132, 32, ["2"]),
    "slo": (132, 40, ["3", "enter"]),
    "models": (132, 32, ["4"]),
    "drift": (132, 32, ["j", "j", "D"]),
    "investigate": (132, 40, ["j", "j", "i"]),
    "runbook": (132, 40, ["2", "j", "j", "r"]),
}


class Moment:
    """The demo's poller at a clock that stands still: it asks everything, and again when a screen wants more."""

    def __init__(self, poller):
        self._poller = poller
        self._wanted = asyncio.Event()
        self._watched = {}

    def __getattr__(self, name):
        return getattr(self._poller, name)

    def watch(self, watcher, readings):
        readings = frozenset(readings)
        self._poller.watch(watcher, readings)
        if readings - self._watched.get(watcher, frozenset()):
            self._wanted.set()
        self._watched[watcher] = readings

    async def run(self, publish):
        while True:
            self._wanted.clear()
            publish(await self._poller.once())
            await self._wanted.wait()


def desk(home):
    """The demo's desk as it is at NOW, minutes into its story, with nothing in it of this machine."""
    from oncall_tui.config.loader import example_config, load_config
    from oncall_tui.poll.poller import Poller
    from oncall_tui.sources.simulated.world import demo_world
    from oncall_tui.ui.desk import opened
    from oncall_tui.wiring.desk import desk_for
    from oncall_tui.wiring.sources import Sources, pace_of

    config = load_config(example_config())
    journal = config.journal.model_copy(update={"file": home / "journal.sqlite3"})
    mine = config.acknowledge.model_copy(update={"author": "maria"})
    config = config.model_copy(update={"journal": journal, "acknowledge": mine})
    world = demo_world(STORY, time.time, config.catalogue(), epoch=NOW - INTO)
    sources = Sources(world.catalogue, (world.metrics,), (world.alerts,), world.prober)
    poller = Poller(
        sources.catalogue, sources.metrics, sources.alerts, sources.prober, pace_of(config), demo=True, clock=time.time
    )
    whole = desk_for(config, sources, Moment(poller), {}, title="demo", read_only="")
    quiet = replace(whole, scribe=None, incident_watch=None, keeper=None)
    return opened(quiet)


async def take(home, columns, lines, keys):
    """One picture, as SVG."""
    from oncall_tui.ui.app import OncallApp

    app = OncallApp(desk(home), clock=time.time)
    app.animation_level = "none"
    async with app.run_test(size=(columns, lines)) as pilot:
        while app.assessment is None:
            await pilot.pause(0.05)
        before = ""
        for key in [*keys, ""]:
            if key:
                await pilot.press(key)
            while (now := app.export_screenshot(title="oncall-tui")) != before or "esc&#160;leaves;" in now:  # it looks
                before = now
                await pilot.pause(0.6)
    await app.close()
    return before


def main(folder, names=tuple(PICTURES)):
    os.environ["TZ"] = "UTC"
    time.tzset()
    folder.mkdir(parents=True, exist_ok=True)
    real, time.time = time.time, lambda: NOW
    try:
        for name in names:
            with tempfile.TemporaryDirectory() as home:
                os.environ.update(XDG_STATE_HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
                (folder / f"{name}.svg").write_text(asyncio.run(take(Path(home), *PICTURES[name])))
    finally:
        time.time = real


if __name__ == "__main__":
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs" / "pictures"
    main(place, sys.argv[2:] or tuple(PICTURES))
