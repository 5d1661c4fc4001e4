"""The commands: parse arguments, wire the parts, map errors to exit codes. No logic of their own."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui import __version__
from oncall_tui.core.duration import parse_duration
from oncall_tui.core.errors import ActionError

if TYPE_CHECKING:
    from oncall_tui.ui.desk import Desk, Opening

CONFIG_OPTION = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; else $ONCALL_TUI_CONFIG, else config.yaml in your XDG config folder.",
)
READ_ONLY_OPTION = click.option("--read-only", is_flag=True, help="Acknowledge nothing and run nothing, only look.")


class Seconds(click.ParamType[int]):
    """A duration such as 15m, 6h or 30d."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Text to whole seconds."""
        try:
            return value if isinstance(value, int) else parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _scenario_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--scenario",
        default="feature-stale",
        show_default=True,
        help="Which story unfolds; see `oncall-tui scenarios`.",
    )(command)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="oncall-tui")
@CONFIG_OPTION
@READ_ONLY_OPTION
@click.pass_context
def cli(context: click.Context, config_path: Path | None, read_only: bool) -> None:
    """The dashboard for the people who carry the pager for machine-learning systems.

    Without a command: the dashboard, over the sources and services of the configuration. No configuration
    yet? `oncall-tui demo` shows the dashboard over a simulated fleet; `oncall-tui lab` starts the same fleet on
    real servers on this machine.
    """
    if context.invoked_subcommand is None:
        _need_terminal()

        def opening() -> AbstractAsyncContextManager[Desk]:
            from oncall_tui.wiring import dashboard

            return dashboard(config_path, read_only=read_only)

        _show(opening)


@cli.command()
@_scenario_option
@READ_ONLY_OPTION
def demo(scenario: str, read_only: bool) -> None:
    """The dashboard over an embedded, simulated fleet; nothing else is needed.

    Alerts fire, acknowledgements and runbooks work, and everything is marked DEMO.
    """
    _need_terminal()

    def opening() -> AbstractAsyncContextManager[Desk]:
        from oncall_tui.wiring import demo

        return demo(scenario, read_only=read_only)

    _show(opening)


@cli.command()
def scenarios() -> None:
    """The stories that demo and lab can play, and what mends each."""
    from oncall_tui.sources.simulated.scenarios import SCENARIOS

    for scenario in SCENARIOS.values():
        click.echo(f"{scenario.name:15} {scenario.title}")
        click.echo(click.wrap_text(scenario.story, width=88, initial_indent=" " * 16, subsequent_indent=" " * 16))


@cli.command()
@_scenario_option
@click.option("--history", type=Seconds(), default="30d", show_default=True, help="How much past to backfill.")
@click.option("--free-ports", is_flag=True, help="Take free ports and write a configuration that names them.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep the lab's files here.")
def lab(scenario: str, history: int, free_ports: bool, folder: Path | None) -> None:
    """The demo's fleet on real Prometheus, Alertmanager and model servers on loopback.

    Runs until interrupted, then stops everything it started.
    """
    from oncall_tui.lab import run_lab

    asyncio.run(run_lab(scenario, history, free_ports, folder))


@cli.command()
@CONFIG_OPTION
@click.option(
    "--demo", "demo_scenario", is_flag=False, flag_value="feature-stale", help="Look at the simulated fleet instead."
)
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(config_path: Path | None, demo_scenario: str | None, style: str) -> None:
    """One poll of everything, printed. Exits 0 OK, 1 WARN or SILENT, 2 CRIT, 3 UNKNOWN."""
    from oncall_tui.reports.status import as_json, as_lines
    from oncall_tui.wiring import assess_once

    assessment = asyncio.run(assess_once(config_path, demo_scenario, lambda line: click.echo(line, err=True)))
    if style == "json":
        import json

        click.echo(json.dumps(as_json(assessment), indent=2, ensure_ascii=True, allow_nan=False))
    else:
        click.echo("\n".join(as_lines(assessment)))
    sys.exit(assessment.state.exit_code)


@cli.command()
@CONFIG_OPTION
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--explain", is_flag=True, help="With every SLO's windows, the PromQL and what it gives now; and what a poll costs."
)
@click.option("--offline", is_flag=True, help="Ask no server: only what can be told from files.")
def check(config_path: Path | None, style: str, explain: bool, offline: bool) -> None:
    """Try everything that the configuration names, and say what to mend, with file and line.

    \b
    The configuration and its PromQL; that every Prometheus, Alertmanager and endpoint answers and lets us in,
    and their clocks; that every SLO has data over each window, every latency bucket and every signal with its
    label exists; dependencies; runbooks and their links; the journal, the theme and the keys.
    Nothing is changed anywhere.

    \b
    Exits 0 when all is well, 1 when there are only warnings, 2 when something failed. What was not checked
    (what is behind a source that failed, or everything on a network with --offline) counts as neither.
    """
    from oncall_tui.reports.check import as_json, as_lines
    from oncall_tui.wiring import check_once

    found = asyncio.run(check_once(config_path, offline=offline, explain=explain))
    if style == "json":
        import json

        click.echo(json.dumps(as_json(found), indent=2, ensure_ascii=True, allow_nan=False))
    else:
        click.echo("\n".join(as_lines(found)))
    sys.exit(found.exit_code)


@cli.command()
def themes() -> None:
    """The themes there are: the shipped ones and your own, with what is wrong with those left out."""
    from oncall_tui.ui.theming import ThemeShelf, shipped_themes_folder
    from oncall_tui.wiring import theme_folders

    looks, problems = ThemeShelf((shipped_themes_folder(), *theme_folders())).all()
    for look in looks:
        click.echo(f"{look.name:12} {look.description}")
    for problem in problems:
        click.echo(f"left out: {problem}", err=True)


@cli.group()
def fleet() -> None:
    """Do something to the fleet of a running demo or lab."""


@fleet.command()
@click.argument("action")
def heal(action: str) -> None:
    """Apply a mitigation, as the demo's runbooks do."""
    import os

    from oncall_tui.sources.simulated.control import SOCKET_VARIABLE, heal_over_socket

    if path := os.environ.get(SOCKET_VARIABLE):
        click.echo(heal_over_socket(Path(path), action))
        return
    from oncall_tui.lab.control import heal_over_http

    click.echo(heal_over_http(os.environ.get("ONCALL_LAB_CONTROL", "http://127.0.0.1:19100"), action))


def _show(opening: Opening) -> None:
    """The dashboard over a desk; what an opening imports waits until the first frame stands."""
    from oncall_tui.ui.app import show

    sys.exit(asyncio.run(show(opening)))


def _need_terminal() -> None:
    if not (sys.stdin.isatty() and sys.__stderr__ is not None and sys.__stderr__.isatty()):  # where Textual writes
        raise ActionError("the dashboard needs a terminal", "for scripts and pipes there is `oncall-tui status`")
