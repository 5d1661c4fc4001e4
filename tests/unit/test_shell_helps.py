"""Shell completion and the manual page: what click knows, in the form that shells and man load."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncall_tui.cli import cli
from oncall_tui.commands.man import page

SHIPPED = Path(__file__).parents[2] / "docs" / "oncall-tui.1"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_of_its_own(shell: str) -> None:
    script = CliRunner().invoke(cli, ["completion", shell])
    assert script.exit_code == 0
    assert f"_ONCALL_TUI_COMPLETE={shell}_complete" in script.output
    if found := shutil.which(shell):
        subprocess.run([found, "-n"], input=script.output, text=True, check=True)


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    program = tmp_path / "oncall-tui"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m oncall_tui "$@"\n')
    program.chmod(0o755)
    script = CliRunner().invoke(cli, ["completion", "bash"]).output

    def completed(*words: str) -> list[str]:
        line = " ".join(f"'{word}'" for word in words)
        asked = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _oncall_tui_completion {program}; echo ${{COMPREPLY[@]}}"
        told = subprocess.run(
            ["bash", "-c", f"{script}\n{asked}"],
            capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
        return told.stdout.split()

    assert completed(str(program), "sta") == ["status"]
    assert "--expect" in completed(str(program), "journal", "verify", "--")
    assert completed(str(program), "completion", "f") == ["fish"]


def test_the_shipped_manual_page_is_that_of_this_program() -> None:
    made = "\n".join(page(cli)) + "\n"
    assert CliRunner().invoke(cli, ["man"]).output == made
    assert SHIPPED.read_text() == made, "it is old: python -m oncall_tui man > docs/oncall-tui.1"


def test_every_command_and_option_is_in_it() -> None:
    text = "\n".join(page(cli)).replace("\\-", "-")
    assert ".SS oncall-tui journal verify" in text
    assert "--debug-bundle FILE" in text
    assert str(Path.home()) not in text


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_groff_has_nothing_to_say_against_it() -> None:
    command = ["groff", "-man", "-Tascii", "-P-cbou", "-ww", "-rLL=100n"]
    told = subprocess.run(command, input="\n".join(page(cli)), capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
    assert "   oncall-tui silence add\n" in told.stdout
