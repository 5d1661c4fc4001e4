"""The debug log: private, bounded, without secrets, and never in anybody's way."""

import logging
import os
import stat

import pytest

from oncall_tui.debugging import log as log_module
from oncall_tui.debugging.log import DebugLog, DebugLogError
from oncall_tui.debugging.scrub import Scrubber

LOGGER = logging.getLogger("oncall_tui.test")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_logged_is_there_once_it_is_closed_and_only_the_owner_may_read_it(tmp_path):
    path = tmp_path / "state" / "oncall-tui" / "debug.log"
    before = logging.getLogger("oncall_tui").level
    log = DebugLog(path, Scrubber(lambda: frozenset({"correct horse"})))
    LOGGER.debug("said %s\x1b[2J", "correct horse")
    try:
        raise ValueError("with correct horse")
    except ValueError:
        LOGGER.exception("broke")
    log.close()
    text = path.read_text()
    assert "DEBUG   oncall_tui.test: said [redacted]␛[2J" in text
    assert "Traceback" in text
    assert "correct horse" not in text
    assert (mode(path), mode(path.parent), mode(path.parent.parent)) == (0o600, 0o700, 0o700)
    LOGGER.error("afterwards")
    assert "afterwards" not in path.read_text()
    assert logging.getLogger("oncall_tui").level == before


def test_it_rotates_and_every_file_is_private(tmp_path, monkeypatch):
    monkeypatch.setattr(log_module, "LARGEST", 2_000)
    path = tmp_path / "debug.log"
    old = os.umask(0)
    try:
        log = DebugLog(path, Scrubber())
        for number in range(400):
            LOGGER.info("line %d of many that fill the file", number)
        log.close()
    finally:
        os.umask(old)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["debug.log", "debug.log.1", "debug.log.2", "debug.log.3"]
    assert all(mode(file) == 0o600 and file.stat().st_size <= 2_000 for file in files)
    assert "line 399" in path.read_text()


def test_an_open_file_of_before_is_made_private(tmp_path):
    path = tmp_path / "debug.log"
    path.write_text("before\n")
    path.chmod(0o644)
    DebugLog(path, Scrubber()).close()
    assert mode(path) == 0o600
    assert path.read_text() == "before\n"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_file_is_refused_at_once(tmp_path, kind):
    path = tmp_path / "debug.log"
    target = tmp_path / "theirs"
    target.write_text("theirs\n")
    {"link": lambda: path.symlink_to(target), "pipe": lambda: os.mkfifo(path), "folder": path.mkdir}[kind]()
    with pytest.raises(DebugLogError, match="cannot write the debug log"):
        DebugLog(path, Scrubber())
    assert target.read_text() == "theirs\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_disk_that_is_full_stops_the_log_and_nothing_else(tmp_path, capfd):
    log = DebugLog(tmp_path / "debug.log", Scrubber())
    log._file.stream.close()
    log._file.stream = open("/dev/full", "w")  # noqa: SIM115 - the log closes it
    for _ in range(3):
        LOGGER.error("no room for this")
    log.close()
    assert capfd.readouterr() == ("", "")
    assert log.path.read_text() == ""
