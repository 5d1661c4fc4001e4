"""The life of the dashboard: it opens, polls, understands each snapshot once, and says what there is to say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.binding import BindingType
from textual.events import Event, Key

from oncall_tui.core.errors import OncallError
from oncall_tui.core.text import clean_line
from oncall_tui.ui.chronicle import Chronicle
from oncall_tui.ui.early_keys import EarlyKeys
from oncall_tui.ui.housekeeping import Housekeeping
from oncall_tui.ui.keys import BY_ID, GLOBAL_KEYS, REPLAY_KEYS, checked_keymap, key_name
from oncall_tui.ui.lookback import LOOKBACKS
from oncall_tui.ui.on_terminal import OnTerminal
from oncall_tui.ui.palette import OncallCommands
from oncall_tui.ui.screens.opening import OpeningScreen
from oncall_tui.ui.self_watch import SelfWatch
from oncall_tui.ui.typing_ahead import TypingAhead
from oncall_tui.ui.wardrobe import FIRST_THEME, VARIABLE_DEFAULTS

if TYPE_CHECKING:
    from textual.screen import Screen

    from oncall_tui.core.assess import AlertStatus, Assessment
    from oncall_tui.core.readings import Reading
    from oncall_tui.core.snapshot import Snapshot
    from oncall_tui.ui.alert_knowledge import AlertKnowledge, AlertView
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.assessing import Assessing
    from oncall_tui.ui.desk import Desk, Opening
    from oncall_tui.ui.incident_book import IncidentBook
    from oncall_tui.ui.journaling import JournalWatch
    from oncall_tui.ui.noticing import Noticing
    from oncall_tui.ui.saved_filters import SavedFilters
    from oncall_tui.ui.screens.base import OncallScreen
    from oncall_tui.ui.silence_watch import SilenceWatch
    from oncall_tui.ui.snoozes import Snoozes
    from oncall_tui.ui.theming import ThemeShelf

# What the first frame does not need is imported where it is used: the first frame is what a person waits for.

_SCREENS = {
    "fleet": "FleetScreen",
    "alerts": "AlertsScreen",
    "slos": "SlosScreen",
    "models": "ModelsScreen",
    "runbooks": "RunbooksScreen",
    "incident": "IncidentScreen",
    "review": "ReviewScreen",
    "silences": "SilencesScreen",
}


def _screen(name: str) -> Callable[[], Screen[None]]:
    def make() -> Screen[None]:
        screen: Screen[None] = getattr(import_module(f"oncall_tui.ui.screens.{name}"), _SCREENS[name])()
        return screen

    return make


class Shell(OnTerminal):
    """The dashboard without what its keys do. Polls in a worker; the screen in front draws each new assessment."""

    TITLE = "oncall-tui"
    COMMANDS: ClassVar[Any] = {OncallCommands}
    BINDINGS: ClassVar[list[BindingType]] = [*GLOBAL_KEYS, *REPLAY_KEYS]
    MODES: ClassVar[Any] = {"opening": OpeningScreen, **{name: _screen(name) for name in _SCREENS}}
    DEFAULT_MODE = "opening"
    CSS = """
    Screen { background: $background; }
    Toast { max-width: 76; }
    OptionList { min-width: 8; }  /* in less Textual cannot wrap an entry, and ends */
    """

    def __init__(self, opening: Opening, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.clock = clock
        self._typing_ahead = TypingAhead()
        self._early_keys = EarlyKeys()
        self.failure: OncallError | None = None
        self._opening = opening
        self._exits = AsyncExitStack()
        self._desk: Desk | None = None
        self._shelf: ThemeShelf
        self.silence_watch: SilenceWatch
        self.snoozes: Snoozes
        self.noticing: Noticing
        self.journal_watch: JournalWatch
        self.self_watch = SelfWatch()
        self.chronicle = Chronicle()
        self.knowledge: AlertKnowledge
        self._assessing: Assessing
        self._house: Housekeeping | None = None
        self.incident_book: IncidentBook
        self.assessment: Assessment | None = None
        self.lookback = LOOKBACKS[0]
        self.said_of_keeping: set[str] = set()
        self.register_theme(FIRST_THEME)
        self.theme = FIRST_THEME.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that do not know them."""
        return dict(VARIABLE_DEFAULTS)

    # Keys

    async def on_event(self, event: Event) -> None:
        """As Textual has it; whom a key goes to is remembered, and one that comes too early waits."""
        if isinstance(event, Key) and not event.is_forwarded:
            if self._early_keys.take(event):
                return
            self._typing_ahead.handed(event, self.focused)
            if self._house is not None:
                self._house.typed()
        await super().on_event(event)

    def on_key(self, event: Key) -> None:
        """A key that nothing used yet: it may have been typed ahead of a field that has the focus by now."""
        if self._typing_ahead.take(event, self.focused):
            event.prevent_default()

    # Life

    def on_mount(self) -> None:
        """Paint the frame first; what it needs to know is read once it stands."""
        self.app_resume_signal.subscribe(self, lambda _: self.self_watch.forgive())
        self.call_after_refresh(self.run_worker, self._open(), group="open", exclusive=True)

    async def _open(self) -> None:
        """Take the desk, and begin to poll and to notice when polling does not keep up."""
        try:
            # In a thread: an opening imports half of the program.
            desk = await self._exits.enter_async_context(await asyncio.to_thread(self._opening))
            self.set_keymap(checked_keymap(desk.keys))
            from oncall_tui.ui.theming import ThemeShelf, shipped_themes_folder

            self._shelf = ThemeShelf((shipped_themes_folder(), *desk.theme_folders))
            if desk.theme != self.theme:
                self._use_theme(desk.theme)
        except OncallError as error:
            self.failure = error
            self.exit(return_code=2)
            return
        self._desk = desk
        if desk.replay is not None:
            self.clock = desk.replay.clock
        from oncall_tui.ui.alert_knowledge import AlertKnowledge
        from oncall_tui.ui.assessing import Assessing
        from oncall_tui.ui.incident_book import IncidentBook
        from oncall_tui.ui.journaling import JournalWatch
        from oncall_tui.ui.noticing import Noticing
        from oncall_tui.ui.silence_watch import SilenceWatch
        from oncall_tui.ui.snoozes import SECTION, Snoozes
        from oncall_tui.ui.tripwires import wiring

        self.journal_watch = JournalWatch(self._whole)
        self.incident_book = IncidentBook(self._whole)
        self.silence_watch = SilenceWatch(desk.silencing.ends_soon)
        notices = replace(desk.notices, title=False, desktop="none") if self.kind.bare else desk.notices
        self.noticing = Noticing(notices, desk.title, self.emit, self.clock)
        self.snoozes = Snoozes(desk.preferences.here(SECTION))
        seen = desk.preferences.here("alerts_seen")
        wires = wiring(desk.tripwires)
        self.knowledge = AlertKnowledge(desk.library, desk.flapping, desk.storm, seen, self.clock, wires)
        self._assessing = Assessing(self.knowledge, self._aside, self._assessed)
        await self.switch_mode("fleet")
        await self._early_keys.make_good(self)
        desk.preferences.listen(self.complain)
        self.run_worker(desk.poller.run(self._snapshot_taken), name="poll", group="poll", exclusive=True)
        self.journal_watch.start()
        self.set_interval(1.0, self._notice_age)
        self._house = Housekeeping()
        self.set_interval(5.0, self._house.look)
        if desk.banner:
            self.say(desk.banner, seconds=8)

    async def close(self) -> None:
        """Clear up what was opened."""
        if self._desk is not None and not self.stalled:
            self.noticing.close()
        await self._exits.aclose()

    def on_unmount(self) -> None:
        """The end."""
        if self._house is not None:
            self._house.close()

    @property
    def front(self) -> OncallScreen | None:
        """The screen in front; None while a sheet lies over it, and once the end has begun."""
        from oncall_tui.ui.screens.base import OncallScreen

        if not self.is_running:  # the last news comes while the screens are taken down
            return None
        return self.screen if isinstance(self.screen, OncallScreen) else None

    @property
    def desk(self) -> Desk:
        """What there is to work with; only once it is open."""
        assert self._desk is not None
        return self._desk

    @property
    def _whole(self) -> OncallApp:
        """Itself, with what its keys do: there is no other dashboard than that."""
        return cast("OncallApp", self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until the desk is open there is nothing to act on; leaving always works."""
        return self._desk is not None or action == "quit"

    def _snapshot_taken(self, snapshot: Snapshot) -> None:
        self._assessing.take(replace(snapshot, snoozed=self.snoozes.held(snapshot.at)))

    def understand_again(self) -> None:
        """More is known of what the newest snapshot tells, or something on this machine changed."""
        if self.assessment is not None:
            self._snapshot_taken(self.assessment.snapshot)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside the screen."""
        self.run_worker(work, group="assess")

    def _assessed(self, view: AlertView) -> None:
        from oncall_tui.ui.aftermath import after_snapshot
        from oncall_tui.ui.keeping import keep
        from oncall_tui.ui.tripwires import look_up_given

        self.assessment = view.assessment
        if unknown := self.knowledge.unknown():
            self.run_worker(partial(self._learn_runbooks, unknown), group="runbooks", exclusive=True)  # type: ignore[arg-type]
        for news in self.silence_watch.news(self.assessment):
            self.warn(news)
        if over := self.snoozes.review(self.assessment):
            for status, why in over:
                self.warn(f"{status.alert.name} is no longer snoozed: {why}")
            self.call_later(self.understand_again)
        self.noticing.look(self.assessment)
        self.journal_watch.saw()
        self.chronicle.saw(self.assessment)
        after_snapshot(self._whole)
        keep(self._whole, view.assessment.snapshot)
        look_up_given(self._whole, view.assessment)
        self._whole.draw()

    def _notice_age(self) -> None:
        """Should the poller itself fall silent, what it last said must not go on looking fresh."""
        if self.assessment is None or self.assessment.snapshot.paused:
            return
        if self.assessment.snapshot.late(self.clock()):
            self._snapshot_taken(self.desk.poller.snapshot())

    def emit(self, sequence: str) -> None:
        """Write a sequence to the terminal as it is, past what is painted; it must not move the cursor."""
        if self._driver is not None:
            self._driver.write(sequence)

    # Saying things; what is said may hold text from outside

    def say(self, text: str, *, title: str = "", seconds: float = 5) -> None:
        """Tell the person something went as wanted."""
        self.notify(clean_line(text), title=title, timeout=seconds, markup=False)

    def warn(self, text: str, *, title: str = "", seconds: float = 12) -> None:
        """Tell the person something wants attention."""
        self.chronicle.told(text)
        self.notify(clean_line(text), title=title, severity="warning", timeout=seconds, markup=False)

    def complain(self, text: str, *, title: str = "") -> None:
        """Tell the person something did not."""
        self.chronicle.told(text)
        self.notify(clean_line(text), title=title, severity="error", timeout=10, markup=False)

    # What screens ask for

    def watch_readings(self, watcher: str, readings: Iterable[Reading]) -> None:
        """Have these readings polled as well, for the screen of that name."""
        self.desk.poller.watch(watcher, readings)

    def key_of(self, action: str) -> str:
        """The key that is bound to an action, as written on screen; '' if there is none."""
        binding = BY_ID.get(action)
        return key_name(self._keymap.get(action, binding.key)) if binding else ""

    def command_words(self) -> list[str]:
        """What the command line completes to."""
        from oncall_tui.ui.commands import words

        orders, headings = (self.front.sort_words(), self.front.group_words()) if self.front is not None else ((), ())
        found = words((lookback.name for lookback in LOOKBACKS), self._shelf.names, orders, headings)
        return found + [f"filter {one.name}" for one in self.saved_filters.all()]

    @property
    def saved_filters(self) -> SavedFilters:
        """The filters that have a name."""
        from oncall_tui.ui.saved_filters import SavedFilters

        return SavedFilters(self.desk.filters, self.desk.preferences.section("saved_filters"))

    def has_runbook(self, status: AlertStatus) -> bool:
        """Whether some runbook is known to fit the alert."""
        return self.knowledge.has_runbook(status)

    async def _learn_runbooks(self, alerts: Sequence[AlertStatus]) -> None:
        await self.knowledge.learn(alerts)
        if self.front is not None:
            self.front.update()

    def _use_theme(self, name: str) -> None:
        theme = self._shelf.get(name)
        self.register_theme(theme)
        self.theme = theme.name
