"""What README and docs/ point at is there: files, headings, pictures, commands and their options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from oncall_tui.cli import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def headings(page: Path) -> set[str]:
    """As GitHub names them in links."""
    lines = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target), link


def commands() -> list[tuple[str, str]]:
    """Every line of a shell block that runs oncall-tui, with its page."""
    found = []
    for page in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            found += [(page.name, line) for line in block.splitlines() if line.startswith("oncall-tui")]
    return found


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_and_options_are_as_written(page: str, line: str) -> None:
    words = shlex.split(line.partition("#")[0].partition("|")[0])[1:]
    command: click.Command = cli
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        sub = command.get_command(click.Context(command), words[0])
        assert sub is not None, f"{page}: no command {words[0]!r}"
        command, words = sub, words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    # What a comment after the command tells of its options is checked, too.
    named = {word for word in [*words, *re.findall(r"--[a-z][a-z-]+", line)] if word.startswith("--")}
    assert {word.partition("=")[0] for word in named} <= known | {"--help"}, f"{page}: {line}"
