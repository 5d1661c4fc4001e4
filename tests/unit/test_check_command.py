"""`oncall-tui check` as it is called: formats, exit codes, and no traceback for anybody's mistake."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.config.loader import example_config

FINE = """\
journal: {folder}/journal.sqlite3
sources: {{prometheus: [{{url: 'http://127.0.0.1:1'}}]}}
services:
  - name: a
    slos: [{{name: b, objective: 99%, at_least: {{query: up, bound: 1}}}}]
"""


def run(folder: Path, text: str, *arguments: str) -> Result:
    file = folder / "config.yaml"
    file.write_text(text.format(folder=folder), encoding="utf-8")
    return CliRunner().invoke(cli, ["check", "--config", str(file), *arguments])


def test_a_sound_configuration_offline_exits_0(tmp_path: Path) -> None:
    result = run(tmp_path, FINE, "--offline")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "3 ok, 2 not checked"


def test_warnings_alone_exit_1(tmp_path: Path) -> None:
    result = run(tmp_path, FINE + "  - name: idle\ntheme: no-such-theme\n", "--offline")
    assert result.exit_code == 1
    assert "config.yaml:6: give it one, or leave it out" in result.output
    assert "there is no theme 'no-such-theme'" in result.output


def test_a_key_bound_to_no_action_exits_2(tmp_path: Path) -> None:
    result = run(tmp_path, FINE + "keys: {{acknowlege: A}}\n", "--offline")
    assert result.exit_code == 2
    assert "config.yaml:6: did you mean 'acknowledge'?" in result.output


def test_a_source_that_is_not_there_exits_2_and_its_slos_are_not_checked(tmp_path: Path) -> None:
    result = run(tmp_path, FINE, "--format", "json")
    assert result.exit_code == 2
    told = json.loads(result.output)
    assert told["exit_code"] == 2
    by_check = {one["check"]: one for one in told["findings"]}
    assert by_check["Prometheus"]["what"] == "prometheus: connection refused"
    assert by_check["Prometheus"]["where"] == "config.yaml:2"
    assert by_check["SLO"]["result"] == "not checked"


SLIP = "  - {name: c, slos: [{name: d, objective: 99%, error_ratio: 'foo bar[$window]'}]}"
MISTAKEN = FINE + SLIP.replace("{", "{{").replace("}", "}}") + "\nthem: night\n"
WHERE = f"config.yaml:6:{SLIP.index('bar') + 1}"


def test_of_a_mistaken_configuration_the_mistakes_are_the_report(tmp_path: Path) -> None:
    result = run(tmp_path, MISTAKEN)
    assert result.exit_code == 2
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert f"    {WHERE}\n        foo bar[$window]\n            ^\n" in result.output
    assert result.output.splitlines()[-1] == "2 failed"


def test_mistakes_are_findings_in_json_too(tmp_path: Path) -> None:
    told = json.loads(run(tmp_path, MISTAKEN, "--format", "json").output)
    assert [one["where"] for one in told["findings"]] == [WHERE, "config.yaml:7"]
    assert told["findings"][1]["subject"] == "them"


@pytest.mark.parametrize("text", ["", "a: [", "- a\n", "\x00"])
def test_what_is_no_configuration_is_told_in_one_finding(tmp_path: Path, text: str) -> None:
    result = run(tmp_path, text)
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "1 failed"
    assert "Traceback" not in result.output


def test_explained_windows_show_the_promql_even_offline(tmp_path: Path) -> None:
    result = run(tmp_path, FINE, "--offline", "--explain")
    assert "a/b\n  WINDOW  ERRORS" in result.output
    assert "[30d:7m])" in result.output
    told = json.loads(run(tmp_path, FINE, "--offline", "--explain", "--format", "json").output)
    assert [window["window"] for window in told["explained"][0]["windows"]][-1] == "30d"


def test_the_example_is_accepted(tmp_path: Path) -> None:
    shutil.copytree(example_config().parent / "docs" / "runbooks", tmp_path / "docs" / "runbooks")
    text = example_config().read_text()
    (tmp_path / "config.yaml").write_text(text.replace("# journal: ~", f"journal: {tmp_path}/~"))
    result = CliRunner().invoke(cli, ["check", "--config", str(tmp_path / "config.yaml"), "--offline"])
    assert result.exit_code == 0, result.output
    assert "0 failed" not in result.output


def test_without_any_configuration_one_line_says_what_to_do(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "oncall_tui", "check"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert result.returncode == 2
    assert result.stderr.startswith("oncall-tui: there is no configuration at ")
    assert len(result.stderr.splitlines()) == 1
    assert result.stdout == ""
