"""Silences understood once a snapshot, and what is new about them said once."""

from __future__ import annotations

from oncall_tui.core.assess import Assessment
from oncall_tui.core.duration import humanize
from oncall_tui.core.silences import AlertIndex, SilenceStatus, Standing, count_of, survey


class SilenceWatch:
    """Remembers the survey of the last assessment. soon: as survey has it, in seconds."""

    def __init__(self, soon: float) -> None:
        self._soon = soon
        self._of: Assessment | None = None
        self._found: tuple[SilenceStatus, ...] = ()
        self._index: AlertIndex | None = None
        self._told: set[tuple[tuple[str, str], float]] = set()

    def survey(self, assessment: Assessment) -> tuple[SilenceStatus, ...]:
        """Every silence of this assessment, as core.silences.survey has it."""
        if assessment is not self._of:
            self._of, self._found, self._index = assessment, survey(assessment, self._soon), None
        return self._found

    def index(self, assessment: Assessment) -> AlertIndex:
        """The assessment's alerts, for looking up what matchers hold for."""
        self.survey(assessment)
        if self._index is None:
            self._index = AlertIndex(assessment.alerts)
        return self._index

    def news(self, assessment: Assessment) -> tuple[str, ...]:
        """What to tell the person now: each silence that ends soon while its alerts fire, once for each of its ends.

        An acknowledgement that is kept while firing is none of these: its end is moved.
        """
        ending = [s for s in self.survey(assessment) if s.standing is Standing.ENDING and not s.kept]
        before, self._told = self._told, {(s.key, s.silence.ends_at) for s in ending}
        return tuple(_told(status) for status in ending if (status.key, status.silence.ends_at) not in before)


def _told(status: SilenceStatus) -> str:
    silence, hidden = status.silence, status.hidden or ()
    what = "ack" if silence.is_ack else "silence"
    still = f"while {count_of(len(hidden))} still fire{'s' if len(hidden) == 1 else ''}"
    return f"{what} by {silence.author or 'somebody'} ends in {humanize(max(status.left, 0.0))} {still}"
