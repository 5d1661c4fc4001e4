"""What a step has to be told: read from front matter, looked for, asked for, and never taken as code."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.actions import RunStep
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError
from oncall_tui.core.redaction import Redactor
from oncall_tui.core.variables import Variable, VariableType
from oncall_tui.journal import Journal
from oncall_tui.runbooks import Runbook, parse_runbook

FRONT = """---
requires:
  - sh
  - REGION
  - {name: REPLICAS, prompt: "How many?", type: int, default: 3}
  - {name: TIER, choices: [gold, silver]}
  - {name: TOKEN, secret: true}
---
"""


def book(code: str, folder: Path = Path("/books"), front: str = FRONT, info: str = "sh") -> Runbook:
    return parse_runbook(f"{front}# Scale\n```{info}\n{code}\n```\n", folder / "scale.md")


def complaints(front: str) -> list[str]:
    return [str(problem) for problem in book("true", front=f"---\n{front}\n---\n").problems]


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        ("requires: [a/b]", "'a/b' is neither a variable nor a program's name"),
        ("requires: [[A]]", "expected a name, or a mapping with one"),
        ("requires: [{prompt: x}]", "a variable has no name"),
        ("requires: [{name: lower}]", "'lower': a variable's name is of A-Z"),
        ("requires: [{name: A, typ: int}]", "'typ' is none of name, prompt, type"),
        ("requires: [{name: A, type: bool}]", "'bool' is none of text, int, number, duration"),
        ("requires: [{name: A, type: int, default: many}]", "A: the default: expected a whole number"),
        ("requires: [{name: A, choices: x}]", "choices: expected a list"),
        ("requires: [{name: A, secret: maybe}]", "secret: expected true or false"),
        ("requires: [LD_PRELOAD]", "LD_PRELOAD is not for a runbook to ask for"),
        ("requires: [PATH]", "PATH is not for a runbook to ask for"),
    ],
)
def test_each_mistake_under_requires_is_told_with_its_line(front: str, complaint: str) -> None:
    [said] = complaints(front)
    assert said.startswith("/books/scale.md:2: requires: ")
    assert complaint in said


@pytest.mark.parametrize(
    ("info", "complaint"),
    [
        ("sh {interactive=perhaps}", "interactive: 'perhaps' is neither"),
        ("sh {host=a-b}", "host: 'a-b' names no label"),
        ("sh {host=instance interactive=true}", "has no terminal"),
        ("sh {verify=a/b/c}", "verify: 'a/b/c' is no signal or SLO"),
        ("sh {verify=drift within=soon}", "within: 'soon' is not a duration"),
        ("sh {within=5m}", "within= goes with verify="),
        ("sh {undo=nothing}", "undo=nothing: there is no such step"),
        ("sh {next=nothing}", "next=nothing: there is no such step"),
    ],
)
def test_each_mistake_in_a_fence_is_told_with_its_line(info: str, complaint: str) -> None:
    [problem] = book("true", front="", info=info).problems
    assert complaint in str(problem)
    assert problem.line == 2


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (VariableType.INT, ["3", "-1", "+07"], ["", "3.5", "1e9", "٣", "3; rm", "3\n"]),
        (VariableType.NUMBER, ["3", "3.5", "-.5"], ["", ".", "nan", "inf", "1e3"]),
        (VariableType.DURATION, ["5m", "1h30m"], ["", "5", "5x", "0s"]),
        (VariableType.TEXT, ["$(rm -rf /)", " x"], ["", "  ", "\0", "x" * 40_000]),
    ],
)
def test_an_answer_has_to_be_of_its_type(kind: VariableType, good: list[str], bad: list[str]) -> None:
    variable = Variable("X", type=kind)
    assert [answer for answer in good if variable.mistake(answer)] == []
    assert [answer for answer in bad if not variable.mistake(answer)] == []


@given(st.text(max_size=30))
def test_of_choices_only_these_will_do(answer: str) -> None:
    assert (Variable("X", choices=("gold", "silver")).mistake(answer) == "") == (answer in ("gold", "silver"))


def test_a_step_asks_for_what_it_mentions_and_nobody_knows(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGION", raising=False)
    scale = book(
        'echo "$REGION $REPLICAS" "${ALERT_LABEL_POD}" "$ALERT_LABEL_ZONE" "${ALERT_LABEL_X:-all}" \\$ALERT_NO'
    )
    work = RunStep(journal, "maria", variables={"ranker": {"REPLICAS": "5"}})
    alert = Alert("am", "f", {"alertname": "A", "service": "ranker", "zone": "z1"})
    assert [one.name for one in work.wanting(scale, scale.steps[0], alert)] == ["REGION", "ALERT_LABEL_POD"]
    assert [one.name for one in work.wanting(scale, scale.steps[0])] == [
        "REGION",
        "REPLICAS",
        "ALERT_LABEL_POD",
        "ALERT_LABEL_ZONE",
    ]
    monkeypatch.setenv("REGION", "eu")
    assert [one.name for one in work.wanting(scale, scale.steps[0], alert)] == ["ALERT_LABEL_POD"]
    with pytest.raises(ActionError, match="needs ALERT_LABEL_POD"):
        work.prepare(scale, scale.steps[0], alert)
    ready = work.prepare(scale, scale.steps[0], alert, given={"ALERT_LABEL_POD": "p", "REPLICAS": "7"})
    shown = ready.preview.environment
    assert (shown["REGION"], shown["REPLICAS"], shown["ALERT_LABEL_POD"]) == ("eu", "7", "p"), "an answer wins"


def test_a_configured_value_that_will_not_do_is_asked_for(journal: Journal) -> None:
    scale = book('echo "$REPLICAS"')
    work = RunStep(journal, "maria", variables={"ranker": {"REPLICAS": "many"}})
    assert [one.name for one in work.wanting(scale, scale.steps[0], service="ranker")] == ["REPLICAS"]


def test_an_answer_that_will_not_do_or_is_nobodys_is_refused(journal: Journal) -> None:
    scale = book('echo "$REPLICAS"')
    work = RunStep(journal, "maria")
    with pytest.raises(ActionError, match="REPLICAS: expected a whole number"):
        work.prepare(scale, scale.steps[0], given={"REPLICAS": "3; rm -rf /"})
    with pytest.raises(ActionError, match="has no variable PATH"):
        work.prepare(scale, scale.steps[0], given={"REPLICAS": "3", "PATH": "/tmp"})


def test_a_program_that_is_not_installed_is_told_before_anything_runs(journal: Journal) -> None:
    scale = book("true", front="---\nrequires: [no-such-program]\n---\n")
    with pytest.raises(ActionError, match="no-such-program is not installed"):
        RunStep(journal, "maria").prepare(scale, scale.steps[0])


HOSTILE = [
    "'; touch pwned; '",
    '"; touch pwned; "',
    "$(touch pwned)",
    "`touch pwned`",
    "; rm -rf .",
    "a\nb\n touch pwned",
    "-rf",
    "\x1b[2J\x1b]0;x\x07",
    "../../x",
    "*",
    "${IFS}x",
    "%s%n",
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_hostile_value_is_only_ever_a_value(journal: Journal, tmp_path: Path, value: str) -> None:
    front = "---\nrequires: [NOTE]\n---\n"
    asking = book('printf %s "$NOTE|$ALERT_LABEL_POD" >got', tmp_path, front)
    work = RunStep(journal, "maria")
    alert = Alert("am", "f", {"alertname": "A", "pod": value})
    lines: list[str] = []
    ran = await work(work.prepare(asking, asking.steps[0], alert, given={"NOTE": value}), lines.append)
    assert ran.result.ok
    assert not (tmp_path / "pwned").exists()
    assert (tmp_path / "got").read_bytes() == f"{value}|{value}".encode()
    assert journal.events()[0].payload["environment"]["NOTE"] == value  # type: ignore[index]


async def test_a_secret_answer_is_kept_nowhere(journal: Journal, tmp_path: Path) -> None:
    asking = book('echo "token is $TOKEN"', tmp_path)
    work = RunStep(journal, "maria", redactor=Redactor)
    lines: list[str] = []
    ready = work.prepare(asking, asking.steps[0], given={"TOKEN": "hunter2"})
    assert ready.secret == {"TOKEN"}
    await work(ready, lines.append)
    assert lines == ["token is [redacted]"]
    assert "hunter2" not in repr(journal.events())
    assert "TOKEN" not in journal.events()[0].payload["environment"]  # type: ignore[operator]
