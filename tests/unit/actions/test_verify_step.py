"""What a step should move is watched from any snapshot, and always ends in one entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.actions import RunStep, StepRun
from oncall_tui.actions.verify_step import Verifications, proposal
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.readings import Members, Provenance, SignalReading
from oncall_tui.core.snapshot import Figure, Snapshot
from oncall_tui.core.step_records import Outcome, step_records
from oncall_tui.journal import Journal
from oncall_tui.runbooks import Runbook, parse_runbook

CATALOGUE = Catalogue(
    (Service("store", signals=(Signal("store", "age", SignalKind.FRESHNESS, "q", unit="s", warn=900),)),)
)
BOOK = """
```sh {name=replay verify=store/age within=5m undo=stop}
true
```
```sh {name=look kind=diagnose}
true
```
```sh {name=stop}
true
```
```sh {name=restart}
true
```
```sh {name=blind verify=store/nothing}
true
```
```sh {name=first next=look}
true
```
"""


def book(folder: Path) -> Runbook:
    return parse_runbook(BOOK, folder / "stale.md")


def at(now: float, value: float | None) -> Assessment:
    figures = {}
    if value is not None:
        members = Members({"": value}, now - 1, Provenance("p", "q"))
        figures[SignalReading("store", "age")] = Figure(15, "p", members)
    return assess(Snapshot(now, CATALOGUE, figures=figures))


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


async def ran(journal: Journal, folder: Path, step: str, uses: Verifications, before: Assessment) -> StepRun:
    runbook = book(folder)
    work = RunStep(journal, "maria")
    found = runbook.step(step)
    assert found is not None
    prepared = work.prepare(runbook, found, service="store")
    noted = uses.before(prepared, before)
    run = await work(prepared, lambda _: None)
    uses.begin(run, noted)
    return run


async def test_it_recovers_early_and_the_record_of_the_run_says_so(journal: Journal, tmp_path: Path) -> None:
    clock = Clock()
    uses = Verifications(journal, "maria", clock)
    await ran(journal, tmp_path, "replay", uses, at(1_000, 2_700))
    clock.now = 1_020
    assert uses.observe(at(1_020, 30)) == ()
    clock.now = 1_040
    [verified] = uses.observe(at(1_040, 20))
    assert (verified.verdict.outcome, uses.running) == (Outcome.RECOVERED, ())
    assert await uses.record(verified) == ""
    [record] = step_records(journal.events())
    assert (record.outcome, record.why) == (Outcome.RECOVERED, "45m → 20s")


async def test_at_the_end_it_is_judged_and_the_undo_or_the_next_step_proposed(journal: Journal, tmp_path: Path) -> None:
    clock = Clock()
    uses = Verifications(journal, "maria", clock)
    for value, outcome, step, undo in (
        (5_000, Outcome.WORSE, "stop", True),
        (2_700, Outcome.NO_EFFECT, "restart", False),
    ):
        clock.now = 1_000
        await ran(journal, tmp_path, "replay", uses, at(1_000, 2_700))
        clock.now = 1_301
        [verified] = uses.observe(at(1_301, value))
        assert (verified.verdict.outcome, verified.undo) == (outcome, undo)
        assert verified.proposal is not None
        assert verified.proposal.id == step
        await uses.record(verified)
        assert journal.events()[-1].payload["undo" if undo else "next"] == step
    assert len(uses.done) == 2


async def test_when_the_dashboard_closes_it_is_written_that_nobody_watched_on(journal: Journal, tmp_path: Path) -> None:
    uses = Verifications(journal, "maria", Clock())
    await ran(journal, tmp_path, "replay", uses, at(1_000, 2_700))
    uses.close()
    uses.close()
    [record] = step_records(journal.events())
    assert record.outcome is Outcome.UNKNOWN
    assert record.why.startswith("not watched to its end")
    assert len(journal.events()) == 3


async def test_a_step_that_names_nothing_known_is_not_watched_and_says_so_before(
    journal: Journal, tmp_path: Path
) -> None:
    uses = Verifications(journal, "maria", Clock())
    before = at(1_000, 2_700)
    await ran(journal, tmp_path, "blind", uses, before)
    await ran(journal, tmp_path, "look", uses, before)
    assert uses.running == ()
    runbook, work = book(tmp_path), RunStep(journal, "maria")
    blind, replay = runbook.step("blind"), runbook.step("replay")
    assert blind is not None
    assert replay is not None
    assert "nothing is watched: store/nothing" in uses.wished(work.prepare(runbook, blind, service="store"), before)
    assert uses.wished(work.prepare(runbook, replay, service="store"), before) == "store/age is watched for 5m; now 45m"
    fine = uses.wished(work.prepare(runbook, replay, service="store"), at(1_000, 60))
    assert fine == "store/age is watched for 5m; now 1m, which is in bounds already"
    gone = uses.wished(work.prepare(runbook, replay, service="store"), at(1_000, None))
    assert gone == "store/age is watched for 5m; now not known now"


@pytest.mark.parametrize(
    ("step", "outcome", "proposed"),
    [
        ("replay", Outcome.RECOVERED, None),
        ("replay", Outcome.UNKNOWN, None),
        ("replay", Outcome.WORSE, "stop"),
        ("replay", Outcome.BETTER, "restart"),
        ("restart", Outcome.WORSE, "blind"),
        ("first", Outcome.NO_EFFECT, "look"),
    ],
)
def test_what_is_proposed(tmp_path: Path, step: str, outcome: Outcome, proposed: str | None) -> None:
    runbook = book(tmp_path)
    found = runbook.step(step)
    assert found is not None
    named = proposal(runbook, found, outcome)[0]
    assert (named.id if named else None) == proposed
