"""`oncall-tui record` and `replay`, as a person types them."""

import asyncio
import time

import pytest
from click.testing import CliRunner

from oncall_tui.cli import cli
from oncall_tui.core.errors import OncallError
from oncall_tui.recording.file import read


def run(*arguments):
    return CliRunner().invoke(cli, [str(one) for one in arguments])


@pytest.fixture
def taped(tmp_path):
    result = run("record", tmp_path / "a.oncall", "--demo", "--for", "7s")
    assert result.exit_code == 0, result.output
    return tmp_path / "a.oncall"


def test_the_demo_is_recorded_and_told(taped):
    recording = read(taped)
    assert recording.title == "demo"
    assert not recording.cut
    assert time.time() - recording.times[-1] < 60
    assert run("replay", taped, "--marks").exit_code == 0


def test_a_file_that_is_there_is_left_alone(taped):
    result = run("record", taped, "--demo", "--for", "1s")
    assert isinstance(result.exception, OncallError)
    assert "is there already" in str(result.exception)


def test_a_mistake_is_told_before_anything_is_watched(tmp_path):
    assert "exclude each other" in run("record", tmp_path / "a", "--demo", "--prometheus", "http://x").output
    assert "goes with neither" in run("record", tmp_path / "a", "--last", "1h", "--for", "1h").output
    assert not (tmp_path / "a").exists()


def test_a_flight_recorder_that_kept_nothing_is_told(tmp_path, monkeypatch):
    config = tmp_path / "config.yaml"
    config.write_text(f"recording: {{folder: {tmp_path / 'flight'}}}\n")
    result = run("record", tmp_path / "a.oncall", "--last", "1h", "--config", config)
    assert isinstance(result.exception, OncallError)
    assert "kept nothing" in str(result.exception)
    assert not (tmp_path / "a.oncall").exists()


def test_what_is_no_recording_is_told(tmp_path):
    (tmp_path / "a.oncall").write_text("rubbish")
    result = run("replay", tmp_path / "a.oncall", "--marks")
    assert "no recording of oncall-tui" in str(result.exception)


async def test_a_replay_runs_nothing_by_itself_even_where_the_configuration_asks_for_it(tmp_path, monkeypatch):
    from oncall_tui.wiring.recording import replaying

    taped = await asyncio.to_thread(run, "record", tmp_path / "a.oncall", "--demo", "--for", "2s")
    assert taped.exit_code == 0, taped.output
    config = tmp_path / "config.yaml"
    config.write_text("runbooks: {auto_diagnose: {matches: ['severity=\"page\"'], read_only: true}}\n")
    monkeypatch.setenv("ONCALL_TUI_CONFIG", str(config))
    async with replaying(tmp_path / "a.oncall", 1.0) as desk:
        assert desk.read_only == "a recording is played, of what is over"
        assert desk.auto_diagnose is None
