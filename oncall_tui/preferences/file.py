"""The preferences on disk: one JSON file, replaced whole, written by any number of processes at once."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from oncall_tui.config.private_folder import make_private_folder
from oncall_tui.core.errors import OncallError

BUSY_SECONDS = 2.0
"""How long a change waits for another process to finish its own; they take milliseconds."""
LARGEST = 4_000_000
"""Bytes; what is larger is no preferences file of ours."""

Values = dict[str, dict[str, object]]
"""Section -> name -> anything JSON holds."""
Changes = Mapping[tuple[str, str], object]
"""(section, name) -> the new value; None takes the name away."""

_MARK = "oncall-tui preferences"
_VERSION = 1
_AFTERWARDS = "until then what you set lasts until you leave"
_MOST_ASIDE = 9
_NO_LOCKS_HERE = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})


class PreferencesError(OncallError):
    """The preferences could not be read or written."""


class _Unusable(Exception):
    """What stands in the file is not ours, or broken."""


def default_path() -> Path:
    """Where the preferences are kept: the user's state folder (XDG_STATE_HOME)."""
    from platformdirs import user_state_path

    return user_state_path("oncall-tui") / "preferences.json"


class PreferencesFile:
    """The file at path. Calls block for milliseconds; any thread may make them.

    A folder that has to be made is the owner's alone (0700), and so is the file (0600). A symbolic link in the file's
    place is refused. Whoever looks finds the file as it was or as it is, never half of it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> tuple[Values, str]:
        """What stands there ({} while there is no file), and what is to be told of it ('' for nothing).

        A file that is broken or not ours is moved aside, which is told. Raises PreferencesError.
        """
        with self._explained("read"):
            try:
                return self._read(), ""
            except _Unusable:
                with self._locked():
                    return self._read_or_move_aside()

    def save(self, changes: Changes) -> tuple[Values, str]:
        """Make these changes, and no others, to what stands there now; all values afterwards, and what is to be told.

        On return it is on the disk. Raises PreferencesError; the file is as it was then.
        """
        with self._explained("write"):
            make_private_folder(self.path.parent)
            with self._locked():
                values, told = self._read_or_move_aside()
                changed = merged(values, changes)
                if changed != values:
                    self._replace(changed)
                return changed, told

    def _read(self) -> Values:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return {}
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is no file")
        with open(descriptor, "rb") as file:
            return self._understood(file.read(LARGEST + 1))

    def _understood(self, text: bytes) -> Values:
        try:
            document = json.loads(text, parse_constant=_no_number) if len(text) <= LARGEST else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise _Unusable
        version = document.pop(_MARK, None)
        if isinstance(version, bool) or not isinstance(version, int):
            raise _Unusable
        if version > _VERSION:
            message = f"the preferences {self.path} are a newer oncall-tui's (version {version})"
            raise PreferencesError(message, f"upgrade oncall-tui; {_AFTERWARDS}")
        if not all(isinstance(section, dict) for section in document.values()):
            raise _Unusable
        return document

    def _read_or_move_aside(self) -> tuple[Values, str]:
        try:
            return self._read(), ""
        except _Unusable:
            places = [self.path.with_name(f"{self.path.name}.unreadable-{n}") for n in range(1, _MOST_ASIDE + 1)]
            aside = next((place for place in places if not os.path.lexists(place)), places[-1])
            self.path.replace(aside)
            told = f"the preferences {self.path} were broken or not ours: moved to {aside.name}, and begun anew"
            return {}, told

    def _replace(self, values: Values) -> None:
        text = json.dumps({_MARK: _VERSION, **values}, indent=1, sort_keys=True, allow_nan=False)
        descriptor, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(descriptor)
            os.replace(name, self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Alone among processes and threads. Where the file system knows no locks, changes at once may lose one."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self.path.with_name(f"{self.path.name}.lock"), flags, 0o600)
        try:
            _wait_for(descriptor)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def _explained(self, verb: str) -> Iterator[None]:
        """Turn whatever goes wrong into a PreferencesError that says what to do."""
        try:
            yield
        except OSError as error:
            message = f"cannot {verb} the preferences {self.path}: {_reason(error)}"
            raise PreferencesError(message, f"{_hint(error)}; {_AFTERWARDS}") from error


def merged(values: Values, changes: Changes) -> Values:
    """The values with the changes made; a section with nothing left in it is left out."""
    changed = {section: dict(names) for section, names in values.items()}
    for (section, name), value in changes.items():
        names = changed.setdefault(section, {})
        if value is None:
            names.pop(name, None)
        else:
            names[name] = value
    return {section: names for section, names in changed.items() if names}


def _no_number(text: str) -> object:
    raise ValueError(text)


def _wait_for(descriptor: int) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        except OSError as error:
            if error.errno not in _NO_LOCKS_HERE:
                raise
            return
        else:
            return


def _reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "it is a symbolic link"
    return "another process holds it" if isinstance(error, BlockingIOError) else (error.strerror or str(error)).lower()


def _hint(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "put the file itself there"
    if isinstance(error, BlockingIOError):
        return "look for one that hangs"
    return "free space on that disk" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make it writable"
