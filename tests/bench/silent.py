"""How often a quiet signal is called SILENT, and how long a real drop goes unseen.

    python tests/bench/silent.py [SIGNALS] [SEED]

Signals with a day and a week in them, noise that remembers, and for every fourth an incident somewhere in the past
weeks. First a quiet week, looked at every five minutes by the code that the dashboard runs: false alarms, as episodes
per signal and week. Then drops of several sizes, in units of the noise: share seen within two hours, and the delay.
"""

from __future__ import annotations

import math
import random
import statistics
import sys

from oncall_tui.core.baseline import DAY, OUT, WEEK, WEEKS, Grain, band_at, departure
from oncall_tui.core.silent import PAST_STEP

POLL = 300
NOISE = 1.0
PLAIN = Grain(0.0, 1e-6)


class Signal:
    """A level of 100 that swings by day and week, with noise of the first order, and maybe a past incident."""

    def __init__(self, rng: random.Random, incident: bool) -> None:
        self._rng = rng
        self._swing = rng.uniform(0, 30), rng.uniform(0, 10), rng.uniform(0, 2 * math.pi)
        self._rho = rng.uniform(0.0, 0.8)
        self._noise = 0.0
        self._bad = rng.uniform(-WEEKS * WEEK, 0) if incident else math.inf

    def at(self, when: float, step: float) -> float:
        """The next value; to be called in order of time."""
        rho = self._rho ** (step / POLL)
        self._noise = rho * self._noise + math.sqrt(1 - rho * rho) * self._rng.gauss(0, NOISE)
        day, week, phase = self._swing
        swing = day * math.sin(2 * math.pi * when / DAY + phase) + week * math.sin(2 * math.pi * when / WEEK)
        return 100 + swing + self._noise - (25 if 0 <= when - self._bad < 7_200 else 0)


def episodes(flags: list[bool]) -> int:
    """How many times it began."""
    return sum(now and not before for before, now in zip([False, *flags], flags, strict=False))


def main(signals: int, seed: int) -> int:
    """Run and print; exit code 1 when false alarms come more than once in twenty signal-weeks."""
    rng = random.Random(seed)
    alarms, minutes, looks = 0, 0, 0
    drops = (4.0, 6.0, 8.0, 12.0)
    delays: dict[float, list[float]] = {size: [] for size in drops}
    for number in range(signals):
        signal = Signal(rng, number % 4 == 0)
        span = WEEKS * WEEK + 2 * PAST_STEP
        past = [(float(t), signal.at(t, PAST_STEP)) for t in range(-span, 0, PAST_STEP)]
        recent, flags = [], []
        for t in range(0, WEEK, POLL):
            value = signal.at(t, POLL)
            recent = [*recent, value][-3:]
            if t % PAST_STEP == 0:
                past.append((float(t), value))
            band = band_at(past, float(t), PLAIN)
            flags.append(band is not None and departure(band, recent, None) is not None)
        alarms += episodes(flags)
        minutes += sum(flags) * POLL // 60
        looks += len(flags)
        began = float(WEEK)
        for size in drops:
            recent, seen = recent[-3:], math.inf
            for t in range(WEEK, WEEK + 7_200, POLL):
                recent = [*recent, signal.at(t, POLL) - size * NOISE][-3:]
                band = band_at(past, float(t), PLAIN)
                if seen == math.inf and band is not None and departure(band, recent, None):
                    seen = (t - began) / 60 + POLL / 60
            delays[size].append(seen)
    print(
        f"quiet: {alarms} false alarms in {signals} signal-weeks ({alarms / signals:.3f} a signal and week, {OUT:g} spreads)"
    )
    print(f"       {minutes} minutes of them, {minutes / (looks * POLL / 60):.4%} of the time")
    for size, found in delays.items():
        seen = sorted(delay for delay in found if delay < math.inf)
        told = f"after {statistics.median(seen):.0f} min (median)" if seen else "never"
        print(f"a drop of {size:4.0f}x the noise: {len(seen) / len(found):6.1%} seen within 2 h, {told}")
    return 0 if alarms / signals <= 0.05 else 1


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(arguments + [200, 1][len(arguments) :])))
