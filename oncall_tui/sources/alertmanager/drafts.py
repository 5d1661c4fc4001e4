"""Silences checked before they are sent.

Alertmanager 0.25 takes a silence with only negative matchers, which hides every alert there is, and ends an old
silence even when it refuses the new one (mended in 0.28). So nothing that it should refuse is ever sent.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

from oncall_tui.core.alerts import SilenceDraft
from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.text import clean_line

CLASSIC_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
"""A label name every version takes."""

_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_UTF8_SINCE = (0, 27)
_ANNOTATIONS_SINCE = (0, 32)
_NOTABLE_SKEW = 30.0


def silence_body(draft: SilenceDraft, *, version: str = "", now: float, skew: float = 0.0) -> dict[str, object]:
    """The JSON body of POST /silences for a draft that Alertmanager can take.

    version: the server's, '' if not known. now: our clock, unix seconds; skew: the server's clock minus ours.
    Raises Refused for a draft that is invalid or would hide everything.
    """
    if not draft.matchers:
        raise Refused("a silence needs at least one matcher")
    for matcher in draft.matchers:
        _check(matcher, version)
    if draft.matches_everything:
        raise Refused(
            "this silence would hide every alert: all its matchers hold for an alert without those labels",
            "add one that wants a label to be there, such as alertname=...",
        )
    starts, ends = _moment(draft.starts_at, "start"), _moment(draft.ends_at, "end")
    if ends <= starts:
        raise Refused("a silence must end after it starts")
    if draft.ends_at <= now + skew:
        raise Refused("the silence would already be over", _clock_hint(skew))
    body: dict[str, object] = {
        "matchers": [_wire(matcher) for matcher in draft.matchers],
        "startsAt": starts,
        "endsAt": ends,
        "createdBy": _encodable(draft.author),
        "comment": _encodable(draft.comment),
    }
    if draft.id:
        body["id"] = draft.id
    if draft.annotations and keeps_annotations(version):
        body["annotations"] = {_encodable(name): _encodable(text) for name, text in draft.annotations.items()}
    return body


def keeps_annotations(version: str) -> bool:
    """Whether an Alertmanager of that version keeps annotations of silences; one that does not tell does not."""
    return _told(version) >= _ANNOTATIONS_SINCE


def _told(version: str) -> tuple[int, int]:
    """Major and minor; (0, 0) when it does not tell."""
    told = _VERSION.match(version)
    return (int(told[1]), int(told[2])) if told else (0, 0)


def _check(matcher: Matcher, version: str) -> None:
    shown = clean_line(f"{matcher.name}{matcher.op}{matcher.value}", 120)
    if not matcher.name:
        raise Refused(f"matcher {shown!r} has no label name")
    try:
        (matcher.name + matcher.value).encode()
    except UnicodeEncodeError:
        raise Refused(f"matcher {shown!r} is not valid Unicode") from None
    if (0, 0) < _told(version) < _UTF8_SINCE and not CLASSIC_NAME.match(matcher.name):
        raise Refused(
            f"Alertmanager {clean_line(version, 20)} does not take the label name {clean_line(matcher.name, 80)!r}",
            "names other than letters, digits and _ need 0.27 or later",
        )
    try:
        matcher.check()
    except ValueError as error:
        raise Refused(f"matcher {shown!r}: {clean_line(str(error), 200)}") from None


def _moment(at: float, which: str) -> str:
    """RFC3339 in UTC to the millisecond, as Alertmanager keeps it: comparable as text."""
    if math.isfinite(at):
        try:
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=math.floor(at * 1000))
        except OverflowError:
            pass
        else:
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise Refused(f"the {which} of the silence is not a time: {at!r}")


def _clock_hint(skew: float) -> str:
    if abs(skew) < _NOTABLE_SKEW:
        return ""
    side = "behind" if skew > 0 else "ahead of"
    return f"this machine's clock is {humanize(abs(skew))} {side} the Alertmanager's"


def _wire(matcher: Matcher) -> dict[str, object]:
    return {
        "name": matcher.name,
        "value": matcher.value,
        "isRegex": matcher.op in (MatchOp.REGEX, MatchOp.NOT_REGEX),
        "isEqual": matcher.op in (MatchOp.EQUAL, MatchOp.REGEX),
    }


def _encodable(text: str) -> str:
    """text with what UTF-8 cannot carry replaced: a strange login name must not cost the acknowledgement."""
    return text.encode(errors="replace").decode()
