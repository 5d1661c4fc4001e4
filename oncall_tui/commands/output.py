"""Where commands print: text from outside is made safe, in signs that the other side shows, and a closed pipe ends it.

Commands print through here alone. click's own echo writes UTF-8 to a stream that shows ASCII, and fails at a letter
that Latin-1 does not have.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import NoReturn, TextIO

from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line, printable

NOBODY_LISTENS = 141
"""The exit code when who read the output went away: as a shell tells of a program that SIGPIPE ended."""
_SIGNS = "oncall-tui-signs"


def ready() -> None:
    """Make the standard streams take every letter, and let no file become one that was closed."""
    codecs.register_error(_SIGNS, _in_signs)
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free: this one
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="ascii" if stream.isatty() and _plain_terminal() else None, errors=_SIGNS)


def _plain_terminal() -> bool:
    """Whether the locale says that a terminal shows no UTF-8; Python writes it there all the same where that is C."""
    from oncall_tui.ui.locale import shows_utf8

    return not shows_utf8() and "PYTHONIOENCODING" not in os.environ


def _in_signs(error: UnicodeError) -> tuple[str, int]:
    """What an encoding does not have, as signs like it."""
    from oncall_tui.ui.render.in_ascii import in_ascii

    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


def shows_unicode() -> bool:
    """Whether standard output takes every letter."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return codecs.lookup(encoding).name.startswith("utf")


def put(text: str = "", end: str = "\n") -> None:
    """Print to standard output; control and bidi characters become stand-ins. Ends the program where nobody reads it.

    Raises ActionError where it cannot be written.
    """
    if not heard(text, end):
        sys.exit(NOBODY_LISTENS)


def heard(text: str, end: str = "\n") -> bool:
    """As put; but tells whether anybody reads it: for what goes on without them."""
    if sys.stdout is None:
        return True
    try:
        sys.stdout.write(printable(text) + end)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop(sys.stdout)
        return False
    except OSError as error:
        _drop(sys.stdout)
        _refuse(error)
    return True


def put_page(page: str) -> None:
    """An HTML page. It says of itself that it is UTF-8, so for any other encoding its letters become references."""
    put(page if shows_unicode() else page.encode("ascii", "xmlcharrefreplace").decode(), end="")


def say(line: str) -> None:
    """A word beside the output proper: one line on standard error, as safe."""
    tell(clean_line(line))


def tell(text: str) -> None:
    """As say, of any number of lines. What cannot be written there cannot be told anywhere."""
    if sys.stderr is not None:
        with suppress(OSError):
            sys.stderr.write(printable(text) + "\n")
            sys.stderr.flush()


def is_full(error: OSError) -> bool:
    """Whether it says that a disk takes nothing more; help, which click prints, may meet that too."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def give_up() -> None:
    """Write nothing more to standard output, not even what was printed already."""
    if sys.stdout is not None:
        _drop(sys.stdout)


def _refuse(error: OSError) -> NoReturn:
    why = error.strerror or type(error).__name__
    raise ActionError(f"standard output takes nothing: {why}", "make room there, or print to another place") from None


def _drop(stream: TextIO) -> None:
    """Lead what is left in the stream nowhere: Python would write it at its end, and complain then."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)
