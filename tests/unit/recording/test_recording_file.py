"""The file of a recording: what is written is read, and what is none is told in one line."""

import gzip
import json
import os
import stat
from dataclasses import replace

import pytest

from oncall_tui.recording import file as files
from oncall_tui.recording.file import RecordingError, Writer, read, redactor_for
from oncall_tui.recording.frames import Framer
from oncall_tui.recording.ring import played

NO_SECRETS = redactor_for(frozenset())


def write(path, seen, redactor=NO_SECRETS, marks=(), **more):
    framer = Framer()
    with Writer(path, "prod", redactor, **more) as writer:
        for snapshot in seen:
            writer.write(framer.frame(snapshot, marks))
    return path


@pytest.fixture
def seen(watched):
    return watched(minutes=1)


def test_what_is_written_is_read(tmp_path, seen):
    recording = read(write(tmp_path / "a.oncall", seen, marks=("ranker OK → CRIT",)))
    assert recording.title == "prod"
    assert recording.times == tuple(snapshot.at for snapshot in seen)
    assert recording.marks == tuple((snapshot.at, "ranker OK → CRIT") for snapshot in seen)
    assert not recording.cut
    assert [back.figures for back, _ in played(recording)] == [snapshot.figures for snapshot in seen]


def test_only_its_owner_may_read_it(tmp_path, seen):
    assert stat.S_IMODE(write(tmp_path / "a.oncall", seen).stat().st_mode) == 0o600


def test_a_file_that_is_there_is_left_alone_unless_it_is_to_be_replaced(tmp_path, seen):
    path = write(tmp_path / "a.oncall", seen)
    with pytest.raises(RecordingError, match="is there already"):
        Writer(path, "", NO_SECRETS)
    assert len(read(write(path, seen[:1], replace=True)).frames) == 1


def test_nothing_is_written_through_a_link(tmp_path, seen):
    target = tmp_path / "target"
    (tmp_path / "a.oncall").symlink_to(target)
    with pytest.raises(RecordingError):
        write(tmp_path / "a.oncall", seen)
    write(tmp_path / "a.oncall", seen, replace=True)
    assert not target.exists()


def test_a_recording_that_is_being_written_can_be_read_up_to_its_last_frame(tmp_path, seen):
    framer, writer = Framer(), Writer(tmp_path / "a.oncall", "", NO_SECRETS)
    writer.write(framer.frame(seen[0]))
    writer.write(framer.frame(seen[1]))
    recording = read(tmp_path / "a.oncall")
    assert (len(recording.frames), recording.cut) == (2, True)
    writer.close()


@pytest.mark.parametrize("lost", [1, 9, 40, 300])
def test_a_recording_that_was_cut_anywhere_keeps_what_is_whole(tmp_path, seen, lost):
    path = write(tmp_path / "a.oncall", seen)
    path.write_bytes(path.read_bytes()[:-lost])
    recording = read(path)
    assert recording.cut
    assert 0 < len(recording.frames) <= len(seen)


def test_damage_in_the_middle_loses_what_comes_after_it_and_says_so(tmp_path, seen):
    path = write(tmp_path / "a.oncall", seen)
    body = bytearray(path.read_bytes())
    body[-200:] = bytes(200)
    path.write_bytes(body)
    assert read(path).cut


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "no recording"),
        (b"plain text", "no recording"),
        (gzip.compress(b"plain text"), "no recording"),
        (gzip.compress(b"[1]\n"), "no recording"),
        (gzip.compress(b'{"format": "oncall-tui recording", "version": 99}\n'), "another version"),
        (gzip.compress(b'{"format": "oncall-tui recording", "version": 1}\n'), "no frame yet"),
        (gzip.compress(b'{"format": "oncall-tui recording", "version": 1}\n{"at": 1, "changed": {}}\n'), "by itself"),
        (gzip.compress(b'{"format": "oncall-tui recording", "version": 1}\nrubbish\n'), "line 2: not a frame"),
    ],
    ids=["empty", "text", "packed text", "a list", "of another version", "no frame", "begins with a change", "rubbish"],
)
def test_what_is_none_is_told_in_one_line(tmp_path, body, told):
    path = tmp_path / "a.oncall"
    path.write_bytes(body)
    with pytest.raises(RecordingError, match=told) as caught:
        read(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(RecordingError, match="No such file"):
        read(tmp_path / "missing.oncall")


def test_one_that_unpacks_to_too_much_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LIMIT", 1 << 20)
    path = tmp_path / "bomb.oncall"
    path.write_bytes(gzip.compress(bytes(8 << 20)))
    with pytest.raises(RecordingError, match="larger than 1 MB"):
        read(path)


SECRET = 'pa"ss\\wört'


def test_no_secret_gets_into_it(tmp_path, seen):
    leaky = replace(
        seen[0], sources={name: replace(one, error=f"refused {SECRET} twice") for name, one in seen[0].sources.items()}
    )
    path = write(tmp_path / "a.oncall", [leaky], redactor_for(frozenset({SECRET})))
    text = gzip.decompress(path.read_bytes()).decode()
    assert SECRET not in text
    assert json.dumps(SECRET, ensure_ascii=False)[1:-1] not in text
    assert "refused [redacted] twice" in text


def test_a_lone_surrogate_does_not_stop_it(tmp_path, seen):
    odd = replace(seen[0], sources={name: replace(one, error="\ud800") for name, one in seen[0].sources.items()})
    (back, _), *_ = played(read(write(tmp_path / "a.oncall", [odd])))
    assert {one.error for one in back.sources.values()} == {"\ud800"}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no full device to write to")
def test_a_full_disk_is_told(tmp_path, seen, monkeypatch):
    writer = Writer(tmp_path / "a.oncall", "", NO_SECRETS)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, writer._raw.fileno())
    with pytest.raises(RecordingError, match="No space left"):
        writer.write(Framer().frame(seen[0]))
