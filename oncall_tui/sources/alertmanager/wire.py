"""What Alertmanager's API v2 sends, 0.25 to 0.34, read into the core's values.

Only what is needed is asked for; keys that come and go between versions (mutedBy, generatorURL, receiver
labels) and null in place of an empty list are fine. Anything else is Malformed, with the place it stands at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, FailFast, Field, TypeAdapter, ValidationError

from oncall_tui.core.alerts import Alert, AlertGroup, Silence, SilenceState
from oncall_tui.core.errors import Malformed
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.text import clean_line
from oncall_tui.sources.wrong_answer import wrong_in

_T = TypeVar("_T")
_Time = Annotated[AwareDatetime, Field(strict=True)]
"""RFC3339 text; strict, so that a bare number is not taken for one."""

_NOT_ALERTMANAGER = "is this the address of an Alertmanager (0.25 or later), with its path prefix if it has one?"


@dataclass(frozen=True, slots=True)
class Told:
    """What an Alertmanager tells of itself. version: one safe line. peers, config: as AlertBoard has them."""

    version: str = ""
    peers: tuple[str, ...] = ()
    config: str = ""


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Receiver(_Wire):
    name: str


class _AlertStatus(_Wire):
    silencedBy: list[str] | None = None  # noqa: N815 - the API's own names, here and below
    inhibitedBy: list[str] | None = None  # noqa: N815
    mutedBy: list[str] | None = None  # noqa: N815


class _Alert(_Wire):
    fingerprint: Annotated[str, Field(min_length=1)]
    labels: dict[str, str]
    annotations: dict[str, str] | None = None
    startsAt: _Time  # noqa: N815
    updatedAt: _Time | None = None  # noqa: N815
    generatorURL: str | None = None  # noqa: N815
    receivers: list[_Receiver | str] | None = None
    status: _AlertStatus | None = None

    def core(self, source: str) -> Alert:
        status = self.status or _AlertStatus()
        return Alert(
            source=source,
            fingerprint=self.fingerprint,
            labels=self.labels,
            annotations=self.annotations or {},
            starts_at=self.startsAt.timestamp(),
            updated_at=self.updatedAt.timestamp() if self.updatedAt else 0.0,
            generator_url=self.generatorURL or "",
            receivers=tuple(_name(receiver) for receiver in self.receivers or ()),
            silenced_by=tuple(status.silencedBy or ()),
            inhibited_by=tuple(status.inhibitedBy or ()),
            muted_by=tuple(status.mutedBy or ()),
        )


class _Grouped(_Wire):
    fingerprint: Annotated[str, Field(min_length=1)]


class _Group(_Wire):
    labels: dict[str, str] | None = None
    receiver: _Receiver | str
    alerts: list[_Grouped] | None = None

    def core(self, source: str) -> AlertGroup:
        fingerprints = tuple(alert.fingerprint for alert in self.alerts or ())
        return AlertGroup(source, self.labels or {}, _name(self.receiver), fingerprints)


class _Matcher(_Wire):
    name: str
    value: str
    isRegex: bool = False  # noqa: N815
    isEqual: bool | None = None  # noqa: N815

    def core(self) -> Matcher:
        return Matcher(self.name, _OPS[(self.isEqual is not False, self.isRegex)], self.value)


class _SilenceStatus(_Wire):
    state: SilenceState


class _Silence(_Wire):
    id: Annotated[str, Field(min_length=1)]
    status: _SilenceStatus
    matchers: list[_Matcher] | None = None
    startsAt: _Time  # noqa: N815
    endsAt: _Time  # noqa: N815
    createdBy: str | None = None  # noqa: N815
    comment: str | None = None
    updatedAt: _Time | None = None  # noqa: N815
    annotations: dict[str, str] | None = None

    def core(self, source: str) -> Silence:
        return Silence(
            source=source,
            id=self.id,
            matchers=tuple(matcher.core() for matcher in self.matchers or ()),
            starts_at=self.startsAt.timestamp(),
            ends_at=self.endsAt.timestamp(),
            author=self.createdBy or "",
            comment=self.comment or "",
            state=self.status.state,
            updated_at=self.updatedAt.timestamp() if self.updatedAt else 0.0,
            annotations=self.annotations or {},
        )


class _Posted(_Wire):
    silenceID: Annotated[str, Field(min_length=1)]  # noqa: N815


class _VersionInfo(_Wire):
    version: str | None = None


class _Peer(_Wire):
    name: str


class _Cluster(_Wire):
    peers: list[_Peer] | None = None


class _Config(_Wire):
    original: str | None = None


class _Status(_Wire):
    versionInfo: _VersionInfo | None = None  # noqa: N815
    cluster: _Cluster | None = None
    config: _Config | None = None

    def core(self) -> Told:
        peers = (self.cluster.peers if self.cluster else None) or ()
        version = (self.versionInfo.version if self.versionInfo else None) or ""
        original = (self.config.original if self.config else None) or ""
        return Told(clean_line(version, 60), tuple(sorted({peer.name for peer in peers if peer.name})), original)


_OPS = {
    (True, False): MatchOp.EQUAL,
    (False, False): MatchOp.NOT_EQUAL,
    (True, True): MatchOp.REGEX,
    (False, True): MatchOp.NOT_REGEX,
}
"""By isEqual and isRegex."""

_ALERTS = TypeAdapter(Annotated[list[_Alert], FailFast()])
_GROUPS = TypeAdapter(Annotated[list[_Group], FailFast()])
_SILENCES = TypeAdapter(Annotated[list[_Silence], FailFast()])
_SILENCE = TypeAdapter(_Silence)
_POSTED = TypeAdapter(_Posted)
_STATUS = TypeAdapter(_Status)


def read_alerts(body: bytes, source: str) -> tuple[Alert, ...]:
    """The answer of GET /alerts. Raises Malformed."""
    return tuple(alert.core(source) for alert in _parse(_ALERTS, body, source, "alerts"))


def read_groups(body: bytes, source: str) -> tuple[AlertGroup, ...]:
    """The answer of GET /alerts/groups. Raises Malformed."""
    return tuple(group.core(source) for group in _parse(_GROUPS, body, source, "alert groups"))


def read_silences(body: bytes, source: str, since: float = math.inf) -> tuple[tuple[Silence, ...], tuple[Silence, ...]]:
    """The answer of GET /silences: those that are not over, and those that ended after since (unix seconds).

    Expired ones stay listed for days; they come newest first. Raises Malformed.
    """
    standing, expired = [], []
    for silence in _parse(_SILENCES, body, source, "silences"):
        if silence.status.state is not SilenceState.EXPIRED:
            standing.append(silence.core(source))
        elif silence.endsAt.timestamp() > since:
            expired.append(silence.core(source))
    return tuple(standing), tuple(sorted(expired, key=lambda silence: -silence.ends_at))


def read_silence(body: bytes, source: str) -> Silence:
    """The answer of GET /silence/{id}. Raises Malformed."""
    return _parse(_SILENCE, body, source, "silence").core(source)


def read_posted(body: bytes, source: str) -> str:
    """The id in the answer of POST /silences. Raises Malformed."""
    return _parse(_POSTED, body, source, "answer to a new silence").silenceID


def read_status(body: bytes, source: str) -> Told:
    """The answer of GET /status; what it does not tell is empty. Raises Malformed."""
    return _parse(_STATUS, body, source, "status").core()


def _name(receiver: _Receiver | str) -> str:
    return receiver if isinstance(receiver, str) else receiver.name


def _parse(adapter: TypeAdapter[_T], body: bytes, source: str, what: str) -> _T:
    try:
        return adapter.validate_json(body)
    except ValidationError as error:
        raise Malformed(f"{source}: {wrong_in(error, what)}", _NOT_ALERTMANAGER) from None
