"""Which runbooks fit, from real folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oncall_tui.core.catalogue import Service
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.step_records import Helped
from oncall_tui.runbooks import Because, LinkRunbook, Rule, Runbook, RunbookLibrary, Suggestion
from oncall_tui.runbooks.folder import FILE_LIMIT
from oncall_tui.runbooks.library import ranked


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 10.0
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    (folder / "team").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / ".git" / "hidden.md").write_text("# hidden\n")
    (folder / "stale.md").write_text("---\nmatches: ['alertname=\"FeatureStale\"']\n---\n# Stale\n")
    (folder / "any-stale.md").write_text("---\nmatches: ['alertname=~\".*Stale\"']\n---\n# Any stale\n")
    (folder / "team" / "page.md").write_text(
        "---\nmatches: ['alertname=~\".*Stale\"', 'severity=\"page\"']\n---\n# Page\n"
    )
    (folder / "plain.md").write_text("# Plain\n")
    return folder


def library(folder: Path, *rules: Rule) -> RunbookLibrary:
    return RunbookLibrary([folder], rules, monotonic=Ticks())


def shown(suggestions: tuple[Suggestion, ...]) -> list[tuple[str, str]]:
    return [
        (item.runbook.name if isinstance(item.runbook, Runbook) else item.runbook.url, item.because)
        for item in suggestions
    ]


@pytest.mark.parametrize(
    "link",
    [
        "../secret.md",
        "../../etc/passwd",
        "file:///etc/passwd",
        "/etc/passwd",
        "%2e%2e/secret.md",
        "https://wiki/..%2fsecret",
        "http://[bad/secret",
        "javascript:alert(1)",
        ".git/hidden",
    ],
)
def test_a_link_never_leads_out_of_the_folders(folder: Path, link: str) -> None:
    (folder.parent / "secret.md").write_text("# secret\n")
    found = library(folder).for_alert({"alertname": "X"}, {"runbook_url": link})
    assert all(isinstance(item.runbook, LinkRunbook) for item in found)
    assert [item.runbook.openable for item in found] == [link.startswith("http")]  # type: ignore[union-attr]


def test_a_missing_folder_is_told_and_the_others_count(folder: Path) -> None:
    both = RunbookLibrary([folder / "nope", folder])
    assert len(both.runbooks()) == 4
    [problem] = both.problems()
    assert "nope: folder cannot be read: no such file" in str(problem)


def test_what_is_no_plain_readable_file_is_told_and_never_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")
    (folder / "loop.md").symlink_to(folder / "loop.md")
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    with (folder / "huge.md").open("wb") as huge:
        huge.truncate(FILE_LIMIT + 1)
    shelf = library(folder)
    assert len(shelf.runbooks()) == 4
    told = " ".join(str(problem) for problem in shelf.problems())
    for word in ("pipe.md: is not a plain file", "loop.md: cannot be read", "gone.md: cannot", "huge.md: is over 1 MB"):
        assert word in told


def test_a_rule_that_names_no_runbook_is_told_and_shown(folder: Path) -> None:
    shelf = library(folder, Rule(parse_matchers("alertname=X"), "lost.md"))
    assert str(shelf.problems()[0]) == "lost.md: is named by a runbook rule, but is in no runbook folder"
    [found] = shelf.for_alert({"alertname": "X"}, {})
    assert isinstance(found.runbook, LinkRunbook)
    assert not found.runbook.openable
    assert "no runbook folder" in found.runbook.note


def test_a_rule_may_name_a_file_in_no_folder_and_call_it_what_it_likes(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.md").write_text("# Outside\n```sh {kind=odd}\ntrue\n```\n")
    matchers = parse_matchers("alertname=X")
    rules = [
        Rule(matchers, str(tmp_path / "outside.md"), "Ours"),
        Rule(matchers, str(folder / "plain.md")),
        Rule(matchers, "https://wiki/x", "Theirs"),
        Rule(matchers, str(tmp_path / "gone.md")),
    ]
    shelf = RunbookLibrary([folder], rules, timeout=42)
    found = [item.runbook for item in shelf.for_alert({"alertname": "X"}, {})]
    assert [item.title for item in found] == ["Ours", "Plain", "Theirs", str(tmp_path / "gone.md")]
    assert found[1] is shelf.runbook("plain")
    assert isinstance(found[0], Runbook)
    assert found[0].steps[0].timeout == 42
    assert [str(problem) for problem in shelf.problems()] == [
        f"{tmp_path / 'outside.md'}:2: 'odd' is no kind of step; it counts as danger"
        " (one of diagnose, mitigate, danger)",
        f"{tmp_path / 'gone.md'}: cannot be read: no such file or directory",
    ]


def test_an_alert_that_nothing_fits_has_no_runbook(folder: Path) -> None:
    assert library(folder).for_alert({"alertname": "Other"}, {}) == ()
    assert library(folder, Rule((), "plain")).for_alert({"alertname": "Other"}, {}) == ()


def test_rules_come_first_then_the_more_precise_matches_then_the_link(folder: Path) -> None:
    shelf = library(
        folder,
        Rule(parse_matchers('alertname="FeatureStale"'), "plain"),
        Rule(parse_matchers('severity="page"'), "https://wiki/pages"),
        Rule(parse_matchers('severity="info"'), "never"),
    )
    found = shelf.for_alert(
        {"alertname": "FeatureStale", "severity": "page"}, {"runbook_url": "https://wiki/runbooks/PLAIN.md#now"}
    )
    assert shown(found) == [
        ("plain.md", Because.RULE),
        ("https://wiki/pages", Because.RULE),
        ("team/page.md", Because.MATCHES),
        ("stale.md", Because.MATCHES),
        ("any-stale.md", Because.MATCHES),
        ("https://wiki/runbooks/PLAIN.md#now", Because.LINK),
    ]


@pytest.mark.parametrize(
    "link", ["team/page.md", "page", "./PAGE.md", "https://wiki/x/page/", "https://wiki/page.md?v=1"]
)
def test_a_link_that_names_a_runbook_here_finds_it(folder: Path, link: str) -> None:
    found = library(folder).for_alert({"alertname": "X"}, {"runbook_url": link})
    assert shown(found)[0] == ("team/page.md", Because.LINK)
    assert len(found) == (2 if link.startswith("http") else 1)


def test_the_link_may_be_a_label_or_the_older_annotation(folder: Path) -> None:
    shelf = library(folder)
    assert shown(shelf.for_alert({"runbook_url": "plain"}, {})) == [("plain.md", Because.LINK)]
    assert shown(shelf.for_alert({}, {"runbook": "plain"})) == [("plain.md", Because.LINK)]


def test_a_service_has_the_runbooks_of_the_alerts_it_may_raise(folder: Path) -> None:
    (folder / "store.md").write_text("---\nmatches: ['service=\"feature-store\"']\n---\n# Store\n")
    store = Service("feature-store", labels={"severity": "page"})
    assert shown(library(folder).for_service(store, ["FeatureStale"])) == [
        ("team/page.md", Because.MATCHES),
        ("stale.md", Because.MATCHES),
        ("store.md", Because.MATCHES),
        ("any-stale.md", Because.MATCHES),
    ]
    assert shown(library(folder).for_service(Service("ranker"), [])) == []


def test_a_runbook_is_read_again_when_it_changes_and_not_before(folder: Path) -> None:
    shelf = library(folder)
    first = shelf.runbook("plain")
    assert first is not None
    assert shelf.runbook("plain") is first
    (folder / "plain.md").write_text("# Plainer still\n")
    changed = shelf.runbook("plain")
    assert changed is not None
    assert changed.title == "Plainer still"
    (folder / "plain.md").unlink()
    assert shelf.runbook("plain") is None


def test_many_questions_at_once_look_at_the_folders_once(folder: Path) -> None:
    shelf = RunbookLibrary([folder], monotonic=lambda: 1.0)
    assert shelf.runbook("later") is None
    (folder / "later.md").write_text("# Later\n")
    assert shelf.runbook("later") is None


def test_what_helped_before_comes_first_and_what_made_it_worse_last(folder: Path) -> None:
    found = library(folder).for_alert({"alertname": "FeatureStale", "severity": "page"}, {"runbook_url": "https://w/x"})
    before = {
        "any-stale.md": Helped(recovered=1, last=9.0),
        "stale.md": Helped(worked=2, last=8.0),
        "team/page.md": Helped(worse=1),
    }
    order = [(one.runbook.name or one.runbook.title, one.helped.recovered) for one in ranked(found, before)]
    assert order == [("any-stale.md", 1), ("stale.md", 0), ("https://w/x", 0), ("team/page.md", 0)]
    assert ranked(found, {}) == found
