"""Steps on another host, and steps at the terminal: hostile labels, ctrl+c, and the dashboard that comes back."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import stat
import struct
import sys
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.actions import RunStep
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError
from oncall_tui.journal import Journal
from oncall_tui.runbooks import parse_runbook
from oncall_tui.runbooks.remote import REMOTE_COMMAND, Remote

SSH = """#!/bin/sh
# Does what sshd does with what comes after the host: hands it to a shell, with nothing of ours in its environment.
printf '%s\\n' "$@" > "$(dirname "$0")/argv"
while [ "$1" != -- ]; do shift; done
exec env -i PATH="$PATH" sh -c "$3"
"""

HOSTILE = [
    "-oProxyCommand=touch pwned",
    "--",
    "a b",
    "a;touch pwned",
    "$(touch pwned)",
    "a\nb",
    "a'b",
    "user@evil.example",
    "",
    ".",
    "a-",
    "::1%eth0",
    "[db1.example.org",
    "db1.example.org\0",
    "é.example.org",
]


@pytest.fixture
def ssh(tmp_path: Path) -> Path:
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(SSH)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


def remote_book(folder: Path, code: str, shell: str = "sh"):
    return parse_runbook(f"# There\n```{shell} {{kind=diagnose host=instance}}\n{code}\n```\n", folder / "there.md")


def alert_on(host: str, **labels: str) -> Alert:
    return Alert("am", "f", {"alertname": "A", "instance": host, **labels})


@pytest.mark.parametrize("value", HOSTILE)
def test_what_is_no_host_reaches_no_command_line(value: str) -> None:
    with pytest.raises(ActionError, match="is no host"):
        Remote(("*", "0.0.0.0/0", "::/0")).host(value)


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("DB1.example.org:9100", "DB1.example.org"),
        ("10.1.2.3:9100", "10.1.2.3"),
        ("[fd00::1]:9100", "fd00::1"),
        ("fd00::1", "fd00::1"),
        ("gpu-7", "gpu-7"),
    ],
)
def test_a_port_is_no_part_of_a_host(value: str, host: str) -> None:
    assert Remote(("*.example.org", "10.0.0.0/8", "fd00::/8", "gpu-*")).host(value) == host


@pytest.mark.parametrize("value", ["db1.example.com", "11.1.2.3", "fe80::1", "xgpu-7", "db1.example.org.evil.net"])
def test_a_host_that_no_pattern_allows_is_refused(value: str) -> None:
    with pytest.raises(ActionError, match="not among the hosts"):
        Remote(("*.example.org", "10.0.0.0/8", "fd00::/8", "gpu-*")).host(value)
    with pytest.raises(ActionError, match="not among the hosts"):
        Remote().host(value)


def test_a_pattern_of_names_allows_no_address() -> None:
    with pytest.raises(ActionError, match="not among"):
        Remote(("*",)).host("169.254.169.254")


@given(st.text(max_size=20))
def test_a_host_never_looks_like_an_option_or_holds_what_a_shell_reads(value: str) -> None:
    try:
        host = Remote(("*", "0.0.0.0/0", "::/0")).host(value)
    except ActionError:
        return
    assert re.fullmatch(r"[A-Za-z0-9:][A-Za-z0-9._:-]*", host)


async def test_a_step_runs_over_there_with_its_variables_and_nothing_of_ours(
    tmp_path: Path, ssh: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OURS", "secret")
    hostile = "a'b\"c; $(touch pwned) `touch pwned`\nd\\"
    book = remote_book(tmp_path, 'printf "%s" "$ALERT_LABEL_POD" >got; echo "ours=${OURS:-}"; cat; false; echo no')
    work = RunStep(journal, "maria", remote=Remote(("db*",), user="oncall", command=(str(ssh), "-T")))
    lines: list[str] = []
    ready = work.prepare(book, book.steps[0], alert_on("db1:9100", pod=hostile))
    ran = await work(ready, lines.append)
    assert (ran.result.exit_code, lines) == (1, ["ours="]), "it stops at what fails, and has nothing to read"
    assert (tmp_path / "got").read_text() == hostile
    assert not (tmp_path / "pwned").exists()
    assert (ssh.parent / "argv").read_text().splitlines() == ["-T", "-l", "oncall", "--", "db1", REMOTE_COMMAND]
    intent = journal.events()[0].payload
    assert intent["host"] == "db1"
    assert intent["script"] == book.steps[0].code


async def test_a_pipeline_over_there_fails_with_its_first_part_in_bash(
    tmp_path: Path, ssh: Path, journal: Journal
) -> None:
    book = remote_book(tmp_path, "exit 3 | cat", "bash")
    work = RunStep(journal, "maria", remote=Remote(("db*",), command=(str(ssh),)))
    ran = await work(work.prepare(book, book.steps[0], alert_on("db1")), lambda _: None)
    assert ran.result.exit_code == 3


def test_a_host_nobody_knows_is_asked_for(tmp_path: Path, ssh: Path, journal: Journal) -> None:
    book = remote_book(tmp_path, "true")
    work = RunStep(journal, "maria", remote=Remote(("db*",), command=(str(ssh),)))
    assert [one.name for one in work.wanting(book, book.steps[0])] == ["ALERT_LABEL_INSTANCE"]
    with pytest.raises(ActionError, match="not among"):
        work.prepare(book, book.steps[0], given={"ALERT_LABEL_INSTANCE": "evil"})
    assert work.prepare(book, book.steps[0], given={"ALERT_LABEL_INSTANCE": "db7"}).preview.host == "db7"


# At the terminal


class Terminal:
    """A program in a pty, and what stands on its screen."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.screen = pyte.Screen(100, 30)
        self._stream = pyte.ByteStream(self.screen)
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execve(argv[0], argv, environment)
        ioctl(self._fd, TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def until(self, words: str, seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while words not in "\n".join(self.screen.display):
            assert time.monotonic() < deadline, f"never showed {words!r}:\n" + "\n".join(self.screen.display)
            self._read(0.1)

    def quiet(self, seconds: float) -> bytes:
        """All that comes in these seconds."""
        got, deadline = b"", time.monotonic() + seconds
        while time.monotonic() < deadline:
            got += self._read(0.1)
        return got

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._fd], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self._fd, 65_536)
        except OSError:
            return b""
        self._stream.feed(data)
        return data

    def close(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._fd)


BOOK = """# Go there
```sh {name=go kind=mitigate interactive=true}
trap 'echo caught' INT
test -t 0 && test -t 1 && echo "a terminal for $ONCALL_WHO"
read -r word || read -r word
echo "got $word"
exit "${word#exit-}"
```
"""


@pytest.fixture
def terminal(tmp_path: Path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "go.md").write_text(BOOK)
    (tmp_path / "config.yaml").write_text("runbooks: {folders: [books]}\njournal: journal.sqlite3\n")
    environment = {**os.environ, "TERM": "xterm-256color", "ONCALL_WHO": "maria"}
    argv = [sys.executable, "-m", "oncall_tui", "--config", str(tmp_path / "config.yaml")]
    one = Terminal(argv, environment)
    yield one
    one.close()


def test_an_interactive_step_gets_the_terminal_and_the_dashboard_comes_back(terminal: Terminal, tmp_path: Path) -> None:
    terminal.until("No service is configured")
    terminal.press("5")
    terminal.until("Go there")
    terminal.press("\r")
    terminal.quiet(0.5)
    terminal.press("\r")
    terminal.until("Run this mitigate step?")
    terminal.press("y")
    terminal.until("a terminal for maria")
    terminal.press("\x03")
    terminal.until("caught")
    assert b"Fleet" not in terminal.quiet(2.5), "nothing is drawn over the step"
    terminal.press("exit-7\r")
    terminal.until("got exit-7")
    terminal.until("exit 7 after")
    terminal.press("\r")
    terminal.until("5 Runbooks")
    terminal.until("Go there")
    intent, ended = Journal(tmp_path / "journal.sqlite3").events()
    assert (ended.intent, ended.payload["exit_code"], ended.payload["tail"]) == (intent.id, 7, "")


def test_a_second_person_agrees_on_their_own_terminal(tmp_path: Path) -> None:
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "fraud.md").write_text("# Drop\n```sh {name=drop kind=danger}\necho dropped it\n```\n")
    (tmp_path / "config.yaml").write_text(
        "runbooks: {folders: [books], second_person: {secret: s3cretsecret}}\n"
        "acknowledge: {author: maria}\njournal: journal.sqlite3\n"
    )
    environment = {**os.environ, "TERM": "xterm-256color"}
    program, config = [sys.executable, "-m", "oncall_tui", "runbook"], ["--config", str(tmp_path / "config.yaml")]
    running = Terminal([*program, "run", "fraud", "drop", *config], environment)
    try:
        running.until("Type drop to run it")
        running.press("drop\r")
        running.until("Their name and the code")
        shown = "".join(running.screen.display)
        nonce = re.search(r"--nonce (\w{4})", shown)
        assert nonce is not None, shown
        approve = ["approve", "fraud", "drop", "--for", "maria", "--nonce", nonce[1], "--as", "jonas"]
        agreeing = Terminal([*program, *approve, *config], environment)
        try:
            agreeing.until("do you agree?")
            assert any("echo dropped it" in line for line in agreeing.screen.display)
            agreeing.press("y\r")
            agreeing.until("jonas ")
            agreeing.quiet(1.0)
            code = re.search(r"^jonas (\w{4}-\w{4})", "\n".join(agreeing.screen.display), re.MULTILINE)
            assert code is not None
        finally:
            agreeing.close()
        running.press(f"jonas {code[1]}\r")
        running.until("exit 0 after")
    finally:
        running.close()
    intent = Journal(tmp_path / "journal.sqlite3").events()[0]
    assert intent.payload["approved_by"] == "jonas"
