"""What every full screen's filter does: it hides rows, says so, and is found again by the next run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.screen import Screen

from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.completion import Vocabulary, Words, complete
from oncall_tui.core.matchers import Filter, MatcherSyntaxError, parse_filter
from oncall_tui.ui.render.filter_line import Tally
from oncall_tui.ui.tabs import TABS

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp

FILTERS = "filters"
"""The preferences' section of each screen's filter."""


class FilteredScreen(Screen[None]):
    """A screen of rows, of which a filter lets some through. Subclasses say what rows are and what is told of them."""

    NAME: ClassVar[str] = ""
    ROWS: ClassVar[tuple[str, str]] = ("", "")
    """What rows are called, and those a filter must not hide unseen; ('', '') where nothing is filtered."""

    def __init__(self) -> None:
        super().__init__()
        self.filter_text = ""
        self._filter: Any = self.parsed("")
        self._words: tuple[Assessment | None, Vocabulary] | None = None
        self._loud: tuple[Assessment | None, int] = (None, 0)

    @property
    def oncall(self) -> OncallApp:
        """The app, as what it is."""
        return cast("OncallApp", self.app)

    # What there is to filter: for each screen to say

    def parsed(self, text: str) -> Any:
        """The filter that a text means here. Raises MatcherSyntaxError."""
        return parse_filter(text)

    def rows(self, assessment: Assessment) -> Sequence[Any]:
        """Everything there is to filter."""
        return ()

    def labels_of(self, row: Any) -> Mapping[str, str]:
        """What matchers look at."""
        return {}

    def words_of(self, row: Any) -> Iterable[str]:
        """What words are looked for in, beside the labels' values."""
        return ()

    def is_loud(self, row: Any) -> bool:
        """Whether a filter that hides it must say so."""
        return False

    def loud_among(self, rows: Sequence[Any]) -> int:
        """How many of the rows a filter must not hide unseen."""
        return sum(map(self.is_loud, rows))

    # What the filter makes of it

    def kept(self, rows: Sequence[Any], wanted: Any = None) -> list[Any]:
        """Those rows that a filter (None: the one that is on) lets through."""
        chosen: Filter = self._filter if wanted is None else wanted
        return [row for row in rows if chosen.accepts(self.labels_of(row), self.words_of(row))]

    def vocabulary(self) -> Vocabulary:
        """The words a filter may be made of now; counted once an assessment, and only when they are asked for."""
        assessment = self.oncall.assessment
        if self._words is None or self._words[0] is not assessment:
            self._words = (assessment, self.words_now(assessment))
        return self._words[1]

    def words_now(self, assessment: Assessment | None) -> Vocabulary:
        """The vocabulary of an assessment."""
        rows = self.rows(assessment) if assessment is not None else ()
        return Words(lambda: [self.labels_of(row) for row in rows])

    def filters_rows(self) -> bool:
        """Whether there is anything to filter."""
        return bool(self.ROWS[0])

    def tally(self, assessment: Assessment, wanted: Any) -> Tally | None:
        """What a filter shows of all rows, and hides that must not be overlooked; None where nothing is filtered."""
        if not self.filters_rows():
            return None
        what, loud_name = self.ROWS
        rows = self.rows(assessment)
        kept = self.kept(rows, wanted)
        if self._loud[0] is not assessment:
            self._loud = (assessment, self.loud_among(rows))
        loud = self._loud[1] - self.loud_among(kept)
        return Tally(len(kept), len(rows), what, loud, loud_name)

    def keeps_alert(self, status: AlertStatus) -> bool:
        """Whether the filter lets an alert through."""
        labels = {"service": status.service, **status.alert.labels}
        accepted: bool = self._filter.accepts(labels, (status.phase.value, *status.alert.annotations.values()))
        return accepted

    # Setting it

    def update(self) -> None:
        """Draw what the app knows now."""
        raise NotImplementedError

    def try_filter(self, text: str, *, typing: bool = False) -> MatcherSyntaxError | None:
        """Filter by this text for now; what is wrong with it, if anything is, and then the last good one stays on.

        typing: a word at the end that shows nothing, but may become a name, empties no list yet: it is left out.
        """
        try:
            wanted = self.parsed(text)
            if typing and (begun := self._begun(text, wanted)) is not None:
                text = text[:begun]
                wanted = self.parsed(text)
        except MatcherSyntaxError as error:
            return error
        self._filter = wanted
        self.filter_text = text.strip()
        self.update()
        return None

    def _begun(self, text: str, wanted: Any) -> int | None:
        """Where such a word begins; None if there is none."""
        assessment = self.oncall.assessment
        if assessment is None or self.kept(self.rows(assessment), wanted):
            return None
        completion = complete(text, len(text), self.vocabulary())
        return completion.start if completion.candidates and completion.start < len(text) else None

    def set_filter(self, text: str) -> str:
        """As try_filter, to be found again by the next run; returns what is wrong with the text, '' if nothing."""
        if not self.filters_rows():
            return "nothing is listed here that could be filtered"
        if (slip := self.try_filter(text)) is not None:
            return str(slip)
        if self.remembers_filter():
            self.oncall.desk.preferences.here(FILTERS).set(self.NAME, self.filter_text or None)
        return ""

    def remembers_filter(self) -> bool:
        """Whether its filter outlives it."""
        return self.filters_rows() and self.NAME in TABS

    def on_mount(self) -> None:
        """Take up the filter of the last run, and say so: nothing is hidden unseen."""
        kept = self.oncall.desk.preferences.here(FILTERS).text(self.NAME) if self.remembers_filter() else ""
        if not kept:
            return
        if (slip := self.try_filter(kept)) is not None:
            self.oncall.complain(f"{TABS[self.NAME]}: the filter of last time is off: {slip}")
        else:
            self.oncall.say(f"{TABS[self.NAME]}: the filter of last time is on: {kept}", seconds=8)
