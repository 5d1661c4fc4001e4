"""An AlertSource in memory that can fail in each of the ways a real one does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from oncall_tui.core.alerts import Alert, AlertBoard, Silence, SilenceDraft, SilenceState
from oncall_tui.core.errors import SourceError


class FakeAlertmanager:
    """Silences what it is told to.

    lag: how many times an alert is read before it shows that it is silenced. refuse: {alertname: error} for
    posting. lost: takes the silence, but the answer does not come. broken: {method: error}.
    """

    def __init__(self, *alerts: Alert, name: str = "am", now: float = 1_000.0) -> None:
        self.name = name
        self.url = "http://am"
        self.now = now
        self.alerts = {alert.fingerprint: alert for alert in alerts}
        self.silences: dict[str, Silence] = {}
        self.drafts: list[SilenceDraft] = []
        self.lag = 0
        self.refuse: dict[str, SourceError] = {}
        self.lost: SourceError | None = None
        self.broken: dict[str, SourceError] = {}
        self.slow: set[str] = set()
        self._looks: dict[str, int] = {}

    def _maybe_break(self, method: str) -> None:
        if error := self.broken.get(method):
            raise error

    async def board(self) -> AlertBoard:
        self._maybe_break("board")
        alerts = tuple(self._as_now(alert) for alert in self.alerts.values())
        return AlertBoard(alerts=alerts, silences=tuple(self.silences.values()))

    async def post_silence(self, draft: SilenceDraft) -> str:
        name = next((matcher.value for matcher in draft.matchers if matcher.name == "alertname"), "")
        if name in self.slow:
            await asyncio.sleep(0.05)
        self._maybe_break("post_silence")
        if error := self.refuse.get(name):
            raise error
        self.drafts.append(draft)
        state = SilenceState.PENDING if draft.starts_at > self.now else SilenceState.ACTIVE
        self.add(draft, state)
        if self.lost is not None:
            raise self.lost
        return f"s{len(self.silences)}"

    def add(self, draft: SilenceDraft, state: SilenceState = SilenceState.ACTIVE) -> Silence:
        silence = Silence(
            self.name,
            f"s{len(self.silences) + 1}",
            draft.matchers,
            draft.starts_at,
            draft.ends_at,
            draft.author,
            draft.comment,
            state,
        )
        self.silences[silence.id] = silence
        return silence

    async def silence(self, silence_id: str) -> Silence | None:
        self._maybe_break("silence")
        return self.silences.get(silence_id)

    async def expire_silence(self, silence_id: str) -> None:
        self._maybe_break("expire_silence")
        self.silences[silence_id] = replace(self.silences[silence_id], state=SilenceState.EXPIRED)
        if self.lost is not None:
            raise self.lost

    async def alert(self, fingerprint: str, labels: Mapping[str, str]) -> Alert | None:
        self._maybe_break("alert")
        alert = self.alerts.get(fingerprint)
        return None if alert is None else self._as_now(alert)

    def _as_now(self, alert: Alert) -> Alert:
        hiding = [
            silence.id
            for silence in self.silences.values()
            if silence.state is SilenceState.ACTIVE and silence.hides(alert.labels)
        ]
        if hiding:
            looks = self._looks[alert.fingerprint] = self._looks.get(alert.fingerprint, 0) + 1
            hiding = hiding if looks > self.lag else []
        return replace(alert, silenced_by=tuple(hiding))

    async def close(self) -> None:
        return None
