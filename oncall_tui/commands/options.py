"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from oncall_tui.core.duration import parse_duration

CONFIG_OPTION = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file; else $ONCALL_TUI_CONFIG, else config.yaml in your XDG config folder.",
)
PROMETHEUS_OPTION = click.option(
    "--prometheus",
    metavar="URL",
    help="In place of a configuration: find SLOs, services, model servers and Alertmanagers on this Prometheus.",
)
ALERTMANAGER_OPTION = click.option(
    "--alertmanager",
    "alertmanagers",
    metavar="URL",
    multiple=True,
    help="With a Prometheus' URL: this Alertmanager rather than those it sends alerts to; may be repeated.",
)
CHOSEN_OPTION = click.option(
    "--alertmanager",
    "alertmanagers",
    metavar="NAME|URL",
    multiple=True,
    help="Only this Alertmanager of the configuration; or a URL in place of a configuration. May be repeated.",
)
FORMAT_OPTION = click.option(
    "--format", "style", type=click.Choice(["table", "json"]), default="table", show_default=True
)


def where_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--config, --prometheus and --alertmanager: what a command is to work on."""
    return CONFIG_OPTION(PROMETHEUS_OPTION(CHOSEN_OPTION(command)))


class Seconds(click.ParamType[int]):
    """A duration such as 15m, 6h or 30d."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Text to whole seconds."""
        try:
            return value if isinstance(value, int) else parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
