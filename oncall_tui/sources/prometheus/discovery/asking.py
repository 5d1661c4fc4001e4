"""Asking a server what it knows: each question fails alone, and what failed is told."""

from __future__ import annotations

from typing import Any

from oncall_tui.core.errors import SourceError
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.client import PrometheusClient

Rows = tuple[Row, ...]


class Asking:
    """One round of questions as of now (unix seconds). requests: how many; remarks: what was not answered."""

    def __init__(self, client: PrometheusClient, now: float) -> None:
        self._client, self._now = client, now
        self._answered = False
        self._error: SourceError | None = None
        self.requests = 0
        self.remarks: list[str] = []

    async def rows(self, what: str, query: str) -> Rows | None:
        """The series of an instant query; None, and a remark, when it is not answered. what: it is asked for."""
        self.requests += 1
        try:
            answer = await self._client.instant(query, self._now)
        except SourceError as error:
            self._failed(what, error)
            return None
        self._answered = True
        self.remarks += [f"{what}: the server warns: {warning}" for warning in answer.warnings]
        return answer.rows

    async def document(self, what: str, path: str) -> Any:
        """The data of one of the API's own documents; None, and a remark, when there is none."""
        self.requests += 1
        try:
            data = await self._client.get(path)
        except SourceError as error:
            self._failed(what, error)
            return None
        self._answered = True
        return data

    def check(self) -> None:
        """Raise the first SourceError if nothing at all was answered so far."""
        if not self._answered and self._error is not None:
            raise self._error

    def _failed(self, what: str, error: SourceError) -> None:
        self._error = self._error or error
        self.remarks.append(f"{what} could not be asked for: {error.message}")
