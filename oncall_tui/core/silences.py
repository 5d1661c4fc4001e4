"""What silences hide now, which of them want a word, and what one that is being written would hide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from oncall_tui.core.alerts import Phase, Silence, SilenceState
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.slo import NO_LABELS
from oncall_tui.core.snapshot import Snapshot

ENDS_SOON = 1_800.0
"""Seconds before its end from which on a silence that still hides something is warned of."""
IDLE_AFTER = 3_600.0
"""Seconds after which an active silence that hides nothing is worth a word."""
LONG = 30 * 86_400.0
"""Seconds; a silence that lasts longer is forgotten before it ends."""
_SHARE = 3
"""A short silence ends soon only in the last third of its time."""
_SEARCHED = 50
"""Alerts of one silence by whose names it is found."""
_META = re.compile(r"[\\.+*?()|\[\]{}^$]")


class Standing(StrEnum):
    """How a silence stands, what wants attention first."""

    ENDING = "ending"
    """Active, ends soon, and what it hides still fires."""
    ACTIVE = "active"
    PENDING = "pending"
    EXPIRED = "expired"


STANDINGS = tuple(Standing)


@dataclass(frozen=True, slots=True)
class SilenceStatus:
    """A silence understood. left: seconds until it ends by its Alertmanager's clock, negative when it is over.

    hidden: what it hides now, loudest first (for a pending or expired one: what it would); None where nobody can say,
    since its Alertmanager does not answer. warnings: what is doubtful about it; notes: what could be better written.
    """

    silence: Silence
    standing: Standing
    left: float
    hidden: tuple[AlertStatus, ...] | None
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from every other: source and id."""
        return (self.silence.source, self.silence.id)

    @property
    def kept(self) -> bool:
        """Whether it is an acknowledgement that is extended while its alerts fire: its end is no end yet."""
        return self.silence.is_kept


class AlertIndex:
    """Alerts by the values of their labels, so that the few that matchers hold for are found without a walk over all.

    alerts: loudest first, which is the order of what is found. Built label by label, when a label is first asked for.
    """

    def __init__(self, alerts: Iterable[AlertStatus]) -> None:
        self._alerts = tuple(s for s in alerts if not s.alert.pending and s.phase is not Phase.RESOLVED)
        self._by_label: dict[str, dict[str, list[int]]] = {}

    def matching(self, matchers: Sequence[Matcher], sources: Iterable[str]) -> tuple[AlertStatus, ...]:
        """The alerts of these Alertmanagers for which every matcher holds. Matchers must be right (Matcher.check)."""
        if not matchers:
            return ()
        wanted = frozenset(sources)
        places = min((self._places(m) for m in matchers), key=len)
        found = (self._alerts[place] for place in places)
        return tuple(s for s in found if s.alert.source in wanted and all(m.matches(s.alert.labels) for m in matchers))

    def _places(self, matcher: Matcher) -> Sequence[int]:
        """Where the matcher may hold: decided once for each value of its label."""
        if matcher.matches(NO_LABELS):  # it holds for alerts without the label too, of which there may be many
            return range(len(self._alerts))
        values = self._by_label.get(matcher.name)
        if values is None:
            values = self._by_label[matcher.name] = {}
            for place, status in enumerate(self._alerts):
                if value := status.alert.labels.get(matcher.name, ""):
                    values.setdefault(value, []).append(place)
        if matcher.op is MatchOp.EQUAL:
            return values.get(matcher.value, ())
        fitting = [places for value, places in values.items() if matcher.matches({matcher.name: value})]
        return fitting[0] if len(fitting) == 1 else sorted(place for places in fitting for place in places)


def hidden_now(alerts: Iterable[AlertStatus]) -> dict[tuple[str, str], list[AlertStatus]]:
    """By source and id of a silence the alerts that their Alertmanager says it hides, in the order of alerts."""
    hidden: dict[tuple[str, str], list[AlertStatus]] = {}
    for status in alerts:
        for silence_id in status.alert.silenced_by:
            hidden.setdefault((status.alert.source, silence_id), []).append(status)
    return hidden


def survey(assessment: Assessment, soon: float = ENDS_SOON) -> tuple[SilenceStatus, ...]:
    """Every silence, those that want attention first, then by their end; expired ones last, the newest first.

    soon: seconds before its end from which on a silence that hides something that fires is ENDING.
    """
    snapshot = assessment.snapshot
    hidden, index = hidden_now(assessment.alerts), AlertIndex(assessment.alerts)
    same = _alike(snapshot.silences)
    found = []
    for silence in (*snapshot.silences, *snapshot.expired):
        now: tuple[AlertStatus, ...] | None
        if not answers(snapshot, silence.source):
            now = None
        elif silence.state is SilenceState.ACTIVE:
            now = tuple(hidden.get((silence.source, silence.id), ()))
        else:
            now = index.matching(silence.matchers, (silence.source,))
        found.append(_status(snapshot, silence, now, soon, same))
    return tuple(sorted(found, key=_by_attention))


def facts(status: SilenceStatus) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """What a filter finds a silence by: labels (its exact matchers, state, author, source), and words."""
    silence = status.silence
    labels = {matcher.name: matcher.value for matcher in silence.matchers if matcher.op is MatchOp.EQUAL}
    labels |= {"state": status.standing.value, "author": silence.author, "source": silence.source}
    words = [silence.comment, silence.id, *map(str, silence.matchers), *status.warnings]
    words.append("kept" if status.kept else "ack" if silence.is_ack else "silence")
    words += [hidden.alert.name for hidden in (status.hidden or ())[:_SEARCHED]]
    return labels, tuple(words)


def ringing_without(statuses: Iterable[SilenceStatus]) -> tuple[AlertStatus, ...]:
    """The alerts that ring again when these silences end: those that no other silence hides, loudest first."""
    active = [status for status in statuses if status.silence.state is SilenceState.ACTIVE]
    ending = {status.key for status in active}
    hidden = {alert.alert.key: alert for status in active for alert in status.hidden or ()}
    return tuple(
        status
        for status in hidden.values()
        if all((status.alert.source, s) in ending for s in status.alert.silenced_by)
    )


def answers(snapshot: Snapshot, source: str) -> bool:
    """Whether what is known of an Alertmanager's alerts may be believed now."""
    health = snapshot.sources.get(source)
    return health.live(snapshot.at) if health is not None else not snapshot.alerts_doubt()


def time_at(snapshot: Snapshot, source: str) -> float:
    """What the clock of that Alertmanager shows, unix seconds; ours where the two do not differ notably."""
    health = snapshot.sources.get(source)
    skew = health.skew if health is not None and health.skew is not None else 0.0
    return snapshot.at + (skew if abs(skew) > 2.0 else 0.0)


def plain_regex(matcher: Matcher) -> bool:
    """Whether a regular expression is a plain value: it says no more than = or != would."""
    return matcher.op in (MatchOp.REGEX, MatchOp.NOT_REGEX) and not _META.search(matcher.value)


def service_of(status: AlertStatus) -> str:
    """The service an alert belongs to, else what its label says; '' for none."""
    return status.service or status.alert.labels.get("service", "")


def services_of(alerts: Iterable[AlertStatus]) -> tuple[str, ...]:
    """The services that alerts belong to, '' for those of none, in the order in which they come."""
    return tuple(dict.fromkeys(service_of(status) for status in alerts))


def count_of(number: int, what: str = "alert") -> str:
    """'1 alert', '3 alerts'."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _by_attention(status: SilenceStatus) -> tuple[int, float, str]:
    end = status.silence.ends_at
    return (STANDINGS.index(status.standing), -end if status.standing is Standing.EXPIRED else end, status.silence.id)


def _alike(silences: Iterable[Silence]) -> Mapping[tuple[str, frozenset[Matcher]], list[Silence]]:
    alike: dict[tuple[str, frozenset[Matcher]], list[Silence]] = {}
    for silence in silences:
        alike.setdefault((silence.source, frozenset(silence.matchers)), []).append(silence)
    return alike


def _status(
    snapshot: Snapshot,
    silence: Silence,
    hidden: tuple[AlertStatus, ...] | None,
    soon: float,
    same: Mapping[tuple[str, frozenset[Matcher]], list[Silence]],
) -> SilenceStatus:
    now = time_at(snapshot, silence.source)
    left = silence.ends_at - now
    standing = _standing(silence, left, hidden, soon)
    twins = [
        s
        for s in same.get((silence.source, frozenset(silence.matchers)), ())
        if s.id != silence.id and s.starts_at < silence.ends_at and silence.starts_at < s.ends_at
    ]
    over = standing is Standing.EXPIRED
    warnings = () if over else tuple(_warnings(silence, standing, now, hidden, twins))
    return SilenceStatus(silence, standing, left, hidden, warnings, () if over else tuple(notes_on(silence.matchers)))


def _standing(silence: Silence, left: float, hidden: tuple[AlertStatus, ...] | None, soon: float) -> Standing:
    if silence.state is SilenceState.EXPIRED:
        return Standing.EXPIRED
    if silence.state is SilenceState.PENDING:
        return Standing.PENDING
    threshold = min(soon, (silence.ends_at - silence.starts_at) / _SHARE)
    return Standing.ENDING if hidden and left <= threshold else Standing.ACTIVE


def _warnings(
    silence: Silence, standing: Standing, now: float, hidden: tuple[AlertStatus, ...] | None, twins: Sequence[Silence]
) -> Iterable[str]:
    left = silence.ends_at - now
    if standing is Standing.ENDING and hidden:
        verb = "fires" if len(hidden) == 1 else "fire"
        yield f"ends in {humanize(max(left, 0.0))} while {count_of(len(hidden))} it hides still {verb}"
    if hidden == () and silence.state is SilenceState.ACTIVE and now - silence.starts_at > IDLE_AFTER:
        yield f"hides nothing now, {humanize(now - silence.starts_at)} after it began"
    if left > LONG:
        yield f"goes on for {humanize(left)}: nobody will remember it by then"
    yield from width_warnings(silence.matchers, hidden or ())
    for twin in twins:
        yield f"overlaps the very same one by {twin.author or 'somebody'}, which ends in {humanize(twin.ends_at - now)}"


def width_warnings(matchers: Iterable[Matcher], hidden: Sequence[AlertStatus], own: str = "") -> Iterable[str]:
    """What is doubtful about how wide matchers reach. own: the service that is meant; '' where none is named."""
    services = services_of(hidden)
    if own:
        others = [service for service in services if service != own]
        if others:
            count = sum(service_of(status) != own for status in hidden)
            yield f"hides {count_of(count)} that {own} has no part in: {_listed(others)}"
    elif len(services) > 1 and not any(m.name == "service" for m in matchers):
        yield f"hides alerts of {len(services)} services: {_listed(services)}"


def notes_on(matchers: Iterable[Matcher]) -> Iterable[str]:
    """What could be better written."""
    for matcher in matchers:
        if plain_regex(matcher):
            plain = Matcher(matcher.name, MatchOp.EQUAL if matcher.op is MatchOp.REGEX else MatchOp.NOT_EQUAL, "")
            yield f"{matcher} is a plain value: {plain.op} says the same"


def _listed(services: Sequence[str], most: int = 3) -> str:
    names = [service or "alerts of no service" for service in services]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
