"""This version against the last, side by side: what one should know before rolling back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import fmean

from oncall_tui.core.catalogue import Signal
from oncall_tui.core.readings import Series
from oncall_tui.core.slo import Side
from oncall_tui.core.versions import version_changes

_CLEAR = 0.1
"""Share by which two means must differ before one is called worse."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One signal under both versions, as means. last, this: None where there is none. points: of the shorter side."""

    signal: Signal
    last: float | None
    this: float | None
    points: int

    @property
    def worse(self) -> bool:
        """Whether this version is clearly on the bad side of the last."""
        if self.last is None or self.this is None:
            return False
        off = self.last - self.this if self.signal.good is Side.AT_LEAST else self.this - self.last
        return off > _CLEAR * max(abs(self.last), 1e-9)


@dataclass(frozen=True, slots=True)
class Versions:
    """Two versions of a service. since: when this one came, unix seconds. together: whether both served since then.

    trouble: why nothing can be compared, '' where something is.
    """

    service: str
    last: str
    this: str
    since: float
    together: bool
    figures: tuple[Compared, ...]
    trouble: str = ""


def versions_of(
    service: str, served: Series | None, signals: Iterable[Signal], answers: Mapping[str, Series]
) -> Versions | None:
    """The newest version against the one that it took over from; None where none came within the time looked at.

    served: which version served when. answers: by the name of a signal, its series by version. Where both serve at
    once, the same time is compared, else the time since the change with as long before it.
    """
    changed = _last_change(served)
    if served is None or changed is None:
        return None
    since, last, this = changed
    together = any(at >= since for at, _ in served.lines[last])
    end = max(at for at, _ in served.lines[this])
    figures = []
    labelled = False
    for signal in signals:
        lines = answers[signal.name].lines if signal.name in answers else {}
        labelled = labelled or any(lines)
        own = lines.get(this, ())
        both = {at for at, _ in lines.get(last, ()) if at >= since}
        new = [value for at, value in own if at >= since and (not together or at in both)]
        old = [
            value
            for at, value in lines.get(last, ())
            if (at >= since and any(at == other for other, _ in own) if together else 2 * since - end <= at < since)
        ]
        if new or old:
            figures.append(
                Compared(signal, fmean(old) if old else None, fmean(new) if new else None, min(len(old), len(new)))
            )
    trouble = "" if figures else "its signals' series do not say which version they are of" if not labelled else (
        "its signals have no points of these two versions"
    )  # fmt: skip
    return Versions(service, last, this, since, together, tuple(figures), trouble)


def _last_change(served: Series | None) -> tuple[float, str, str] | None:
    """When the newest version came or came back, the one that served before it, and it; None where none did."""
    changes = version_changes(served)
    if served is None or not changes:
        return None
    since, this = changes[-1]
    before = [
        (at, version) for version, line in served.lines.items() if version != this for at, _ in line if at < since
    ]
    return (since, max(before)[1], this) if before else None
