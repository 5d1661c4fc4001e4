"""How often the first cause is found: seeded random incidents on random fleets, ranked three ways.

    python tests/bench/investigate.py [INCIDENTS] [SEED]

Each incident: a fleet of 8 to 14 services in a random dependency graph, one day of signals at one-minute steps with
autocorrelated noise; a fault begins in one service and goes down the graph with delays, losing or gaining strength;
beside it, signals that move for no reason of this incident, and releases that changed nothing. Investigated from one
of the services in trouble. Compared: our ranking; 'the largest deviation'; 'the first alert' (alerts exist on some
signals, wait five minutes, and fire beyond six spreads).
"""

from __future__ import annotations

import math
import random
import sys
import time
from dataclasses import dataclass, field

from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.causes import Change, ChangeKind, Moved, find_causes
from oncall_tui.core.onset import excursions
from oncall_tui.core.topology import Topology

STEP, POINTS = 60.0, 1_440
KINDS = tuple(SignalKind)


@dataclass
class Signal:
    """One signal of the simulation: the level added to its noise is (from, spreads, ramp, until) for each move."""

    service: str
    name: str
    kind: SignalKind
    alert: bool
    moves: list[tuple[int, float, int, int]] = field(default_factory=list)

    def points(self, rng: random.Random) -> list[tuple[float, float]]:
        noise, drawn, rho = 0.0, [], rng.uniform(0.0, 0.5)
        for i in range(POINTS):
            noise = rho * noise + math.sqrt(1 - rho * rho) * rng.gauss(0, 1)
            level = sum(shift * min(1.0, (i - at + 1) / ramp) for at, shift, ramp, end in self.moves if at <= i < end)
            drawn.append((i * STEP, noise + level))
        return drawn


@dataclass
class Incident:
    """One made-up day: signals, changes, the graph, who is in trouble, and the truth."""

    topology: Topology
    signals: list[Signal]
    changes: list[Change]
    cause: str
    trouble: list[str]


def incident(rng: random.Random) -> Incident:
    """A fault somewhere, and what comes of it."""
    names = [f"s{n}" for n in range(rng.randint(8, 14))]
    needs = {name: tuple(rng.sample(names[:i], min(i, rng.choice((0, 1, 1, 2))))) for i, name in enumerate(names)}
    topology = Topology(needs)
    signals = [
        Signal(name, f"{kind.value}", kind, alert=rng.random() < 0.4)
        for name in names
        for kind in rng.sample(KINDS, rng.randint(3, 5))
    ]
    cause = rng.choice([name for name in names if topology.downstream(name)] or names)
    began = rng.randint(900, 1_300)
    onset, trouble = {cause: began}, [cause]
    for name in names[names.index(cause) + 1 :]:
        hit = [need for need in needs[name] if need in onset]
        if hit and rng.random() < 0.85:
            onset[name] = min(onset[need] for need in hit) + rng.randint(0, 3) + int(rng.expovariate(1 / 5))
            trouble.append(name)
    for name, at in onset.items():
        own = [signal for signal in signals if signal.service == name]
        for signal in rng.sample(own, rng.randint(1, len(own))):
            shift = rng.choice((-1, 1)) * min(60.0, max(3.0, rng.lognormvariate(2.0, 0.7)))
            signal.moves.append((at + rng.choice((0, 0, 1, 4)), shift, rng.choice((1, 1, 3, 15)), POINTS))
    for signal in rng.sample(signals, rng.randint(1, 4)):
        at = rng.randint(200, POINTS - 30)
        shift = rng.choice((-1, 1)) * rng.uniform(4, 20)
        signal.moves.append((at, shift, rng.choice((1, 10)), rng.choice((at + rng.randint(10, 90), POINTS))))
    changes = [
        Change(name, rng.randint(300, POINTS) * STEP, ChangeKind.VERSION, "another version")
        for name in rng.sample(names, rng.randint(0, 3))
    ]
    if rng.random() < 0.3:
        changes.append(Change(cause, (began - rng.randint(0, 4)) * STEP, ChangeKind.VERSION, "version v2"))
    return Incident(topology, signals, changes, cause, trouble)


def investigate(made: Incident, rng: random.Random) -> tuple[list[str], list[str], list[str], bool]:
    """The services in the order of each way of ranking, ours first; and whether ours says it is sure."""
    start = rng.choice(made.trouble)
    upstream = {start, *made.topology.upstream(start)}
    moved, alerts = [], []
    for signal in made.signals:
        found = excursions(signal.points(rng))
        if signal.service in upstream and found:
            moved.append(Moved(signal.service, signal.name, signal.kind, found[-1]))
        alerts += [(one.at + 300, signal.service) for one in found if signal.alert and abs(one.level) > 6]
    own = [one for one in moved if one.service == start]
    if not own:
        return [], [], [], False
    symptom = max(own, key=lambda one: abs(one.excursion.level))
    affected = {name for name in made.trouble if any(s.service == name and s.moves for s in made.signals)}
    changes = [change for change in made.changes if change.service in upstream]
    finding = find_causes(symptom, moved, changes, made.topology, affected)
    largest = sorted(moved, key=lambda one: -abs(one.excursion.level))
    recent = [(at, service) for at, service in sorted(alerts) if at >= symptom.excursion.at - 3_600]
    unique = [list(dict.fromkeys(names)) for names in ([m.service for m in largest], [name for _, name in recent])]
    return [suspect.service for suspect in finding.suspects], *unique, finding.sure


def main(incidents: int, seed: int) -> int:
    """Run and print; exit code 1 when ours is not the best."""
    ways = ("ours", "largest deviation", "first alert")
    top1, top3, sure, sure_right, asked = dict.fromkeys(ways, 0), dict.fromkeys(ways, 0), 0, 0, 0
    for number in range(incidents):
        rng = random.Random(seed * 1_000_003 + number)
        made = incident(rng)
        *rankings, is_sure = investigate(made, rng)
        asked += 1
        for way, ranking in zip(ways, rankings, strict=True):
            top1[way] += ranking[:1] == [made.cause]
            top3[way] += made.cause in ranking[:3]
        sure += is_sure
        sure_right += is_sure and rankings[0][:1] == [made.cause]
    for way in ways:
        print(f"{way:18} top-1 {top1[way] / asked:6.1%}   top-3 {top3[way] / asked:6.1%}   of {asked} incidents")
    print(
        f"ours says it is sure in {sure / asked:.1%} of them, and is right in {sure_right / max(1, sure):.1%} of those"
    )
    rng = random.Random(seed)
    sixty = [
        Signal("s", str(n), SignalKind.OTHER, False, [(1_000, 8.0, 1, POINTS)] if n % 3 else []) for n in range(60)
    ]
    drawn = [signal.points(rng) for signal in sixty]
    began = time.perf_counter()
    for points in drawn:
        excursions(points)
    print(f"60 signals x 24 h at one-minute steps: {time.perf_counter() - began:.3f} s of arithmetic")
    return 0 if top1["ours"] > max(top1["largest deviation"], top1["first alert"]) else 1


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(arguments + [300, 1][len(arguments) :])))
