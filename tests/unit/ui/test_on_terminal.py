"""What ended the dashboard is shown without the values it worked on."""

from rich.console import Console
from textual.app import ComposeResult
from textual.widgets import Static

from oncall_tui.ui.on_terminal import OnTerminal


class Failing(OnTerminal):
    def compose(self) -> ComposeResult:
        yield Static("x")

    def on_key(self) -> None:
        password = "hunter2-hunter2"
        raise ValueError(f"no good \x1b[2J {len(password)}")


async def test_no_value_and_no_control_is_in_what_ended_it():
    app = Failing()
    try:
        async with app.run_test() as pilot:
            await pilot.press("a")
    except ValueError:
        pass
    app = Failing()
    try:
        raise ValueError("no good \x1b[2J")
    except ValueError:
        secret_local = "hunter2-hunter2"
        app._fatal_error()
    console = Console(width=200)
    with console.capture() as told:
        for one in app._exit_renderables:
            console.print(one)
    assert "no good" in told.get()
    assert secret_local not in told.get()
    assert "\x1b[2J" not in told.get()
