"""What the screens are given to work with. They see use cases and values, no source and no journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.core.storms import StormRule
from oncall_tui.core.tripwire import OLD_AFTER
from oncall_tui.preferences.memory import Memory
from oncall_tui.ui.noticing import NoticeSettings
from oncall_tui.ui.wardrobe import FIRST_THEME

if TYPE_CHECKING:
    from oncall_tui.actions.acknowledge import Acknowledge
    from oncall_tui.actions.alert_history import AlertHistory
    from oncall_tui.actions.auto_diagnose import AutoDiagnose
    from oncall_tui.actions.given import Given
    from oncall_tui.actions.incident_watch import IncidentWatch
    from oncall_tui.actions.incidents import Incidents
    from oncall_tui.actions.keep import Keeper
    from oncall_tui.actions.page import AcknowledgePages
    from oncall_tui.actions.run_step import RunStep
    from oncall_tui.actions.silence import Silences
    from oncall_tui.actions.step_history import StepHistory
    from oncall_tui.actions.take_back import TakeBack
    from oncall_tui.actions.verify_step import Verifications
    from oncall_tui.actions.write_postmortem import WritePostmortem
    from oncall_tui.core.web_pages import PageSource
    from oncall_tui.poll.alert_lookup import AlertLookup
    from oncall_tui.poll.feed import Feed
    from oncall_tui.poll.history import History
    from oncall_tui.poll.investigate import Investigate
    from oncall_tui.poll.read_review import ReadReview
    from oncall_tui.poll.recorder import Recorder
    from oncall_tui.poll.replay import Replay
    from oncall_tui.runbooks.library import RunbookLibrary


@dataclass(frozen=True, slots=True)
class Silencing:
    """What there is to silence with. author: of new ones. places: the Alertmanagers that can be posted to, those of
    one cluster as one once they are known to be.

    duration: seconds a new one lasts unless told otherwise. ends_soon: seconds before its end from which on one that
    still hides something that fires is warned of.
    """

    use: Silences
    author: str
    places: Collection[str]
    duration: int = 7_200
    ends_soon: int = 1_800


@dataclass(frozen=True, slots=True)
class AlertView:
    """What an opened alert is looked up in: Prometheus, and the journal."""

    lookup: AlertLookup
    history: AlertHistory


@dataclass(frozen=True, slots=True)
class Tripwires:
    """What acknowledged alerts are watched with. old_after: seconds after which a kept acknowledgement is old."""

    given: Given
    old_after: float = OLD_AFTER


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a dashboard needs, wired by the command line.

    title: the environment's name. banner: what to say once at the start (a demo's story); '' for nothing.
    theme: the name of the theme to begin with. theme_folders: where people keep their own. pages: where pagers are
    configured. keeper: extends acknowledgements that are to be kept. tripwires: let them ring. filters: the
    configuration's, by name. flapping: how often an alert must begin within an hour to be called so. storm: when alerts
    are one. preferences: what is remembered between runs; without a file, as long as the program runs.
    scribe: writes what changes into the journal; None writes nothing. recorder: keeps what is seen; None keeps nothing.
    replay: the recording that plays in the poller's place, if one does. read_only: why nothing may be written, or ''.
    incident_watch: opens and closes incidents, along with the scribe; None leaves that to people.
    write_postmortem: None where there is no place for files, as in a replay.
    """

    poller: Feed
    acknowledge: Acknowledge
    take_back: TakeBack
    run_step: RunStep
    investigate: Investigate
    review: ReadReview
    silencing: Silencing
    incidents: Incidents
    alert_view: AlertView
    library: RunbookLibrary
    step_history: StepHistory
    verifications: Verifications
    web_pages: PageSource
    title: str = ""
    banner: str = ""
    theme: str = FIRST_THEME.name
    theme_folders: tuple[Path, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    read_only: str = ""
    pages: AcknowledgePages | None = None
    auto_diagnose: AutoDiagnose | None = None
    keeper: Keeper | None = None
    tripwires: Tripwires | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    flapping: int = 3
    storm: StormRule = field(default_factory=StormRule)
    preferences: Memory = field(default_factory=Memory)
    scribe: History | None = None
    recorder: Recorder | None = None
    replay: Replay | None = None
    incident_watch: IncidentWatch | None = None
    write_postmortem: WritePostmortem | None = None


Opening = Callable[[], AbstractAsyncContextManager[Desk]]
"""Gives a desk, and clears it up when it is left. Raises OncallError where a desk cannot be had."""


def opened(desk: Desk) -> Opening:
    """An opening for a desk that is there already."""

    @asynccontextmanager
    async def give() -> AsyncIterator[Desk]:
        yield desk

    return give
