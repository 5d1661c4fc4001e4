"""Writing a silence: posted once, and looked for when no answer came."""

from __future__ import annotations

from oncall_tui.actions.read_back import find_silence
from oncall_tui.core.alerts import SilenceDraft
from oncall_tui.core.errors import Malformed, SourceError, TimedOut, Unreachable
from oncall_tui.core.ports import AlertSource


async def post_or_find(source: AlertSource, draft: SilenceDraft) -> str:
    """Make or change the silence; its id. When no answer came, it is looked for: it may have been made all the same.

    Raises SourceError.
    """
    try:
        return await source.post_silence(draft)
    except (TimedOut, Unreachable, Malformed) as error:
        try:
            found = await find_silence(source, draft)
        except SourceError:
            if isinstance(error, Unreachable):
                raise error from None
            hint = "look at the silences before trying again: it may have been taken all the same"
            raise type(error)(error.message, hint) from error
        if found is None:
            raise
        return found.id


def drafted(source: str, draft: SilenceDraft) -> dict[str, object]:
    """What the journal keeps of a silence that is about to be written."""
    return {
        "source": source,
        "matchers": [str(matcher) for matcher in draft.matchers],
        "starts_at": draft.starts_at,
        "ends_at": draft.ends_at,
        "comment": draft.comment,
    }
