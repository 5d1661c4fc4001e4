"""What commands print where not every letter is shown, where nobody reads, and where nothing can be written."""

import os
import re
import subprocess
import sys

import pytest
import yaml
from called import assert_harmless, call
from ptys import ROOT
from test_hostile_commands import READING, configs, folder, incident  # noqa: F401 - fixtures

from oncall_tui.cli import cli
from oncall_tui.commands.man import page
from oncall_tui.core.json_text import json_text

RULES = """
services:
  - name: ranker
    slos:
      - {name: availability, objective: 99%, error_ratio: "sum(rate(e{a='größer 模型'}[$window]))"}
"""


def run(*arguments, shell="", **environment):
    """Run it as a program of its own, and what is given behind it in a shell."""
    base = {
        name: value for name, value in os.environ.items() if name not in ("LC_ALL", "LC_CTYPE", "LANG", "PYTHONUTF8")
    }
    words = [sys.executable, "-m", "oncall_tui", *arguments]
    line = f'set -o pipefail; "$@" {shell}'
    return subprocess.run(
        ["bash", "-c", line, "bash", *words],
        capture_output=True,
        env={**base, "PYTHONPATH": str(ROOT), **environment},
        timeout=120,
    )


def file_of(text, place):
    path = place / "config.yaml"
    path.write_text(f"journal: {place}/journal.sqlite3\n{text}")
    return str(path)


ASKED = [
    ("status",),
    ("alerts",),
    ("silence", "list"),
    ("review", "--handoff"),
    ("review", "--format", "md"),
    ("check", "--explain"),
    ("runbook", "list"),
    ("runbook", "show", "book"),
    ("runbook", "run", "book", "look", "--yes"),
]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_every_command_has_signs_for_letters_that_are_not_shown(configs, folder, incident, encoding):  # noqa: F811
    for command in ASKED:
        called = call(*command, "--config", configs["words"], encoding=encoding)
        assert "Traceback" not in called.complained.decode(encoding), command
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", called.written + called.complained), command
        assert encoding != "ascii" or (called.written + called.complained).isascii(), command
        if command[0] in ("status", "alerts", "review"):
            assert (b"gr\xf6" if encoding == "latin-1" else b"gro") in called.written, command
    for command in READING:
        words = [incident if word == "ID" else word for word in command]
        called = call(*words, "--journal", str(folder / "journal.sqlite3"), encoding=encoding)
        assert called.code == 0, command
        called.written.decode(encoding)


@pytest.mark.parametrize("command", [("review",), ("incident", "export")])
def test_a_page_has_references_for_them(configs, folder, incident, command):  # noqa: F811
    journal = ["--journal", str(folder / "journal.sqlite3"), incident] if command[0] == "incident" else []
    called = call(*command, "--format", "html", *journal, "--config", configs["words"], encoding="latin-1")
    assert called.written.isascii()
    assert b"gr&#246;&#223;er" in called.written


def test_rules_have_escapes_for_them(tmp_path):
    config = file_of(RULES, tmp_path)
    known, plain = (
        call("rules", "--config", config, encoding=encoding).written.decode() for encoding in ("utf-8", "ascii")
    )
    assert plain.isascii()
    assert "größer" in known
    assert yaml.safe_load(known) == yaml.safe_load(plain)


def test_rules_escape_what_no_terminal_should_get(tmp_path):
    config = file_of(RULES.replace("模型", "\\u202e\\x1b[2J\\x9b模型"), tmp_path)
    made = call("rules", "--config", config)
    assert_harmless(made.written)
    [group, *_] = yaml.safe_load(made.out)["groups"]
    assert "'größer \u202e\x1b[2J\x9b模型'" in group["rules"][0]["expr"]


def test_help_is_ascii_everywhere():
    assert "\n".join(page(cli)).isascii()


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {"LC_ALL": "C"},
    ],
    ids=["C", "latin-1", "C-as-Python-takes-it"],
)
def test_a_locale_without_utf8_is_no_traceback(folder, environment):  # noqa: F811
    ran = run("incident", "list", "--journal", str(folder / "journal.sqlite3"), **environment)
    assert ran.returncode == 0, ran.stderr
    assert b"STATUS" in ran.stdout
    assert ran.stderr == b""
    missing = run("status", "--config", "/nowhere/größer.yaml", **environment)
    assert missing.returncode == 3
    assert missing.stderr.count(b"\n") == 1


def test_a_pipe_that_is_closed_ends_it_quietly(folder):  # noqa: F811
    journal = str(folder / "journal.sqlite3")
    for command in (("journal", "show"), ("man",), ("completion", "bash")):
        more = ("--journal", journal) if command[0] == "journal" else ()
        ran = run(*command, *more, shell="| (exec <&-; sleep 0)")
        assert (ran.returncode, ran.stdout, ran.stderr) == (141, b"", b""), command


def test_no_output_at_all_is_quiet_and_a_full_disk_is_one_line(folder):  # noqa: F811
    journal = str(folder / "journal.sqlite3")
    closed = run("journal", "show", "--journal", journal, shell=">&-")
    assert (closed.returncode, closed.stderr) == (0, b"")
    everything = run("journal", "show", "--journal", journal, shell=">&- 2>&- <&-")
    assert everything.returncode == 0
    asked = run("--help", shell=">/dev/full")
    assert (asked.returncode, asked.stderr) == (2, b"oncall-tui: cannot be written: No space left on device\n")
    full = run("journal", "show", "--journal", journal, shell=">/dev/full")
    assert full.returncode == 2
    assert full.stderr.decode() == (
        "oncall-tui: standard output takes nothing: No space left on device (make room there, or print to another place)\n"
    )


def test_a_step_goes_on_when_nobody_reads_what_it_prints(tmp_path):
    done = tmp_path / "done"
    (tmp_path / "books").mkdir()
    step = f"```sh {{name=long kind=diagnose}}\nfor i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done; touch {done}\n```\n"
    (tmp_path / "books" / "book.md").write_text(f"# Book\n\n{step}")
    config = file_of(f"runbooks: {{folders: [{tmp_path}/books]}}\n", tmp_path)
    ran = run("runbook", "run", "book", "long", "--yes", "--config", config, shell="| head -1")
    assert ran.stdout == b"1\n"
    assert b"Traceback" not in ran.stderr
    assert done.exists()


def test_json_has_an_escape_for_all_that_is_not_plain():
    text = json_text({"a": "\x7f\x9b\u202e\u200b\ud800模\U0001f468"})
    assert text == '{"a": "\\u007f\\u009b\\u202e\\u200b\\ud800\\u6a21\\ud83d\\udc68"}'
    with pytest.raises(ValueError, match="JSON"):
        json_text({"a": float("nan")})


def test_commands_print_in_one_place_alone():
    files = [ROOT / "oncall_tui" / "cli.py", *(ROOT / "oncall_tui" / "commands").glob("*.py")]
    for file in files:
        found = re.findall(r"(?:click\.s?echo|(?<![\w.])print|sys\.std(?:out|err)\.write)\(", file.read_text())
        assert not found or file.name == "output.py", (file.name, found)
