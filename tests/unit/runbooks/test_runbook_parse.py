"""Markdown to runbooks: what is wrong is told with its line, and the rest loads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.matchers import parse_matchers
from oncall_tui.runbooks import Runbook, StepKind, parse_runbook
from oncall_tui.runbooks.parse import CODE_LIMIT, STEP_LIMIT

PATH = Path("/books/feature-stale.md")


def parse(text: str) -> Runbook:
    return parse_runbook(text, PATH)


def complaints(text: str) -> list[str]:
    return [str(problem) for problem in parse(text).problems]


def test_front_matter_that_is_not_yaml_is_told_with_its_line_and_the_rest_loads() -> None:
    book = parse("---\ntitle: ok\nmatches: [a\nrisk: diagnose\n---\n# Stale\n```sh\ntrue\n```\n")
    [problem] = book.problems
    assert str(problem).startswith("/books/feature-stale.md:4: front matter is not YAML")
    assert book.title == "Stale"
    assert [step.kind for step in book.steps] == [StepKind.DANGER], "nobody knows what risk the author meant"


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        ("- a\n- b", ":2: front matter is not a mapping"),
        ("title: [x]", ":2: title: expected text"),
        ("title: x\nmatches: ['alertname=\"A\"', 'severity']", ":3: matches: 'severity' is no matcher"),
        ('matches:\n  - alertname=~"("', ":3: matches: 'alertname=~\"(\"' is no matcher"),
        ("matches: [{a: b}]", ":2: matches: expected matchers as text"),
        ("matches: severity!=info", ":2: matches: would fit every alert"),
        ("timeout: soon", ":2: timeout: 'soon' is not a duration"),
        ("risk: low", ":2: risk: 'low' is no risk; its steps count as danger"),
        ("title: x\nmatch: [a=b]", ":3: unknown key 'match' (did you mean matches?)"),
        ("matchers: [a=b]", ":2: unknown key 'matchers' (did you mean matches?)"),
        ("timeot: 5m", ":2: unknown key 'timeot' (did you mean timeout?)"),
        pytest.param("[" * 5_000, ":2: front matter is not YAML", id="deep"),
        pytest.param("title: " + "x" * 70_000, ":2: front matter is over 64 KiB", id="huge"),
        ("a: *nothing", "front matter is not YAML: found undefined alias"),
        ("a: \x07", ":2: front matter is not YAML"),
    ],
)
def test_each_mistake_in_front_matter_is_told_with_its_line(front: str, complaint: str) -> None:
    [problem] = complaints(f"---\n{front}\n---\n# Stale\n")
    assert complaint in problem


def test_half_understood_matches_are_not_used_at_all() -> None:
    assert parse("---\nmatches: ['team=\"ml\"', 'alertname=~\"[\"']\n---\n").matchers == ()


def test_front_matter_without_an_end_is_told() -> None:
    [problem] = complaints("---\ntitle: x\n# Stale\n")
    assert ":1: front matter has no end" in problem


def test_a_rule_line_at_the_top_is_no_front_matter() -> None:
    assert complaints("---\n\n# Stale\n") == []


def test_keys_of_other_tools_are_left_alone() -> None:
    assert (
        complaints("---\nrunme:\n  id: 01H\n  version: v3\ntags: [a]\nweight: 3\nlastmod: 2024-01-01\n---\n# x\n") == []
    )


def test_a_step_whose_kind_is_not_understood_counts_as_danger() -> None:
    book = parse("# x\n```sh {kind=harmless}\ntrue\n```\n```sh {name=x kind\ntrue\n```\n")
    assert [step.kind for step in book.steps] == [StepKind.DANGER, StepKind.DANGER]
    assert [problem.line for problem in book.problems] == [2, 5]


def test_a_step_that_says_nothing_is_not_taken_for_harmless() -> None:
    assert [step.kind for step in parse("```sh\nreboot\n```\n").steps] == [StepKind.MITIGATE]


def test_a_step_with_bytes_that_are_no_text_cannot_be_run() -> None:
    book = parse(b"# x\n```sh\necho \xff\xfe\n```\n```sh\ntrue\n```\n".decode(errors="replace"))
    assert [step.line for step in book.steps] == [5]
    assert "/books/feature-stale.md:2: a step holds bytes that are not UTF-8" in str(book.problems[0])


def test_a_step_too_long_for_one_argument_cannot_be_run() -> None:
    book = parse(f"```sh\n{'x' * CODE_LIMIT}\n```\n")
    assert book.steps == ()
    assert len(book.problems) == 1


def test_of_too_many_steps_the_later_ones_are_left_out_and_it_is_told() -> None:
    book = parse("```sh\ntrue\n```\n" * (STEP_LIMIT + 5))
    assert len(book.steps) == STEP_LIMIT
    assert book.problems[0].line == STEP_LIMIT * 3 + 1


@pytest.mark.parametrize("info", ["", "console", "python", "promql", "text {name=x}", "{name=x}"])
def test_other_blocks_are_no_steps(info: str) -> None:
    assert parse(f"```{info}\n$ ls\n```\n").steps == ()


def test_an_empty_block_is_no_step() -> None:
    assert parse("```sh\n\n  \n```\n").steps == ()


@pytest.mark.parametrize(
    "info",
    [
        "sh {name=check-it kind=diagnose timeout=30s}",
        'sh { "name": "check-it", "kind": "diagnose", "timeout": "30s" }',
        "sh name=check-it kind=diagnose timeout=30s",
        "Shell {kind='diagnose' name=\"check-it\" timeout=30s}",
    ],
)
def test_attributes_are_read_in_each_of_runmes_forms(info: str) -> None:
    [step] = parse(f"# Heading\n```{info}\ntrue\n```\n").steps
    assert (step.id, step.title, step.kind, step.timeout, step.shell) == (
        "check-it",
        "Heading",
        StepKind.DIAGNOSE,
        30,
        "sh",
    )


def test_a_whole_runbook_is_read() -> None:
    text = (
        "---\r\ntitle: Feature *stale*\r\nmatches:\r\n"
        '  - alertname="FeatureStale"\r\n  - severity="page", team=~"ml.*"\r\n'
        "timeout: 2m\r\nrisk: diagnose\r\n---\r\n\r\n# Other\r\n\r\n## Look at `ingest` [now](x)\r\n\r\n- first\r\n\r\n"
        '  ```bash\r\n  if true; then\r\n  \techo "$ALERT_LABEL_X"\r\n  fi\r\n  ```\r\n\r\n'
        "### Mend\r\n~~~zsh {kind=mitigate}\r\ntrue\r\n~~~\r\n```sh\r\ntrue\r\n```\r\n"
    )
    book = parse(text)
    assert (book.title, book.timeout, book.problems, book.name) == ("Feature *stale*", 120, (), "feature-stale.md")
    assert book.matchers == parse_matchers('alertname="FeatureStale", severity="page", team=~"ml.*"')
    assert book.text.startswith("# Other\n")
    assert [(step.id, step.shell, step.kind, step.line) for step in book.steps] == [
        ("look-at-ingest-now", "bash", StepKind.DIAGNOSE, 16),
        ("mend", "zsh", StepKind.MITIGATE, 23),
        ("mend-2", "sh", StepKind.DIAGNOSE, 26),
    ]
    assert book.steps[0].code == 'if true; then\n\techo "$ALERT_LABEL_X"\nfi\n'
    assert book.step("mend-2") is book.steps[2]
    assert book.step("nope") is None


def test_steps_under_one_heading_are_told_apart() -> None:
    book = parse("## Mend\n```sh {name=first}\ntrue\n```\n```sh {name=first}\ntrue\n```\n```sh\ntrue\n```\n")
    assert [(step.id, step.title) for step in book.steps] == [
        ("first", "Mend"),
        ("first-2", "Mend: first-2"),
        ("mend", "Mend: mend"),
    ]


def test_a_step_without_a_heading_is_called_by_its_name_or_its_first_line() -> None:
    book = parse("```sh {name=look}\ntrue\n```\n```sh\n\ndf -h\n```\n")
    assert [(step.id, step.title) for step in book.steps] == [("look", "look"), ("df-h", "df -h")]


def test_without_a_title_the_heading_and_without_that_the_files_name_is_taken() -> None:
    assert parse("\ufeff# The *big* one\n").title == "The big one"
    assert parse("words").title == "feature-stale"


def test_a_title_cannot_bring_control_characters() -> None:
    assert parse("# red \x1b[31m \u202e evil\n").title == "red \u241b[31m \ufffd evil"


@given(st.text(alphabet=st.sampled_from("-`~#{}[]=:\"' \nabsh\x00\u202e>*"), max_size=400))
def test_nothing_makes_parsing_fail_and_ids_are_unique(text: str) -> None:
    for candidate in (text, f"---\n{text}\n---\n{text}", f"```sh {text}"):
        book = parse(candidate)
        assert len({step.id for step in book.steps}) == len(book.steps)
        lines = candidate.replace("\r\n", "\n").split("\n")
        assert all("```" in lines[step.line - 1] or "~~~" in lines[step.line - 1] for step in book.steps)
