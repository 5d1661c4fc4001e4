"""The program called as a shell calls it, in this process: what it wrote, byte for byte, and what it must not write."""

import io
import json
import re
import sys
from dataclasses import dataclass

import pytest
from hostile import INVISIBLE

from oncall_tui.__main__ import main

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Called:
    """Its exit code, and what it wrote."""

    code: int
    written: bytes
    complained: bytes

    @property
    def out(self):
        return self.written.decode()

    @property
    def err(self):
        return self.complained.decode()


def call(*arguments, encoding="utf-8"):
    """Run it with these arguments, on streams of this encoding that show nothing else; nobody sits at a terminal."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding, write_through=True) for _ in range(2))
    code = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["oncall-tui", *arguments])
        patch.setattr(sys, "stdin", io.StringIO())
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
    return Called(code, out.buffer.getvalue(), err.buffer.getvalue())


def assert_harmless(data):
    """UTF-8, and nothing that a terminal obeys or hides."""
    text = data.decode()
    found = CONTROL.search(text) or INVISIBLE.search(text)
    assert not found, ascii(text[max(0, found.start() - 80) : found.end() + 20])


def assert_answered(called, style="table"):
    """It answered for people or for programs, without harm, and without a traceback."""
    assert_harmless(called.written)
    assert_harmless(called.complained)
    assert "Traceback" not in called.err, called.err
    assert called.out.strip(), called.err
    if style == "json":
        assert called.out.isascii()
        json.loads(called.out)
