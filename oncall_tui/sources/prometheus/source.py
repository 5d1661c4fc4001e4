"""A Prometheus as a source of readings."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alert_rule import AlertRule, RuleCurves
from oncall_tui.core.alerts import Alert
from oncall_tui.core.catalogue import Catalogue, Signal
from oncall_tui.core.errors import Busy, Malformed, Refused, SourceError, Unauthorized, Unreachable
from oncall_tui.core.readings import Cost, Failed, Grouped, NoData, Outcome, Provenance, Reading, Readout
from oncall_tui.core.recurrence import Recurrence
from oncall_tui.core.slo import Slo
from oncall_tui.core.text import clean_line
from oncall_tui.sources.failures import redact_url
from oncall_tui.sources.prometheus import alert_queries, groups, recorded
from oncall_tui.sources.prometheus.asks import Ask
from oncall_tui.sources.prometheus.binned import References
from oncall_tui.sources.prometheus.bounds import Bounds
from oncall_tui.sources.prometheus.client import NO_PARAMETERS, PrometheusClient
from oncall_tui.sources.prometheus.cost import cost_of
from oncall_tui.sources.prometheus.memory import Memory
from oncall_tui.sources.prometheus.operands import Wrong
from oncall_tui.sources.prometheus.pending import pending_alerts
from oncall_tui.sources.prometheus.pieces import in_pieces, joined
from oncall_tui.sources.prometheus.questions import Question, Unanswerable, outcome, question, searched
from oncall_tui.sources.prometheus.refusals import Presumed, TooMuch
from oncall_tui.sources.prometheus.round import Answers, NotAsked, Round, Rows

GROUPS_SHARE = 0.2
"""The part of a read's time that asking for groups may take, which comes before it in the same poll."""

TRIES = 4
"""How often what was too much is asked again in more pieces within one read."""

PARTIAL = "the answer was partial: the source says that data may be missing"


class PrometheusSource:
    """Implements core.ports.MetricsSource. version is what the server says it is, '' until and unless it does.

    url is shown without user, password and query. Nothing is connected before the first read. parameters: sent with
    every query beside its own. budget: seconds that one read may take; what is not asked by then is left for the next.
    """

    def __init__(
        self,
        name: str,
        url: str,
        http: HttpConfig,
        catalogue: Catalogue,
        concurrency: int = 4,
        *,
        parameters: Mapping[str, Sequence[str]] = NO_PARAMETERS,
        budget: float = math.inf,
    ) -> None:
        self.name = name
        self.url = redact_url(url)
        self.version = ""
        self._catalogue = catalogue
        self._concurrency = concurrency
        self._budget = budget
        self._client = PrometheusClient(name, url, http, concurrency, parameters)
        self._recorded = recorded.Recorded()
        self._bounds = Bounds()
        self._memory = Memory()
        self._references = References()
        self._version_known = False

    async def read(self, readings: Sequence[Reading], now: float) -> Readout:
        """Answer every reading as of now (unix seconds): recorded where rules have it, raw for the rest.

        A query that fails fails alone, and what there was no time for is left for the next read, which begins with
        it. Raises SourceError when the source cannot be reached, does not let us in, or gave nothing at all.
        """
        asked = self._round(now, self._budget)
        outcomes, waiting = await self._read(readings, asked, now)
        await self._learn_version(asked)
        found = asked.found
        return Readout(outcomes, tuple(found.warnings), found.skew, found.requests, waiting, found.retry_after)

    async def cost(self, readings: Sequence[Reading], now: float) -> Cost:
        """What a poll of all these readings costs, by asking them once. Raises SourceError as read does."""
        asked = Round(self._client, self.name, now, self._concurrency, stats=True)
        await self._read(readings, asked, now)
        return cost_of(asked.found.spent)

    def _round(self, now: float, seconds: float) -> Round:
        return Round(self._client, self.name, now, self._concurrency, seconds)

    async def _read(
        self, readings: Sequence[Reading], asked: Round, now: float
    ) -> tuple[dict[Reading, Outcome], frozenset[Reading]]:
        """The outcomes, and the readings that were left for the next time."""
        outcomes: dict[Reading, Outcome] = {}
        questions: dict[Reading, Question] = {}
        for reading in readings:
            try:
                questions[reading] = self._memory.question(reading, self._catalogue)
            except Unanswerable as why:
                outcomes[reading] = self._unanswerable(why, now)
        prior = await self._recorded_outcomes(questions, asked, now)
        outcomes |= prior
        raw = [self._spared(one, now) for reading, one in questions.items() if reading not in prior]
        answers, raw = await self._answers(raw, asked)
        computed = [one for one in raw if _is_computed(one)]
        outcomes |= self._outcomes((one for one in raw if not _is_computed(one)), answers, asked, now)
        if computed:  # thousands of histograms over time are much to compare between two keys
            outcomes |= await asyncio.to_thread(self._outcomes, computed, answers, asked, now)
        await self._explain_buckets(raw, outcomes, asked, now)
        return outcomes, self._memory.keep_waiting(prior, raw, answers)

    async def _answers(self, questions: Sequence[Question], asked: Round) -> tuple[Answers, list[Question]]:
        """The answers to all, and the questions as they were asked in the end: what is too much is cut in pieces."""
        current = {one.reading: one for one in questions}
        answers: Answers = {}
        again = list(questions)
        for _ in range(TRIES + 1):
            requests = self._memory.plan(again)
            told = await asked.ask(requests)
            self._memory.learn(requests, told, asked.found)
            answers |= told
            short = {ask for ask, rows in told.items() if not rows or isinstance(rows, TooMuch)}
            missed = [one for one in again if not short.isdisjoint(one.asks)] if short else []
            again = [other for one in missed if (other := self._otherwise(one, answers)) is not None]
            if not again:
                break
            current |= {one.reading: one for one in again}
        else:
            # Not tried any further now: what was to be asked next has no answer, and what was asked has its error.
            current |= {one.reading: one for one in again if all(ask in answers for ask in one.asks)}
        return answers, list(current.values())

    def _otherwise(self, one: Question, answers: Answers) -> Question | None:
        """How to ask again what was too much, in more pieces, or alone where it only was presumed; None: not again.

        What has no sample at the start of its period is asked again too: where its oldest one is.
        """
        if not answers[one.asks[0]] and (search := searched(one)) is not None:
            return search
        errors = [told for ask in one.asks if isinstance(told := answers[ask], TooMuch)]
        if not errors:
            return None
        whole = one if one.asks[0].piece.of == 1 else question(one.reading, self._catalogue)
        cut = None if one.reading in self._memory.hopeless else in_pieces(whole, one.asks[0].piece.of)
        if cut is not None:
            self._memory.cut(cut)
            return cut
        self._memory.give_up(whole)
        return whole if any(isinstance(error, Presumed) for error in errors) else None

    async def greet(self, now: float) -> Readout:
        """Ask nothing but whether queries are answered at all; its skew and warnings count. Raises SourceError."""
        asked = self._round(now, self._budget)
        await asked.query("vector(1)")
        await self._learn_version(asked)
        return Readout({}, tuple(asked.found.warnings), asked.found.skew, asked.found.requests)

    async def groups(self, slos: Sequence[Slo], now: float) -> Mapping[str, Grouped]:
        """The members of grouped SLOs as of now (unix seconds). Raises SourceError when nothing at all was answered."""
        asked = self._round(now, GROUPS_SHARE * self._budget)
        found = await asyncio.gather(*(self._groups_of(slo, asked) for slo in slos))
        if asked.trouble and not asked.answered:
            raise asked.trouble
        return dict(zip((slo.id for slo in slos), found, strict=True))

    async def _groups_of(self, slo: Slo, asked: Round) -> Grouped:
        query = groups.groups_query(slo)
        if query is None:
            return Grouped((), f"{slo.id}: not split by {', '.join(slo.by)}: its query cannot be read")
        try:
            return groups.grouped(slo, await asked.query(query))
        except SourceError as error:
            asked.trouble = asked.trouble or error
            return Grouped((), f"{slo.id}: not split by {', '.join(slo.by)}: {error.message}")
        except groups.Unsplittable as error:
            return Grouped((), f"{slo.id}: not split by {', '.join(slo.by)}: {error}")

    def adopt(self, catalogue: Catalogue) -> None:
        """Answer for this catalogue from now on."""
        self._catalogue = catalogue
        self._memory.forget()
        self._bounds.forget()
        self._references.forget()

    async def pending_alerts(self) -> tuple[Alert, ...]:
        """Alerts whose condition holds but which do not fire yet. Raises SourceError."""
        return await pending_alerts(self._client, self.name, time.monotonic() + self._budget)

    async def alert_rule(self, labels: Mapping[str, str]) -> AlertRule | None:
        """The rule that raised an alert with these labels; None where none fits. Raises SourceError."""
        return await alert_queries.alert_rule(self._client, self.name, labels)

    async def rule_curves(
        self, expression: str, labels: Mapping[str, str], start: float, end: float, step: int
    ) -> RuleCurves:
        """What an alert's expression compares, over time; see alert_queries. Raises SourceError."""
        return await alert_queries.rule_curves(self._client, expression, labels, start, end, step)

    async def recurrence(self, labels: Mapping[str, str], at: float) -> Recurrence | None:
        """How often an alert with these labels began lately; None where there is no record. Raises SourceError."""
        return await alert_queries.recurrence(self._client, labels, at)

    async def close(self) -> None:
        """Let go of connections and threads; what is under way is cut off."""
        await asyncio.to_thread(self._client.close)

    async def _recorded_outcomes(
        self, questions: Mapping[Reading, Question], asked: Round, now: float
    ) -> dict[Reading, Outcome]:
        """What recording rules answer, and answer well."""
        if not any(getattr(one.of, "recorded", False) for one in questions.values()):
            return {}
        if self._recorded.due(now):
            await self._learn_recorded(asked, now)
        names = self._recorded.any
        known = [one for r in questions if names and (one := self._recorded.question(r, self._catalogue)) is not None]
        if not known:
            return {}
        answers = await asked.ask(recorded.requests(known, self._memory.planner.most_text))
        found = self._outcomes(known, answers, asked, now)
        return {reading: one for reading, one in found.items() if recorded.trusted(reading, one)}

    async def _learn_recorded(self, asked: Round, now: float) -> None:
        try:
            self._recorded.learn(await asked.query(recorded.EXISTENCE), now)
        except (Unreachable, Unauthorized):
            raise
        except (Busy, NotAsked):
            return
        except SourceError as error:
            # Raw queries may still be answered: many a front end forbids a search over names.
            asked.found.warnings[f"recorded rules not found out: {error.message}"] = None
            self._recorded.put_off(now)

    async def _learn_version(self, asked: Round) -> None:
        """Ask once; a server that has no such page is as good as any."""
        if self._version_known or not asked.answered:
            return
        asked.found.requests += 1
        try:
            told = await self._client.get("/api/v1/status/buildinfo", asked.until)
        except (Refused, Malformed):
            self._version_known = True
        except SourceError:
            return
        else:
            self._version_known = True
            self.version = clean_line(str(told.get("version", "")), 40) if isinstance(told, dict) else ""

    async def _explain_buckets(
        self, questions: Sequence[Question], outcomes: dict[Reading, Outcome], asked: Round, now: float
    ) -> None:
        """Say which bounds there are where a latency threshold is none of them."""
        asks = self._bounds.asks(questions, outcomes, now)
        if asks:
            self._bounds.learn(await asked.ask(self._memory.planner.plan(asks, {})))
        if self._bounds.known:
            outcomes |= {one.reading: self._bounds.explained(one, outcomes[one.reading]) for one in questions}

    def _outcomes(
        self, questions: Iterable[Question], answers: Answers, asked: Round, now: float
    ) -> dict[Reading, Outcome]:
        return {one.reading: self._outcome(one, answers, asked.found.partial, now) for one in questions}

    def _outcome(self, one: Question, answers: Answers, partial: set[Ask], now: float) -> Outcome:
        note = PARTIAL if partial and any(ask in partial for ask in one.asks) else ""
        rows: dict[Ask, Rows] = {}
        for ask in one.asks:
            told = answers[ask]
            if isinstance(told, SourceError):
                return Failed(told.message, told.hint, now, Provenance(self.name, one.query, one.origin, one.note))
            rows[ask] = told
        try:
            parts = joined(one, rows)
        except Wrong as wrong:
            return Failed(wrong.error, wrong.hint, now, Provenance(self.name, one.query, one.origin, one.note))
        if _is_computed(one):
            assert isinstance(one.of, Signal)
            provenance = Provenance(self.name, one.query, one.origin, "; ".join(filter(None, (one.note, note))))
            return self._references.outcome(one.of, one.reading, parts, now, provenance)
        return outcome(one, parts, now, self.name, note)

    def _spared(self, one: Question, now: float) -> Question:
        """The question without what is known still: the reference of a drift computed from histograms."""
        if not _is_computed(one):
            return one
        assert isinstance(one.of, Signal)
        return replace(one, asks=self._references.spare(one.of, one.asks, one.reading, now))

    def _unanswerable(self, why: Unanswerable, now: float) -> Outcome:
        provenance = Provenance(self.name, "")
        if why.failed:
            return Failed(why.reason, "reload the configuration", now, provenance)
        return NoData(why.reason, now, provenance)


def _is_computed(one: Question) -> bool:
    """Whether it is about a drift computed from histograms."""
    return isinstance(one.of, Signal) and one.of.binned is not None
