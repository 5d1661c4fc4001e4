"""`check` tries the templates that replace ours."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from oncall_tui.cli import cli


def checked(tmp_path: Path, settings: str) -> tuple[int, str]:
    file = tmp_path / "config.yaml"
    file.write_text(f"journal: {tmp_path}/journal.sqlite3\nincidents: {{{settings}}}\n")
    result = CliRunner().invoke(cli, ["check", "--offline", "--config", str(file)])
    return result.exit_code, result.output


def test_a_template_that_works_is_ok_and_none_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "own.j2").write_text("{% extends 'postmortem.md.j2' %}")
    code, told = checked(tmp_path, "markdown_template: own.j2")
    assert code == 1, told  # for want of services alone
    assert "makes a postmortem" in told
    _, told = checked(tmp_path, "open_on_page: false")
    assert "postmortem" not in told


def test_one_that_is_wrong_fails_with_the_line_of_the_configuration_and_its_own(tmp_path: Path) -> None:
    (tmp_path / "own.j2").write_text("fine\n{{ nothing_like_it }}\n")
    code, told = checked(tmp_path, "html_template: own.j2")
    assert code == 2
    assert "config.yaml:2" in told
    assert "nothing_like_it" in told
    code, told = checked(tmp_path, "html_template: none.j2")
    assert code == 2
    assert "cannot be read" in told
