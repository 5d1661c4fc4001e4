"""What comes and goes in the soak: faults and alerts, and whether the dashboard follows."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

from soak_servers import FAULTS, fingerprint, tell

INTERVAL, BACKOFF, TIMEOUT, DEADLINE, SLOWEST = 15, 60, 30, 60, 300
"""Simulated seconds. Timeouts are generous, as a second of the machine's is half a minute here."""
HANGS_FOR = 90
LIVE_WITHIN = DEADLINE + 1.1 * BACKOFF + INTERVAL
"""After the end of a fault: a poll that it spoilt ends, back-off, and a poll that answers."""
KNOWN_WITHIN = LIVE_WITHIN + SLOWEST + 2 * INTERVAL
"""As long, and until what is asked least often comes round."""


class Lateness:
    """Simulated seconds for which the event loop was late, all in all."""

    def __init__(self):
        self.seconds = self.worst = 0.0

    async def watch(self):
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(1)
            late = max(0.0, loop.time() - before - 1)
            self.seconds, self.worst = self.seconds + late, max(self.worst, late)


class Trials:
    """Faults that come and go, one server at a time, and whether each heals."""

    def __init__(self, app, ports, late):
        self.app, self.ports, self.late = app, ports, late
        self.modes = dict.fromkeys(ports, "")
        self.begun = self.noticed = 0
        self.lives, self.knows, self.missed, self.unprovoked = [], [], [], []
        self.port, self.stage, self.until = ports[0], "calm", time.time() + 300

    @property
    def name(self):
        return "prom" if self.port == self.ports[0] else "am"

    @property
    def health(self):
        return self.app.assessment.snapshot.sources[self.name]

    def doubted(self, readings):
        """Those of these figures that may not be believed now; what nobody wants any more is none of them."""
        now = self.app.assessment.snapshot
        return [reading for reading in readings if reading in now.figures and now.doubt(reading)]

    def turn(self):
        """Look, and go on."""
        now = time.time()
        match self.stage:
            case "calm":
                for health in self.app.assessment.snapshot.sources.values():
                    if health.failures and (health.name, health.answered_at) not in self.unprovoked:
                        self.unprovoked.append((health.name, health.answered_at))
                if now > self.until:
                    self.begin(now)
            case "fault":
                self.seen = self.seen or bool(self.health.failures)
                if now > self.until:
                    self.end(now)
            case "not live":
                if (self.health.answered_at or 0) > self.ended and not self.health.failures:
                    self.lives.append(now - self.ended)
                    self.stage, self.left = "not known", list(self.app.assessment.snapshot.figures)
                elif now > self.ended + LIVE_WITHIN + self.late.seconds - self.late_before:
                    self.miss(now, f"not live: {self.health.error}")
            case "not known":
                self.left = self.doubted(self.left)  # each is to be known once since, not all at one moment
                if not self.left:
                    self.knows.append(now - self.ended)
                    self.rest(now)
                elif now > self.ended + KNOWN_WITHIN + self.late.seconds - self.late_before:
                    whys = Counter(self.app.assessment.snapshot.doubt(one) for one in self.left).most_common(3)
                    self.miss(now, f"{len(self.left)} figures not known, {self.left[0]}: {whys}")

    def begin(self, now):
        self.port, self.stage, self.until = random.choice(self.ports), "fault", now + random.uniform(30, 300)
        self.modes[self.port] = random.choice(FAULTS)
        self.begun, self.seen = self.begun + 1, False
        tell(self.port, self.modes[self.port])

    def end(self, now):
        self.noticed += self.seen
        self.fault, self.modes[self.port] = self.modes[self.port], ""
        tell(self.port)
        self.stage, self.ended, self.late_before = "not live", time.time(), self.late.seconds

    def miss(self, now, why):
        self.missed.append(f"{self.name}, {now - self.ended:.0f} s after {self.fault}: {why}")
        self.rest(now)

    def rest(self, now):
        self.stage, self.until = "calm", now + random.uniform(30, 300)


ROUND, QUIET = 7_200.0, 2_700.0
"""Every so many seconds nothing fires for so many: incidents end, or one would grow all the time."""


class Churn:
    """Alerts that come and go, and whether what is shown is what there is."""

    def __init__(self, app, trials):
        self.app, self.trials = app, trials
        self.first = self.next = 0
        self.began = time.time()
        self.told_at, self.looks, self.wrong = 0.0, 0, []

    @property
    def quiet(self):
        return (time.time() - self.began) % ROUND > ROUND - QUIET

    def turn(self):
        if self.quiet:
            if self.next > self.first:
                self.to(0)
        elif random.random() < 0.5:
            many = self.next - self.first
            self.to(random.randrange(10, 60) if many > 60 else many + random.randrange(4))

    def to(self, many):
        """So many alerts; the oldest go, new ones come."""
        less = max(0, self.next - self.first - many)
        more = range(self.next, self.first + less + many)
        port = self.trials.ports[1]
        tell(port, self.trials.modes[port], less, more)
        self.first, self.next, self.told_at = self.first + less, self.first + less + many, time.time()

    def look(self):
        now = self.app.assessment.snapshot
        health = now.sources["am"]
        if (health.answered_at or 0) <= self.told_at or health.failures:
            return
        self.looks += 1
        shown = {alert.fingerprint for alert in now.alerts}
        wanted = {fingerprint(number) for number in range(self.first, self.next)}
        if shown != wanted:
            self.wrong.append(f"{len(shown - wanted)} alerts too many, {len(wanted - shown)} too few")
