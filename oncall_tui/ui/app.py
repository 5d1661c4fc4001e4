"""The dashboard: holds the newest assessment, shows one screen of it, and hands keys to actions."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import BindingType
from textual.events import Event, Key

from oncall_tui.core.errors import OncallError
from oncall_tui.core.text import clean_block, clean_line
from oncall_tui.ui.aftermath import after_snapshot
from oncall_tui.ui.housekeeping import Housekeeping
from oncall_tui.ui.keeping import keep
from oncall_tui.ui.keys import BY_ID, GLOBAL_KEYS, REPLAY_KEYS, checked_keymap, key_name
from oncall_tui.ui.locale import is_utf8, starting_environment
from oncall_tui.ui.lookback import LOOKBACKS, lookback_named, next_lookback
from oncall_tui.ui.outlet import Outlet
from oncall_tui.ui.palette import OncallCommands
from oncall_tui.ui.screens.opening import OpeningScreen
from oncall_tui.ui.tripwires import look_up_given, wiring
from oncall_tui.ui.typing_ahead import TypingAhead
from oncall_tui.ui.wardrobe import FIRST_THEME, VARIABLE_DEFAULTS

if TYPE_CHECKING:
    from textual.filter import LineFilter
    from textual.screen import Screen

    from oncall_tui.core.assess import AlertStatus, Assessment
    from oncall_tui.core.readings import Reading
    from oncall_tui.core.snapshot import Snapshot
    from oncall_tui.ui.alert_knowledge import AlertKnowledge, AlertView
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


class OncallApp(App[int]):
    """The dashboard. Polls in a worker; every new snapshot is assessed once and drawn by the screen in front."""

    TITLE = "oncall-tui"
    COMMANDS: ClassVar[Any] = {OncallCommands}
    BINDINGS: ClassVar[list[BindingType]] = [*GLOBAL_KEYS, *REPLAY_KEYS]
    MODES: ClassVar[Any] = {"opening": OpeningScreen, **{name: _screen(name) for name in _SCREENS}}
    DEFAULT_MODE = "opening"
    CSS = """
    Screen { background: $background; }
    Toast { max-width: 76; }
    """

    def __init__(self, opening: Opening, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self.clock = clock
        self.outlet = Outlet(lambda: self.theme_variables, colourless=self.no_color)
        self._typing_ahead = TypingAhead()
        self.failure: OncallError | None = None
        self._opening = opening
        self._exits = AsyncExitStack()
        self._desk: Desk | None = None
        self._shelf: ThemeShelf
        self.silence_watch: SilenceWatch
        self.snoozes: Snoozes
        self.noticing: Noticing
        self.journal_watch: JournalWatch
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

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What everything painted passes last."""
        return self.outlet.filters(super().get_line_filters())

    # Keys

    async def on_event(self, event: Event) -> None:
        """As Textual has it; whom a key goes to is remembered."""
        if isinstance(event, Key) and not event.is_forwarded:
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
        # Unhandled, both would end the process with the terminal still in its alternate screen.
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.exit, 128 + number)
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
            self.exit(2)
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

        self.journal_watch = JournalWatch(self)
        self.incident_book = IncidentBook(self)
        self.silence_watch = SilenceWatch(desk.silencing.ends_soon)
        self.noticing = Noticing(desk.notices, desk.title, self.emit, self.clock)
        self.snoozes = Snoozes(desk.preferences.here(SECTION))
        seen = desk.preferences.here("alerts_seen")
        wires = wiring(desk.tripwires)
        self.knowledge = AlertKnowledge(desk.library, desk.flapping, desk.storm, seen, self.clock, wires)
        self._assessing = Assessing(self.knowledge, self._aside, self._assessed)
        await self.switch_mode("fleet")
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
        if self._desk is not None:
            self.noticing.close()
        await self._exits.aclose()

    def on_unmount(self) -> None:
        """The end."""
        if self._house is not None:
            self._house.close()

    @property
    def front(self) -> OncallScreen | None:
        """The screen in front; None while a sheet lies over it."""
        from oncall_tui.ui.screens.base import OncallScreen

        return self.screen if isinstance(self.screen, OncallScreen) else None

    @property
    def desk(self) -> Desk:
        """What there is to work with; only once it is open."""
        assert self._desk is not None
        return self._desk

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
        self.assessment = view.assessment
        if unknown := self.knowledge.unknown():
            self.run_worker(self._learn_runbooks(unknown), group="runbooks", exclusive=True)
        for news in self.silence_watch.news(self.assessment):
            self.warn(news)
        if over := self.snoozes.review(self.assessment):
            for status, why in over:
                self.warn(f"{status.alert.name} is no longer snoozed: {why}")
            self.call_later(self.understand_again)
        self.noticing.look(self.assessment)
        self.journal_watch.saw()
        after_snapshot(self)
        keep(self, view.assessment.snapshot)
        look_up_given(self, view.assessment)
        if self.front is not None:
            self.front.update()

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

    def copy_to_clipboard(self, text: str) -> None:
        """Hand text to the terminal's clipboard, safe to be pasted anywhere."""
        super().copy_to_clipboard(clean_block(text))

    # Saying things; what is said may hold text from outside

    def say(self, text: str, *, title: str = "", seconds: float = 5) -> None:
        """Tell the person something went as wanted."""
        self.notify(clean_line(text), title=title, timeout=seconds, markup=False)

    def warn(self, text: str, *, title: str = "", seconds: float = 12) -> None:
        """Tell the person something wants attention."""
        self.notify(clean_line(text), title=title, severity="warning", timeout=seconds, markup=False)

    def complain(self, text: str, *, title: str = "") -> None:
        """Tell the person something did not."""
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

    # Screens

    async def action_show(self, name: str) -> None:
        """Bring a tab to the front, and put away what was opened from it before."""
        await self.switch_mode(name)
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    def open_slo(self, slo_id: str) -> None:
        """Open one SLO."""
        from oncall_tui.ui.screens.slo_detail import SloDetailScreen

        self.push_screen(SloDetailScreen(slo_id))

    def open_alert(self, status: AlertStatus) -> None:
        """Open one alert in full."""
        from oncall_tui.ui.screens.alert_detail import AlertDetailScreen

        self.push_screen(AlertDetailScreen(status))

    def open_slo_of(self, status: AlertStatus) -> None:
        """Open the SLO an alert speaks of, or its service's worst."""
        slo = self.assessment.slo_of(status) if self.assessment else None
        if slo is None:
            self.complain(f"{status.alert.name} belongs to no service with an SLO")
        else:
            self.open_slo(slo.slo.id)

    def action_acknowledge(self) -> None:
        """Acknowledge the selection."""
        from oncall_tui.ui.acknowledging import acknowledge_selection

        acknowledge_selection(self)

    def action_acknowledge_with(self) -> None:
        """Acknowledge with a comment, an end, a whole group; take over, hand over."""
        from oncall_tui.ui.acknowledging import acknowledge_with

        acknowledge_with(self)

    def action_take_back(self) -> None:
        """Take the selection's acknowledgement back."""
        from oncall_tui.ui.acknowledging import take_back_selection

        take_back_selection(self)

    def action_silence(self) -> None:
        """A new silence, from the selection."""
        from oncall_tui.ui.silencing import new_silence

        new_silence(self)

    def action_snooze(self) -> None:
        """Snooze the selection, on this machine."""
        from oncall_tui.ui.snoozing import snooze_selection

        snooze_selection(self)

    def action_expire(self) -> None:
        """End the selected silences."""
        from oncall_tui.ui.silencing import expire_selection

        expire_selection(self)

    def action_runbook(self) -> None:
        """Open the runbooks that fit the selection."""
        from oncall_tui.ui.screens.runbooks import RunbooksScreen

        if (screen := self.front) is None:
            return
        alert = next(iter(screen.alerts_in_hand()), None)
        service = screen.service_in_hand()
        if alert is None and not service:
            self.complain("Select an alert or a service first")
            return
        self.push_screen(RunbooksScreen(alert, service))

    def action_investigate(self) -> None:
        """Look for what came first, for the service of the selection."""
        from oncall_tui.ui.replaying import refused
        from oncall_tui.ui.screens.investigate import InvestigateScreen

        if (screen := self.front) is None or refused(self, "investigate"):
            return
        if not (service := screen.service_in_hand()):
            self.complain("Select a service, or an alert of one, to investigate")
            return
        self.push_screen(InvestigateScreen(service))

    def action_drift(self) -> None:
        """The drift of the selection's service."""
        from oncall_tui.ui.drifting import open_drift

        open_drift(self)

    def action_note(self) -> None:
        """Write a note into the incident in hand."""
        from oncall_tui.ui.incidents import ask_note

        ask_note(self)

    def action_open_incident(self) -> None:
        """Open an incident for the selection."""
        from oncall_tui.ui.incidents import open_incident

        open_incident(self)

    def action_help(self) -> None:
        """Explain the screen in front."""
        from oncall_tui.ui.screens.help import HelpScreen

        if (screen := self.front) is not None:
            keys = [(self.key_of(action), binding.description) for action, binding in BY_ID.items()]
            self.push_screen(HelpScreen(f"{screen.NAME.title()} · {self.TITLE}", screen.HELP_TEXT, keys))

    def action_sources(self) -> None:
        """How each source does."""
        from oncall_tui.ui.screens.sources import SourcesScreen

        if self.assessment is not None:
            sources = tuple(self.assessment.snapshot.sources.values())
            self.push_screen(SourcesScreen(sources, self.clock(), self.journal_watch.trouble))

    # Commands and keys that belong to no screen

    def run_command(self, text: str) -> None:
        """Run a typed command."""
        from oncall_tui.ui.commands import COMMANDS, find

        word, _, rest = text.strip().partition(" ")
        if not word:
            return
        command = find(word)
        if command is None:
            self.complain(f"no command {word!r}: {', '.join(c.name for c in COMMANDS)}")
        else:
            command.run(self, rest.strip())

    def filter_by(self, text: str) -> None:
        """Filter the screen in front, by the saved filter of that name if there is one."""
        saved = self.saved_filters.text(text)
        if self.front is not None and (complaint := self.front.set_filter(text if saved is None else saved)):
            self.complain(f"filter: {complaint}")

    def look_back(self, name: str) -> None:
        """Set how far charts look back; with no name, the next."""
        chosen = lookback_named(name) if name else next_lookback(self.lookback)
        if chosen is None:
            self.complain(f"no window {name!r}: {', '.join(lookback.name for lookback in LOOKBACKS)}")
            return
        self.lookback = chosen
        if self.front is not None:
            self.front.update()

    def action_window(self) -> None:
        """The next time window."""
        self.look_back("")

    def action_pause(self) -> None:
        """Stop polling, or go on."""
        poller = self.desk.poller
        if poller.paused:
            poller.resume()
        else:
            poller.pause()
        self._snapshot_taken(poller.snapshot())

    def action_refresh(self) -> None:
        """Ask everything now."""
        from oncall_tui.ui.replaying import refused

        if refused(self, "refresh"):
            return
        if self.desk.poller.paused:
            self.complain(f"polling is paused: {self.key_of('pause')} goes on")
            return
        self.knowledge.forget_runbooks()
        self.desk.poller.refresh()
        self.say("Asking every source…", seconds=2)

    def action_replay_step(self, minutes: int) -> None:
        """Another moment of a recording, so many minutes on or back."""
        from oncall_tui.ui.replaying import step

        step(self, minutes)

    def action_replay_mark(self, direction: int) -> None:
        """The next mark of a recording, or the one before."""
        from oncall_tui.ui.replaying import to_mark

        to_mark(self, direction)

    # Themes

    def _use_theme(self, name: str) -> None:
        theme = self._shelf.get(name)
        self.register_theme(theme)
        self.theme = theme.name

    def choose_theme(self, name: str) -> None:
        """Take the theme of that name, or let the person choose."""
        if not name:
            self.action_theme()
            return
        try:
            self._use_theme(name)
        except OncallError as error:
            self.complain(str(error))

    def action_theme(self) -> None:
        """Let the person choose a theme, shown live."""
        from oncall_tui.ui.screens.theme_picker import ThemePicker

        self.push_screen(ThemePicker(self._shelf))


async def show(opening: Opening) -> int:
    """The dashboard until the person leaves; its exit code. Raises what kept it from opening."""
    app = OncallApp(opening)
    app.outlet.ascii = not is_utf8(starting_environment())
    try:
        await app.run_async()
    finally:
        await app.close()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
