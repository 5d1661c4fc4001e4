"""What the lab runs is found under either name, and what is missing is named with how to get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.core.errors import ActionError
from oncall_tui.lab.binaries import find_binaries, how_to_install


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_everything_that_is_missing_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ActionError) as refused:
        find_binaries(str(tmp_path))
    assert refused.value.message == "the lab needs prometheus, promtool and alertmanager, not found in PATH"
    assert "\n" not in str(refused.value)
    assert "install" in refused.value.hint


def test_only_what_is_missing_is_named(tmp_path: Path) -> None:
    program(tmp_path, "prometheus")
    program(tmp_path, "promtool")
    with pytest.raises(ActionError, match="the lab needs alertmanager,"):
        find_binaries(str(tmp_path))


def test_debians_name_for_alertmanager_will_do_and_the_usual_one_comes_first(tmp_path: Path) -> None:
    prometheus, promtool = program(tmp_path, "prometheus"), program(tmp_path, "promtool")
    debian = program(tmp_path, "prometheus-alertmanager")
    found = find_binaries(str(tmp_path))
    assert (found.prometheus, found.promtool, found.alertmanager) == (prometheus, promtool, debian)
    usual = program(tmp_path, "alertmanager")
    assert find_binaries(str(tmp_path)).alertmanager == usual


def test_each_system_is_told_its_own_command() -> None:
    assert how_to_install("linux").startswith("apt install prometheus prometheus-alertmanager,")
    assert how_to_install("darwin").startswith("brew install prometheus alertmanager,")
    assert "https://prometheus.io/download/" in how_to_install("linux")
