"""`oncall-tui init` without a URL: it asks on a terminal, and only there."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_discovery_commands import Handler, server  # noqa: F401 - the fixture

from oncall_tui.cli import cli
from oncall_tui.config.loader import load_config

Server = tuple[str, type[Handler]]


class Talk:
    """A conversation with `init` on a terminal of its own."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.seen = ""
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.environ.update(XDG_CONFIG_HOME=str(home / "config"), XDG_STATE_HOME=str(home / "state"), USER="maria")
            os.environ.update(LOGNAME="maria", COLUMNS="200")
            os.environ.pop("ONCALL_TUI_CONFIG", None)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # A shell has its background jobs ignore it.
            os.execv(sys.executable, [sys.executable, "-m", "oncall_tui", "init", *arguments])

    def after(self, prompt: str, seconds: float = 90.0) -> str:
        """What was printed up to this prompt."""
        until = time.monotonic() + seconds
        while not (found := re.search(prompt, self.seen)):
            assert time.monotonic() < until, self.seen
            if select.select([self.terminal], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.terminal, 65_536).decode(errors="replace")
                except OSError:
                    assert re.search(prompt, self.seen), self.seen
        told, self.seen = self.seen[: found.end()], self.seen[found.end() :]
        return told

    def heard(self, seconds: float) -> str:
        """What was printed in this time, or up to the end."""
        while select.select([self.terminal], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.terminal, 65_536).decode(errors="replace")
            except OSError:
                break
        return self.seen

    def say(self, text: str) -> None:
        os.write(self.terminal, f"{text}\n".encode())

    def end(self) -> int:
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        return status


def test_it_asks_and_writes_where_it_is_looked_for(server: Server, tmp_path: Path) -> None:  # noqa: F811
    talk = Talk(tmp_path)
    talk.after("VictoriaMetrics\\): ")
    talk.say(server[0].removeprefix("http://"))
    talk.after("sends alerts to\\): ")
    talk.say("")
    assert "What oncall-tui found on" in talk.after("acknowledge \\[maria\\]: ")
    talk.say("Maria: on call")
    talk.after("config.yaml\\]: ")
    talk.say("")
    assert "`oncall-tui check` tries all" in talk.after("shows it")
    assert talk.end() == 0
    config = load_config(tmp_path / "config" / "oncall-tui" / "config.yaml")
    assert config.acknowledge.author == "Maria: on call"
    assert config.sources.prometheus[0].url == server[0]
    assert config.sources.alertmanager[0].url == "http://am:9093"


def test_what_does_not_work_is_told_and_asked_again(server: Server, tmp_path: Path) -> None:  # noqa: F811
    taken = tmp_path / "taken.yaml"
    taken.write_text("mine\n")
    talk = Talk(tmp_path)
    talk.after("VictoriaMetrics\\): ")
    talk.say("127.0.0.1:1")
    talk.after("sends alerts to\\): ")
    talk.say("")
    assert "is it running" in talk.after("VictoriaMetrics\\): ")
    talk.say(server[0])
    talk.after("sends alerts to\\): ")
    talk.say("own:9093")
    talk.after("acknowledge \\[maria\\]: ")
    talk.say("")
    talk.after("config.yaml\\]: ")
    talk.say(str(taken))
    assert "there is already" in talk.after("config.yaml\\]: ")
    talk.say(str(tmp_path / "new.yaml"))
    assert f"oncall-tui --config {tmp_path / 'new.yaml'}` shows" in talk.after("shows it")
    assert talk.end() == 0
    assert taken.read_text() == "mine\n"
    text = (tmp_path / "new.yaml").read_text()
    assert "url: http://own:9093" in text
    assert "author" not in text


def test_ctrl_c_leaves_everything_as_it_was(tmp_path: Path) -> None:
    talk = Talk(tmp_path)
    talk.after("VictoriaMetrics\\): ")
    told = ""
    while "Aborted!" not in told:  # The first may come before the program waits for input.
        os.kill(talk.pid, signal.SIGINT)
        told = talk.heard(15)
    assert talk.end() == 1
    assert list(tmp_path.rglob("*.yaml")) == []


@pytest.mark.parametrize("arguments", [("init",), ("init", "--alertmanager", "http://a")])
def test_without_a_terminal_it_wants_the_url(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert "say which Prometheus" in result.output


def test_a_file_that_is_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("mine\n")
    result = CliRunner().invoke(cli, ["init", "--output", str(file)])
    assert "there is already" in str(result.exception)
