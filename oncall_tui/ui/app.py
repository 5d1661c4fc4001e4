"""The dashboard: what its keys and commands do, handed to whoever does it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from oncall_tui.core.errors import OncallError
from oncall_tui.ui.chronicle import log_end
from oncall_tui.ui.keys import BY_ID
from oncall_tui.ui.locale import shows_utf8
from oncall_tui.ui.lookback import LOOKBACKS, lookback_named, next_lookback
from oncall_tui.ui.self_watch import SelfWatch
from oncall_tui.ui.shell import Shell

if TYPE_CHECKING:
    from oncall_tui.core.assess import AlertStatus
    from oncall_tui.ui.desk import Opening

# What does it is imported where it is used: the first frame is what a person waits for.


class OncallApp(Shell):
    """The dashboard."""

    # Screens

    async def action_show(self, name: str) -> None:
        """Bring a tab to the front, and put away what was opened from it before."""
        await self.switch_mode(name)
        while len(self.screen_stack) > 1:
            await self.pop_screen()

    def draw(self) -> None:
        """Have the screen in front show what is known now, and those behind a sheet say so on top."""
        from oncall_tui.ui.screens.base import OncallScreen

        if self.front is not None:
            self.front.update()
        elif self.is_running:
            for screen in self.screen_stack:
                if isinstance(screen, OncallScreen):
                    screen.update_strip()

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
            self.complain(
                f"{status.alert.name} belongs to no service with an SLO: a service's `alerts:` says which are its own"
            )
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
        screen.hold()
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
        screen.hold()
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
            self.push_screen(HelpScreen(f"{screen.NAME.title()} · {self.TITLE}", screen.HELP_TEXT, keys, self.key_of))

    def action_sources(self) -> None:
        """How each source does."""
        from oncall_tui.ui.screens.sources import SourcesScreen

        if self.assessment is not None:
            sources = tuple(self.assessment.snapshot.sources.values())
            self.push_screen(SourcesScreen(sources, self.clock(), self.journal_watch.trouble, self.self_watch.lines()))

    # Commands and keys that belong to no screen

    def action_command_palette(self) -> None:
        """The palette."""
        from oncall_tui.ui.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

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


async def show(opening: Opening, log: str = "") -> int:
    """The dashboard until the person leaves; its exit code. Raises what kept it from opening.

    log: where the debug log is written, '' if it is not.
    """
    app = OncallApp(opening)
    app.outlet.ascii = not shows_utf8()
    app.self_watch = SelfWatch(log=log)
    app.self_watch.start()
    try:
        await app.run_async()
    finally:
        app.self_watch.close()
        await app.close()
    log_end(app)
    if app.stalled:  # The interpreter's own end would wait for the terminal to take what is left.
        os._exit(app.return_code or 0)
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
