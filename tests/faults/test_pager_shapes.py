"""Each pager over HTTP, against a server that refuses every request but the documented one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from click.testing import CliRunner
from fake_pagers import (
    EMAIL,
    ROUTING_KEY,
    TOKEN,
    FakeEvents,
    FakeGrafana,
    FakeJira,
    FakePager,
    FakePagerDuty,
    FakeWebhook,
    rfc3339,
)
from pydantic import TypeAdapter

from oncall_tui.cli import cli
from oncall_tui.config.pagers import PagerConfig
from oncall_tui.core.alerts import Alert
from oncall_tui.core.errors import Refused, Unauthorized
from oncall_tui.core.pagers import Certainty, IncidentState, PagedAlert
from oncall_tui.core.ports import Pager
from oncall_tui.sources.pagers import pager_from

BEGAN = 1_760_000_000.0
LABELS = {"alertname": "RankerAccuracyBurn", "service": "ranker", "severity": "page"}
ALERT = Alert("am", "4f3c1a2b9d8e7f60", LABELS, {"summary": 'it "burns"\n'}, starts_at=BEGAN)
PAGED = PagedAlert(ALERT, {"alertname": "RankerAccuracyBurn"})
TITLE = "[FIRING:1] RankerAccuracyBurn (ranker page)"
MADE = rfc3339(BEGAN + 30)
FIRING = "Labels:\n" + "\n".join(f" - {n} = {v}" for n, v in LABELS.items()) + "\nAnnotations:\nSource: http://prom\n"
PAYLOAD = {
    "alerts": [{"labels": LABELS, "fingerprint": ALERT.fingerprint, "status": "firing"}],
    "commonLabels": LABELS,
    "groupLabels": {"alertname": "RankerAccuracyBurn"},
}
QUICK = (0.0, 0.01, 0.01)


def configured(**settings: Any) -> PagerConfig:
    return TypeAdapter(PagerConfig).validate_python({"timeout": 2, **settings})


def settings_for(kind: str, url: str) -> dict[str, Any]:
    return {
        "pagerduty": {"url": url, "token": TOKEN, "email": EMAIL},
        "pagerduty_events": {
            "url": url,
            "routing_key": ROUTING_KEY,
            "key": "{{ labels.alertname }}/{{ labels.service }}",
        },
        "grafana": {"url": f"{url}/oncall", "token": TOKEN},
        "jira": {"url": url, "cloud_id": "cloud-1", "email": EMAIL, "token": TOKEN},
        "opsgenie": {"url": url, "token": TOKEN},
        "webhook": {"url": f"{url}/services/T0/B0/s3cr3t-path", "body": '{"text": "{{ annotations.summary }}"}'},
    }[kind]


FAKES = {
    "pagerduty": FakePagerDuty,
    "pagerduty_events": FakeEvents,
    "grafana": FakeGrafana,
    "jira": FakeJira,
    "opsgenie": lambda: FakeJira(opsgenie=True),
    "webhook": FakeWebhook,
}
LISTING = ("pagerduty", "grafana", "jira", "opsgenie")


@contextmanager
def speaking(kind: str, **changes: Any) -> Iterator[tuple[Pager, Any]]:
    """A pager of the kind, and the server it speaks to."""
    fake: FakePager = FAKES[kind]()
    with fake.serving():
        pager = pager_from(configured(kind=kind, name="night", **{**settings_for(kind, fake.url), **changes}))
        pager._patience = pager._queue = QUICK  # type: ignore[attr-defined]
        yield pager, fake


def add(
    fake: Any, id_: str = "I1", title: str = TITLE, created: str = MADE, detailed: bool = True, **changes: Any
) -> None:
    """One incident about the alert, its details as Alertmanager sends them to that pager."""
    if isinstance(fake, FakePagerDuty):
        details = {"firing": FIRING, "num_firing": "1"} if detailed else {}
        fake.add(id_, title, created, alerts=[{"id": "A", "alert_key": "k", "body": {"details": details}}], **changes)
    elif isinstance(fake, FakeGrafana):
        fake.add(id_, title, created, payload=PAYLOAD if detailed else {}, **changes)
    else:
        fake.add(id_, title, created, **({"details": LABELS} if detailed else {}), **changes)


def set_state(fake: Any, id_: str, resolved: bool) -> None:
    """Somebody else acknowledges, or it resolves."""
    if isinstance(fake, FakePagerDuty):
        fake.incidents[id_] |= {
            "status": "resolved" if resolved else "acknowledged",
            "acknowledgements": [{"acknowledger": {"summary": "Jonas"}}],
        }
    elif isinstance(fake, FakeGrafana):
        fake.groups[id_] |= {"state": "resolved" if resolved else "acknowledged", "acknowledged_by": "Jonas"}
    else:
        fake.alerts[id_] |= {"status": "closed"} if resolved else {"acknowledged": True, "owner": "Jonas"}


@pytest.mark.parametrize("kind", LISTING)
async def test_the_incident_is_found_by_its_details_acknowledged_and_read_back(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake, "I0", "Disk full on db-7", rfc3339(BEGAN - 9_000), detailed=False)
        add(fake)
        [found] = await pager.find([PAGED])
        assert found.pick is not None, found
        assert (found.pick.incident.id, found.pick.certainty) == ("I1", Certainty.LIKELY)
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "looking into it")
        assert (outcome.confirmed, outcome.note) == (True, "")
        assert outcome.incident is not None
        assert outcome.incident.state is IncidentState.ACKNOWLEDGED
        assert outcome.incident.holder
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_a_title_alone_is_not_certain(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake, detailed=False)
        [found] = await pager.find([PAGED])
        assert found.pick is None
        assert [match.certainty for match in found.matches] == [Certainty.UNSURE]
        assert not [one for one in fake.asked if one.method != "GET"], "looking changes nothing"
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_two_candidates_alike_are_not_certain(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake, "I1")
        add(fake, "I2", created=rfc3339(BEGAN + 300))
        [found] = await pager.find([PAGED])
        assert found.pick is None
        assert found.doubt == "2 incidents fit alike"
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_one_listing_serves_many_alerts_of_a_group(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        found = await pager.find([PAGED] * 20)
        assert {one.pick.incident.id for one in found if one.pick} == {"I1"}
        lists = [one for one in fake.asked if one.path.rstrip("/").endswith(("incidents", "alert_groups", "alerts"))]
        assert len(lists) <= 3
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_one_already_acknowledged_is_found_as_such(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        set_state(fake, "I1", resolved=False)
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        assert (found.pick.incident.state, found.pick.incident.holder) == (IncidentState.ACKNOWLEDGED, "Jonas")
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_one_resolved_between_finding_and_acknowledging_is_told_as_resolved(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        set_state(fake, "I1", resolved=True)
        assert found.pick is not None
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert not outcome.confirmed
        assert outcome.incident is not None
        assert outcome.incident.state is IncidentState.RESOLVED
        assert outcome.note.startswith("it was resolved meanwhile")
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_one_that_somebody_else_took_between_is_theirs(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        set_state(fake, "I1", resolved=False)
        assert found.pick is not None
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert outcome.confirmed
        assert outcome.incident is not None
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_many_open_ones_are_paged_through(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        for number in range(230):
            add(fake, f"X{number}", "Disk full", rfc3339(BEGAN - 10_000 - number), detailed=False)
        add(fake, "I1", created=rfc3339(BEGAN - 90_000))
        [found] = await pager.find([PAGED])
        assert found.pick is not None, "the oldest of all is on the last page"
        assert found.note == ""
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_more_open_ones_than_are_looked_through_are_told(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        for number in range(530):
            add(fake, f"X{number}", "Disk full", rfc3339(BEGAN + 10_000 + number), detailed=False)
        [found] = await pager.find([PAGED])
        assert found.matches == ()
        assert "looked at" in found.note
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_greeting_reads_and_changes_nothing(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        assert await pager.greet() == "1 open"
        assert {one.method for one in fake.asked} == {"GET"}
        await pager.close()


@pytest.mark.parametrize("kind", ["pagerduty_events", "webhook"])
async def test_what_cannot_be_asked_is_not_asked(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        assert await pager.greet() is None
        assert fake.asked == []
        await pager.close()


@pytest.mark.parametrize("kind", ["jira", "opsgenie"])
async def test_the_alias_that_the_configuration_makes_is_certain(kind: str) -> None:
    with speaking(kind, key="{{ labels.alertname }}/{{ labels.service }}") as (pager, fake):
        add(fake, "I1", "something else", alias="RankerAccuracyBurn/ranker", detailed=False)
        add(fake, "I2")
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        assert (found.pick.incident.id, found.pick.certainty) == ("I1", Certainty.CERTAIN)
        await pager.close()


async def test_pagerduty_compares_the_key_itself_with_the_alerts_below_an_incident() -> None:
    with speaking("pagerduty", key="{{ labels.alertname }}") as (pager, fake):
        fake.add("P1", "no name in it", MADE, alerts=[{"id": "A", "alert_key": "RankerAccuracyBurn"}])
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        assert found.pick.certainty is Certainty.CERTAIN
        assert not [one for one in fake.asked if one.path.endswith("/alerts")], "no details are needed"
        await pager.close()


async def test_a_key_with_a_label_the_alert_has_not_is_said_and_details_decide() -> None:
    with speaking("pagerduty", key="{{ labels.cluster }}") as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        assert found.note == "no key: the alert has no labels.cluster"
        assert found.pick is not None
        assert found.pick.certainty is Certainty.LIKELY
        await pager.close()


async def test_pagerduty_is_narrowed_to_services_and_teams() -> None:
    with speaking("pagerduty", services=["PSVC"], teams=["PTEAM"]) as (pager, fake):
        await pager.find([PAGED])
        assert (fake.asked[0].query["service_ids[]"], fake.asked[0].query["team_ids[]"]) == (["PSVC"], ["PTEAM"])
        await pager.close()


async def test_grafana_cloud_is_told_the_stack_and_older_oncall_is_asked_for_its_alerts() -> None:
    with speaking("grafana", grafana_url="https://stack.grafana.net", integration="CINT") as (pager, fake):
        fake.cloud = "https://stack.grafana.net"
        fake.add("I1", TITLE, MADE, payload=PAYLOAD, last=False)
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        assert fake.asked[0].query["integration_id"] == ["CINT"]
        assert [one.query for one in fake.asked if one.path.endswith("/alerts/")] == [{"alert_group_id": ["I1"]}]
        await pager.close()


async def test_a_service_accounts_token_goes_to_grafana_as_a_bearer() -> None:
    with speaking("grafana", token=None, authorization={"credentials": "service-account"}) as (pager, fake):
        with pytest.raises(Unauthorized, match="Invalid token"):
            await pager.find([PAGED])
        assert fake.asked[0].headers["Authorization"] == "Bearer service-account"
        await pager.close()


@pytest.mark.parametrize("token", [TOKEN, "another-token-altogether"])
def test_check_tries_each_pager_and_shows_no_token(token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PD_TOKEN", token)
    fake = FakePagerDuty()
    with fake.serving():
        file = tmp_path / "config.yaml"
        file.write_text(
            f"journal: {tmp_path / 'journal.sqlite3'}\npagers:\n- {{kind: pagerduty, url: '{fake.url}', token: '${{PD_TOKEN}}'}}\n"
            "- {kind: webhook, url: 'http://127.0.0.1:1/s3cr3t-path', body: '{}'}\n",
            encoding="utf-8",
        )
        add(fake)
        result = CliRunner().invoke(cli, ["check", "--config", str(file)])
    assert token not in result.output
    assert "s3cr3t-path" not in result.output
    assert "webhook: cannot be tried without paging" in result.output
    assert ("PagerDuty answers: 1 open" if token == TOKEN else "pagerduty: list incidents: HTTP 401: Unauthorized") in (
        result.output
    )


async def test_jira_takes_author_and_note_and_says_later_that_it_did() -> None:
    with speaking("jira") as (pager, fake):
        add(fake)
        fake.lag = 2
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "on it")
        assert outcome.confirmed
        [sent] = fake.of("POST")
        assert sent.json() == {"user": "maria", "source": "oncall-tui", "note": "on it"}
        await pager.close()


@pytest.mark.parametrize("kind", ["jira", "opsgenie"])
async def test_a_request_that_waits_its_turn_is_not_confirmed(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        fake.lag = 99
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert not outcome.confirmed
        assert outcome.note == "it was taken, but still rings; the request still waits its turn"
        await pager.close()


@pytest.mark.parametrize("kind", ["jira", "opsgenie"])
async def test_a_request_that_was_taken_and_failed_later_is_an_error(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        fake.verdict = {"isSuccess": False, "status": "The user may not do that"}
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        with pytest.raises(Refused, match="The user may not do that"):
            await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        await pager.close()


async def test_an_event_carries_the_key_and_is_accepted_and_not_confirmed() -> None:
    with speaking("pagerduty_events") as (pager, fake):
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert (outcome.confirmed, outcome.incident) == (False, None)
        assert outcome.note.startswith("accepted, not confirmed")
        assert fake.asked[0].json() == {
            "routing_key": ROUTING_KEY,
            "event_action": "acknowledge",
            "dedup_key": "RankerAccuracyBurn/ranker",
        }
        await pager.close()


async def test_an_alert_without_the_labels_of_the_key_has_no_event() -> None:
    with speaking("pagerduty_events", key="{{ labels.cluster }}") as (pager, _):
        [found] = await pager.find([PAGED])
        assert (found.pick, found.note) == (None, "no key: the alert has no labels.cluster")
        await pager.close()


async def test_an_invalid_event_is_refused_in_pagerdutys_words() -> None:
    with speaking("pagerduty_events", routing_key="short") as (pager, _):
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        with pytest.raises(Refused, match="Event object is invalid: 'routing_key' must be 32 characters") as caught:
            await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert "routing_key" in caught.value.hint
        await pager.close()


async def test_a_webhook_gets_json_that_no_label_breaks_out_of() -> None:
    body = '{"text": "{{ annotations.summary }}", "by": "{{ author }}: {{ note }}"}'
    with speaking("webhook", body=body, headers={"X-Team": "ml"}, method="PUT") as (pager, fake):
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        outcome = await pager.acknowledge(found.pick.incident, PAGED, 'ma"ria', "on it")
        assert outcome.note.startswith("accepted (HTTP 204), not confirmed")
        [sent] = fake.asked
        assert (sent.method, sent.headers["X-Team"], sent.headers["Content-Type"]) == ("PUT", "ml", "application/json")
        assert json.loads(sent.body) == {"text": 'it "burns"\n', "by": 'ma"ria: on it'}
        await pager.close()


async def test_a_webhook_gets_a_form_too() -> None:
    form = "application/x-www-form-urlencoded"
    with speaking("webhook", body="text={{ annotations.summary }}&x=1", content_type=form) as (pager, fake):
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert parse_qsl(fake.asked[0].body.decode()) == [("text", 'it "burns"\n'), ("x", "1")]
        await pager.close()


@pytest.mark.parametrize(
    ("status", "success", "taken"), [(409, [200, 409], True), (200, [202], False), (500, [], False)]
)
async def test_a_webhooks_own_statuses_decide(status: int, success: list[int], taken: bool) -> None:
    with speaking("webhook", success=success) as (pager, fake):
        fake.status = status
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        if taken:
            assert (await pager.acknowledge(found.pick.incident, PAGED, "maria", "")).note.startswith("accepted")
        else:
            with pytest.raises(Refused, match=f"HTTP {status}"):
                await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        await pager.close()


async def test_secrets_are_read_from_files_each_time(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("another-token\n")
    with speaking("pagerduty", token=None, token_file=token) as (pager, fake):
        with pytest.raises(Unauthorized):
            await pager.find([PAGED])
        token.write_text(f"{TOKEN}\n")
        add(fake)
        assert (await pager.find([PAGED]))[0].pick is not None
        await pager.close()


async def test_a_webhooks_url_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    with speaking("webhook", url=None, url_file=file) as (pager, fake):
        file.write_text("not a url")
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        with pytest.raises(Refused, match="what url_file holds is no URL"):
            await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        file.write_text(f"{fake.url}/services/T0/B0/s3cr3t-path\n")
        assert (await pager.acknowledge(found.pick.incident, PAGED, "maria", "")).note.startswith("accepted")
        await pager.close()
