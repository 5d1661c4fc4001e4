"""The bundle: what a bug report needs is in it, no secret is, and nothing is written over."""

import asyncio
import json
import stat
import zipfile

import pytest
from click.testing import CliRunner

from oncall_tui.cli import cli
from oncall_tui.debugging.bundle import Bundle, BundleError
from oncall_tui.debugging.log import log_path
from oncall_tui.debugging.scrub import Scrubber
from oncall_tui.wiring.debug import write_bundle

CONFIG = """\
# the password is hunter2hunter2
sources:
  prometheus:
    - name: main
      url: http://127.0.0.1:9/
      basic_auth: {username: maria, password: hunter2hunter2}
      headers: {X-Scope-OrgID: hunter3hunter3}
polling: {timeout: 2s}
services:
  - name: ranker
    slos:
      - name: availability
        objective: 99.9%
        events: {error: 'sum(rate(bad{key="hunter2hunter2"}[$window]))', total: 'sum(rate(all[$window]))'}
"""


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("ONCALL_TUI_CONFIG", raising=False)


def parts(file):
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_bundle_of_a_configuration_whose_server_is_down(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text(CONFIG)
    log_path().parent.mkdir(parents=True)
    log_path().write_text("GET with hunter2hunter2 \x1b[2J\n")
    file = tmp_path / "bug.zip"
    asyncio.run(write_bundle(file, config, None))
    found = parts(file)
    assert set(found) == {"READ-ME.txt", "facts.json", "config.yaml", "sources.json", "timings.json", "debug.log"}
    assert not any("hunter" in text for text in found.values())
    assert "maria" in found["config.yaml"]
    (source,) = json.loads(found["sources.json"])
    assert (source["name"], source["live"]) == ("main", False)
    assert source["error"]
    assert json.loads(found["timings.json"])["poll_s"] > 0
    assert json.loads(found["facts.json"])["libraries"]["textual"].startswith("8.")
    assert found["debug.log"] == "GET with [redacted] ␛[2J\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_configuration_with_a_mistake_is_told_and_the_rest_is_there(tmp_path):
    config = tmp_path / "config.yaml"
    config.write_text("sources: {prometheus: [{name: main, urll: http://x, password: hunter2}]}\n")
    file = tmp_path / "bug.zip"
    asyncio.run(write_bundle(file, config, None))
    found = parts(file)
    assert "config.yaml" not in found
    assert "urll" in found["problems.txt"]
    assert "there is no debug log" in found["problems.txt"]
    assert not any("hunter2" in text for text in found.values())


def test_without_any_configuration_it_says_so_and_asks_nobody(tmp_path):
    file = tmp_path / "bug.zip"
    result = CliRunner().invoke(cli, ["--debug-bundle", str(file)])
    assert result.exit_code == 0
    assert result.output == f"written: {file}. Look through it before you send it\n"
    assert "there is no configuration" in parts(file)["problems.txt"]


def test_nothing_is_written_over(tmp_path):
    file = tmp_path / "bug.zip"
    file.write_text("mine")
    with pytest.raises(BundleError, match="is there already"):
        Bundle(Scrubber()).write(file)
    with pytest.raises(BundleError, match="cannot write"):
        Bundle(Scrubber()).write(tmp_path / "nowhere" / "bug.zip")
    assert file.read_text() == "mine"


def test_options_that_would_do_nothing_are_refused(tmp_path):
    file = str(tmp_path / "bug.zip")
    assert "goes with no command" in CliRunner().invoke(cli, ["--debug-bundle", file, "scenarios"]).output
    assert "--debug logs a dashboard" in CliRunner().invoke(cli, ["--debug", "scenarios"]).output
    assert CliRunner().invoke(cli, ["scenarios"], env={"ONCALL_TUI_DEBUG": "1"}).exit_code == 0
    assert not log_path().exists()
