"""The zip for a bug report: everything in it has been through the scrubber, and a note says what it is."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from oncall_tui.core.errors import OncallError
from oncall_tui.core.json_text import json_text
from oncall_tui.core.text import clean_block
from oncall_tui.debugging.log import KEPT
from oncall_tui.debugging.scrub import Scrubber

MOST_OF_A_LOG = 4_000_000
"""Bytes of a log file that are taken, from its end."""

_NOTE = """\
What oncall-tui packed for a bug report. Look through it before you send it.

facts.json     versions, terminal, platform
config.yaml    the configuration as it was read: no comments, secrets replaced by [redacted], headers left out
sources.json   how each source did in one poll made for this file
timings.json   seconds that reading the configuration, the poll and its reckoning took
debug.log*     what `oncall-tui --debug` wrote last, where it was used
problems.txt   what could not be packed, and why

Names of hosts, services, labels and queries are in it, as they are what goes wrong. Passwords, tokens and keys are not.
"""


class BundleError(OncallError):
    """The bundle cannot be written."""


class Bundle:
    """Collects the parts of a bundle in memory."""

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._parts: dict[str, str] = {"READ-ME.txt": _NOTE}
        self._problems: list[str] = []

    def data(self, name: str, value: object) -> None:
        """A value as JSON."""
        self._parts[name] = json_text(self._scrubber.value(value), 2, default=str) + "\n"

    def configuration(self, value: object) -> None:
        """The plain data of a configuration, as YAML."""
        self._parts["config.yaml"] = yaml.safe_dump(self._scrubber.value(value), sort_keys=False, allow_unicode=False)

    def logs(self, path: Path) -> None:
        """The debug log and those before it, as far as there are any."""
        for number in range(KEPT + 1):
            file = path if not number else path.with_name(f"{path.name}.{number}")
            try:
                # Not blocking, no link: somebody else may have put what stands there.
                descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
                with open(descriptor, "rb") as log:
                    log.seek(max(0, log.seek(0, os.SEEK_END) - MOST_OF_A_LOG))
                    text = log.read(MOST_OF_A_LOG).decode(errors="replace")
            except FileNotFoundError:
                if not number:
                    self.problem(f"there is no debug log at {file}: `oncall-tui --debug` writes one")
            except OSError as error:
                self.problem(f"{file}: {error.strerror}")
            else:
                self._parts[file.name] = clean_block(self._scrubber.text(text), MOST_OF_A_LOG)

    def problem(self, text: str) -> None:
        """Something that could not be packed."""
        self._problems.append(clean_block(self._scrubber.text(text)))

    def parts(self) -> Mapping[str, str]:
        """Every file with its text."""
        told = {"problems.txt": "\n".join(self._problems) + "\n"} if self._problems else {}
        return {**self._parts, **told}

    def write(self, file: Path) -> None:
        """Write the zip, readable by its owner alone; never over a file that is there. Raises BundleError."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in self.parts().items():
                archive.writestr(name, text.encode(errors="replace"))
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(file, flags, 0o600), "wb") as written:
                written.write(packed.getvalue())
        except FileExistsError:
            raise BundleError(f"{file} is there already", "name another file") from None
        except OSError as error:
            raise BundleError(
                f"cannot write {file}: {(error.strerror or str(error)).lower()}", "name another file"
            ) from None
