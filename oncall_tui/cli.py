"""The commands: parse arguments, wire the parts, map errors to exit codes. No logic of their own."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_tui import __version__
from oncall_tui.commands.debug import debug_options, debugging
from oncall_tui.commands.lazy import LazyGroup
from oncall_tui.commands.options import ALERTMANAGER_OPTION, CONFIG_OPTION, PROMETHEUS_OPTION, Seconds
from oncall_tui.commands.output import put, say, shows_unicode
from oncall_tui.commands.terminal import need_terminal, show_dashboard, why_read_only

if TYPE_CHECKING:
    from oncall_tui.ui.desk import Desk
    from oncall_tui.wiring.server import Server

READ_ONLY_OPTION = click.option("--read-only", is_flag=True, help="Acknowledge nothing and run nothing, only look.")


def _scenario_option(command: click.decorators.FC) -> click.decorators.FC:
    return click.option(
        "--scenario",
        default="feature-stale",
        show_default=True,
        help="Which story unfolds; see `oncall-tui scenarios`.",
    )(click.option("--into", type=Seconds(), default=0, help="Begin so far into the story, e.g. 10m.")(command))


LATER = (
    "init",
    "alerts",
    "ack",
    "runbook",
    "drift",
    "silence",
    "journal",
    "incident",
    "record",
    "review",
    "replay",
    "completion",
    "serve",
    "man",
)
"""Commands with a module of their own."""


@click.group(
    cls=LazyGroup, later=LATER, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="oncall-tui")
@CONFIG_OPTION
@PROMETHEUS_OPTION
@ALERTMANAGER_OPTION
@READ_ONLY_OPTION
@debug_options
@click.pass_context
def cli(
    context: click.Context,
    config_path: Path | None,
    prometheus: str | None,
    alertmanagers: tuple[str, ...],
    read_only: bool,
    debug: bool,
    bundle: Path | None,
) -> None:
    """The dashboard for the people who carry the pager for machine-learning systems.

    Without a command: the dashboard, over the sources and services of the configuration. No configuration
    yet? `oncall-tui --prometheus URL` finds what there is by itself, `oncall-tui init` asks and writes it down;
    `oncall-tui demo` shows the dashboard over a simulated fleet; `oncall-tui lab` starts the same fleet on
    real servers on this machine.
    """
    server = _server(config_path, prometheus, alertmanagers)
    debugging(context, config_path, server, debug=debug, bundle=bundle)
    if context.invoked_subcommand is None:
        need_terminal()

        def opening() -> AbstractAsyncContextManager[Desk]:
            from oncall_tui.wiring.dashboard import dashboard

            return dashboard(config_path, server=server, read_only=why_read_only(read_only))

        show_dashboard(opening)
    elif server is not None:
        raise click.UsageError(f"write --prometheus behind the command: oncall-tui {context.invoked_subcommand} ...")


@cli.command()
@_scenario_option
@READ_ONLY_OPTION
def demo(scenario: str, into: int, read_only: bool) -> None:
    """The dashboard over an embedded, simulated fleet; nothing else is needed.

    Alerts fire, acknowledgements and runbooks work, and everything is marked DEMO.
    """
    need_terminal()

    def opening() -> AbstractAsyncContextManager[Desk]:
        from oncall_tui.wiring.dashboard import demo

        return demo(scenario, read_only=why_read_only(read_only), into=into)

    show_dashboard(opening)


@cli.command()
def scenarios() -> None:
    """The stories that demo and lab can play, and what mends each."""
    from oncall_tui.sources.simulated.scenarios import SCENARIOS

    for scenario in SCENARIOS.values():
        put(f"{scenario.name:15} {scenario.title}")
        put(click.wrap_text(scenario.story, width=88, initial_indent=" " * 16, subsequent_indent=" " * 16))
        if scenario.mitigation:
            put(" " * 16 + f"Mended by: oncall-tui fleet heal {scenario.mitigation}")


@cli.command()
@_scenario_option
@click.option("--history", type=Seconds(), default="30d", show_default=True, help="How much past to backfill.")
@click.option("--free-ports", is_flag=True, help="Take free ports and write a configuration that names them.")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Keep the lab's files here.")
def lab(scenario: str, into: int, history: int, free_ports: bool, folder: Path | None) -> None:
    """The demo's fleet on real Prometheus, Alertmanager and model servers on loopback.

    Runs until interrupted, then stops everything it started.
    """
    from oncall_tui.lab import run_lab

    asyncio.run(run_lab(scenario, history, free_ports, folder, into))


@cli.command()
@CONFIG_OPTION
@click.option(
    "--demo", "demo_scenario", is_flag=False, flag_value="feature-stale", help="Look at the simulated fleet instead."
)
@PROMETHEUS_OPTION
@ALERTMANAGER_OPTION
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(
    config_path: Path | None,
    demo_scenario: str | None,
    prometheus: str | None,
    alertmanagers: tuple[str, ...],
    style: str,
) -> None:
    """One poll of everything, printed. Exits 0 OK, 1 WARN or SILENT, 2 CRIT, 3 UNKNOWN."""
    from oncall_tui.reports.status import as_json, as_lines
    from oncall_tui.wiring.sources import assess_once

    server = _server(config_path, prometheus, alertmanagers)
    if server is not None and demo_scenario is not None:
        raise click.UsageError("--demo and --prometheus exclude each other")
    assessment = asyncio.run(assess_once(config_path, demo_scenario, say, server=server))
    if style == "json":
        from oncall_tui.core.json_text import json_text

        put(json_text(as_json(assessment), 2))
    else:
        put("\n".join(as_lines(assessment)))
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
    Each endpoint's canary is asked once, and its certificate's end is told. Nothing is changed anywhere.

    \b
    Exits 0 when all is well, 1 when there are only warnings, 2 when something failed. What was not checked
    (what is behind a source that failed, or everything on a network with --offline) counts as neither.
    """
    from oncall_tui.reports.check import as_json, as_lines
    from oncall_tui.wiring.check import check_once

    found = asyncio.run(check_once(config_path, offline=offline, explain=explain))
    if style == "json":
        from oncall_tui.core.json_text import json_text

        put(json_text(as_json(found), 2))
    else:
        put("\n".join(as_lines(found)))
    sys.exit(found.exit_code)


@cli.command()
@CONFIG_OPTION
@click.option("--slo", "only", multiple=True, metavar="SERVICE/SLO", help="Only this SLO; may be given again.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["prometheus", "kubernetes"]),
    default="prometheus",
    show_default=True,
    help="A rules file for Prometheus, or a PrometheusRule for its operator.",
)
@click.option(
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write NAME.rules.yaml and its test cases, NAME.rules.test.yaml, to this folder; NAME is the configuration's.",
)
@click.option("--force", is_flag=True, help="Overwrite files there that differ.")
def rules(config_path: Path | None, only: tuple[str, ...], style: str, folder: Path | None, force: bool) -> None:
    """Prometheus rules for the configured SLOs: recordings under Sloth's names, and multiwindow alerts.

    Prints them, or writes them with --output beside cases for `promtool test rules` (which reads no PrometheusRule:
    for kubernetes there are none). An SLO that cannot become rules is named on stderr and in the file.
    """
    from oncall_tui.wiring.rules import configured_rules

    if force and folder is None:
        raise click.UsageError("--force is about files: give --output too")
    made = configured_rules(config_path, only, style, say, ascii_only=folder is None and not shows_unicode())
    if folder is None:
        put(made.rules, end="")
    else:
        for path in made.write(folder, force=force):
            say(f"wrote {path}")
    for remark in made.remarks:
        say(f"left out: {remark}")


@cli.command()
def themes() -> None:
    """The themes there are: the shipped ones and your own, with what is wrong with those left out."""
    from oncall_tui.ui.theming import ThemeShelf, shipped_themes_folder
    from oncall_tui.wiring.configs import theme_folders

    looks, problems = ThemeShelf((shipped_themes_folder(), *theme_folders())).all()
    for look in looks:
        put(f"{look.name:12} {look.description}")
    for problem in problems:
        say(f"left out: {problem}")


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
        put(heal_over_socket(Path(path), action))
        return
    from oncall_tui.lab.control import heal_over_http

    put(heal_over_http(os.environ.get("ONCALL_LAB_CONTROL", "http://127.0.0.1:19100"), action))


def _server(config_path: Path | None, prometheus: str | None, alertmanagers: tuple[str, ...]) -> Server | None:
    """The server to find everything on; None where a configuration says what there is."""
    if prometheus is None:
        if alertmanagers:
            raise click.UsageError("--alertmanager goes with --prometheus; a configuration names its own")
        return None
    if config_path is not None:
        raise click.UsageError("--config and --prometheus exclude each other: a configuration names its own servers")
    from oncall_tui.wiring.server import Server

    return Server(prometheus, alertmanagers)
