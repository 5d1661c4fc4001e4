"""The fleet's servers over real sockets: down, loading, healthy; the control heals and takes notifications."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service
from oncall_tui.core.errors import ActionError
from oncall_tui.lab.control import Control, heal_over_http
from oncall_tui.lab.ports import LabPorts
from oncall_tui.lab.servers import LoopbackServer, close_all, model_server, open_fleet
from oncall_tui.lab.stage import Stage
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.service import Vitals

EPOCH = 1_795_000_000.0


class Clock:
    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def stage(scenario: str, after: float) -> tuple[Stage, Clock]:
    clock = Clock(EPOCH + after)
    return Stage(Fleet(scenario, EPOCH), clock), clock


@pytest.fixture
def opened() -> Iterator[list[LoopbackServer]]:
    servers: list[LoopbackServer] = []
    yield servers
    close_all(servers)


@pytest.fixture
def control() -> Iterator[Control]:
    one = Control(stage("bad-release", 60)[0])
    yield one
    one.close()


def test_a_service_that_is_down_hangs_up_without_an_answer(opened: list[LoopbackServer]) -> None:
    class Fallen(Stage):
        live = False

        def vitals(self, service: str) -> Vitals:
            return replace(super().vitals(service), live=self.live)

    playing = Fallen(Fleet("quiet", EPOCH), Clock(EPOCH))
    opened.append(model_server(playing, "ranker", None, 0))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        httpx.get(f"{opened[0].url}/metrics")
    playing.live = True
    assert httpx.get(f"{opened[0].url}/metrics").status_code == 200


def test_a_pipeline_has_metrics_and_no_health_route(opened: list[LoopbackServer]) -> None:
    opened.append(model_server(stage("quiet", 0)[0], "clickstream", None, 0))
    assert "pipeline_events_total" in httpx.get(f"{opened[0].url}/metrics").text
    assert httpx.get(f"{opened[0].url}/healthz").status_code == 404


def test_a_release_shows_as_loading_and_then_as_another_version(opened: list[LoopbackServer]) -> None:
    playing, clock = stage("bad-release", 0)
    endpoint = Endpoint("fraud", "tf-serving", Protocol.TF_SERVING, "http://unused", "fraud")
    opened.append(model_server(playing, "fraud", endpoint, 0))

    def status() -> dict[str, str]:
        answer = httpx.get(f"{opened[0].url}/v1/models/fraud").json()["model_version_status"][0]
        return {key: answer[key] for key in ("version", "state")}

    before = status()
    assert before["state"] == "AVAILABLE"
    clock.now = EPOCH + 15
    assert status()["state"] == "LOADING"
    clock.now = EPOCH + 60
    assert status() == {"version": "2.4.0", "state": "AVAILABLE"}
    assert before["version"] != "2.4.0"


def test_metrics_are_those_of_the_service_alone_at_this_moment(opened: list[LoopbackServer]) -> None:
    playing, clock = stage("quiet", 0)
    opened.append(model_server(playing, "ranker", None, 0))
    text = httpx.get(f"{opened[0].url}/metrics").text
    assert 'service="ranker"' in text
    assert 'service="fraud"' not in text
    clock.now += 60
    assert httpx.get(f"{opened[0].url}/metrics").text != text


def test_a_request_body_without_a_length_or_too_large_is_refused(opened: list[LoopbackServer]) -> None:
    opened.append(model_server(stage("quiet", 0)[0], "ranker", None, 0))
    assert httpx.post(f"{opened[0].url}/x", content=b"x" * ((1 << 20) + 1)).status_code == 413
    assert httpx.post(f"{opened[0].url}/x", content=iter([b"a"])).status_code == 413


def test_a_fleet_that_cannot_open_one_port_opens_none() -> None:
    services = ("gateway", "ranker")
    ports = LabPorts.unused(services)
    playing = stage("quiet", 0)[0]
    holder = LoopbackServer("somebody", ports.services["ranker"], lambda method, path, body: None)
    try:
        with pytest.raises(ActionError, match=f"port {ports.services['ranker']}, meant for ranker,"):
            open_fleet(playing, Catalogue(tuple(Service(name) for name in services)), ports)
    finally:
        holder.close()
    ports.check()


def test_healing_over_http_is_an_intervention_that_the_state_tells_of(control: Control) -> None:
    before = httpx.get(f"{control.url}/state").json()
    assert before["healed_at"] is None
    assert before["mitigation"] == "rollback-fraud"
    assert heal_over_http(control.url, "rollback-fraud") == "rollback-fraud: bad-release heals from now on"
    after = httpx.get(f"{control.url}/state").json()
    assert after["healed_at"] == EPOCH + 60
    assert after["interventions"] == [{"at": EPOCH + 60, "name": "rollback-fraud"}]


def test_a_wrong_mitigation_is_refused_with_the_right_one(control: Control) -> None:
    with pytest.raises(ActionError, match="rollback-fraud does"):
        heal_over_http(control.url, "../restart/everything")
    assert httpx.get(f"{control.url}/state").json()["healed_at"] is None


def test_healing_where_nothing_listens_says_how_to_start_a_lab() -> None:
    with pytest.raises(ActionError, match=r"no lab answers at .*oncall-tui lab"):
        heal_over_http(f"http://127.0.0.1:{LabPorts.unused(()).control}", "rollback-fraud")


def test_healing_what_is_no_lab_is_said_plainly(opened: list[LoopbackServer]) -> None:
    from oncall_tui.lab.answers import Answer

    opened.append(LoopbackServer("a page", 0, lambda method, path, body: Answer(200, b"<html>")))
    with pytest.raises(ActionError, match="is no lab"):
        heal_over_http(opened[0].url, "rollback-fraud")


def test_looking_at_a_heal_route_heals_nothing(control: Control) -> None:
    assert httpx.get(f"{control.url}/heal/rollback-fraud").status_code == 404
    assert httpx.get(f"{control.url}/state").json()["healed_at"] is None


def test_notifications_are_kept_by_receiver_and_rubbish_is_refused(control: Control) -> None:
    assert httpx.post(f"{control.url}/notify/pager", content=b"[").status_code == 400
    assert httpx.post(f"{control.url}/notify/pager", json={"status": "firing"}).status_code == 200
    assert httpx.get(f"{control.url}/notifications").json() == [{"receiver": "pager", "status": "firing"}]


def test_a_runbook_page_ends_with_what_mends_the_scenario(control: Control) -> None:
    page = httpx.get(f"{control.url}/runbooks/FraudAccuracyBurn").text
    assert page.startswith("# FraudAccuracyBurn\n")
    assert "oncall-tui fleet heal rollback-fraud" in page
