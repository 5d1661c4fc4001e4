"""Did a step move what it should move? A signal or an SLO, before the step and for some minutes after it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from oncall_tui.core.assess import Assessment, SignalStatus, with_unit
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import Side
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.state import State
from oncall_tui.core.step_records import Outcome

MOVED = 0.10
"""The part of what it was before by which a figure has to differ to have moved."""
TWICE = 2
"""Fresh figures in a row that have to be in bounds: one alone may be chance."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is watched. slo: whether it is an SLO, whose burn over its shortest window counts, and no signal."""

    service: str
    name: str
    slo: bool

    def __str__(self) -> str:
        return f"{self.service}/{self.name}"


@dataclass(frozen=True, slots=True)
class Seen:
    """One figure. at: unix seconds it is true of. fine: whether it is in bounds, None where it has none. words: it."""

    at: float
    value: float
    fine: bool | None
    words: str
    good: Side


@dataclass(frozen=True, slots=True)
class Watch:
    """A watch that goes on. since: unix seconds at which the step ended; until: when to judge. before: what was seen
    before the step, None where nothing was known. last: the newest figure of after it; good_in_a_row: how many of the
    newest are in bounds. doubt: why no newer one is known, '' when it is."""

    target: Target
    since: float
    until: float
    before: Seen | None
    last: Seen | None = None
    good_in_a_row: int = 0
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. why: in words, with the figures."""

    outcome: Outcome
    why: str


def find_target(catalogue: Catalogue, named: str, service: str) -> Target | None:
    """What a step names: NAME of the service at hand, or SERVICE/NAME. A signal comes before an SLO of one name.

    None where there is no such thing.
    """
    of, _, name = named.rpartition("/")
    of = of or service
    if catalogue.signal(of, name) is not None:
        return Target(of, name, slo=False)
    return Target(of, name, slo=True) if catalogue.slo(f"{of}/{name}") is not None else None


def look(assessment: Assessment, target: Target) -> tuple[Seen | None, str]:
    """What is known of the target now, and why nothing is ('' when something is)."""
    if target.slo:
        slo = assessment.slo(str(target))
        return (None, "the SLO is not there") if slo is None else _of_slo(slo)
    service = assessment.service(target.service)
    signal = next((one for one in service.signals if one.signal.name == target.name), None) if service else None
    return (None, "the signal is not there") if signal is None else _of_signal(signal)


def _of_signal(status: SignalStatus) -> tuple[Seen | None, str]:
    if status.values is None or status.worst is None or status.state is State.UNKNOWN:
        return None, status.reason or "not known now"
    signal = status.signal
    judged = signal.warn is not None or signal.crit is not None or status.state is State.SILENT
    fine = status.state is State.OK if judged else None
    member, value = status.worst
    words = with_unit(value, signal.unit) + (f" ({member})" if member else "")
    return Seen(status.values.at, value, fine, words, signal.good), ""


def _of_slo(status: SloStatus) -> tuple[Seen | None, str]:
    window = min(status.slo.windows)
    sample, burn = status.samples.get(window), status.burn(window)
    if sample is None or burn is None:
        return None, status.doubt or "not known now"
    words = f"burn {burn:.3g} over {format_duration(window)}"
    return Seen(sample.at, burn, burn <= 1.0, words, Side.AT_MOST), ""


def observe(watch: Watch, seen: Seen | None, doubt: str, now: float) -> tuple[Watch, Verdict | None]:
    """The watch after a look, and the verdict once there is one: early when it recovered, else at its end.

    Only figures of after the step count: seen.at later than watch.since.
    """
    if seen is not None and seen.at > max(watch.since, watch.last.at if watch.last else 0.0):
        row = watch.good_in_a_row + 1 if seen.fine else 0
        watch = replace(watch, last=seen, good_in_a_row=row, doubt="")
    elif seen is None:
        watch = replace(watch, doubt=doubt, good_in_a_row=0)
    recovered = watch.before is not None and watch.before.fine is False and watch.good_in_a_row >= TWICE
    return watch, judge(watch) if recovered or now >= watch.until else None


def judge(watch: Watch) -> Verdict:
    """The verdict on what was seen until now."""
    before, last = watch.before, watch.last
    if last is None or watch.doubt:
        return Verdict(Outcome.UNKNOWN, f"no figure after the step: {watch.doubt or 'none came in time'}")
    if before is None:
        return Verdict(Outcome.UNKNOWN, f"{last.words} now; what it was before the step nobody knows")
    moved = f"{before.words} → {last.words}"
    if before.fine is False and last.fine:
        return Verdict(Outcome.RECOVERED, moved)
    if before.fine and last.fine is False:
        return Verdict(Outcome.WORSE, f"{moved}: it was in bounds before")
    if before.fine and last.fine:
        return Verdict(Outcome.NO_EFFECT, f"{moved}: in bounds before and after")
    change = (last.value - before.value) / max(abs(before.value), 1e-9)
    worse = -change if last.good is Side.AT_LEAST else change
    if worse > MOVED:
        return Verdict(Outcome.WORSE, moved)
    return Verdict(Outcome.BETTER if worse < -MOVED else Outcome.NO_EFFECT, moved)
