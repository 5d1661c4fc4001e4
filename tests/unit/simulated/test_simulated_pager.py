"""The demo's pager: an incident for every group with a page, found as a real one's, and says that it is none."""

from __future__ import annotations

from oncall_tui.core.alerts import Alert, AlertBoard, AlertGroup
from oncall_tui.core.pagers import IncidentState, PagedAlert
from oncall_tui.sources.simulated.pager import SimulatedPager

PAGE = Alert("am", "f1", {"alertname": "Burn", "service": "ranker", "severity": "page"}, starts_at=100.0)
TICKET = Alert("am", "f2", {"alertname": "Drift", "service": "churn", "severity": "ticket"}, starts_at=50.0)


class Alertmanager:
    def __init__(self, *alerts: Alert) -> None:
        self.alerts = alerts

    async def board(self) -> AlertBoard:
        groups = tuple(AlertGroup("am", {"alertname": one.name}, "page", (one.fingerprint,)) for one in self.alerts)
        return AlertBoard(self.alerts, groups)


async def test_a_page_is_found_acknowledged_and_then_somebodys() -> None:
    pager = SimulatedPager(Alertmanager(TICKET, PAGE))  # type: ignore[arg-type]
    assert "demo" in pager.name
    found, none = await pager.find([PagedAlert(PAGE), PagedAlert(TICKET)])
    assert none.matches == ()
    assert found.pick is not None
    assert found.pick.incident.called == "#1423"
    outcome = await pager.acknowledge(found.pick.incident, PagedAlert(PAGE), "maria", "")
    assert outcome.confirmed
    [again] = await pager.find([PagedAlert(PAGE)])
    assert again.pick is not None
    assert (again.pick.incident.state, again.pick.incident.holder) == (IncidentState.ACKNOWLEDGED, "maria")
    assert await pager.greet() == "simulated"


async def test_what_resolved_meanwhile_is_not_confirmed() -> None:
    alertmanager = Alertmanager(PAGE)
    pager = SimulatedPager(alertmanager)  # type: ignore[arg-type]
    [found] = await pager.find([PagedAlert(PAGE)])
    alertmanager.alerts = ()
    assert found.pick is not None
    outcome = await pager.acknowledge(found.pick.incident, PagedAlert(PAGE), "maria", "")
    assert (outcome.confirmed, outcome.note) == (False, "it was resolved meanwhile")
