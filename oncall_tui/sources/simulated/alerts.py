"""The simulated fleet's Alertmanager: silences that really suppress, inhibition, groups."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from oncall_tui.core.alerts import (
    ACK_PREFIX,
    Alert,
    AlertBoard,
    AlertGroup,
    Silence,
    SilenceDraft,
    SilenceState,
    exact_matchers,
)
from oncall_tui.core.burn import HOUR
from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.routing import Receiver, Route, Routing
from oncall_tui.sources.simulated.rules import RuleEvaluation, receiver_of

_GROUP_BY = ("alertname", "service")
_ROUTING = Routing(
    Route(
        "tickets",
        routes=(
            Route("pager", (Matcher("severity", MatchOp.EQUAL, "page"),)),
            Route("deadman", (Matcher("severity", MatchOp.EQUAL, "none"),)),
        ),
    ),
    {
        "tickets": Receiver("tickets", ("jira",)),
        "pager": Receiver("pager", ("pagerduty", "slack")),
        "deadman": Receiver("deadman", ("webhook",)),
    },
    {},
)
"""What receiver_of says, as the routes of a configuration."""
_EXPIRED_KEPT = 24 * HOUR
_HANDOVER = uuid.UUID("7f1de6e4-2f0c-4a55-9d0c-5f2a1c3b6e10")


class SimulatedAlertmanager:
    """Implements core.ports.AlertSource over rules evaluated on the fleet. clock: unix seconds now."""

    def __init__(
        self, name: str, rules: RuleEvaluation, clock: Callable[[], float], silences: Iterable[SilenceDraft] = ()
    ) -> None:
        self.name = name
        self.url = "simulated fleet"
        self._rules = rules
        self._clock = clock
        self._silences = {
            str(uuid.uuid5(_HANDOVER, str(i))): draft for i, draft in enumerate(silences)
        }  # as drafts: their state follows from the time they are looked at

    async def board(self) -> AlertBoard:
        """Alerts, groups and silences as of now."""
        now = self._clock()
        known = self._silences_at(now)
        silences = tuple(s for s in known if s.state is not SilenceState.EXPIRED)
        expired = tuple(s for s in known if s.state is SilenceState.EXPIRED and s.ends_at > now - _EXPIRED_KEPT)
        alerts = await self._alerts(now, silences)
        groups = self._groups(alerts)
        return AlertBoard(alerts, groups, silences, "simulated", 0.0, expired=expired, routing=_ROUTING)

    async def post_silence(self, draft: SilenceDraft) -> str:
        """Make or change the silence; its id, a new one where Alertmanager too makes another of it.

        Raises Refused for what an Alertmanager refuses.
        """
        if not draft.matchers or draft.matches_everything:
            raise Refused("at least one matcher must not match the empty string", "name what is to be silenced")
        if draft.ends_at <= max(draft.starts_at, self._clock()):
            raise Refused("the end time lies in the past or before the start", "give a later end")
        if draft.id and draft.id not in self._silences:
            raise Refused(f"no silence {draft.id}", "it may have been deleted")
        silence_id = draft.id if self._changes_in_place(draft) else str(uuid.uuid4())
        if draft.id and silence_id != draft.id:
            await self.expire_silence(draft.id)
        starts = draft.starts_at if silence_id == draft.id else max(draft.starts_at, self._clock())
        self._silences[silence_id] = replace(draft, starts_at=starts, id="")
        return silence_id

    def _changes_in_place(self, draft: SilenceDraft) -> bool:
        """Whether it is the silence of that id with the same matchers and start, which is not over."""
        old = self._silences.get(draft.id)
        if old is None or self._clock() >= old.ends_at or set(old.matchers) != set(draft.matchers):
            return False
        return self._clock() < old.starts_at or int(old.starts_at) == int(draft.starts_at)

    async def silence(self, silence_id: str) -> Silence | None:
        """Read one silence back, an expired one too; None if there is none of that id."""
        return next((s for s in self._silences_at(self._clock()) if s.id == silence_id), None)

    async def expire_silence(self, silence_id: str) -> None:
        """End it now; ending an ended one is no error. Raises Refused for an id there is not."""
        draft = self._silences.get(silence_id)
        if draft is None:
            raise Refused(f"no silence {silence_id}", "it may have been deleted")
        now = self._clock()
        if draft.ends_at > now:
            self._silences[silence_id] = replace(draft, starts_at=min(draft.starts_at, now), ends_at=now)

    async def alert(self, fingerprint: str, labels: Mapping[str, str]) -> Alert | None:
        """Read one alert back; None when it fires no more."""
        now = self._clock()
        alerts = await self._alerts(now, self._silences_at(now))
        return next((alert for alert in alerts if alert.fingerprint == fingerprint), None)

    async def close(self) -> None:
        """Nothing is held."""

    def _silences_at(self, now: float) -> tuple[Silence, ...]:
        return tuple(
            Silence(
                self.name, id_, draft.matchers, draft.starts_at, draft.ends_at, draft.author, draft.comment,
                _state(draft, now),
            )
            for id_, draft in self._silences.items()
        )  # fmt: skip

    async def _alerts(self, now: float, silences: Iterable[Silence]) -> tuple[Alert, ...]:
        firing = await asyncio.to_thread(self._rules.firing, now, self.name)
        active = [silence for silence in silences if silence.state is SilenceState.ACTIVE]
        return tuple(
            replace(
                alert,
                silenced_by=tuple(silence.id for silence in active if silence.hides(alert.labels)),
                inhibited_by=tuple(other.fingerprint for other in firing if _inhibits(other.labels, alert.labels)),
            )
            for alert in firing
        )

    def _groups(self, alerts: Iterable[Alert]) -> tuple[AlertGroup, ...]:
        groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        for alert in alerts:
            labels = tuple((name, alert.labels[name]) for name in _GROUP_BY if name in alert.labels)
            groups.setdefault((receiver_of(alert.labels), labels), []).append(alert.fingerprint)
        return tuple(
            AlertGroup(self.name, dict(labels), receiver, tuple(fingerprints))
            for (receiver, labels), fingerprints in groups.items()
        )


def _state(draft: SilenceDraft, now: float) -> SilenceState:
    if now >= draft.ends_at:
        return SilenceState.EXPIRED
    return SilenceState.PENDING if now < draft.starts_at else SilenceState.ACTIVE


def _inhibits(source: Mapping[str, str], target: Mapping[str, str]) -> bool:
    """Whether source, a page, makes target, a ticket about the same SLO, not worth telling."""
    if (source.get("severity"), target.get("severity")) != ("page", "ticket") or "slo" not in source:
        return False
    return all(source.get(name) == target.get(name) for name in ("service", "slo"))


def handover(epoch: float) -> tuple[SilenceDraft, ...]:
    """What the last shift left: one silence for a maintenance, one acknowledgement."""
    return (
        SilenceDraft(
            (Matcher("service", MatchOp.EQUAL, "retriever"), Matcher("alertname", MatchOp.EQUAL, "FeatureDrift")),
            epoch - 2 * HOUR,
            epoch + 3 * HOUR,
            "maria",
            "the index is rebuilt until this afternoon, query lengths will look odd",
        ),
        SilenceDraft(
            exact_matchers(
                {"alertname": "FeatureDrift", "service": "churn", "feature": "support_tickets", "severity": "ticket"}
            ),
            epoch - 20 * 60,
            epoch + 2 * HOUR,
            "jonas",
            f"{ACK_PREFIX} the new support form; retraining with it is booked for tonight",
        ),
    )
