"""A Prometheus as a source of readings."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Alert
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import Malformed, Refused, SourceError, TimedOut, Unauthorized, Unreachable
from oncall_tui.core.readings import Failed, Grouped, NoData, Outcome, Provenance, Reading, Readout
from oncall_tui.core.slo import Slo
from oncall_tui.core.text import clean_line
from oncall_tui.sources.http import TooLarge, redact_url
from oncall_tui.sources.prometheus import groups, recorded
from oncall_tui.sources.prometheus.client import BadQuery, PrometheusClient
from oncall_tui.sources.prometheus.pending import pending_alerts
from oncall_tui.sources.prometheus.planner import Request, Row, plan
from oncall_tui.sources.prometheus.questions import Question, Unanswerable, outcome, question
from oncall_tui.sources.prometheus.round import Round, Rows


class PrometheusSource:
    """Implements core.ports.MetricsSource. version is what the server says it is, '' until and unless it does.

    url is shown without user, password and query. Nothing is connected before the first read.
    """

    def __init__(self, name: str, url: str, http: HttpConfig, catalogue: Catalogue, concurrency: int = 4) -> None:
        self.name = name
        self.url = redact_url(url)
        self.version = ""
        self._catalogue = catalogue
        self._concurrency = concurrency
        self._client = PrometheusClient(name, url, http, concurrency)
        self._recorded = recorded.Recorded()
        self._version_known = False
        self._company: dict[Reading, int] = {}
        self._slow: set[Reading] = set()

    async def read(self, readings: Sequence[Reading], now: float) -> Readout:
        """Answer every reading as of now (unix seconds): recorded where rules have it, raw for the rest.

        A query that fails fails alone. Raises SourceError when the source cannot be reached, does not let us
        in, or gave nothing at all.
        """
        asked = Round(self._client, self.name, now, self._concurrency)
        outcomes: dict[Reading, Outcome] = {}
        questions: dict[Reading, Question] = {}
        for reading in readings:
            try:
                questions[reading] = question(reading, self._catalogue)
            except Unanswerable as why:
                outcomes[reading] = self._unanswerable(why, now)
        prior = await self._recorded_outcomes(questions, asked, now)
        outcomes |= prior
        raw = [one for reading, one in questions.items() if reading not in prior]
        requests = plan([ask for one in raw for ask in one.asks], self._company)
        outcomes |= self._outcomes(raw, await self._ask(requests, asked, company=True), now)
        await self._learn_version(asked)
        return Readout(outcomes, tuple(asked.warnings), asked.skew, asked.requests)

    async def greet(self, now: float) -> Readout:
        """Ask nothing but whether queries are answered at all; its skew and warnings count. Raises SourceError."""
        asked = Round(self._client, self.name, now, self._concurrency)
        await asked.query("vector(1)")
        await self._learn_version(asked)
        return Readout({}, tuple(asked.warnings), asked.skew, asked.requests)

    async def groups(self, slos: Sequence[Slo], now: float) -> Mapping[str, Grouped]:
        """The members of grouped SLOs as of now (unix seconds). Raises SourceError when nothing at all was answered."""
        asked = Round(self._client, self.name, now, self._concurrency)
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

    async def pending_alerts(self) -> tuple[Alert, ...]:
        """Alerts whose condition holds but which do not fire yet. Raises SourceError."""
        return await pending_alerts(self._client, self.name)

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
        known = [one for r in questions if (one := self._recorded.question(r, self._catalogue)) is not None]
        if not known:
            return {}
        answers = await self._ask(recorded.requests(known), asked, company=False)
        found = self._outcomes(known, answers, now)
        return {reading: one for reading, one in found.items() if recorded.trusted(reading, one)}

    async def _learn_recorded(self, asked: Round, now: float) -> None:
        try:
            self._recorded.learn(await asked.query(recorded.EXISTENCE), now)
        except (Unreachable, Unauthorized):
            raise
        except SourceError as error:
            # Raw queries may still be answered: many a front end forbids a search over names.
            asked.warnings[f"recorded rules not found out: {error.message}"] = None
            self._recorded.put_off(now)

    async def _learn_version(self, asked: Round) -> None:
        """Ask once; a server that has no such page is as good as any."""
        if self._version_known or not asked.answered:
            return
        asked.requests += 1
        try:
            told = await self._client.get("/api/v1/status/buildinfo")
        except (Refused, Malformed):
            self._version_known = True
        except SourceError:
            return
        else:
            self._version_known = True
            self.version = clean_line(str(told.get("version", "")), 40) if isinstance(told, dict) else ""

    async def _ask(self, requests: Sequence[Request], asked: Round, *, company: bool) -> _Answers:
        answers: _Answers = defaultdict(dict)
        for ask, rows in (await asked.ask(requests)).items():
            answers[ask.reading][ask.part] = rows
        if company:
            self._remember(requests, answers)
        return answers

    def _remember(self, requests: Iterable[Request], answers: _Answers) -> None:
        """Next time, ask alone what was at fault, and in half as large a company what timed out in a large one."""
        for request in requests:
            sharing = Counter(ask.reading for ask in request.asks)
            for reading in sharing:
                errors = [one for one in answers[reading].values() if isinstance(one, SourceError)]
                if any(isinstance(error, TimedOut) for error in errors):
                    self._company[reading] = max(1, len(sharing) // 2)
                    self._slow.add(reading)
                elif any(isinstance(error, (BadQuery, TooLarge)) for error in errors):
                    self._company[reading] = 1
                elif not errors and reading not in self._slow:
                    self._company.pop(reading, None)

    def _outcomes(self, questions: Iterable[Question], answers: _Answers, now: float) -> dict[Reading, Outcome]:
        return {one.reading: self._outcome(one, answers[one.reading], now) for one in questions}

    def _outcome(self, one: Question, parts: Mapping[str, Rows | SourceError], now: float) -> Outcome:
        rows: dict[str, Sequence[Row]] = {}
        for ask in one.asks:
            part = parts[ask.part]
            if isinstance(part, SourceError):
                provenance = Provenance(self.name, one.query, one.origin)
                return Failed(part.message, part.hint, now, provenance)
            # A recorded ask is told apart by its metric's name; its rows answer the whole question.
            rows[ask.part if len(one.asks) > 1 else ""] = part
        return outcome(one, rows, now, self.name)

    def _unanswerable(self, why: Unanswerable, now: float) -> Outcome:
        provenance = Provenance(self.name, "")
        if why.failed:
            return Failed(why.reason, "reload the configuration", now, provenance)
        return NoData(why.reason, now, provenance)


_Answers = defaultdict[Reading, dict[str, Rows | SourceError]]
