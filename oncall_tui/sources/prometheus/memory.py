"""What a source remembers from one poll to the next, so that it need not find out again how to ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import Busy, SourceError, TimedOut
from oncall_tui.core.readings import Reading
from oncall_tui.sources.limits import TooLarge
from oncall_tui.sources.prometheus.asks import Request
from oncall_tui.sources.prometheus.planner import Planner
from oncall_tui.sources.prometheus.questions import Question, question
from oncall_tui.sources.prometheus.refusals import BadQuery, Presumed, TooLong, TooMuch
from oncall_tui.sources.prometheus.round import Answers, Found, NotAsked

MOST_KEPT = 100_000
"""Questions kept, lest screens that come and go fill the memory."""

LEAST_TEXT = 500
"""Characters that every server is taken to read."""


class Memory:
    """How each reading is asked: its question, in how many pieces, in what company, and how long it has waited.

    unasked: readings that were not asked though they were due, with the number of polls that left them out. hopeless:
    those that are too much in pieces, too.
    """

    def __init__(self) -> None:
        self.planner = Planner()
        self.unasked: dict[Reading, int] = {}
        self.hopeless: set[Reading] = set()
        self._company: dict[Reading, int] = {}
        self._settled: set[Reading] = set()
        self._questions: dict[Reading, Question] = {}

    def forget(self) -> None:
        """Another catalogue: every question may be another one."""
        self._questions.clear()
        self.hopeless.clear()

    def question(self, reading: Reading, catalogue: Catalogue) -> Question:
        """The raw question for a reading, in pieces where it was too much whole. Raises Unanswerable."""
        known = self._questions.get(reading)
        if known is None:
            if len(self._questions) >= MOST_KEPT:
                self.forget()
            known = self._questions[reading] = question(reading, catalogue)
        return known

    def cut(self, one: Question) -> None:
        """Ask it so from now on: in pieces."""
        self._questions[one.reading] = one

    def give_up(self, whole: Question) -> None:
        """Ask it whole and alone from now on: pieces are of no use."""
        self._questions[whole.reading] = whole
        self._company[whole.reading] = 1
        self.hopeless.add(whole.reading)

    def plan(self, questions: Iterable[Question]) -> list[Request]:
        """Requests in the order in which to send them: what was left out longest, then by urgency."""
        requests = self.planner.plan([ask for one in questions for ask in one.asks], self._company)
        if not self.unasked:
            return requests
        return sorted(requests, key=lambda one: -max(self.unasked.get(ask.reading, 0) for ask in one.asks))

    def learn(self, requests: Iterable[Request], answers: Answers, found: Found) -> None:
        """Next time, ask alone what was at fault, and in half as large a company what timed out in a large one."""
        for request in requests:
            if not self._company and not any(isinstance(answers[ask], SourceError) for ask in request.asks):
                continue
            sharing = len(request.asks)
            errors: dict[Reading, list[SourceError]] = {}
            for ask in request.asks:
                known = errors.setdefault(ask.reading, [])
                if isinstance(told := answers[ask], SourceError):
                    known.append(told)
            for reading, known in errors.items():
                self._learn_company(reading, known, sharing)
        for reading, most in found.fits.items():
            self._company[reading] = most
            self._settled.add(reading)
        if found.most_text:
            self.planner.most_text = max(LEAST_TEXT, min(self.planner.most_text, found.most_text))

    def _learn_company(self, reading: Reading, errors: Sequence[SourceError], sharing: int) -> None:
        if not errors:
            if reading not in self._settled:
                self._company.pop(reading, None)
        elif any(isinstance(error, TimedOut) for error in errors):
            self._company[reading] = max(1, sharing // 2)
            self._settled.add(reading)
        elif any(isinstance(error, (BadQuery, TooLarge)) and not isinstance(error, _NO_FAULT) for error in errors):
            self._company[reading] = 1

    def keep_waiting(
        self, recorded: Iterable[Reading], raw: Sequence[Question], answers: Answers
    ) -> frozenset[Reading]:
        """Count the readings that were not asked; those that were asked, or that rules answered, wait no more."""
        left = {ask for ask, told in answers.items() if isinstance(told, (NotAsked, Busy))}
        if not left and not self.unasked:
            return frozenset()
        waiting = {one.reading for one in raw if not left.isdisjoint(one.asks)}
        self.unasked = dict(Counter(self.unasked) + Counter(waiting))
        for reading in {*recorded, *(one.reading for one in raw)} - waiting:
            self.unasked.pop(reading, None)
        return frozenset(waiting)


_NO_FAULT = (Presumed, TooMuch, TooLong)
"""What company has nothing to do with, or what is settled in other ways."""
