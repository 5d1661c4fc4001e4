"""What the silence editor begins with: nothing, alerts, a service, matchers, or a silence there is or was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from oncall_tui.core.alerts import ACK_PREFIX, Silence
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.duration import name_duration
from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.core.silence_preview import Typed
from oncall_tui.core.silences import services_of
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render.silences import spelled

_CHOSEN = ("alertname", "service", "model")
"""The labels of an alert that are in from the start; others narrow it further."""
_SHORT = 600
"""Seconds; a silence that lasted less was ended by somebody, and its length says nothing."""
_MOST_VALUES = 20
"""Values up to which a label of several alerts becomes one matcher."""


@dataclass(frozen=True, slots=True)
class EditorStart:
    """labels: matchers that can be put in and out by a key. own: the service that is meant, '' where none is.

    places: Alertmanagers that may be posted to. editing: the silence that is changed, None for a new one. complaint:
    why it was not done the last time, '' if there was none.
    """

    title: str
    typed: Typed
    places: tuple[str, ...]
    labels: tuple[Matcher, ...] = ()
    own: str = ""
    editing: Silence | None = None
    complaint: str = ""


def blank(typed: Typed, places: tuple[str, ...]) -> EditorStart:
    """An editor with no matchers yet. typed: end and author to begin with."""
    return EditorStart("New silence", typed, places)


def of_alerts(alerts: Sequence[AlertStatus], typed: Typed, places: tuple[str, ...]) -> EditorStart:
    """An editor with the labels that these alerts share, posted to where they are."""
    labels = _labels_of(alerts)
    chosen = tuple(matcher for matcher in labels if matcher.name in _CHOSEN) or labels
    sources = tuple(place for place in places if any(status.alert.source == place for status in alerts)) or places
    services = services_of(alerts)
    own = services[0] if len(services) == 1 else ""
    title = f"New silence from {len(alerts)} alerts" if len(alerts) > 1 else "New silence from this alert"
    return EditorStart(title, _with(typed, chosen, sources), places, labels, own)


def of_service(service: str, typed: Typed, places: tuple[str, ...]) -> EditorStart:
    """An editor with everything of one service."""
    matchers = (Matcher("service", MatchOp.EQUAL, service),)
    return EditorStart(f"New silence for {service}", _with(typed, matchers, typed.sources), places, own=service)


def of_matchers(matchers: Sequence[Matcher], typed: Typed, places: tuple[str, ...]) -> EditorStart:
    """An editor with these matchers."""
    return EditorStart("New silence", _with(typed, matchers, typed.sources), places)


def of_silence(silence: Silence, typed: Typed, places: tuple[str, ...]) -> EditorStart:
    """An editor that makes a silence again: the same matchers, why and length, by the person who makes it."""
    length = silence.ends_at - silence.starts_at
    end = whole_minutes(length) if length >= _SHORT else typed.end
    comment = silence.comment.removeprefix(ACK_PREFIX).strip() if silence.is_ack else silence.comment
    sources = (silence.source,) if silence.source in places else places
    again = Typed(spelled(silence.matchers), end, comment, typed.author, sources)
    return EditorStart("Make this silence again", again, places)


def of_editing(silence: Silence, ends_at: float) -> EditorStart:
    """An editor that changes a silence where it is. ends_at: unix seconds, by our clock."""
    end = f"{datetime.fromtimestamp(ends_at, UTC):%Y-%m-%d %H:%M:%SZ}"
    typed = Typed(spelled(silence.matchers), end, silence.comment, silence.author, (silence.source,))
    return EditorStart("Edit this silence", typed, (silence.source,), editing=silence)


def whole_minutes(seconds: float) -> str:
    """A duration as it is typed, to the minute, at least one: '3h', '1d2h30m'."""
    return name_duration(max(60, 60 * round(seconds / 60)))


def toggled(text: str, matcher: Matcher) -> str:
    """The matchers in text with that one put in, or taken out where it is; text as it is while it cannot be read."""
    try:
        matchers = parse_matchers(text)
    except ValueError:
        return text
    kept = tuple(one for one in matchers if one != matcher)
    return spelled(kept if len(kept) < len(matchers) else (*matchers, matcher))


def holds(text: str, matchers: Sequence[Matcher]) -> tuple[bool, ...]:
    """Which of these matchers stand in text; none while it cannot be read."""
    try:
        found = set(parse_matchers(text))
    except ValueError:
        found = set()
    return tuple(matcher in found for matcher in matchers)


def _with(typed: Typed, matchers: Sequence[Matcher], sources: tuple[str, ...]) -> Typed:
    return Typed(spelled(matchers), typed.end, typed.comment, typed.author, sources)


def _labels_of(alerts: Sequence[AlertStatus]) -> tuple[Matcher, ...]:
    """A matcher for each label that every alert has, those of _CHOSEN first; several values as one expression."""
    every = [status.alert.labels for status in alerts]
    shared = [name for name in (every[0] if every else {}) if all(labels.get(name) for labels in every)]
    found = []
    for name in sorted(shared, key=lambda name: (_CHOSEN.index(name) if name in _CHOSEN else len(_CHOSEN), name)):
        values = sorted({labels[name] for labels in every})
        if len(values) == 1 and all(map(_can_be_shown, values[0])):
            found.append(Matcher(name, MatchOp.EQUAL, values[0]))
        elif len(values) <= _MOST_VALUES:
            found.append(Matcher(name, MatchOp.REGEX, "|".join(map(_expression, values))))
    return tuple(found)


_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
"""What RE2 gives a meaning of its own; nothing else may be escaped there."""


def _expression(value: str) -> str:
    """A regular expression for that value; a character that may not be shown, and so not be typed, is any character."""
    return _SPECIAL.sub(r"\\\g<0>", "".join(c if _can_be_shown(c) else "\0" for c in value)).replace("\0", ".")


def _can_be_shown(character: str) -> bool:
    return character == "\n" or clean_line(character) == character
