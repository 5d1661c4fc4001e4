"""Acknowledging pages: each pager apart, one result for each incident, and nothing done that is not certain."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from oncall_tui.actions import (
    AcknowledgePages,
    Assigned,
    PageAcknowledged,
    PageFailed,
    PageNotFound,
    PageSettled,
    PageUncertain,
)
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import ActionError, Refused, SourceError, Unreachable
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.pagers import Found, IncidentState, PagedAlert, PagedIncident, PagerOutcome, match_incidents
from oncall_tui.journal import EventKind, Journal

ALERT = Alert("am", "f1", {"alertname": "RankerBurn", "service": "ranker", "severity": "page"}, starts_at=1_000.0)
OTHER = replace(ALERT, fingerprint="f2", labels={**ALERT.labels, "service": "fraud"})
TICKET = replace(ALERT, fingerprint="f3", labels={**ALERT.labels, "severity": "ticket"})


def incident_of(*alerts: Alert, id: str = "I1", **changes: object) -> PagedIncident:
    text = "\n".join(f"{name} = {value}" for alert in alerts for name, value in alert.labels.items())
    return replace(PagedIncident(id, "1423", "RankerBurn", text=text, created_at=1_030.0), **changes)


class FakePager:
    """Has these incidents open. broken: {method: error}; hung: methods that never return."""

    kind = "fake"

    def __init__(self, *incidents: PagedIncident, name: str = "pd") -> None:
        self.name = name
        self.incidents = {one.id: one for one in incidents}
        self.broken: dict[str, SourceError] = {}
        self.hung: set[str] = set()
        self.done: list[tuple[str, str, str, str]] = []
        self.groups: list[object] = []
        self.confirms = True
        self.closed = False
        self.begun = asyncio.Event()

    async def _maybe(self, method: str) -> None:
        if method in self.hung:
            self.begun.set()
            await asyncio.sleep(60)
        if error := self.broken.get(method):
            raise error

    async def find(self, alerts: Sequence[PagedAlert]) -> tuple[Found, ...]:
        await self._maybe("find")
        self.groups += [dict(paged.group) for paged in alerts]
        return tuple(Found(match_incidents(paged, self.incidents.values())) for paged in alerts)

    async def acknowledge(self, incident: PagedIncident, paged: PagedAlert, author: str, note: str) -> PagerOutcome:
        await self._maybe("acknowledge")
        self.done.append((incident.id, paged.alert.fingerprint, author, note))
        state = IncidentState.ACKNOWLEDGED if incident.title != "resolves" else IncidentState.RESOLVED
        self.incidents[incident.id] = replace(incident, state=state)
        if not self.confirms:
            return PagerOutcome(False, None, "accepted, not confirmed")
        return PagerOutcome(state is IncidentState.ACKNOWLEDGED, self.incidents[incident.id])

    async def greet(self) -> str | None:
        return None

    async def close(self) -> None:
        self.closed = True


def pages(journal: Journal, *pagers: FakePager, patience: float = 0.2, **settings: object) -> AcknowledgePages:
    assigned = [Assigned(pager, patience=patience) for pager in pagers]
    return AcknowledgePages(assigned, journal, "maria", "on it", clock=lambda: 1_100.0, **settings)


async def test_what_is_likely_is_acknowledged_and_written_down_before_and_after(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT))
    [result] = await pages(journal, pager)([ALERT])
    assert isinstance(result, PageAcknowledged)
    assert (result.confirmed, result.incident.state, result.journal) == (True, IncidentState.ACKNOWLEDGED, "")
    assert pager.done == [("I1", "f1", "maria", "on it")]
    intent, done = journal.events()
    assert (intent.kind, done.kind) == (EventKind.PAGE_ACK_INTENDED, EventKind.PAGE_ACK_DONE)
    assert done.intent == intent.id
    assert (intent.actor, intent.service, intent.fingerprint, intent.subject) == ("maria", "ranker", "f1", "RankerBurn")
    assert intent.payload == {
        "pager": "pd",
        "kind": "fake",
        "incident": "I1",
        "number": "1423",
        "title": "RankerBurn",
        "certainty": "likely",
        "why": "its details carry all 3 labels",
        "chosen": False,
    }
    assert (done.payload["confirmed"], done.payload["state"]) == (True, "acknowledged")


async def test_read_only_refuses_and_asks_nobody(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT))
    acknowledge = pages(journal, pager, read_only="told to")
    with pytest.raises(ActionError, match="read-only"):
        await acknowledge([ALERT])
    with pytest.raises(ActionError, match="read-only"):
        await acknowledge.chosen(PageUncertain("pd", (ALERT,), (), ""), incident_of(ALERT))
    assert (pager.done, pager.groups, journal.events()) == ([], [], ())


async def test_only_pages_go_to_a_pager_without_matchers_and_only_what_fits_to_one_with(journal: Journal) -> None:
    plain, picky = FakePager(), FakePager(name="picky")
    acknowledge = AcknowledgePages(
        [Assigned(plain), Assigned(picky, parse_matchers('severity="ticket"'))], journal, "maria"
    )
    results = await acknowledge([ALERT, TICKET, replace(ALERT, pending=True, fingerprint="f9")])
    assert [(result.pager, [one.fingerprint for one in result.alerts]) for result in results] == [
        ("pd", ["f1"]),
        ("picky", ["f3"]),
    ]
    assert acknowledge.concerns([TICKET])
    assert not pages(journal, plain).concerns([TICKET])


async def test_alerts_of_one_incident_acknowledge_it_once(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT, OTHER))
    [result] = await pages(journal, pager)([ALERT, OTHER, ALERT])
    assert isinstance(result, PageAcknowledged)
    assert result.alerts == (ALERT, OTHER)
    assert len(pager.done) == 1
    assert journal.events()[-1].payload["alerts"] == ["f1", "f2"]


async def test_two_alike_are_only_offered_and_that_is_written_down(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT), incident_of(ALERT, id="I2"))
    acknowledge = pages(journal, pager)
    [result] = await acknowledge([ALERT])
    assert isinstance(result, PageUncertain)
    assert (result.why, len(result.matches), pager.done) == ("2 incidents fit alike", 2, [])
    [event] = journal.events()
    assert (event.kind, event.intent, event.payload["error"]) == (
        EventKind.PAGE_ACK_FAILED,
        None,
        "2 incidents fit alike",
    )
    chosen = await acknowledge.chosen(result, result.matches[1].incident)
    assert isinstance(chosen, PageAcknowledged)
    assert [one[0] for one in pager.done] == [result.matches[1].incident.id]
    assert journal.events()[-1].payload["chosen"] is True


async def test_alerts_with_the_same_candidates_are_asked_about_once(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT, OTHER), incident_of(ALERT, OTHER, id="I2"))
    results = await pages(journal, pager)([ALERT, OTHER])
    assert [type(result) for result in results] == [PageUncertain]
    assert results[0].alerts == (ALERT, OTHER)


async def test_a_title_alone_is_only_offered(journal: Journal) -> None:
    pager = FakePager(incident_of(title="RankerBurn is burning", text=""))
    [result] = await pages(journal, pager)([ALERT])
    assert isinstance(result, PageUncertain)
    assert "only its title" in result.why


async def test_nothing_found_is_told_and_written_down(journal: Journal) -> None:
    [result] = await pages(journal, FakePager())([ALERT])
    assert result == PageNotFound("pd", (ALERT,))
    assert [event.payload["error"] for event in journal.events()] == ["no open incident fits"]


async def test_somebody_elses_acknowledgement_is_left_alone(journal: Journal) -> None:
    theirs = incident_of(ALERT, state=IncidentState.ACKNOWLEDGED, holder="jonas")
    pager = FakePager(theirs)
    [result] = await pages(journal, pager)([ALERT])
    assert result == PageSettled("pd", (ALERT,), theirs)
    assert (pager.done, journal.events()) == ([], ())


async def test_what_resolved_meanwhile_is_settled_and_not_acknowledged(journal: Journal) -> None:
    [result] = await pages(journal, FakePager(incident_of(ALERT, title="resolves")))([ALERT])
    assert isinstance(result, PageSettled)
    assert result.incident.state is IncidentState.RESOLVED
    assert journal.events()[-1].payload["state"] == "resolved"


async def test_what_nobody_confirmed_is_not_confirmed(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT))
    pager.confirms = False
    [result] = await pages(journal, pager)([ALERT])
    assert isinstance(result, PageAcknowledged)
    assert (result.confirmed, result.note) == (False, "accepted, not confirmed")


@pytest.mark.parametrize("method", ["find", "acknowledge"])
async def test_one_pager_that_fails_stops_no_other(journal: Journal, method: str) -> None:
    broken, good = FakePager(incident_of(ALERT), name="broken"), FakePager(incident_of(ALERT))
    broken.broken[method] = Refused("broken: HTTP 500", "try again")
    results = await pages(journal, broken, good)([ALERT])
    assert [type(result) for result in results] == [PageFailed, PageAcknowledged]
    failed = results[0]
    assert isinstance(failed, PageFailed)
    assert (failed.error, failed.hint, failed.incident is None) == ("broken: HTTP 500", "try again", method == "find")
    kinds = [event.kind for event in journal.events()]
    assert kinds.count(EventKind.PAGE_ACK_FAILED) == kinds.count(EventKind.PAGE_ACK_DONE) == 1


@pytest.mark.parametrize("method", ["find", "acknowledge"])
async def test_one_hung_pager_delays_no_other_and_ends_itself(journal: Journal, method: str) -> None:
    hung, good = FakePager(incident_of(ALERT), name="hung"), FakePager(incident_of(ALERT))
    hung.hung.add(method)
    told: list[str] = []
    results = await pages(journal, hung, good)([ALERT], tell=lambda result: told.append(result.pager))
    assert told == ["pd", "hung"], "the quick one is told first"
    assert [result.pager for result in results] == ["hung", "pd"]
    assert isinstance(results[0], PageFailed)
    assert "no answer in 0.2 s" in results[0].error
    assert ("may have been acknowledged" in results[0].hint) is (method == "acknowledge")


async def test_a_plan_says_what_would_be_done_and_does_nothing(journal: Journal) -> None:
    good, dead = FakePager(incident_of(ALERT)), FakePager(name="dead")
    dead.broken["find"] = Unreachable("dead: connection refused", "is it running?")
    plans = await pages(journal, good, dead, read_only="told to").plan([ALERT, OTHER, TICKET])
    assert [(plan.pager, plan.alert.fingerprint, plan.error) for plan in plans] == [
        ("pd", "f1", ""),
        ("pd", "f2", ""),
        ("dead", "f1", "dead: connection refused (is it running?)"),
        ("dead", "f2", "dead: connection refused (is it running?)"),
    ]
    assert plans[0].found.pick is not None
    assert plans[1].found.pick is None
    assert (good.done, journal.events()) == ([], ())


async def test_the_labels_of_the_group_are_handed_on(journal: Journal) -> None:
    pager = FakePager()
    await pages(journal, pager, group_of=lambda alert: {"cluster": "eu"})([ALERT])
    assert pager.groups == [{"cluster": "eu"}]


async def test_a_journal_that_cannot_be_written_stops_nothing_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    broken = Journal(tmp_path / "file" / "journal.db")
    done, missing = FakePager(incident_of(ALERT)), FakePager(name="none")
    results = await pages(broken, done, missing)([ALERT])
    assert [type(result) for result in results] == [PageAcknowledged, PageNotFound]
    assert all(result.journal.startswith("journal: not written") for result in results)


async def test_being_cancelled_still_leaves_a_record(journal: Journal) -> None:
    pager = FakePager(incident_of(ALERT))
    pager.hung.add("acknowledge")
    task = asyncio.create_task(pages(journal, pager, patience=60)([ALERT]))
    await asyncio.wait_for(pager.begun.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [event.kind for event in journal.events()] == [EventKind.PAGE_ACK_INTENDED, EventKind.PAGE_ACK_FAILED]
    assert "cancelled" in str(journal.events()[-1].payload["error"])


async def test_closing_closes_every_pager(journal: Journal) -> None:
    pager = FakePager()
    await pages(journal, pager).close()
    assert pager.closed
