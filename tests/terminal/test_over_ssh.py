"""The dashboard over a real OpenSSH server and a slow, far link; and the link is cut."""

import os
import shlex
import sys
import time

import pytest
from ptys import HEADINGS, ROOT
from sshd_link import Link, Sshd, need_sshd

from oncall_tui.journal import EventKind, Journal

pytestmark = pytest.mark.live
BOOK = """---
title: Waits
---
```sh {name=say kind=diagnose}
echo said-before-the-cut
```
```sh {name=wait kind=diagnose}
sleep 9876
```
"""


@pytest.fixture
def sshd(tmp_path):
    need_sshd()
    one = Sshd(tmp_path)
    yield one
    one.close()


@pytest.fixture
def link(sshd):
    one = Link(sshd.port, delay=0.15, rate=24_000)
    yield one
    one.close()


def remote(tmp_path, *arguments):
    environment = {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8", "XDG_STATE_HOME": str(tmp_path / "state")}
    return shlex.join(
        ["env", *(f"{k}={v}" for k, v in environment.items()), sys.executable, "-m", "oncall_tui", *arguments]
    )


def running(words):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                told = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if words in told and not told.startswith(("ssh ", "sshd")):
            found.append(told)
    return found


def test_keys_answer_over_a_slow_far_link(sshd, link, terminal, tmp_path):
    one = terminal(*sshd.client(remote(tmp_path, "demo"), link.port))
    one.until(lambda t: "DEMO" in t.text() and "ranker" in t.text(), 40)
    for key in "82345671":
        seen = HEADINGS[key]
        assert seen not in one.text()
        one.press(key)
        one.until(seen, 20)
        assert not [other for other in HEADINGS.values() if other != seen and other in one.text()]
    for key, seen in (("2", "● firing Watchdog"), ("j", "◐ acked FeatureDrift"), ("/", "words, or"), ("dog", "1 of 3")):
        assert seen not in one.text()
        one.press(key)
        one.until(seen, 20)
    one.press("\x1b")
    one.until(lambda t: "1 of 3" not in t.text())
    one.press("q")
    assert one.ended(15) == 0


def test_a_cut_connection_loses_nothing_and_leaves_nothing_behind(sshd, link, terminal, tmp_path):
    (tmp_path / "books").mkdir()
    (tmp_path / "books" / "b.md").write_text(BOOK)
    config = tmp_path / "c.yaml"
    config.write_text(f"runbooks: {{folders: [{tmp_path}/books]}}\njournal: {tmp_path}/j.sqlite3\n")
    one = terminal(*sshd.client(remote(tmp_path, "--config", str(config)), link.port), columns=100, rows=30)
    one.until("No service is configured", 40)
    one.press("5")
    one.until("Waits")
    one.press("\r")
    one.quiet(0.8)
    for key in ("\r", "y"):
        one.press(key)
        one.quiet(0.8)
    one.until("said-before-the-cut")
    one.press("\x1b")
    one.quiet(0.8)
    for key in ("j", "\r", "y"):
        one.press(key)
        one.quiet(0.8)
    deadline = time.monotonic() + 30
    while not running("sleep 9876"):
        assert time.monotonic() < deadline, one.text()
        one.read()
    link.cut()
    deadline = time.monotonic() + 20
    while running("sleep 9876") or running(str(config)):
        assert time.monotonic() < deadline, running(str(config))
        time.sleep(0.1)
    events = Journal(tmp_path / "j.sqlite3").events()
    assert [event.subject for event in events if event.kind is EventKind.STEP_INTENDED] == ["b.md#say", "b.md#wait"]
    ends = [event for event in events if event.kind is EventKind.STEP_ENDED]
    assert "said-before-the-cut" in str(ends[0].payload)
    assert len(ends) == 2, "how the step that was cut off ended is told, too"
