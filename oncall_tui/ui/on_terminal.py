"""What the dashboard owes the terminal it runs in."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App

from oncall_tui.core.text import clean_block
from oncall_tui.ui.glass import Difference, Glass
from oncall_tui.ui.inks import Inks
from oncall_tui.ui.outlet import Outlet
from oncall_tui.ui.terminal_kind import kind_of

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.events import Resize
    from textual.filter import LineFilter
    from textual.screen import Screen

    from oncall_tui.ui.terminal_driver import TerminalDriver


class OnTerminal(App[int]):
    """Paints only what the terminal can show, hands it no control sequence from outside, and gives it back clean."""

    def __init__(self) -> None:
        if not os.environ.get("NO_COLOR"):  # empty it says nothing: https://no-color.org
            os.environ.pop("NO_COLOR", None)
        super().__init__()
        self.kind = kind_of(os.environ, self.console._color_system)
        colourless = self.no_color or self.kind.colourless
        self.outlet = Outlet(lambda: self.theme_variables, colourless=colourless, pc_font=self.kind.text_console)
        self._glass = Glass(Inks(self.kind))
        self._stopped = False
        self.stalled = False
        """Whether at the end the terminal still took nothing."""

    def get_driver_class(self) -> type[Driver]:
        """Textual's choice; on Unix one that a stalled terminal does not hold up."""
        chosen = super().get_driver_class()
        if chosen.__name__ != "LinuxDriver":
            return chosen
        from oncall_tui.ui.terminal_driver import TerminalDriver

        return TerminalDriver

    def on_mount(self) -> None:
        """Listen to what is said to a program in a terminal."""
        # Unhandled, both would end the process with the terminal still in its alternate screen.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, lambda code=128 + number: self.exit(return_code=code))  # type: ignore[misc]
        self.app_resume_signal.subscribe(self, lambda _: self._paint_all())
        from oncall_tui.ui.terminal_driver import TerminalDriver

        if isinstance(driver := self._driver, TerminalDriver):
            driver.caught_up = self._paint_all
            driver.hung_up = lambda: self.exit(return_code=128 + signal.SIGHUP)
            driver.left_unsaid = lambda: setattr(self, "stalled", True)
            # In the loop, unlike the driver's own handlers: those may strike while a lock is held that they need.
            loop.add_signal_handler(signal.SIGTSTP, self._stop, driver)
            loop.add_signal_handler(signal.SIGCONT, self._go_on, driver)

    def _stop(self, driver: TerminalDriver) -> None:
        """Ctrl+Z from outside: the terminal is given back meanwhile."""
        if driver.ours:
            driver.suspend_application_mode()
            self._stopped = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _go_on(self, driver: TerminalDriver) -> None:
        """`fg`, or the end of a stop that could not be heard: whoever had the terminal may have set it otherwise."""
        if not driver.ours:
            return
        if not self._stopped:
            driver.suspend_application_mode()
        self._stopped = False
        driver.resume_application_mode()
        self.app_resume_signal.publish(self)

    def _handle_exception(self, error: Exception) -> None:
        """A failure ends the program, unless it is on its way out: screens are half taken down by then."""
        if not self._exit:
            super()._handle_exception(error)

    def _fatal_error(self) -> None:
        """What ended the program, without the values it worked on: some are credentials, some are hostile."""
        import traceback

        from rich.segment import Segment, Segments

        self.bell()
        self._exit_renderables.append(Segments([Segment(clean_block(traceback.format_exc()))]))
        self._close_messages_no_wait()

    def on_resize(self, event: Resize) -> None:
        """Another size, were it for a moment: terminals do with what stood there as they like."""
        self._glass.forget()
        if event.size == self._size:  # Textual sees nothing to do
            self._paint_all()

    def _paint_all(self) -> None:
        """What the terminal shows is not known any more."""
        self._glass.forget()
        self.screen.refresh()

    def action_paint_all(self) -> None:
        """Somebody sees what is not ours: another program wrote over it."""
        self._paint_all()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Send what is to stand there, as far as it does not already."""
        if self._batch_count or self._driver is None or self._driver.is_inline or self.is_headless:
            super()._display(screen, renderable)
            return
        if not isinstance(renderable, (LayoutUpdate, ChopsUpdate)):
            if renderable is not None:
                self._glass.forget()
            super()._display(screen, renderable)
            return
        told = self._glass.difference(renderable, self.size)
        moved = self.screen.outer_size.clamp_offset(self.cursor_position) != self._previous_cursor_position
        super()._display(screen, cast("RenderableType", Difference(told)) if told or moved else None)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What everything painted passes last."""
        return self.outlet.filters(super().get_line_filters())

    def copy_to_clipboard(self, text: str) -> None:
        """Hand text to the terminal's clipboard, safe to be pasted anywhere."""
        super().copy_to_clipboard(clean_block(text))
