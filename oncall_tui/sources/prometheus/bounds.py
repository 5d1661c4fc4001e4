"""Which bucket bounds a histogram has, for latency thresholds that are none of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from oncall_tui.core.readings import NoData, Outcome, Reading, SliReading
from oncall_tui.core.slo import LatencySli, Slo
from oncall_tui.sources.prometheus import promql
from oncall_tui.sources.prometheus.asks import Ask
from oncall_tui.sources.prometheus.operands import no_bucket
from oncall_tui.sources.prometheus.questions import Question
from oncall_tui.sources.prometheus.round import Answers

ASK_AGAIN = 300.0
"""Seconds for which it is taken as known which bounds an SLO's histogram has."""

PART = "le"
"""The part by which these asks are known."""

MOST_SHOWN = 6
"""Bounds told to a person, those next to the one wanted."""

_WINDOW = 60
"""The lane of these questions among those over windows; their own number says nothing."""


class Bounds:
    """The bounds of the histograms whose threshold is no bound, by SLO id."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, ...]] = {}
        self._asked_at: dict[str, float] = {}

    def forget(self) -> None:
        """Another catalogue: nothing is known."""
        self._known.clear()
        self._asked_at.clear()

    @property
    def known(self) -> bool:
        """Whether the bounds of any histogram are known."""
        return bool(self._known)

    def asks(self, questions: Iterable[Question], outcomes: Mapping[Reading, Outcome], now: float) -> list[Ask]:
        """What to ask about SLOs that have traffic and no bucket; each once in ASK_AGAIN."""
        due: dict[str, LatencySli] = {}
        for one in questions:
            sli = _without_bucket(one, outcomes.get(one.reading))
            if sli is not None and isinstance(one.of, Slo) and not self._fresh(one.of.id, now):
                due[one.of.id] = sli
        self._asked_at.update(dict.fromkeys(due, now))
        return [Ask(SliReading(slo, _WINDOW), promql.bounds(sli), PART) for slo, sli in due.items()]

    def _fresh(self, slo: str, now: float) -> bool:
        return slo in self._asked_at and 0 <= now - self._asked_at[slo] < ASK_AGAIN

    def learn(self, answers: Answers) -> None:
        """Take the answers; what failed is not known, and asked again in its time."""
        for ask, rows in answers.items():
            if not isinstance(rows, Exception) and isinstance(ask.reading, SliReading):
                self._known[ask.reading.slo] = tuple(sorted({_number(row.labels.get("le", "")) for row in rows}))

    def explained(self, one: Question, told: Outcome) -> Outcome:
        """The outcome with the bounds that there are, where that is what it lacks and they are known."""
        sli = _without_bucket(one, told)
        bounds = self._known.get(one.of.id, ()) if isinstance(one.of, Slo) else ()
        finite = [bound for bound in bounds if math.isfinite(bound)]
        if sli is None or not finite or not isinstance(told, NoData):
            return told
        return replace(told, reason=f"{told.reason}: there are {near(sli.threshold, finite)}")


def near(wanted: float, bounds: list[float]) -> str:
    """The bounds next to the wanted one, in order; an ellipsis for those further off."""
    place = sum(bound < wanted for bound in bounds)
    start = max(0, min(place - MOST_SHOWN // 2, len(bounds) - MOST_SHOWN))
    shown = [f"{bound:g}" for bound in bounds[start : start + MOST_SHOWN]]
    before = ["..."] if start else []
    after = ["..."] if start + MOST_SHOWN < len(bounds) else []
    return ", ".join([*before, *shown, *after])


def _without_bucket(one: Question, told: Outcome | None) -> LatencySli | None:
    sli = one.of.sli if isinstance(one.of, Slo) else None
    if not isinstance(sli, LatencySli) or not isinstance(told, NoData):
        return None
    return sli if told.reason.endswith(no_bucket(sli)) else None


def _number(le: str) -> float:
    try:
        return float(le)
    except ValueError:
        return math.nan
