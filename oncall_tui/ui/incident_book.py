"""The incidents as last read: read in the background, and only when the journal has grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.errors import OncallError
from oncall_tui.core.incident import Incident

if TYPE_CHECKING:
    from oncall_tui.core.story import Story
    from oncall_tui.ui.app import OncallApp


class IncidentBook:
    """What screens know of incidents. trouble: why nothing newer could be read, '' when it could."""

    def __init__(self, app: OncallApp) -> None:
        self._app = app
        self.every: tuple[Incident, ...] = ()
        self.story: Story | None = None
        self.trouble = ""
        self.read = False
        """Whether they were read at all."""
        self._wanted = ""
        self._version = -1

    @property
    def going_on(self) -> tuple[Incident, ...]:
        """Those that are not over, the newest first."""
        return tuple(one for one in self.every if one.going_on)

    def want(self, incident_id: str) -> None:
        """Have this one read in full."""
        if incident_id != self._wanted:
            self._wanted = incident_id
            self.refresh()

    def rest(self) -> None:
        """Nobody looks at one any more: what was read of it stays, and is read again when it is wanted again.

        One that has gone on for hours has thousands of entries, to be read whenever the journal grows.
        """
        self._wanted = ""

    def refresh(self) -> None:
        """Look for news, in the background."""
        # Not the coroutine: nobody would await that of a look that the next one takes the place of before it began.
        self._app.run_worker(self._refresh, group="incidents", exclusive=True)  # type: ignore[arg-type]

    async def _refresh(self) -> None:
        use, wanted = self._app.desk.incidents, self._wanted
        try:
            version = await use.version()
            told = self.story.incident if self.story else None
            same = told is not None and wanted in (told.id, *told.merged)
            going_on = told is not None and told.going_on
            if self.read and version == self._version and (not wanted or (same and not going_on)):
                return
            every = await use.every()
            story = await use.story(wanted) if wanted else self.story
            self.every, self.story, self._version, self.trouble = every, story, version, ""
        except OncallError as error:
            self.trouble = str(error)
        self.read = True
        if self._app.front is not None:
            self._app.front.update()

    def about(self, service: str) -> Incident | None:
        """The incident in hand where a service is: the one that goes on about it, else the newest that goes on."""
        going_on = self.going_on
        own = [one for one in going_on if service and service in one.services]
        return next(iter((*own, *going_on)), None)
