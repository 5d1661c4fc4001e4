"""What an incident cost, from what the journal holds: times, and the error budget spent while it lasted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import Incident, text_of

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class BudgetSpent:
    """One SLO's error budget while the incident lasted. before, after: what was left, 1.0 = all; negative: overspent.

    from_at, to_at: unix seconds of these two figures. Old badness that leaves the period meanwhile makes spent smaller.
    """

    slo: str
    before: float
    after: float
    from_at: float
    to_at: float

    @property
    def spent(self) -> float:
        """The part of the whole budget that went, 0.2 = a fifth; 0.0 where more came back than went."""
        return max(0.0, self.before - self.after)


@dataclass(frozen=True, slots=True)
class SloCourse:
    """One SLO over the incident: the error ratio over its shortest window, and the budget left, at each moment."""

    slo: str
    errors: Points
    left: Points


@dataclass(frozen=True, slots=True)
class Impact:
    """Times in unix seconds, None for what has not happened or nobody recorded; durations in seconds.

    budgets: of SLOs of which two figures are known. unknown: SLOs of its services of which none are.
    """

    began: float
    ended: float | None
    lasted: float
    acknowledged_at: float | None
    acknowledged_by: str
    mitigated_at: float | None
    budgets: tuple[BudgetSpent, ...]
    unknown: tuple[str, ...] = ()

    @property
    def to_acknowledge(self) -> float | None:
        """Seconds from its beginning until somebody had it."""
        return None if self.acknowledged_at is None else max(0.0, self.acknowledged_at - self.began)

    @property
    def to_mitigate(self) -> float | None:
        """Seconds from its beginning until users no longer felt it."""
        return None if self.mitigated_at is None else max(0.0, self.mitigated_at - self.began)

    @property
    def to_resolve(self) -> float | None:
        """Seconds from its beginning to its end."""
        return None if self.ended is None else max(0.0, self.ended - self.began)


def impact(incident: Incident, events: Sequence[Event], now: float) -> Impact:
    """events: those that belong to the incident, its figures among them."""
    acknowledged = _acknowledged(incident, events)
    lines = courses(events)
    budgets = tuple(
        BudgetSpent(line.slo, line.left[0][1], line.left[-1][1], line.left[0][0], line.left[-1][0])
        for line in lines
        if len(line.left) > 1
    )
    known = {one.slo for one in budgets}
    return Impact(
        began=incident.began,
        ended=incident.resolved_at,
        lasted=incident.lasted(now),
        acknowledged_at=acknowledged.at if acknowledged else None,
        acknowledged_by=(text_of(acknowledged, "by") or acknowledged.actor) if acknowledged else "",
        mitigated_at=incident.mitigated_at,
        budgets=tuple(sorted(budgets, key=lambda one: -one.spent)),
        unknown=tuple(line.slo for line in lines if line.slo not in known),
    )


_ACKS = (EventKind.ACK_DONE, EventKind.PAGE_ACK_DONE)


def _acknowledged(incident: Incident, events: Iterable[Event]) -> Event | None:
    """The first entry that says somebody has it."""
    told = [
        event
        for event in events
        if event.at >= incident.began
        and (event.kind in _ACKS or (event.kind == EventKind.ALERT_STATE and text_of(event, "phase") == "acked"))
    ]
    return min(told, key=lambda event: event.at, default=None)


def courses(events: Iterable[Event]) -> tuple[SloCourse, ...]:
    """Every SLO's course from the figures among the entries, by name. Figures that are missing are missing."""
    errors: dict[str, dict[float, float]] = {}
    left: dict[str, dict[float, float]] = {}
    for event in events:
        slos = event.payload.get("slos")
        if event.kind != EventKind.INCIDENT_FIGURES or not isinstance(slos, Mapping):
            continue
        for name, figures in slos.items():
            if isinstance(figures, Mapping):
                _note(errors, name, event.at, figures.get("errors"))
                _note(left, name, event.at, figures.get("left"))
    return tuple(
        SloCourse(name, tuple(sorted(errors.get(name, {}).items())), tuple(sorted(left.get(name, {}).items())))
        for name in sorted({*errors, *left})
    )


def _note(into: dict[str, dict[float, float]], name: str, at: float, value: object) -> None:
    line = into.setdefault(name, {})
    if isinstance(value, int | float) and not isinstance(value, bool):
        line[at] = float(value)
