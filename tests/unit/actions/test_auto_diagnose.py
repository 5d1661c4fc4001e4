"""What begins to fire is looked into once, by one of many, within bounds; and nothing is ever changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from oncall_tui.actions import RunStep
from oncall_tui.actions.auto_diagnose import ACTOR, AutoDiagnose, AutoSettings, Diagnosed
from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.step_records import step_records
from oncall_tui.core.steps import StepKind
from oncall_tui.journal import EventKind, Journal
from oncall_tui.runbooks import RunbookLibrary

NOW = 10_000.0
BOOK = """---
matches: ['alertname="Stale"']
requires: [{name: REGION}]
---
```sh {name=look kind=diagnose}
echo "looked at $ALERT_LABEL_TABLE" >>trace
echo found
```
```sh {name=slow kind=diagnose}
echo slow >>trace; sleep 30
```
```sh {name=lacking kind=diagnose}
echo "$REGION" >>trace
```
```sh {name=shell kind=diagnose interactive=true}
echo shell >>trace
```
```sh {name=elsewhere kind=diagnose host=table}
echo elsewhere >>trace
```
```sh {name=mend kind=mitigate}
echo mended >>trace
```
```sh {name=unsaid}
echo unsaid >>trace
```
"""
OTHER = "# Other\n```sh {name=other kind=diagnose}\necho other >>trace\n```\n"


def alert(name: str = "Stale", started: float = NOW - 30, **labels: str) -> Alert:
    told = {"alertname": name, "severity": "page", "table": "clicks", **labels}
    return Alert("am", f"f-{name}", told, {"runbook_url": "other"}, starts_at=started)


def assessed(*alerts: Alert, silences: tuple[Silence, ...] = ()) -> Assessment:
    return assess(Snapshot(NOW, Catalogue(), alerts=alerts, silences=silences))


Make = Callable[..., AutoDiagnose]


@pytest.fixture
def make(journal: Journal, tmp_path: Path) -> Make:
    folder = tmp_path / "books"
    folder.mkdir()
    (folder / "stale.md").write_text(BOOK)
    (folder / "other.md").write_text(OTHER)

    def made(own: Journal | None = None, read_only: str = "", **settings: object) -> AutoDiagnose:
        use = own or journal
        looks = RunStep(use, ACTOR, read_only=read_only, allowed=StepKind.DIAGNOSE, automatic=True)
        bounds = {"matchers": parse_matchers('severity="page"'), "timeout": 0.5, **settings}
        return AutoDiagnose(RunbookLibrary([folder]), looks, use, use, AutoSettings(**bounds), lambda: NOW)  # type: ignore[arg-type]

    return made


def trace(tmp_path: Path) -> list[str]:
    file = tmp_path / "books" / "trace"
    return file.read_text().splitlines() if file.exists() else []


async def test_only_what_looks_and_lacks_nothing_runs_each_within_its_bound(
    make: Make, journal: Journal, tmp_path: Path
) -> None:
    auto = make()
    [status] = auto.beginning(assessed(alert()))
    found = await auto.run(status)
    assert found == Diagnosed(status.alert, ran=2, failed=1), "the slow one is stopped at its bound"
    assert trace(tmp_path) == ["looked at clicks", "slow"]
    first, second = step_records(journal.events())
    assert (first.step, first.automatic, first.actor, first.tail) == ("look", True, ACTOR, "found")
    assert (first.fingerprint, second.ok) == ("f-Stale", False)


async def test_it_runs_once_for_a_firing_and_again_for_the_next(make: Make, tmp_path: Path) -> None:
    auto = make(steps=1)
    [status] = auto.beginning(assessed(alert()))
    assert auto.beginning(assessed(alert())) == ()
    assert await auto.run(status) is not None
    assert await auto.run(status) is None
    assert await make(steps=1).run(status) is None, "nor after a restart"
    [again] = auto.beginning(assessed(alert(started=NOW - 5)))
    assert await auto.run(again) is not None
    assert trace(tmp_path) == ["looked at clicks"] * 2


async def test_of_many_dashboards_one_runs_it(make: Make, journal: Journal, tmp_path: Path) -> None:
    many = [make(Journal(journal.path), steps=1) for _ in range(6)]
    statuses = [auto.beginning(assessed(alert()))[0] for auto in many]
    ran = await asyncio.gather(*(auto.run(status) for auto, status in zip(many, statuses, strict=True)))
    assert sum(one is not None for one in ran) == 1
    assert trace(tmp_path) == ["looked at clicks"]


@pytest.mark.parametrize(
    "one",
    [
        alert(severity="ticket"),
        alert(started=NOW - 400),
        alert(started=NOW + 4_000),
        alert(started=0.0),
    ],
    ids=["another severity", "old", "of the future", "start unknown"],
)
def test_what_does_not_match_or_does_not_begin_is_left_alone(make: Make, one: Alert) -> None:
    assert make().beginning(assessed(one)) == ()


def test_what_is_silenced_is_left_alone(make: Make) -> None:
    quiet = Silence("am", "s", exact_matchers(alert().labels), 0, NOW + 99, "x", "y", SilenceState.ACTIVE)
    hushed = Alert("am", "f", alert().labels, {}, starts_at=NOW - 30, silenced_by=("s",))
    assert make().beginning(assessed(hushed, silences=(quiet,))) == ()


async def test_what_an_alert_names_itself_is_not_run(make: Make, journal: Journal, tmp_path: Path) -> None:
    auto = make()
    [status] = auto.beginning(assessed(alert("Unknown")))
    assert await auto.run(status) is None
    assert trace(tmp_path) == []
    assert journal.events() == ()


async def test_read_only_runs_nothing(make: Make, tmp_path: Path) -> None:
    auto = make(read_only="told to")
    [status] = auto.beginning(assessed(alert()))
    assert await auto.run(status) is None
    assert trace(tmp_path) == []


async def test_a_storm_is_bounded_and_told(make: Make, journal: Journal, tmp_path: Path) -> None:
    auto = make(steps=1, per_hour=2)
    storm = [Alert("am", f"f{n}", alert().labels, {}, starts_at=NOW - 30) for n in range(4)]
    ran = [await auto.run(status) for status in auto.beginning(assessed(*storm))]
    assert [one.ran for one in ran if one] == [1, 1, 0, 0]
    assert "2 alerts within an hour are the most" in str(ran[-1])
    assert len(trace(tmp_path)) == 2
    assert sum(event.kind == EventKind.STEP_CLAIMED for event in journal.events()) == 2


async def test_with_no_journal_nothing_runs_and_it_is_told(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    auto = make(Journal(tmp_path / "file" / "journal.db"))
    [status] = auto.beginning(assessed(alert()))
    found = await auto.run(status)
    assert found is not None
    assert "journal" in found.why
    assert trace(tmp_path) == []


async def test_hostile_labels_are_only_values(make: Make, tmp_path: Path) -> None:
    auto = make(steps=1)
    [status] = auto.beginning(assessed(alert(table='$(touch pwned)"; touch pwned #')))
    await auto.run(status)
    assert trace(tmp_path) == ['looked at $(touch pwned)"; touch pwned #']
    assert not (tmp_path / "books" / "pwned").exists()
