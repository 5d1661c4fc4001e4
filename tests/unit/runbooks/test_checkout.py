"""Which commit a checkout is at, from real checkouts, without running anything of theirs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from oncall_tui.runbooks.checkout import commit_of


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main"]
    ran = subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    (folder / "team").mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "team" / "a.md").write_text("# A\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "a")
    return folder


def test_the_commit_of_a_branch_of_packed_refs_of_none_and_of_a_worktree(checkout: Path, tmp_path: Path) -> None:
    commit = git(checkout, "rev-parse", "HEAD")
    assert commit_of(checkout / "team") == commit
    git(checkout, "pack-refs", "--all")
    assert commit_of(checkout) == commit
    git(checkout, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    assert commit_of(tmp_path / "tree") == commit
    git(checkout, "checkout", "-q", "--detach")
    assert commit_of(checkout) == commit


def test_what_is_no_checkout_or_a_hostile_one_is_at_no_commit(checkout: Path, tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ""
    (tmp_path / "secret").write_text("a" * 40)
    for head in ("ref: refs/../../../secret", "ref: /etc/passwd", "", "\0", "x" * 40):
        (checkout / ".git" / "HEAD").write_text(head)
        assert commit_of(checkout) == ""
