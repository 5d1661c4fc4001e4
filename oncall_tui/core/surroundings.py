"""What surrounds the signals of an investigation: deploys, alerts and runbook runs in time, labels, and versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.beside import ALERTED, BY_VERSION, DEPLOYS, LABELS, began, deploys, labels_in
from oncall_tui.core.by_version import Versions, versions_of
from oncall_tui.core.catalogue import VERSIONS, Service, Signal
from oncall_tui.core.causes import Change, ChangeKind
from oncall_tui.core.readings import Failed, Outcome, Series
from oncall_tui.core.versions import version_changes
from oncall_tui.core.what_changed import Shift, shift

Told = Callable[[str, str], Outcome | None]
"""What came of asking a service's signal of a name over the span."""


class OccurrenceKind(StrEnum):
    """What happened that changed nothing by itself."""

    ALERT = "alert"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An alert that began, or a step of a runbook that ran, at unix seconds: shown, and suspected of nothing."""

    service: str
    at: float
    kind: OccurrenceKind
    what: str


def changes_of(service: Service, told: Told, begins: float, step: float) -> list[Change]:
    """Versions that came, deploys, and other labels that got a new value; what comes with a version is said once.

    begins, step: of the time looked at, seconds.
    """
    found = [
        Change(service.name, at, ChangeKind.VERSION, f"version {name}")
        for at, name in version_changes(_series(told(service.name, VERSIONS)) if service.versions else None)
    ]
    known = [change.at for change in found]
    for signal in service.beside:
        series = _series(told(service.name, signal.name))
        if signal.name == DEPLOYS:
            found += [
                Change(service.name, at, ChangeKind.DEPLOY, _deployed(what))
                for at, what in deploys(series, begins, step)
            ]
        elif signal.name.startswith(LABELS):
            found += [
                Change(service.name, at, ChangeKind.CONFIG, f"{label} {value}")
                for label, own in labels_in(signal, series).items()
                for at, value in version_changes(own)
                if value and not any(abs(at - other) <= step for other in known)
            ]
    return found


def _deployed(what: str) -> str:
    return what if what == "deploy" else f"deploy {what}"


def alerts_began(service: Service, told: Told, begins: float, step: float) -> list[Occurrence]:
    """When each of the service's alerts began to fire within the span."""
    fired = began(_series(told(service.name, ALERTED)), begins, step)
    return [Occurrence(service.name, at, OccurrenceKind.ALERT, name) for at, name in fired]


def shifts_of(service: Service, told: Told, onset: float, end: float) -> list[Shift]:
    """What each label of its info metrics said before the onset and says at the end; those that changed first."""
    found = []
    for signal in _named(service, LABELS):
        told_labels = labels_in(signal, _series(told(service.name, signal.name)))
        shifts = (shift(service.name, label, own, onset, end) for label, own in told_labels.items())
        found += [one for one in shifts if one is not None]
    return sorted(found, key=lambda one: not one.changed)


def compared_of(service: Service, told: Told) -> Versions | None:
    """The service's newest version against the last; None where none came within the span."""
    if service.versions is None:
        return None
    signals = [(one, service_signal(service, one)) for one in _named(service, BY_VERSION)]
    answers = {signal.name: series for one, signal in signals if (series := _series(told(service.name, one.name)))}
    served = _series(told(service.name, VERSIONS))
    return versions_of(service.name, served, [signal for _, signal in signals], answers)


def service_signal(service: Service, told_apart: Signal) -> Signal:
    """The signal that one told apart by versions is made of."""
    name = told_apart.name.removeprefix(BY_VERSION)
    return next((one for one in service.signals if one.name == name), told_apart)


def failed(service: Service, told: Told) -> list[str]:
    """What of all this could not be asked, in words; that there is none of it is no failure."""
    answers = ((signal, told(service.name, signal.name)) for signal in service.beside)
    return [f"{service.name} {one.name[1:]}: {answer.error}" for one, answer in answers if isinstance(answer, Failed)]


def _named(service: Service, prefix: str) -> Iterable[Signal]:
    return (signal for signal in service.beside if signal.name.startswith(prefix))


def _series(answer: Outcome | None) -> Series | None:
    return answer if isinstance(answer, Series) else None
