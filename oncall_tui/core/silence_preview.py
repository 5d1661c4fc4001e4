"""A silence as it is being written: what it would hide, and why it may not be posted."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from oncall_tui.core.alerts import Silence, SilenceDraft
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.duration import humanize, name_duration
from oncall_tui.core.matchers import Matcher, MatcherSyntaxError, parse_matchers
from oncall_tui.core.silences import LONG, AlertIndex, answers, count_of, notes_on, service_of, width_warnings
from oncall_tui.core.text import clean_line
from oncall_tui.core.until import End, parse_end, seconds_in


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person has written so far. sources: the Alertmanagers it is to be posted to."""

    matchers: str = ""
    end: str = ""
    comment: str = ""
    author: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of it now. matchers: () as long as they cannot be read; end: None likewise.

    hidden: the alerts it would hide, loudest first; None while that cannot be told. faults: why it may not be posted;
    none for one that may. everything: whether it would hide every alert there is, which is refused. warnings: what is
    doubtful; notes: what else to know. foreign: how many of hidden belong to another service than the one meant.
    unheard: whether an Alertmanager it goes to does not answer, so that it may hide more than is known.
    """

    matchers: tuple[Matcher, ...] = ()
    end: End | None = None
    hidden: tuple[AlertStatus, ...] | None = None
    faults: tuple[str, ...] = ()
    everything: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    foreign: int = 0
    unheard: bool = False

    @property
    def wide(self) -> bool:
        """Whether it wants more than a reflex: it reaches further than what was meant."""
        return self.foreign > 0 or bool(self.warnings)


def preview(
    typed: Typed,
    assessment: Assessment,
    index: AlertIndex,
    *,
    own: str = "",
    zone: tzinfo | None = None,
    editing: Silence | None = None,
    now: float | None = None,
) -> Preview:
    """What typed would come to.

    index: of the assessment's alerts. own: the service that is meant, '' where none is. zone: of times that name none,
    None for the machine's. editing: the silence that is changed, which is no twin of itself. now: unix seconds, the
    snapshot's moment if None.
    """
    now = assessment.snapshot.at if now is None else now
    matchers, complaint = _read_matchers(typed.matchers)
    end, late = _read_end(typed.end, now, zone)
    if complaint:
        return Preview((), end, None, (complaint, *late))
    draft = SilenceDraft(matchers, now, end.at if end else now + 1, typed.author.strip(), typed.comment.strip())
    if draft.matches_everything:
        mistake = mistake_in(draft, now)
        return Preview(matchers, end, None, (mistake[0], *late) if mistake else late, everything=True)
    faults = list(late)
    if (mistake := mistake_in(draft, now)) is not None:
        faults.append(mistake[0])
    if not typed.sources:
        faults.append("choose at least one Alertmanager to post it to")
    hidden = index.matching(matchers, typed.sources)
    foreign = sum(service_of(status) != own for status in hidden) if own else 0
    warnings = (*width_warnings(matchers, hidden, own), *_doubts(typed, matchers, end, assessment, editing, now))
    notes = (*((end.note,) if end and end.note else ()), *notes_on(matchers))
    unheard = not all(answers(assessment.snapshot, source) for source in typed.sources)
    return Preview(matchers, end, hidden, tuple(faults), False, warnings, notes, foreign, unheard)


def _read_matchers(text: str) -> tuple[tuple[Matcher, ...], str]:
    try:
        matchers = parse_matchers(text)
    except MatcherSyntaxError as error:
        return (), f"matchers: {error}"
    return matchers, "" if matchers else 'matchers: none yet, write one such as alertname="..."'


def _read_end(text: str, now: float, zone: tzinfo | None) -> tuple[End | None, tuple[str, ...]]:
    try:
        return parse_end(text, now, zone), ()
    except ValueError as error:
        return None, (f"end: {error}",)


def _doubts(
    typed: Typed,
    matchers: Sequence[Matcher],
    end: End | None,
    assessment: Assessment,
    editing: Silence | None,
    now: float,
) -> list[str]:
    found = []
    snapshot = assessment.snapshot
    mute = [source for source in typed.sources if not answers(snapshot, source)]
    if mute:
        found.append(f"{', '.join(mute)} does not answer: what it would hide there nobody can say")
    if end is not None and end.at - now > LONG:
        found.append(f"goes on for {humanize(end.at - now)}: nobody will remember it by then")
    wanted = set(matchers)
    for silence in snapshot.silences:
        twin = silence.source in typed.sources and set(silence.matchers) == wanted
        if twin and (editing is None or (silence.source, silence.id) != (editing.source, editing.id)):
            left = humanize(max(silence.ends_at - now, 0.0))
            found.append(f"{silence.author or 'somebody'} has the very same one at {silence.source}: it ends in {left}")
    return found


def mistake_in(draft: SilenceDraft, now: float) -> tuple[str, str] | None:
    """Why no Alertmanager may be asked for this silence, and what to do about it; None for one that may be sent.

    now: unix seconds by the Alertmanager's clock.
    """
    if not draft.matchers:
        return "a silence needs at least one matcher", 'write one such as alertname="..."'
    for matcher in draft.matchers:
        try:
            matcher.check()
        except ValueError as error:
            return f"{clean_line(str(matcher), 120)}: {error}", "mend the regular expression"
    if draft.matches_everything:
        return "this silence would hide EVERY alert: refused", "add a matcher that wants a label to be there"
    if draft.ends_at <= max(now, draft.starts_at):
        return "the silence would be over before it begins", "give it a later end"
    if draft.id:  # of one that stands already
        return None
    if not draft.comment:
        return "a silence needs a comment: others want to know why", "say why"
    if not draft.author:
        return "a silence needs an author", "say who you are"
    return None


def in_words(seen: Preview) -> str:
    """The hidden alerts counted: 'hides 3 alerts now'; why not, where it hides none or nobody can say."""
    if seen.everything:
        return "would hide EVERYTHING: refused"
    if seen.hidden is None:
        return "what it hides shows once the matchers can be read"
    if seen.unheard:
        return f"hides {count_of(len(seen.hidden))} that are known" if seen.hidden else "hides nothing that is known"
    return f"hides {count_of(len(seen.hidden))} now" if seen.hidden else "hides nothing now"


def amtool_line(typed: Typed, seen: Preview, url: str) -> str:
    """The same as one command for a shell; '' as long as it cannot be told.

    url: the Alertmanager's; it is left out where that is none.
    """
    if not seen.matchers or seen.end is None:
        return ""
    try:
        seconds = seconds_in(typed.end)
    except ValueError:
        seconds = None
    until = f"--end={datetime.fromtimestamp(seen.end.at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    words = ["amtool", "silence", "add", *([f"--alertmanager.url={url}"] if url.startswith("http") else [])]
    words += [f"--author={typed.author.strip()}", f"--comment={typed.comment.strip()}"]
    words += [f"--duration={name_duration(seconds)}" if seconds else until, *map(str, seen.matchers)]
    return " ".join(shlex.quote(clean_line(word)) for word in words)
