"""`oncall-tui incident` as it is called, and what `e` writes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall_tui.actions.incidents import Incidents
from oncall_tui.actions.write_postmortem import WritePostmortem
from oncall_tui.cli import cli
from oncall_tui.core.errors import ActionError, OncallError
from oncall_tui.core.events import EventKind
from oncall_tui.core.incident import Status
from oncall_tui.journal import Journal


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["incident", *arguments])


@pytest.fixture
def known(tmp_path: Path) -> tuple[Path, str, str]:
    """A journal with an incident that goes on and one that is over; their ids."""
    journal = Journal(tmp_path / "journal.db")

    async def write() -> tuple[str, str]:
        use = Incidents(journal, journal, "maria", clock=lambda: 1_795_500_000.0)
        over = await use.open("gateway \x1b[2J was slow", ["gateway"])
        await use.set_status(over, Status.RESOLVED)
        one = await use.open("ranker answers wrong", ["ranker"])
        await use.note(one, "it is hunter2secret")
        await use.act("bound the age", "li", one)
        await use.close_action(await use.act("a test", "li", one))
        return one, over

    one, over = asyncio.run(write())
    journal.close()
    return journal.path, one, over


def test_list_tells_all_or_only_what_is_open(known: tuple[Path, str, str]) -> None:
    file, one, over = known
    told = run("list", "--journal", str(file))
    assert told.exit_code == 0
    assert one in told.output
    assert over in told.output
    assert "\x1b" not in told.output
    listed = json.loads(run("list", "--open", "--format", "json", "--journal", str(file)).output)
    assert [each["id"] for each in listed["incidents"]] == [one]


def test_show_takes_part_of_an_id(known: tuple[Path, str, str]) -> None:
    file, one, _ = known
    told = run("show", one[-4:], "--journal", str(file))
    assert told.exit_code == 0, told.output
    assert "it is hunter2secret" in told.output
    shown = json.loads(run("show", one, "--format", "json", "--journal", str(file)).output)
    assert [each["what"] for each in shown["timeline"]] == ["incident", "note", "action", "action", "action"]


def test_one_that_is_not_there_or_could_be_several_is_an_error(known: tuple[Path, str, str]) -> None:
    file, one, _ = known
    for wanted in ("nothing", one[:4], ""):
        assert isinstance(run("show", wanted, "--journal", str(file)).exception, ActionError)


def test_export_prints_or_writes_and_never_over_what_is_there(known: tuple[Path, str, str], tmp_path: Path) -> None:
    file, one, _ = known
    assert run("export", one, "--journal", str(file)).output.startswith("# ranker answers wrong")
    out = tmp_path / "p.html"
    result = run("export", one, "--format", "html", "--output", str(out), "--journal", str(file))
    assert result.exit_code == 0, result.output
    assert out.read_text().startswith("<!doctype html>")
    again = run("export", one, "--output", str(out), "--journal", str(file))
    assert isinstance(again.exception, OncallError)
    assert out.read_text().startswith("<!doctype html>")
    assert json.loads(run("export", one, "--format", "json", "--journal", str(file)).output)["title"]


def test_export_takes_the_configurations_template_and_secrets(known: tuple[Path, str, str], tmp_path: Path) -> None:
    file, one, _ = known
    (tmp_path / "own.j2").write_text("{% for m in moments %}{{ m.text }};{% endfor %}")
    config = tmp_path / "config.yaml"
    config.write_text(
        f"journal: {file}\nincidents: {{markdown_template: own.j2}}\n"
        "sources: {prometheus: [{url: 'http://127.0.0.1:1', authorization: {credentials: hunter2secret}}]}\n"
    )
    told = run("export", one, "--config", str(config))
    assert told.exit_code == 0, told.output
    assert "hunter2secret" not in told.output
    assert "redacted" in told.output
    assert "## Timeline" not in told.output


def test_actions_lists_what_is_open(known: tuple[Path, str, str]) -> None:
    file, one, _ = known
    told = json.loads(run("actions", "--format", "json", "--journal", str(file)).output)
    assert [(item["text"], item["owner"], item["incident"]) for item in told["actions"]] == [
        ("bound the age", "li", one)
    ]
    assert len(json.loads(run("actions", "--all", "--format", "json", "--journal", str(file)).output)["actions"]) == 2


async def test_the_key_writes_private_files_and_never_over_one(known: tuple[Path, str, str], tmp_path: Path) -> None:
    file, one, _ = known
    journal = Journal(file)
    use = Incidents(journal, journal, "maria", clock=lambda: 1_795_500_100.0)
    write = WritePostmortem(use, tmp_path / "new" / "folder", {}, lambda text: text)
    first = await write(one)
    second = await write(one, ["md"])
    assert [path.name for path in (*first, *second)] == [f"{one}.md", f"{one}.html", f"{one}-2.md"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (*first, *second))
    assert (tmp_path / "new" / "folder").stat().st_mode & 0o777 == 0o700
    assert [event.payload["format"] for event in journal.events(kinds=[EventKind.INCIDENT_EXPORTED])] == [
        "md, html",
        "md",
    ]
    (tmp_path / "file").write_text("")
    blocked = WritePostmortem(use, tmp_path / "file" / "below", {}, lambda text: text)
    with pytest.raises(ActionError, match="not written"):
        await blocked(one)
    with pytest.raises(ActionError, match="no incident"):
        await write("nothing")
    journal.close()
