"""`oncall-tui runbook` as it is called: what is asked, what is refused, what is printed where."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.journal import Journal

BOOK = """---
title: Ranker
matches: ['service="ranker"']
requires: [{name: REPLICAS, type: int, default: 3}, {name: POD, prompt: Which pod}]
---
# Look
```sh {name=look kind=diagnose}
printf 'on \\033[31m%s\\033[0m\\n' "$ONCALL_SERVICE"
```
# Scale
```sh {name=scale}
echo "to $REPLICAS on $POD"
```
# Drop
```sh {name=drop kind=danger}
echo dropped
```
# Fail
```sh {name=fail}
exit 7
```
# Wait
```sh {name=wait}
trap '' TERM
echo begun; while :; do sleep 4711.77; done
```
"""
CONFIG = """\
journal: journal.sqlite3
acknowledge: {author: maria}
runbooks: {folders: [books]}
services: [{name: ranker}]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "ranker.md").write_text(BOOK)
    (tmp_path / "books" / "other.md").write_text("# Other\n")
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    return file


def call(config: Path, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["runbook", *arguments, "--config", str(config)], input=typed)


def kinds(config: Path) -> list[str]:
    return [str(event.kind) for event in Journal(config.parent / "journal.sqlite3").events()]


def test_the_list_is_of_all_or_of_what_fits(config: Path) -> None:
    everything = call(config, "list")
    assert everything.exit_code == 0
    assert "other.md" in everything.stdout
    fitting = call(config, "list", "--service", "ranker", "--format", "json")
    assert [one["name"] for one in json.loads(fitting.stdout)["runbooks"]] == ["ranker.md"]


def test_what_helped_before_comes_first_and_is_told(config: Path) -> None:
    call(config, "run", "ranker", "scale", "--var", "POD=p", "--yes")
    shown = json.loads(call(config, "show", "ranker", "--format", "json").stdout)
    assert next(step for step in shown["steps"] if step["id"] == "scale")["last"]["ok"] is True
    assert "exit 0 after" in call(config, "show", "ranker").stdout


def test_a_step_runs_and_its_output_alone_is_on_stdout(config: Path) -> None:
    result = call(config, "run", "ranker", "look", "--service", "ranker", "--yes")
    assert (result.exit_code, result.stdout) == (0, "on ranker\n"), result.stderr
    assert "SCRIPT" in result.stderr
    assert "exit 0 after" in result.stderr
    assert kinds(config) == ["step.intended", "step.ended"]


def test_a_step_that_fails_exits_1(config: Path) -> None:
    assert call(config, "run", "ranker", "fail", "--yes").exit_code == 1


def test_a_dry_run_shows_and_runs_nothing(config: Path) -> None:
    result = call(config, "run", "ranker", "drop", "--dry-run")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "echo dropped" in result.stderr
    assert kinds(config) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "look"), "no runbook is called nothing (there is other.md, ranker.md)"),
        (("ranker", "nothing"), "ranker.md has no step nothing (it has look, scale, drop, fail, wait)"),
        (("ranker", "look", "--service", "nobody"), "no service is called nobody"),
        (("ranker", "scale", "--yes"), "the step needs POD: some text (give --var POD=VALUE)"),
        (
            ("ranker", "scale", "--yes", "--var", "POD=p", "--var", "REPLICAS=$(id)"),
            "REPLICAS: expected a whole number",
        ),
        (("ranker", "look", "--yes", "--var", "X=1"), "has no variable X"),
        (("ranker", "look"), "nobody is there to be asked (give --yes"),
        (("ranker", "drop", "--yes", "--service", "ranker"), "give --yes --confirm ranker"),
        (("ranker", "drop", "--yes", "--service", "ranker", "--confirm", "rankr"), "--confirm is not ranker"),
    ],
)
def test_what_cannot_be_run_is_told_and_not_run(config: Path, arguments: tuple[str, ...], said: str) -> None:
    process = subprocess.run(
        [sys.executable, "-m", "oncall_tui", "runbook", "run", *arguments, "--config", str(config)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 2
    assert said in process.stderr
    assert "Traceback" not in process.stderr
    assert kinds(config) == []


def test_a_danger_step_runs_once_its_service_is_named(config: Path) -> None:
    result = call(config, "run", "ranker", "drop", "--yes", "--service", "ranker", "--confirm", "ranker")
    assert (result.exit_code, result.stdout) == (0, "dropped\n")


@pytest.mark.parametrize(
    ("line", "step", "said"),
    [
        ("read_only: true\n", "look", "config.yaml:LAST: take it out to act)"),
        ("", "drop", "no danger step is run here"),
    ],
)
def test_the_configuration_refuses_here_as_on_the_screen(config: Path, line: str, step: str, said: str) -> None:
    config.write_text(CONFIG.replace("folders: [books]", "folders: [books], allowed_risk: mitigate") + line)
    result = call(config, "run", "ranker", step, "--yes", "--confirm", "drop")
    assert result.exit_code != 0
    assert said.replace("LAST", str(config.read_text().count("\n"))) in str(result.exception)
    assert kinds(config) == []


def test_ctrl_c_stops_a_step_that_ignores_term_and_all_it_started(config: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "oncall_tui", "runbook", "run", "ranker", "wait", "--yes", "--config", str(config)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.send_signal(signal.SIGINT)
    started = time.monotonic()
    _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "stopped after" in told
    assert time.monotonic() - started < 10
    assert subprocess.run(["pgrep", "-f", "sleep 4711.77"], capture_output=True).returncode == 1
    assert kinds(config) == ["step.intended", "step.ended"]


def test_toil_is_told_in_each_format(config: Path) -> None:
    for _ in range(2):
        call(config, "run", "ranker", "scale", "--var", "POD=p", "--yes")
    told = call(config, "toil")
    assert told.exit_code == 0
    assert "2 steps by hand" in told.stdout
    assert "ranker.md#scale" in told.stdout
    assert json.loads(call(config, "toil", "--format", "json").stdout)["by_hand"][0]["runs"] == 2
    assert "# Toil" in call(config, "toil", "--format", "md").stdout
    assert "nobody ran a runbook step by hand" in call(config, "toil", "--until", "1d").stdout
