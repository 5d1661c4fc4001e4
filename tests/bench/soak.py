"""Hours of on-call in minutes: the whole dashboard over HTTP servers that fail and heal, alerts that churn, and resizing.

    python tests/bench/soak.py [HOURS [TIMES]] [--write FILE]   # default: 8 hours, 32 times as fast as life: 15 minutes

The clock, the event loop and every timeout run TIMES as fast, so all that lasts (retention, the flight recorder, kept
acknowledgements, stale figures) lasts as long as in life. Prometheus and Alertmanager are real sockets on loopback that
take turns to drop, cut, garble, answer 503 and hang. Every quarter of a simulated hour the dashboard is brought back to
its first screen and a line is printed of what it holds, unless nothing fires: every two hours that is so for 45 minutes,
for incidents to end.

Exits with 1 when the last third of the time holds more than the middle third (in ratios: soak_figures.py), when a source
was not live again, or a figure not known again, in the time that back-off and the slowest tier allow, or when a poll that
went well shows other alerts than there are. Time for which the event loop itself was late, as on a busy machine, is
allowed on top, and told.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from soak_figures import Figures, grown, head, line, ratios
from soak_servers import SERVICES, served, tell
from soak_trials import BACKOFF, DEADLINE, HANGS_FOR, INTERVAL, TIMEOUT, Churn, Lateness, Trials

HOURS, TIMES = 8.0, 32.0
ALERTS = 40
LINE_EVERY = 900.0
KEYS = ["1", "2", "3", "4", "5", "6", "8", "j", "j", "k", "w", "v", "z", "S", "escape", "question_mark", "escape"]
CONFIG = """
sources:
  prometheus: [{{name: prom, url: 'http://127.0.0.1:{prom}', timeout: {timeout}s}}]
  alertmanager: [{{name: am, url: 'http://127.0.0.1:{am}', timeout: {timeout}s}}]
polling: {{interval: {interval}s, max_backoff: {backoff}s, timeout: {deadline}s}}
notices: {{bell: false, desktop: none, title: false}}
services:
"""
SERVICE = """  - name: svc{n}
    slos:
      - name: availability
        objective: 99.9%
        events: {{error: 'sum(rate(bad{{s="{n}"}}[$window]))', total: 'sum(rate(all{{s="{n}"}}[$window]))'}}
    signals:
      - {{name: drift, query: 'drift{{s="{n}"}}', by: feature, warn: 0.1, crit: 0.25}}
"""


def hasten(times: float) -> None:
    """Let clocks, the event loop's waits and timers run so many times as fast; before anything is imported."""
    wall, steady = time.time, time.monotonic
    wall_from, steady_from = wall(), steady()
    time.monotonic = lambda: steady_from + (steady() - steady_from) * times
    time.time = lambda: wall_from + (steady() - steady_from) * times
    make = asyncio.new_event_loop

    def fast() -> asyncio.AbstractEventLoop:
        loop = make()
        select = loop._selector.select
        loop._selector.select = lambda timeout=None: select(timeout / times if timeout else timeout)
        return loop

    asyncio.new_event_loop = asyncio.events.new_event_loop = fast
    begin = threading.Timer.__init__
    threading.Timer.__init__ = lambda self, seconds, *rest, **named: begin(self, seconds / times, *rest, **named)


async def soak(config, ports, hours, home):
    from textual.pilot import WaitForScreenTimeout

    from oncall_tui.ui.app import OncallApp
    from oncall_tui.wiring.dashboard import dashboard

    app = OncallApp(lambda: dashboard(config))
    app.animation_level = "none"
    began, late, taken, next_line = time.time(), Lateness(), [], 0.0
    watching = asyncio.create_task(late.watch())
    trials = Trials(app, ports, late)
    churn, dates = Churn(app, trials), Dates(home)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:

        async def do(*keys, size=None):
            with suppress(WaitForScreenTimeout):  # its patience is hastened too
                if size:
                    await pilot.resize_terminal(*size)
                await pilot.press(*keys)

        while app.assessment is None or not app.assessment.snapshot.figures:
            await asyncio.sleep(1)
        while True:
            hour = (time.time() - began) / 3_600
            calm = trials.stage == "calm" and not churn.quiet
            over = calm and hour >= hours
            if over or (calm and hour >= next_line):
                next_line = hour + LINE_EVERY / 3_600
                await do("escape", "escape", "escape", "1", size=(120, 40))
                churn.to(ALERTS)
                await asyncio.sleep(3 * INTERVAL)
                taken.append(Figures(hour, home, tell(ports[0], trials.modes[ports[0]])))
                print(line(taken[-1].row()), flush=True)
            if over or not app.is_running:  # what ended it is raised on leaving
                break
            trials.turn()
            churn.turn()
            dates.turn()
            # Somebody looks around, and the terminal changes its size.
            size = (random.randrange(20, 240), random.randrange(5, 80)) if random.random() < 0.3 else None
            await do(random.choice(KEYS), size=size)
            await asyncio.sleep(10)
            churn.look()
    watching.cancel()
    await app.close()
    return taken, trials, churn, late


class Dates:
    """Gives the recorder's files the date of the hastened clock: the machine dates them by its own."""

    def __init__(self, home):
        self.home, self.sizes = home, {}

    def turn(self):
        for path in Path(self.home).rglob("*"):
            with suppress(OSError):
                if "journal" not in path.name and path.is_file() and self.sizes.get(path) != path.stat().st_size:
                    self.sizes[path] = path.stat().st_size
                    os.utime(path, (time.time(), time.time()))


def spread(seconds):
    """The median and the most of them, in words."""
    ordered = sorted(seconds)
    return f"{ordered[len(ordered) // 2]:.0f} s, at most {ordered[-1]:.0f} s" if ordered else "none"


def verdict(taken, trials, churn, late):
    """What came of it, in lines, and what is wrong."""
    wrong = [*trials.missed, *dict.fromkeys(churn.wrong)]
    found = ["no judgement of growth: too short"]
    if len(taken) >= 9:
        bad = grown(taken)
        wrong += [f"grew: {one}" for one in bad]
        found = [f"{name} {of / to if to else 1:.2f}" for name, (of, to) in ratios(taken).items()]
    return [
        f"- the last third beside the middle third: {', '.join(found)}",
        f"- {trials.begun} faults, {trials.noticed} noticed as they were; {len(trials.missed)} not healed in time",
        f"- live again after {spread(trials.lives)}; every figure known again after {spread(trials.knows)} (simulated)",
        f"- alerts compared with those there are {churn.looks:,} times: {len(churn.wrong)} times others",
        f"- polls that failed without a fault: {len(trials.unprovoked)}; "
        f"the loop was late for {late.seconds / (time.monotonic() - BEGAN):.1%} of the time, at worst for "
        f"{late.worst:.0f} simulated seconds",
    ], wrong


PAGE = """# Hours of on-call, in minutes

Written by `python tests/bench/soak.py --write docs/soak.md`: {hours:g} simulated hours, {times:g} times as fast as life. The whole
dashboard polls a Prometheus and an Alertmanager that take turns to drop, cut, garble, answer 503 and hang, while alerts come
and go (and all end every two hours), keys are pressed and the terminal changes its size. It exits with 1 where the last third of
the time holds over a tenth more than the middle third, where a source is not live again, or a figure not known again, in the
time that back-off and the slowest tier allow, or where other alerts are shown than there are.

{lines}

Most of what grows in the first hours is what Textual remembers of sizes and styles, which is bounded; a terminal that keeps
its size fills less of it. An incident holds more as long as it goes on: with one that never ended, pages joining it all the
time, memory was 1.18 times as much, and this run fails. Of what still grows in the last hours, a few MB in each, not all is
accounted for. `blocks` are the interpreter's blocks of memory, `its log` SQLite's write-ahead log; the recorder keeps six hours.

{table}
"""


def page(asked, taken, lines):
    """The document: what came of it, and the first figures of every hour."""
    hourly = {int(one.hour): one for one in reversed(taken)}
    table = "\n".join([head(), *(line(hourly[hour].row()) for hour in sorted(hourly))])
    return PAGE.format(hours=asked.hours, times=asked.times, lines="\n".join(lines), table=table)


def main():
    wanted = argparse.ArgumentParser()
    wanted.add_argument("hours", nargs="?", type=float, default=HOURS)
    wanted.add_argument("times", nargs="?", type=float, default=TIMES)
    wanted.add_argument(
        "--write", type=Path, help="where the figures go as Markdown where nothing is wrong: docs/soak.md"
    )
    asked = wanted.parse_args()
    random.seed(7)
    hasten(asked.times)
    global BEGAN
    BEGAN = time.monotonic()
    with served(HANGS_FOR / asked.times) as ports, tempfile.TemporaryDirectory() as home:
        os.environ.update(XDG_STATE_HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
        config = Path(home) / "config.yaml"
        paces = {"interval": INTERVAL, "backoff": BACKOFF, "timeout": TIMEOUT, "deadline": DEADLINE}
        services = "".join(SERVICE.format(n=n) for n in range(SERVICES))
        config.write_text(CONFIG.format(prom=ports[0], am=ports[1], **paces) + services)
        print(head())
        taken, trials, churn, late = asyncio.run(soak(config, ports, asked.hours, home))
    lines, wrong = verdict(taken, trials, churn, late)
    print("\n" + "\n".join(lines))
    if asked.write and not wrong:
        asked.write.write_text(page(asked, taken, lines))
    raise SystemExit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main()
