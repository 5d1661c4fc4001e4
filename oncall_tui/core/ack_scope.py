"""What an acknowledgement may be of (an alert, several, a whole group), and what it would hide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import ACK_PREFIX, SilenceDraft, exact_matchers
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.explained import alerts_explained_by
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.silence_preview import mistake_in
from oncall_tui.core.silences import AlertIndex, answers, count_of, service_of, services_of, width_warnings


@dataclass(frozen=True, slots=True)
class AckScope:
    """One choice. keys: the alerts it was made for, by source and fingerprint.

    matchers: of the one silence it is to be; () where each alert gets one of its own full label set. own: the service
    that is meant, '' where none is.
    """

    title: str
    keys: tuple[tuple[str, str], ...]
    matchers: tuple[Matcher, ...] = ()
    own: str = ""

    @property
    def source(self) -> str:
        """The Alertmanager of the first alert."""
        return self.keys[0][0]


@dataclass(frozen=True, slots=True)
class AckPreview:
    """What would come of it now. hidden: the alerts, loudest first. fault: why it may not be done, '' if it may.

    warnings: what is doubtful. foreign: how many alerts are of another service than the one meant. holders: who has
    some of them already, with how many, most first.
    """

    hidden: tuple[AlertStatus, ...]
    fault: str = ""
    warnings: tuple[str, ...] = ()
    foreign: int = 0
    holders: tuple[tuple[str, int], ...] = ()

    @property
    def wide(self) -> bool:
        """Whether it wants more than a reflex: it reaches further than what was meant."""
        return self.foreign > 0 or bool(self.warnings)


def scopes_of(assessment: Assessment, chosen: Sequence[AlertStatus]) -> tuple[AckScope, ...]:
    """What may be acknowledged of the alerts chosen, at least one: they themselves, then each group they all are in.

    Where they are of one service, also they with those of the services whose trouble its own explains.
    """
    keys = tuple(status.alert.key for status in chosen)
    services = services_of(chosen)
    own = services[0] if len(services) == 1 else ""
    title = "this alert" if len(chosen) == 1 else f"these {len(chosen)} alerts, each by its own labels"
    found = [AckScope(title, keys, own=own)]
    prints, sources = {fingerprint for _, fingerprint in keys}, {source for source, _ in keys}
    groups = (g for g in assessment.snapshot.groups if {g.source} == sources and prints <= set(g.fingerprints))
    matchers = (one for one in dict.fromkeys(exact_matchers(group.labels) for group in groups) if one)
    found += [AckScope(f"its whole group: {', '.join(map(str, one))}", keys, one, own) for one in matchers]
    below = scope_of_explained(assessment, own, chosen) if own else None
    return (*found, below) if below else tuple(found)


def scope_of_explained(assessment: Assessment, service: str, chosen: Sequence[AlertStatus] = ()) -> AckScope | None:
    """The alerts chosen with those of all services whose trouble this one's explains, each by its own labels.

    None where it explains no alert.
    """
    below = alerts_explained_by(assessment, service)
    if not below:
        return None
    names = ", ".join(services_of(below))
    keys = tuple(dict.fromkeys(status.alert.key for status in (*chosen, *below)))
    return AckScope(f"with what {service} explains: {names}" if chosen else f"what {service} explains: {names}", keys)


def scopes_of_group(labels: Mapping[str, str], members: Sequence[AlertStatus]) -> tuple[AckScope, ...]:
    """What may be acknowledged of a group with these labels and members, at least one.

    Whatever has the labels, at each Alertmanager of its own; then the members themselves. Labels that are empty are no
    matchers: a group of no others is only its members.
    """
    matchers = exact_matchers(labels)
    keys = tuple(status.alert.key for status in members)
    services = services_of(members)
    own = services[0] if len(services) == 1 else ""
    sources = tuple(dict.fromkeys(source for source, _ in keys)) if matchers else ()
    title = f"the whole group: {', '.join(map(str, matchers))}"
    found = [
        AckScope(
            f"{title} at {place}" if len(sources) > 1 else title,
            tuple(key for key in keys if key[0] == place),
            matchers,
            own,
        )
        for place in sources
    ]
    each = "this alert" if len(keys) == 1 else f"these {len(keys)} alerts, each by its own labels"
    return (*found, AckScope(each, keys, own=own))


def preview(scope: AckScope, assessment: Assessment, index: AlertIndex) -> AckPreview:
    """What the scope would hide. index: of the assessment's alerts."""
    if scope.matchers:
        draft = SilenceDraft(scope.matchers, 0.0, 1.0, "?", ACK_PREFIX)
        if (mistake := mistake_in(draft, 0.0)) is not None:
            return AckPreview((), mistake[0])
        hidden = index.matching(scope.matchers, (scope.source,))
    else:
        wanted = set(scope.keys)
        hidden = tuple(status for status in assessment.alerts if status.alert.key in wanted)
    fault = "" if hidden else "none of it fires any more: there is nothing to acknowledge"
    warnings = list(width_warnings(scope.matchers, hidden, scope.own)) if scope.matchers else []
    silent = [one for one in dict.fromkeys(source for source, _ in scope.keys) if not answers(assessment.snapshot, one)]
    if silent:
        warnings.append(f"{', '.join(silent)} does not answer: what it would hide there nobody can say")
    foreign = sum(service_of(status) != scope.own for status in hidden) if scope.matchers and scope.own else 0
    return AckPreview(hidden, fault, tuple(warnings), foreign, holders_of(hidden))


def holders_of(statuses: Iterable[AlertStatus]) -> tuple[tuple[str, int], ...]:
    """Who has how many of these alerts, most first; nothing for alerts nobody has."""
    counts: dict[str, int] = {}
    for status in statuses:
        if status.ack is not None:
            who = status.ack.author or "somebody"
            counts[who] = counts.get(who, 0) + 1
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def in_words(seen: AckPreview) -> str:
    """'hides 5 alerts now, 2 of them joe's already'."""
    held = ", ".join(f"{count} of them {who}'s already" for who, count in seen.holders)
    return f"hides {count_of(len(seen.hidden))} now{f', {held}' if held else ''}"


def words_of(comment: str) -> str:
    """What somebody wrote in the comment of an acknowledgement, without what is added to it."""
    text = comment.removeprefix(ACK_PREFIX).strip()
    for mark in (" (kept while firing", " (taken over from ", " (handed over by ", " (taken from "):
        text = text.partition(mark)[0]
    return text
