"""Whether the journal takes what is written: told once when it does not, and on the strip as long as that lasts.

The flight recorder is seen to beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp


class JournalWatch:
    """Looks after the keeping of what is watched, and says so when it cannot be kept."""

    def __init__(self, app: OncallApp) -> None:
        self._app = app
        self._told = ""
        self._told_of_recorder = ""

    @property
    def trouble(self) -> str:
        """Why the journal cannot be written, in one line; '' when it can."""
        scribe = self._app.desk.scribe
        return scribe.trouble if scribe is not None else ""

    def start(self) -> None:
        """Begin to keep it, and read what it holds of incidents."""
        self._app.incident_book.refresh()
        if (scribe := self._app.desk.scribe) is not None:
            self._app.run_worker(scribe.run(self.tell), name="journal", group="journal", exclusive=True)
        if (recorder := self._app.desk.recorder) is not None:
            self._app.run_worker(recorder.run(self._tell_of_recorder), name="recorder", group="recorder")

    def saw(self) -> None:
        """There is a new assessment."""
        scribe, assessment = self._app.desk.scribe, self._app.assessment
        if scribe is not None and assessment is not None:
            scribe.show(assessment)
        if (recorder := self._app.desk.recorder) is not None and assessment is not None:
            recorder.show(assessment)

    def _tell_of_recorder(self) -> None:
        """The same of the flight recorder, which keeps nothing for later: it is no record that anybody counts on."""
        recorder = self._app.desk.recorder
        trouble, before = recorder.trouble if recorder is not None else "", self._told_of_recorder
        self._told_of_recorder = trouble
        if trouble and not before:
            self._app.warn(trouble, title="Flight recorder")

    def tell(self) -> None:
        """Say what is wrong now, once."""
        trouble, before = self.trouble, self._told
        self._told = trouble
        if trouble and not before:
            self._app.complain(f"{trouble}. Nothing is lost: it is kept and tried again", title="Journal")
        elif before and not trouble:
            self._app.say("The journal takes entries again; what waited is written")
        watch = self._app.desk.incident_watch
        while watch is not None and watch.news:
            self._app.warn(f"{watch.news.popleft()}. {self._app.key_of('show_incident')} shows it")
        self._app.incident_book.refresh()
        if bool(trouble) != bool(before) and self._app.front is not None:
            self._app.front.update()
