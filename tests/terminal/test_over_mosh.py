"""The dashboard over a real mosh on loopback: keys, another size, the end, and a client that is lost."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

import pytest
from ptys import BASE, HEADINGS, children, given_back, gone, python

pytestmark = pytest.mark.live


@pytest.fixture
def mosh(tmp_path):
    """Starts a mosh-server with the demo; gives the arguments of a client and its key, and the server's id."""
    if not (shutil.which("mosh-server") and shutil.which("mosh-client")):
        if os.environ.get("ONCALL_TUI_LIVE") == "required":
            pytest.fail("mosh is missing")
        pytest.skip("mosh is missing")
    started = []

    def start():
        told = subprocess.run(
            ["mosh-server", "new", "-i", "127.0.0.1", "-p", "60000:60999", "-c", "256", "--", *python("-m", "oncall_tui", "demo")],
            env={**BASE, "XDG_STATE_HOME": str(tmp_path), "MOSH_SERVER_NETWORK_TMOUT": "60"},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=True,
        )  # fmt: skip
        port, key = re.search(r"MOSH CONNECT (\d+) (\S+)", told.stdout).groups()
        started.append(int(re.search(r"pid = (\d+)", told.stdout + told.stderr)[1]))
        return ["mosh-client", "127.0.0.1", port], key, started[-1]

    yield start
    for pid in started:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def test_keys_another_size_and_the_end_with_the_terminal_given_back(mosh, terminal):
    client, key, server = mosh()
    one = terminal(*client, environment={"MOSH_KEY": key, "MOSH_PREDICTION_DISPLAY": "never"})
    one.until(lambda t: "DEMO" in t.text() and "ranker" in t.text())
    for pressed in "231":
        assert HEADINGS[pressed] not in one.text() or pressed == "1"
        one.press(pressed)
        one.until(HEADINGS[pressed])
    one.resize(120, 30)
    one.until(lambda t: "enter" in t.text().split("\n")[29] and "8 Silences" in t.text())
    one.press("q")
    assert one.ended() == 0
    given_back(one)
    until(lambda: gone(server))


def test_what_a_lost_client_leaves_ends_with_its_server(mosh, terminal):
    client, key, server = mosh()
    one = terminal(*client, environment={"MOSH_KEY": key})
    one.until(lambda t: "DEMO" in t.text() and "ranker" in t.text())
    below = children(server)
    assert below
    os.kill(one.pid, signal.SIGKILL)
    one.ended()
    assert not any(map(gone, below)), "a client that is lost may come back from elsewhere"
    os.kill(server, signal.SIGTERM)
    until(lambda: all(map(gone, below)))


def until(happened):
    deadline = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
