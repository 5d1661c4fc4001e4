"""What a real Alertmanager pages with is found again at each pager, acknowledged, and nothing else is.

The pagers are servers of ours that take Alertmanager's own notifications and make incidents of them as the real do.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, running_alertmanager
from pydantic import TypeAdapter

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))

from fake_pagers import (
    EMAIL,
    TOKEN,
    FakeGrafana,
    FakeJira,
    FakePagerDuty,
    Reply,
    Request,
    rfc3339,
)

from oncall_tui.actions import AcknowledgePages, Assigned, PageAcknowledged, PageUncertain
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.pagers import PagerConfig
from oncall_tui.core.alerts import Alert, AlertBoard
from oncall_tui.journal import EventKind, Journal
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.sources.pagers import pager_from

pytestmark = pytest.mark.live

CONFIG = """
route:
  receiver: all
  group_by: [alertname, service]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: all
    pagerduty_configs: [{{routing_key: "{key}", url: {pagerduty}/v2/enqueue}}]
    opsgenie_configs: [{{api_key: {token}, api_url: {opsgenie}/}}]
    webhook_configs: [{{url: {grafana}/oncall/integrations/v1/alertmanager/x/}}]
"""
RANKER = {"alertname": "RankerAccuracyBurn", "service": "ranker", "severity": "page"}
FRAUD = {"alertname": "FraudLatencyBurn", "service": "fraud", "severity": "page"}


class PagedDuty(FakePagerDuty):
    """Makes an incident of each new key, as the Events API does; its alert carries the custom details."""

    def answer(self, request: Request) -> Reply:
        if request.path != "/v2/enqueue":
            return super().answer(request)
        event = request.json()
        key, payload = event["dedup_key"], event["payload"]
        if event["event_action"] == "trigger" and key[:14] not in self.incidents:
            alert = {"id": "A", "alert_key": key, "body": {"details": payload["custom_details"]}}
            self.add(key[:14], payload["summary"], now(), alerts=[alert])
        return Reply(202, {"status": "success", "message": "Event processed", "dedup_key": key})


class PagedOpsgenie(FakeJira):
    """Makes an alert of each new alias."""

    def answer(self, request: Request) -> Reply:
        if (request.method, request.path) != ("POST", "/v2/alerts"):
            return super().answer(request)
        body = request.json()
        if body["alias"] not in {one["alias"] for one in self.alerts.values()}:
            told = {"details": body["details"], "description": body["description"]}
            self.add(body["alias"][:12], body["message"], now(), alias=body["alias"], **told)
        return Reply(202, {"result": "Request will be processed", "took": 0.1, "requestId": "r"})


class PagedGrafana(FakeGrafana):
    """Makes an alert group of each new group key."""

    def answer(self, request: Request) -> Reply:
        if not request.path.startswith("/oncall/integrations/"):
            return super().answer(request)
        payload = request.json()
        id_ = f"I{abs(hash(payload['groupKey']))}"
        if id_ not in self.groups:
            self.add(id_, payload["commonLabels"]["alertname"], now(), payload=payload)
        return Reply(200, {})


def now() -> str:
    import time

    return rfc3339(time.time())


@dataclass
class Stage:
    alertmanager: AlertmanagerServer
    pagerduty: PagedDuty
    opsgenie: PagedOpsgenie
    grafana: PagedGrafana

    def pagers(self) -> list[Assigned]:
        described = [
            {"kind": "pagerduty", "url": self.pagerduty.url, "token": TOKEN, "email": EMAIL},
            {"kind": "opsgenie", "url": self.opsgenie.url, "token": TOKEN},
            {"kind": "grafana", "url": f"{self.grafana.url}/oncall", "token": TOKEN},
        ]
        return [Assigned(pager_from(TypeAdapter(PagerConfig).validate_python(one))) for one in described]

    def states(self) -> dict[str, int]:
        """How many are acknowledged at each."""
        return {
            "pagerduty": sum(one["status"] == "acknowledged" for one in self.pagerduty.incidents.values()),
            "opsgenie": sum(one["acknowledged"] for one in self.opsgenie.alerts.values()),
            "grafana": sum(one["state"] == "acknowledged" for one in self.grafana.groups.values()),
        }


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    pagerduty, opsgenie, grafana = PagedDuty(), PagedOpsgenie(opsgenie=True), PagedGrafana()
    with pagerduty.serving(), opsgenie.serving(), grafana.serving():
        config = CONFIG.format(
            key="0" * 32, token=TOKEN, pagerduty=pagerduty.url, opsgenie=opsgenie.url, grafana=grafana.url
        )
        with running_alertmanager(tmp_path, config=config) as running:
            yield Stage(running, pagerduty, opsgenie, grafana)


async def paged(stage: Stage, groups: int) -> AlertBoard:
    """The board, once every pager has so many incidents."""
    source = AlertmanagerSource("am", stage.alertmanager.url, HttpConfig(timeout=5))
    for _ in range(200):
        counts = (len(stage.pagerduty.incidents), len(stage.opsgenie.alerts), len(stage.grafana.groups))
        if counts == (groups, groups, groups):
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail(f"not paged: {counts}")
    board = await source.board()
    await source.close()
    return board


def acknowledging(stage: Stage, board: AlertBoard, journal: Journal) -> AcknowledgePages:
    def group_of(alert: Alert) -> Mapping[str, str]:
        return next(group.labels for group in board.groups if alert.fingerprint in group.fingerprints)

    return AcknowledgePages(stage.pagers(), journal, "maria", "on it", group_of=group_of)


async def test_a_group_of_two_alerts_is_one_incident_at_each_pager_and_the_other_group_is_left_alone(
    stage: Stage, tmp_path: Path
) -> None:
    stage.alertmanager.fire({**RANKER, "pod": "a"}, {**RANKER, "pod": "b"}, annotations={"summary": "accuracy 0.91"})
    stage.alertmanager.fire(FRAUD)
    board = await paged(stage, groups=2)
    journal = Journal(tmp_path / "journal.db")
    acknowledge = acknowledging(stage, board, journal)
    results = await acknowledge([alert for alert in board.alerts if alert.labels["service"] == "ranker"])
    await acknowledge.close()
    assert [type(result) for result in results] == [PageAcknowledged] * 3, results
    assert {len(result.alerts) for result in results} == {2}
    assert all(result.confirmed for result in results if isinstance(result, PageAcknowledged))
    assert stage.states() == {"pagerduty": 1, "opsgenie": 1, "grafana": 1}
    assert all("RankerAccuracyBurn" in r.incident.title for r in results if isinstance(r, PageAcknowledged))
    assert len(journal.events(kinds=[EventKind.PAGE_ACK_DONE])) == 3


async def test_an_alert_that_joined_its_group_after_it_paged_is_asked_about(stage: Stage, tmp_path: Path) -> None:
    stage.alertmanager.fire({**RANKER, "pod": "a"})
    await paged(stage, groups=1)
    stage.alertmanager.fire({**RANKER, "pod": "late"})
    board = await paged(stage, groups=1)
    acknowledge = acknowledging(stage, board, Journal(tmp_path / "journal.db"))
    results = await acknowledge([alert for alert in board.alerts if alert.labels["pod"] == "late"])
    uncertain = [result for result in results if isinstance(result, PageUncertain)]
    assert "labels of the alert's group" in uncertain[0].why
    assert stage.states()["pagerduty"] == 0
    chosen = await acknowledge.chosen(uncertain[0], uncertain[0].matches[0].incident)
    assert isinstance(chosen, PageAcknowledged)
    assert stage.states()["pagerduty"] == 1
    await acknowledge.close()
