"""One investigation: what the answers about a service and everything upstream of it say came first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from oncall_tui.core.baseline import GRAINS, Band, Grain, Points, band_at
from oncall_tui.core.by_version import Versions
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.causes import Change, Finding, Moved, find_causes
from oncall_tui.core.duration import humanize
from oncall_tui.core.onset import deviations_of_itself, excursions
from oncall_tui.core.questions import Questions
from oncall_tui.core.readings import Outcome, Reading, Series, SignalReading, SliReading
from oncall_tui.core.silent import past_reading
from oncall_tui.core.surroundings import Occurrence, alerts_began, changes_of, compared_of, failed, shifts_of
from oncall_tui.core.topology import topology_of
from oncall_tui.core.what_changed import Shift

MOST_MEMBERS = 64
"""Members of one signal that are looked at, those that move most first."""

_STOPPED = 3
"""Steps without a value after which a signal has stopped: missing, which is not the same as bad."""

_YOUNG = 300.0
"""Seconds after an alert began for which what moved with it may not tell itself from chance yet."""
_BLOCK = 1_800.0
"""Seconds for which one band of the past holds: the past is no finer."""
_SYMPTOMS = (SignalKind.ACCURACY, SignalKind.ERRORS, SignalKind.LATENCY, SignalKind.THROUGHPUT)
"""What users notice, worst first: what an investigation of a service begins with."""


@dataclass(frozen=True, slots=True)
class Track:
    """One signal (or error ratio) of one service over the span. member: '' for the only one.

    points: (unix seconds, value). moved: when it was out of its usual range; from its own past where there is enough
    of one, else from the first part of the span (against: which of them, in words).
    """

    service: str
    name: str
    kind: SignalKind
    member: str
    unit: str
    points: Points
    moved: tuple[Moved, ...]
    against: str


@dataclass(frozen=True, slots=True)
class Investigation:
    """What came of it. symptom: what it started from, None where nothing of the service moved.

    tracks: every signal that moved first, by when it did, then the quiet ones. changes: by time. unanswered: what could
    not be asked or had no data, in words: what is not measured is not suspected, and has to be said.
    occurrences: alerts that began and runbook steps that ran, by time. shifts: labels before the onset and at the end.
    versions: of each service that got a new one, that against the last.
    """

    service: str
    at: float
    span: int
    symptom: Moved | None
    finding: Finding
    tracks: tuple[Track, ...]
    changes: tuple[Change, ...]
    unanswered: tuple[str, ...]
    occurrences: tuple[Occurrence, ...] = ()
    shifts: tuple[Shift, ...] = ()
    versions: tuple[Versions, ...] = ()


def conclude(
    asked: Questions,
    catalogue: Catalogue,
    answers: Mapping[Reading, Outcome],
    at: float,
    affected: Collection[str],
    runs: Collection[Occurrence] = (),
) -> Investigation:
    """What the answers say. at: unix seconds of asking. affected: services known to be in trouble. runs: runbooks'."""
    tracks: list[Track] = []
    changes: list[Change] = []
    unanswered: list[str] = []
    known_services: list[Service] = []

    def told(service: str, signal: str) -> Outcome | None:
        return asked.answer(SignalReading(service, signal), answers)

    for name in asked.services:
        known = catalogue.service(name)
        if known is None:
            unanswered.append(f"{name}: nobody describes it, so nothing of it is measured")
            continue
        found, missing = _tracks(known, answers, asked)
        tracks += found
        unanswered += missing
        delays = _delays(known)
        dues = [(track, at - delays.get(track.name, 0)) for track in found]
        unanswered += [_stopped(track, due) for track, due in dues if _silence(track, due) > _STOPPED * asked.step]
        known_services.append(known)
        changes += changes_of(known, told, at - asked.span, asked.step)
        unanswered += failed(known, told)
    moved = [one for track in tracks for one in track.moved]
    symptom = _symptom(asked.service, moved)
    begins = at - asked.span
    fired = [one for known in known_services for one in alerts_began(known, told, begins, asked.step)]
    if symptom is None:
        young = any(one.service == asked.service and at - one.at < _YOUNG for one in fired)
        finding = Finding((), False, _nothing_moved(asked.service, young=young))
    else:
        finding = find_causes(symptom, moved, changes, topology_of(catalogue), affected)
    tracks.sort(key=lambda track: (not track.moved, track.moved[-1].excursion.at if track.moved else 0.0))
    changes.sort(key=lambda change: change.at)
    onset = _onset(symptom, finding, begins + 2 * asked.step)
    return Investigation(
        asked.service,
        at,
        asked.span,
        symptom,
        finding,
        tuple(tracks),
        tuple(changes),
        tuple(unanswered),
        tuple(sorted((*fired, *runs), key=lambda one: one.at)),
        tuple(one for known in known_services for one in shifts_of(known, told, onset, at)),
        tuple(one for known in known_services if (one := compared_of(known, told)) is not None),
    )


def _nothing_moved(service: str, *, young: bool) -> str:
    yet = " yet, and its alert began within the last 5m: ask again in a minute" if young else ""
    return f"nothing measured of {service} is out of its range{yet}"


def _onset(symptom: Moved | None, finding: Finding, known: float) -> float:
    """Before this, things were as usual: the first suspect's or the symptom's moment; else where the span begins.

    known: the earliest moment that has values before it. What left before would be compared with nothing at all.
    """
    if symptom is None:
        return known
    first = finding.suspects[0].at if finding.suspects else symptom.excursion.earliest
    return max(known, min(symptom.excursion.earliest, first))


def _tracks(service: Service, answers: Mapping[Reading, Outcome], asked: Questions) -> tuple[list[Track], list[str]]:
    tracks: list[Track] = []
    missing: list[str] = []
    for signal in service.signals:
        answer = asked.answer(SignalReading(service.name, signal.name), answers)
        if not isinstance(answer, Series):
            missing.append(f"{service.name} {signal.name}: {_why(answer)}")
            continue
        past_of = past_reading(signal)
        past = answers.get(past_of) if past_of else None
        members = sorted(answer.lines)[:MOST_MEMBERS]
        lines = {member: _matured(answer, member, signal.label_delay) for member in members}
        tracks += [_signal_track(signal, member, points, past) for member, points in lines.items() if points]
        if not any(lines.values()):
            missing.append(f"{service.name} {signal.name}: no label of this span is due yet")
    for slo in service.slos:
        if slo.is_template:
            continue
        answer = asked.answer(SliReading(slo.id, min(slo.windows)), answers)
        if isinstance(answer, Series) and "" in answer.lines:
            points = _matured(answer, "", slo.label_delay)
            if not points:
                missing.append(f"{slo.id}: no label of this span is due yet")
                continue
            off = deviations_of_itself(points, GRAINS[SignalKind.ERRORS])
            tracks.append(_track(service.name, _errors_of(slo.name), SignalKind.ERRORS, ("", ""), points, off, _ITSELF))
        else:
            missing.append(f"{slo.id}: {_why(answer)}")
    return tracks, missing


def _matured(answer: Series, member: str, delay: int) -> Points:
    """A member's points, without those that labels still on their way will change."""
    points = answer.lines[member]
    return tuple(point for point in points if point[0] <= answer.at - delay) if delay else points


_ITSELF = "the first third of the span"


def _signal_track(signal: Signal, member: str, points: Points, past: Outcome | None) -> Track:
    grain = GRAINS[signal.kind]
    before = past.lines.get(member, ()) if isinstance(past, Series) else ()
    off, against = _against_past(points, before, grain, signal.past_weeks), "its own past"
    if off is None:
        off, against = deviations_of_itself(points, grain), _ITSELF
    names = (member, signal.unit)
    return _track(signal.service, signal.name, signal.kind, names, points, off, against)


def _track(
    service: str,
    name: str,
    kind: SignalKind,
    names: tuple[str, str],
    points: Points,
    off: list[tuple[float, float]],
    against: str,
) -> Track:
    member, unit = names
    moved = tuple(Moved(service, name, kind, one, member) for one in excursions(off))
    return Track(service, name, kind, member, unit, points, moved, against)


def _against_past(points: Points, past: Points, grain: Grain, weeks: int) -> list[tuple[float, float]] | None:
    """The points in spreads from what was usual at their hour; None without enough of a past for all of them."""
    if not past or not weeks:
        return None
    bands: dict[int, Band] = {}
    off = []
    for at, value in points:
        block = int(at // _BLOCK)
        if block not in bands:
            band = band_at(past, (block + 0.5) * _BLOCK, grain, weeks=weeks)
            if band is None:
                return None
            bands[block] = band
        off.append((at, bands[block].deviation(value)))
    return off


def _symptom(service: str, moved: Iterable[Moved]) -> Moved | None:
    """What to explain: of what the service has out of range now what users notice most, else the largest."""
    out = [one for one in moved if one.service == service and one.excursion.until is None]
    noticed = [one for one in out if one.kind in _SYMPTOMS]
    return max(noticed or out, key=lambda one: abs(one.excursion.level), default=None)


def _delays(service: Service) -> dict[str, int]:
    """By the names of tracks, the seconds by which their newest points wait for labels."""
    slos = {_errors_of(slo.name): slo.label_delay for slo in service.slos}
    return slos | {signal.name: signal.label_delay for signal in service.signals}


def _errors_of(slo: str) -> str:
    return f"{slo} SLO errors"


def _silence(track: Track, due: float) -> float:
    """Seconds for which the track has had no point when it was due to have one."""
    return due - track.points[-1][0]


def _stopped(track: Track, due: float) -> str:
    member = f" {track.member}" if track.member else ""
    return f"{track.service} {track.name}{member}: no data for {humanize(_silence(track, due))}"


def _why(answer: Outcome | None) -> str:
    if answer is None:
        return "not asked"
    return getattr(answer, "reason", "") or getattr(answer, "error", "") or "no points"
