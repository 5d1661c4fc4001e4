"""What made it read-only stands in the refusal: the line of a file, the option, or the way it is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.commands.terminal import why_read_only
from oncall_tui.config.loader import load_config
from oncall_tui.core.read_only import refusal


def test_a_configuration_names_its_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("theme: ''\n\nread_only: true\n")
    assert load_config(file).locked == f"`read_only: true` stands in {file}:3: take it out to act"
    file.write_text("read_only: false\n")
    assert load_config(file).locked == ""


def test_an_option_is_named_as_it_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)
    assert why_read_only(False) == ""
    assert "--read-only" in why_read_only(True)
    monkeypatch.setenv("TEXTUAL_DRIVER", "textual.drivers.web_driver:WebDriver")
    assert why_read_only(True) == "`oncall-tui serve` was started without --writable"


def test_a_refusal_says_what_and_why() -> None:
    told = str(refusal("nothing is acknowledged", "it was started with --read-only"))
    assert told == "read-only: nothing is acknowledged (it was started with --read-only)"
