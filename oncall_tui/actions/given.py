"""The figures acknowledgements were given under: on the silence itself, in the journal, or as they were first seen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from oncall_tui.actions.entry import Reader
from oncall_tui.core.ack_figures import AckFigures, from_annotations, from_json
from oncall_tui.core.alerts import Silence
from oncall_tui.core.events import Event, EventKind

FRESH = 120.0
"""Seconds within which an acknowledgement that is first seen counts as given under what is known now."""
_MOST = 2_000
"""Entries of the journal that are looked through, the newest."""


class Given:
    """What is known of acknowledgements; asked for without waiting, looked up in a thread.

    By the silence's id, and only as long as whoever has it is who had it then: another's figures are not theirs.
    """

    def __init__(self, journal: Reader) -> None:
        self._journal = journal
        self._known: dict[str, tuple[str, AckFigures] | None] = {}

    def of(self, silence: Silence) -> AckFigures | None:
        """The figures, None where nobody knows any."""
        written = from_annotations(silence.annotations)
        if written is not None:
            return written
        author, figures = self._known.get(silence.id) or ("", None)
        return figures if author == silence.author else None

    def began(self, silence: Silence) -> float | None:
        """When the newest of what it was given for had begun, unix seconds; None where nobody knows."""
        figures = self.of(silence)
        return figures.began if figures is not None else None

    def unknown(self, silences: Iterable[Silence]) -> tuple[Silence, ...]:
        """The acknowledgements among these that were never looked up."""
        return tuple(silence for silence in silences if silence.is_ack and silence.id not in self._known)

    async def look_up(self, silences: Sequence[Silence]) -> None:
        """Look these up, all in one reading. Raises OncallError; they are not tried again then before the next run."""
        wanted = {silence.id for silence in silences}
        self._known |= dict.fromkeys(wanted)
        self._known |= await asyncio.to_thread(self._read, wanted)

    def _read(self, wanted: set[str]) -> dict[str, tuple[str, AckFigures]]:
        found = {}
        for event in self._journal.events(kinds=(EventKind.ACK_DONE,), limit=_MOST):
            silence_id = str(event.payload.get("silence", ""))
            if silence_id in wanted and (figures := _figures_in(event)) is not None:
                found[silence_id] = (str(event.payload.get("to", "")), figures)
        return found

    def take(self, silence: Silence, figures: AckFigures) -> None:
        """What is known now is what it was given under: it has only just been, by another, and nobody wrote it down."""
        if self.of(silence) is None:
            self._known[silence.id] = (silence.author, figures)

    def forget(self, silence_id: str) -> None:
        """It was given anew."""
        self._known.pop(silence_id, None)


def _figures_in(event: Event) -> AckFigures | None:
    stored = event.payload.get("figures")
    return from_json(stored) if isinstance(stored, Mapping) else None
