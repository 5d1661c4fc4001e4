"""`oncall-tui man`: the manual page, made of what `--help` says."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from oncall_tui import __version__
from oncall_tui.commands.output import put

_FILES = (
    ("~/.config/oncall-tui/config.yaml", "The configuration; config.example.yaml shows every option."),
    ("~/.config/oncall-tui/themes/", "Themes of your own, one YAML file each."),
    ("~/.local/state/oncall-tui/journal.sqlite3", "What was done and what was seen."),
    ("~/.local/state/oncall-tui/preferences.json", "What the dashboard remembers between runs."),
    ("~/.local/state/oncall-tui/debug.log", "What --debug writes."),
)
_ENVIRONMENT = (
    ("ONCALL_TUI_CONFIG", "The configuration file, where --config names none."),
    ("ONCALL_TUI_DEBUG", "1: as --debug."),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME", "In place of ~/.config and ~/.local/state."),
)
_EXITS = (
    ("0", "All went well; of status: OK."),
    ("1", "Some of it; of status: WARN or SILENT; of check: warnings."),
    ("2", "None of it, a mistake in the configuration or on the command line; of status: CRIT."),
    ("3", "Of status: UNKNOWN."),
    ("141", "Who read the output went away: `| head -1`, say."),
)


@click.command()
@click.pass_context
def man(context: click.Context) -> None:
    """Print the manual page; `oncall-tui man | man -l -` shows it."""
    put("\n".join(page(context.find_root().command)))


def page(command: click.Command) -> Iterator[str]:
    """The page as roff, line by line; the same for the same version, on any machine."""
    yield f'.TH ONCALL\\-TUI 1 "" "oncall\\-tui {__version__}" "User Commands"'
    yield ".SH NAME"
    yield "oncall\\-tui \\- dashboard for the people who carry the pager for machine\\-learning systems"
    root = click.Context(command, info_name="oncall-tui", max_content_width=100, **command.context_settings)
    yield ".SH SYNOPSIS"
    yield _usage(command, root)
    yield ".SH DESCRIPTION"
    yield from _text(command.help or "")
    yield ".SH OPTIONS"
    yield from _options(command, root)
    yield ".SH COMMANDS"
    yield from _commands(command, root)
    for title, facts in (("EXIT STATUS", _EXITS), ("ENVIRONMENT", _ENVIRONMENT), ("FILES", _FILES)):
        yield f".SH {title}"
        for name, what in facts:
            yield from (".TP", f"\\fB{_plain(name)}\\fR", _plain(what))
    yield ".SH SEE ALSO"
    yield "\\fBprometheus\\fR(1), \\fBamtool\\fR(1)"


def _commands(command: click.Command, context: click.Context) -> Iterator[str]:
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        if found is None or found.hidden:
            continue
        inner = click.Context(found, info_name=name, parent=context, max_content_width=100, **found.context_settings)
        yield f".SS {_plain(inner.command_path)}"
        yield _usage(found, inner)
        yield ".PP"
        yield from _text(found.help or "")
        yield from _options(found, inner)
        yield from _commands(found, inner)


def _usage(command: click.Command, context: click.Context) -> str:
    pieces = " ".join(_plain(piece) for piece in command.collect_usage_pieces(context))
    return f"\\fB{_plain(context.command_path)}\\fR {pieces}"


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        if (record := parameter.get_help_record(context)) is not None:
            names, what = record
            yield from (".TP", f"\\fB{_plain(names)}\\fR", _plain(what) or "\\&")


def _text(text: str) -> Iterator[str]:
    """Paragraphs; one that begins with a \\b of click's keeps its lines."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(text))):
        lines = [line.strip("\n") for line in paragraph.splitlines()]
        if number:
            yield ".PP"
        if lines and lines[0].strip() == "\b":
            yield from (".nf", *(_plain(line) for line in lines[1:]), ".fi")
        else:
            yield _plain(" ".join(line.strip() for line in lines))


def _plain(text: str) -> str:
    """Text that roff shows as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return f"\\&{text}" if text.startswith(".") else text
