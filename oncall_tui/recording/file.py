"""The file of a recording: gzip, a line of JSON each, the first saying what it is.

Every line is flushed as it is written, so that what a killed program leaves behind can be read up to its last frame.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from oncall_tui.core.errors import OncallError
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.recording.delta import Json
from oncall_tui.recording.frames import Frame, Framer

FORMAT = "oncall-tui recording"
VERSION = 1
SUFFIX = ".oncall"
LIMIT = 1 << 30
"""Bytes a recording may be when unpacked: more is a mistake or an attack."""
_CHUNK = 1 << 16


class RecordingError(OncallError):
    """A recording that cannot be written or read."""


class Writer:
    """Writes one recording. title: the environment's name. Blocks; raises RecordingError.

    redactor takes the secrets out of every line. A file that is there is left alone unless replace is given; one made
    by others through a link never is written to.
    """

    def __init__(self, path: Path, title: str, redactor: Redactor, *, replace: bool = False) -> None:
        self.path = path
        self._redact = redactor.text
        self._size = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            if replace:
                path.unlink(missing_ok=True)
            self._raw = os.fdopen(os.open(path, flags, 0o600), "wb")
        except FileExistsError:
            raise RecordingError(f"{path} is there already", "name another file, or give --replace") from None
        except OSError as error:
            raise _trouble(path, error) from None
        self._packed = gzip.GzipFile(fileobj=self._raw, mode="wb", compresslevel=6, filename="")
        self._line({"format": FORMAT, "version": VERSION, "title": title})

    def write(self, frame: Frame) -> None:
        """Add a frame; it is in the file when this returns."""
        self._line(frame.to_json())

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def close(self) -> None:
        """Finish the file."""
        try:
            self._packed.close()
            self._size = self._raw.tell()
            self._raw.close()
        except OSError as error:
            raise _trouble(self.path, error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self, told: Json) -> None:
        line = self._redact(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
        try:
            self._packed.write(line.encode(errors="surrogatepass") + b"\n")
            self._packed.flush(zlib.Z_SYNC_FLUSH)
            self._raw.flush()
            self._size = self._raw.tell()
        except OSError as error:
            raise _trouble(self.path, error) from None


class Tape:
    """A recording that is made of snapshots as they come. Blocks; raises RecordingError."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._framer = writer, Framer()
        self.frames = 0

    def write(self, snapshot: Snapshot, marks: Iterable[str] = ()) -> None:
        """Add what is seen now."""
        self._writer.write(self._framer.frame(snapshot, marks))
        self.frames += 1

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._writer.size

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def redactor_for(secrets: frozenset[str]) -> Redactor:
    """Takes secrets out of JSON text too, where quotes and backslashes are escaped."""
    return Redactor(secrets | {json.dumps(one, ensure_ascii=False)[1:-1] for one in secrets})


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was read. frames: as lines. cut: whether its end is missing, as of one that is being written."""

    path: Path
    title: str
    times: tuple[float, ...]
    frames: tuple[bytes, ...]
    whole: tuple[int, ...]
    """The places of the frames that stand by themselves; the first frame is one."""
    marks: tuple[tuple[float, str], ...]
    cut: bool = False

    def frame(self, place: int) -> Frame:
        """The frame at a place. Raises RecordingError."""
        return _frame(self.path, place + 2, self.frames[place])


def read(path: Path) -> Recording:
    """A recording from its file. Blocks. Raises RecordingError for what is none, in one line."""
    lines, cut = _lines(path)
    try:
        header = json.loads(next(lines))
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise ValueError
    except (StopIteration, ValueError):
        raise RecordingError(f"{path} is no recording of oncall-tui", "`oncall-tui record FILE` makes one") from None
    if header.get("version") != VERSION:
        hint = "play it with the version of oncall-tui that made it, or with a newer one"
        raise RecordingError(f"{path} is a recording of another version ({header.get('version')!r})", hint)
    frames = tuple(lines)
    times: list[float] = []
    whole: list[int] = []
    marks: list[tuple[float, str]] = []
    for place, line in enumerate(frames):
        frame = _frame(path, place + 2, line)
        if times and frame.at < times[-1]:
            raise RecordingError(f"{path}, line {place + 2}: before the frame that it follows")
        times.append(frame.at)
        marks += [(frame.at, mark) for mark in frame.marks]
        if frame.whole:
            whole.append(place)
    if not frames:
        raise RecordingError(f"{path} holds no frame yet", "record for longer than one poll")
    if whole[:1] != [0]:
        raise RecordingError(f"{path}, line 2: the first frame does not stand by itself")
    return Recording(path, str(header.get("title", "")), tuple(times), frames, tuple(whole), tuple(marks), cut)


def _frame(path: Path, line: int, told: bytes) -> Frame:
    try:
        return Frame.from_json(json.loads(told.decode(errors="surrogatepass")))
    except ValueError:
        raise RecordingError(f"{path}, line {line}: not a frame") from None


def _lines(path: Path) -> tuple[Iterator[bytes], bool]:
    """The whole lines of a file, and whether its end is missing."""
    unpacker, text, cut = zlib.decompressobj(wbits=31), bytearray(), False
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                text += unpacker.decompress(chunk, LIMIT + 1 - len(text))
                if len(text) > LIMIT:
                    raise RecordingError(f"{path} is larger than {LIMIT >> 20} MB when unpacked")
                if unpacker.eof:
                    break
    except OSError as error:
        raise _trouble(path, error) from None
    except zlib.error:
        if not text:
            raise RecordingError(
                f"{path} is no recording of oncall-tui", "`oncall-tui record FILE` makes one"
            ) from None
        cut = True
    cut = cut or not unpacker.eof
    whole = bytes(text[: text.rfind(b"\n") + 1])
    return iter(whole.splitlines()), cut


def _trouble(path: Path, error: OSError) -> RecordingError:
    return RecordingError(f"{path}: {error.strerror or error}")
