"""Incidents that open by a page, are joined by what is near, and close when it has been quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from oncall_tui.actions.incident_watch import IncidentWatch
from oncall_tui.actions.incidents import Incidents
from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.errors import ActionError, OncallError
from oncall_tui.core.events import EventKind
from oncall_tui.core.incident import Incident, Severity, Status, incidents
from oncall_tui.core.readings import Provenance, Sample, SliReading
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.journal import Journal, Outbox

T = 1_000_000.0
SLO = Slo("ranker", "accuracy", SloKind.ACCURACY, 0.99, 30 * 86_400, EventsSli("t", error="e"))
CATALOGUE = Catalogue(
    (Service("gateway", depends_on=("ranker",)), Service("ranker", slos=(SLO,)), Service("fraud"), Service("churn"))
)


def page(service: str = "ranker", name: str = "AccuracyLow", at: float = T - 50, severity: str = "page") -> Alert:
    labels = {"alertname": name, "service": service, "severity": severity}
    return Alert("am", f"{service}-{name}", labels, {"summary": f"{name} of {service}"}, starts_at=at)


def seen(at: float, *alerts: Alert, ratio: float = 0.0, answers: bool = True, silences: tuple[Silence, ...] = ()):
    sources = {
        "prom": SourceHealth("prom", SourceKind.PROMETHEUS, "", 15.0, answered_at=at),
        "am": SourceHealth("am", SourceKind.ALERTMANAGER, "", 15.0, answered_at=at if answers else at - 500),
    }
    told = Provenance("prom", "q")
    figures = {SliReading(SLO.id, window): Figure(15.0, "prom", Sample(ratio, at, told)) for window in SLO.windows}
    return assess(Snapshot(at, CATALOGUE, sources, figures, alerts=alerts, silences=silences))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


def watch(journal: Journal, **settings: object) -> IncidentWatch:
    return IncidentWatch(journal, Outbox(journal), **settings)  # type: ignore[arg-type]


def known(journal: Journal) -> tuple[Incident, ...]:
    return Incidents(journal, journal, "maria", clock=lambda: T)._every()


def follow(watching: IncidentWatch, *assessments: Assessment) -> None:
    for assessment in assessments:
        watching.follow(assessment)


def test_a_page_opens_one_and_only_one_however_often_and_by_however_many_it_is_seen(journal: Journal) -> None:
    one, other = watch(journal), watch(journal)
    for at in (T, T + 15):
        follow(one, seen(at, page()))
        follow(other, seen(at, page()))
    [incident] = known(journal)
    assert (incident.title, incident.began, incident.severity) == (
        "AccuracyLow of ranker",
        T - 50,
        Severity.SEV2,
    )
    assert (incident.services, incident.alerts) == (("ranker",), ("ranker-AccuracyLow",))
    assert len(journal.events(kinds=[EventKind.INCIDENT_OPENED])) == 1
    assert list(one.news) == [f"Incident {incident.id} opened: AccuracyLow of ranker"]


@pytest.mark.parametrize("alert", [page(severity="ticket"), page(severity="info"), replace(page(), pending=True)])
def test_what_pages_nobody_opens_nothing(journal: Journal, alert: Alert) -> None:
    follow(watch(journal), seen(T, alert))
    assert known(journal) == ()


def test_a_silenced_page_opens_nothing_an_acknowledged_one_does(journal: Journal) -> None:
    silence = Silence("am", "s", exact_matchers(page().labels), T, T + 900, "li", "rebuild", SilenceState.ACTIVE)
    hidden = replace(page(), silenced_by=("s",))
    follow(watch(journal), seen(T, hidden, silences=(silence,)))
    assert known(journal) == ()
    follow(watch(journal), seen(T + 15, hidden, silences=(replace(silence, comment="ACK! mine"),)))
    assert len(known(journal)) == 1


def test_a_page_of_a_service_near_it_joins_and_one_of_another_opens_another(journal: Journal) -> None:
    watching = watch(journal)
    follow(watching, seen(T, page(), page("gateway", at=T - 10), page("fraud", at=T - 5)))
    by_service = {one.services: one for one in known(journal)}
    assert set(by_service) == {("ranker", "gateway"), ("fraud",)}
    assert len(by_service["ranker", "gateway"].alerts) == 2


def test_a_storm_of_pages_is_read_and_written_in_few_goes(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    goes = {"read": 0, "written": 0}

    def counted(what: str, work: Callable[..., object]) -> Callable[..., object]:
        def go(*given: object) -> object:
            goes[what] += 1
            return work(*given)

        return go

    monkeypatch.setattr("oncall_tui.actions.incident_watch.incidents", counted("read", incidents))
    monkeypatch.setattr(journal, "record_changes", counted("written", journal.record_changes))
    storm = [page(service, f"Alert{n}", T - n) for n in range(100) for service in ("ranker", "gateway", "fraud")]
    watching = watch(journal)
    follow(watching, seen(T, *storm), seen(T + 15, *storm), seen(T + 30, *storm))
    assert {len(one.alerts) for one in known(journal)} == {200, 100}
    assert goes["read"] <= 3
    assert goes["written"] <= 4


def test_by_configuration_a_page_opens_nothing(journal: Journal) -> None:
    follow(watch(journal, on_page=False), seen(T, page()))
    assert known(journal) == ()


def test_quiet_is_mitigated_then_resolved_as_of_when_it_became_quiet(journal: Journal) -> None:
    watching = watch(journal, resolve_after=600.0)
    follow(watching, seen(T, page()), seen(T + 100), seen(T + 130))
    assert known(journal)[0].status is Status.OPEN
    follow(watching, seen(T + 160))
    assert (known(journal)[0].status, known(journal)[0].mitigated_at) == (Status.MITIGATED, T + 100)
    follow(watching, seen(T + 690))
    assert known(journal)[0].status is Status.MITIGATED
    follow(watching, seen(T + 700))
    assert (known(journal)[0].status, known(journal)[0].resolved_at) == (Status.RESOLVED, T + 100)


def test_it_is_not_quiet_while_an_alert_is_silenced_a_budget_burns_or_nobody_can_say(journal: Journal) -> None:
    silence = Silence("am", "s", exact_matchers(page().labels), T, T + 900, "li", "hush", SilenceState.ACTIVE)
    hidden = replace(page(), silenced_by=("s",))
    watching = watch(journal, resolve_after=60.0)
    follow(watching, seen(T, page()))
    follow(watching, *(seen(T + 100 * n, hidden, silences=(silence,)) for n in range(1, 4)))
    follow(watching, *(seen(T + 400 + 100 * n, ratio=0.5) for n in range(1, 4)))
    follow(watching, *(seen(T + 800 + 100 * n, answers=False) for n in range(1, 4)))
    assert known(journal)[0].status is Status.OPEN


def test_what_fires_again_reopens_what_was_only_thought_to_be_over_and_not_what_a_person_mitigated(
    journal: Journal,
) -> None:
    watching = watch(journal)
    follow(watching, seen(T, page()), seen(T + 100), seen(T + 160), seen(T + 200, page(at=T + 190)))
    assert known(journal)[0].status is Status.OPEN
    [event] = journal.events(kinds=[EventKind.INCIDENT_CHANGED])[-1:]
    assert event.payload["why"] == "AccuracyLow fires"


async def test_what_a_person_says_stands(journal: Journal) -> None:
    watching = watch(journal)
    follow(watching, seen(T, page()))
    use = Incidents(journal, journal, "maria", clock=lambda: T + 20)
    await use.set_status(known(journal)[0].id, Status.MITIGATED)
    follow(watching, seen(T + 30, page()), seen(T + 45, page()))
    assert known(journal)[0].status is Status.MITIGATED


def test_shortly_after_its_end_it_is_the_same_and_long_after_it_another(journal: Journal) -> None:
    watching = watch(journal, resolve_after=60.0)
    follow(watching, seen(T, page()), seen(T + 100), seen(T + 200))
    assert known(journal)[0].status is Status.RESOLVED
    follow(watching, seen(T + 1_000, page(at=T + 990)))
    assert [one.status for one in known(journal)] == [Status.OPEN]
    follow(watching, seen(T + 1_100), seen(T + 1_200), seen(T + 9_000, page(at=T + 8_990)))
    assert sorted(one.status for one in known(journal)) == [Status.OPEN, Status.RESOLVED]


async def test_one_without_alerts_is_closed_by_people_alone(journal: Journal) -> None:
    use = Incidents(journal, journal, "maria", clock=lambda: T)
    await use.open("a feeling", ["fraud"])
    watching = watch(journal, resolve_after=60.0)
    follow(watching, *(seen(T + 100 * n) for n in range(1, 5)))
    assert known(journal)[0].status is Status.OPEN


def test_figures_are_kept_about_once_a_minute_by_all_instances_together(journal: Journal) -> None:
    one, other = watch(journal), watch(journal)
    for seconds in range(0, 181, 15):
        follow(one, seen(T + seconds, page(), ratio=0.5))
        follow(other, seen(T + seconds + 3, page(), ratio=0.5))
    told = journal.events(kinds=[EventKind.INCIDENT_FIGURES])
    assert 3 <= len(told) <= 5
    assert told[0].payload["slos"] == {"ranker/accuracy": {"errors": 0.5, "left": -49.0}}


def test_what_it_cost_in_all_is_kept_when_it_is_over_once_whoever_ended_it(journal: Journal) -> None:
    one, other = watch(journal, resolve_after=20.0), watch(journal, resolve_after=20.0)
    steps = [seen(T, page(), ratio=0.1), seen(T + 10), seen(T + 32, ratio=0.002), seen(T + 34)]
    for step in steps:
        follow(one, step)
        follow(other, step)
    (incident,) = known(journal)
    assert incident.status is Status.RESOLVED
    kept = [event for event in journal.events() if event.kind == EventKind.INCIDENT_FIGURES]
    assert [event.at for event in kept] == [T, T + 32]
    left = [event.payload["slos"][SLO.id]["left"] for event in kept]  # type: ignore[index]
    assert left == [pytest.approx(1 - 0.1 / 0.01), pytest.approx(1 - 0.002 / 0.01)]


def test_while_the_journal_takes_nothing_it_is_told_and_opened_once_it_does(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    journal = Journal(tmp_path / "state" / "journal.db")
    outbox = Outbox(journal)
    watching = IncidentWatch(journal, outbox)
    with pytest.raises(OncallError):
        watching.follow(seen(T, page()))
    (tmp_path / "state").unlink()
    outbox.retry()
    follow(watching, seen(T + 15, page()))
    assert len(known(journal)) == 1
    journal.close()


async def test_a_person_opens_notes_changes_merges_and_closes(journal: Journal) -> None:
    use = Incidents(journal, journal, "maria", clock=lambda: T)
    one = await use.open("ranker is wrong", ["ranker", "ranker"], {"f1": T - 60, "f2": 0.0})
    two = await use.open("gateway too", ["gateway"])
    await use.note(one, "  it is the features ")
    await use.set_role(one, "commander")
    await use.set_severity(one, Severity.SEV1)
    await use.set_title(one, "ranker answers wrong")
    await use.add(one, ["feature-store"])
    await use.merge(two, one)
    item = await use.act("bound the age", "li", one)
    story = await use.story(one)
    assert story is not None
    assert story.incident.began == T - 60
    assert story.incident.services == ("ranker", "feature-store", "gateway")
    assert story.incident.roles == {"commander": "maria"}
    assert [moment.text for moment in story.moments if moment.what == "note"] == ["it is the features"]
    assert [(one.text, one.owner) for one in story.actions] == [("bound the age", "li")]
    assert await use.story(two) == story
    assert await use.story("nothing") is None
    await use.close_action(item[:6])
    assert (await use.items())[0].closed_at == T
    for wrong in (
        use.merge(two, one),
        use.merge(one, one),
        use.merge(one, "nothing"),
        use.close_action("zzz"),
        use.note(one, "  "),
    ):
        with pytest.raises(ActionError):
            await wrong


async def test_read_only_writes_nothing(journal: Journal) -> None:
    use = Incidents(journal, journal, "maria", read_only="told to")
    with pytest.raises(ActionError, match="read-only"):
        await use.open("x", ["ranker"])
    assert journal.events() == ()
