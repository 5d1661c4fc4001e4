"""A Prometheus of hand-written answers, for discovery alone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any

import promql_parser

from oncall_tui.core.errors import Refused, SourceError
from oncall_tui.core.findings import Findings, FoundService, FoundSlo
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.client import Answer
from oncall_tui.sources.prometheus.discovery import discover

NOW = 1_800_000_000.0


def row(name: str, value: float = 1.0, /, **labels: str) -> Row:
    return Row({"__name__": name, **labels}, ((NOW, value),))


class Written:
    """Answers a query with those series whose name its regular expressions match; counts count as what they are.

    failing: parts of a query or a path -> the error that asking it gives.
    """

    def __init__(
        self,
        series: Sequence[Row] = (),
        documents: Mapping[str, Any] | None = None,
        failing: Mapping[str, SourceError] | None = None,
    ) -> None:
        self.series, self.documents, self.failing = series, documents or {}, failing or {}
        self.asked: list[str] = []

    async def instant(self, query: str, at: float) -> Answer:
        self._ask(query)
        promql_parser.parse(query)
        return Answer(tuple(one for part in query.split(" or ") for one in self._part(part, at)))

    def _part(self, query: str, at: float) -> list[Row]:
        patterns = re.findall(r'__name__=~?"((?:[^"\\]|\\.)*)"', query)
        jobs = [
            text if regex else re.escape(text)
            for regex, quoted in re.findall(r'job=(~?)"((?:[^"\\]|\\.)*)"', query)
            for text in [quoted.replace("\\\\", "\\")]
        ]
        needed = re.findall(r'(\w+)!=""', query)
        by = re.match(r"count by \(([^)]*)\)", query)
        rows = [
            one
            for one in self.series
            if any(re.fullmatch(pattern, one.labels["__name__"]) for pattern in patterns)
            and all(one.labels.get(label) for label in needed)
            and (not jobs or any(re.fullmatch(job, one.labels.get("job", "")) for job in jobs))
        ]
        if by is None:
            return rows
        kept = [label.strip() for label in by[1].split(",")]
        groups = {tuple(sorted((k, v) for k, v in one.labels.items() if k in kept)) for one in rows}
        return [Row(dict(group), ((at, 1.0),)) for group in sorted(groups)]

    async def get(self, path: str) -> Any:
        self._ask(path)
        for known, data in self.documents.items():
            if path.startswith(f"/api/v1/{known}"):
                return data
        raise Refused("p: HTTP 404")

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        for part, error in self.failing.items():
            if part in what:
                raise error


def found(
    series: Sequence[Row] = (),
    documents: Mapping[str, Any] | None = None,
    failing: Mapping[str, SourceError] | None = None,
) -> Findings:
    empty = {"rules": {"groups": []}, "alertmanagers": {}, "targets": {}}
    client = Written(series, {**empty, **(documents or {})}, failing)
    return asyncio.run(discover(client, "http://p:9090", NOW))  # type: ignore[arg-type]


def service(findings: Findings, name: str) -> FoundService:
    return next(one for one in findings.services if one.name == name)


def slo(findings: Findings, service_name: str, name: str) -> FoundSlo:
    return next(one for one in service(findings, service_name).slos if one.name == name)


def rules_of(*rules: Mapping[str, Any]) -> dict[str, Any]:
    return {"rules": {"groups": [{"name": "g", "rules": list(rules)}]}}


def alerting(query: str, **labels: str) -> dict[str, Any]:
    return {"type": "alerting", "name": "Burn", "query": query, "labels": labels, "alerts": []}


def recording(name: str, query: str, **labels: str) -> dict[str, Any]:
    return {"type": "recording", "name": name, "query": query, "labels": labels}
