"""What pagers do to us: each fault is one clear error that says what to do, in time, and holds no secret."""

from __future__ import annotations

import time
import traceback
from typing import Any

import pytest
from fake_pagers import HTML, ROUTING_KEY, TOKEN
from test_pager_shapes import FAKES, LISTING, PAGED, add, settings_for, speaking

from oncall_tui.config.loader import config_from
from oncall_tui.core.errors import Busy, Malformed, Refused, SourceError, TimedOut, Unauthorized, Unreachable
from oncall_tui.core.pagers import IncidentState, PagedIncident
from oncall_tui.core.ports import Pager

ACKNOWLEDGING = {
    "pagerduty": ("PUT", "/incidents"),
    "pagerduty_events": ("POST", "/v2/enqueue"),
    "grafana": ("POST", "/acknowledge"),
    "jira": ("POST", "/acknowledge"),
    "opsgenie": ("POST", "/acknowledge"),
    "webhook": ("POST", "/services"),
}
LISTED = {"pagerduty": "/incidents", "grafana": "/alert_groups", "jira": "/alerts", "opsgenie": "/alerts"}
OWN_SECRET = {"pagerduty_events": ROUTING_KEY, "webhook": "s3cr3t-path"}
SECRETS = (TOKEN, ROUTING_KEY, "s3cr3t-path")


async def failing_to_find(pager: Pager) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await pager.find([PAGED])
    return checked(caught.value)


async def failing_to_acknowledge(pager: Pager) -> SourceError:
    [found] = await pager.find([PAGED])
    assert found.pick is not None
    with pytest.raises(SourceError) as caught:
        await pager.acknowledge(found.pick.incident, PAGED, "maria", "on it")
    return checked(caught.value)


def checked(error: SourceError) -> SourceError:
    """The error, which names its pager, and in whose every form there is no secret."""
    assert error.message.startswith("night: ")
    assert "\n" not in str(error)
    told = [str(error), repr(error), repr(error.args), error.hint, "".join(traceback.format_exception(error))]
    assert not [secret for secret in SECRETS for text in told if secret in text]
    return error


STATUSES: list[tuple[int, type[SourceError], str]] = [
    (400, Refused, ""),
    (401, Unauthorized, "token"),
    (403, Unauthorized, "may"),
    (404, Refused, ""),
    (422, Refused, ""),
    (429, Busy, "try again in 7 s: it says so"),
    (500, Refused, ""),
    (503, Busy, ""),
]


@pytest.mark.parametrize("kind", LISTING)
@pytest.mark.parametrize(("status", "error", "hint"), STATUSES)
async def test_a_refused_listing_is_told_with_what_to_do(kind: str, status: int, error: type, hint: str) -> None:
    with speaking(kind) as (pager, fake):
        wait = {"Retry_After": "7"} if status == 429 else {}
        fake.always(status, {"message": f"no: {TOKEN}"}, on=("GET", LISTED[kind]), **wait)
        got = await failing_to_find(pager)
        assert type(got) is error
        assert hint in got.hint
        assert "[redacted]" in got.message, "what the server said is kept, without the token"
        await pager.close()


@pytest.mark.parametrize("kind", FAKES)
@pytest.mark.parametrize(("status", "error", "hint"), STATUSES)
async def test_a_refused_acknowledgement_is_told_and_nothing_looks_done(
    kind: str, status: int, error: type, hint: str
) -> None:
    with speaking(kind) as (pager, fake):
        if kind in LISTING:
            add(fake)
        wait = {"Retry_After": "7"} if status == 429 else {}
        fake.always(status, {"message": f"no, {OWN_SECRET.get(kind, TOKEN)}"}, on=ACKNOWLEDGING[kind], **wait)
        got = await failing_to_acknowledge(pager)
        assert type(got) is error
        if status == 429:
            assert hint in got.hint
        assert len([one for one in fake.asked if one.method != "GET"]) == 1, "it is not tried twice"
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_a_wrong_token_is_refused_as_documented(kind: str) -> None:
    with speaking(kind, token="another-token-altogether") as (pager, _):
        got = await failing_to_find(pager)
        assert isinstance(got, Unauthorized)
        assert "token" in got.hint
        assert "another-token-altogether" not in str(got)
        await pager.close()


async def test_pagerduty_wants_a_user_who_acknowledges() -> None:
    with speaking("pagerduty", email=None) as (pager, fake):
        add(fake)
        got = await failing_to_acknowledge(pager)
        assert got.message == "night: acknowledge #1423: Invalid Input Provided: Requester User Not Found"
        assert "email:" in got.hint
        await pager.close()


async def test_a_wrong_cloud_id_says_where_the_right_one_is() -> None:
    with speaking("jira", cloud_id="cloud-2") as (pager, _):
        assert "tenant_info" in (await failing_to_find(pager)).hint
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_a_login_page_is_no_answer(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        fake.always(200, HTML, on=("GET", LISTED[kind]), kind="text/html")
        got = await failing_to_find(pager)
        assert isinstance(got, Malformed)
        assert "web page" in got.message
        await pager.close()


@pytest.mark.parametrize("kind", FAKES)
async def test_a_login_page_in_place_of_an_acknowledgement_is_no_success(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        if kind in LISTING:
            add(fake)
        fake.always(200, HTML, on=ACKNOWLEDGING[kind], kind="text/html; charset=utf-8")
        assert isinstance(await failing_to_acknowledge(pager), Malformed)
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"null", b'{"incidents": 3, "results": 3, "values": 3, "data": 3}']
)
async def test_nonsense_is_malformed(kind: str, body: bytes) -> None:
    with speaking(kind) as (pager, fake):
        fake.always(200, body, on=("GET", LISTED[kind]))
        assert isinstance(await failing_to_find(pager), Malformed)
        await pager.close()


@pytest.mark.parametrize("kind", ["jira", "opsgenie", "pagerduty_events"])
async def test_a_success_that_says_nothing_is_no_success(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        if kind in LISTING:
            add(fake)
        fake.always(202, b"{}", on=ACKNOWLEDGING[kind])
        assert isinstance(await failing_to_acknowledge(pager), Malformed)
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_an_answer_that_never_comes_ends_in_time(kind: str) -> None:
    with speaking(kind, timeout=1) as (pager, fake):
        fake.hang(("GET", LISTED[kind]))
        begun = time.monotonic()
        assert isinstance(await failing_to_find(pager), TimedOut)
        assert time.monotonic() - begun < 5
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_an_acknowledgement_without_an_answer_is_looked_for(kind: str) -> None:
    with speaking(kind, timeout=1) as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        seen: list[Any] = []

        def taken_but_silent(request: Any) -> None:
            if not seen:
                seen.append(request)
                fake.asked.append(request)
                fake.answer(request)
                if kind in ("jira", "opsgenie"):
                    fake.alerts["I1"]["acknowledged"] = True
            fake.released.wait(5)

        fake.instead[ACKNOWLEDGING[kind]] = taken_but_silent
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert outcome.confirmed
        assert "no answer in time" in outcome.note
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_where_nobody_can_tell_whether_it_was_taken_the_hint_says_so(kind: str) -> None:
    with speaking(kind, timeout=1) as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        fake.hang(ACKNOWLEDGING[kind])
        fake.always(500, b"", on=("GET", "/"))
        with pytest.raises(TimedOut) as caught:
            await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert "may have been acknowledged all the same" in caught.value.hint
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_taken_but_not_to_be_read_back_is_not_confirmed(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        assert found.pick is not None

        def broken(request: Any) -> Any:
            if any(one.method != "GET" for one in fake.asked[:-1]) and "requests" not in request.path:
                return type(fake.answer(request))(500, {"message": "boom"})
            return None

        fake.instead[("GET", "/")] = broken
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert not outcome.confirmed
        assert "reading it back failed: night: read #" in outcome.note or "read I1" in outcome.note
        await pager.close()


@pytest.mark.parametrize("kind", LISTING)
async def test_taken_and_still_ringing_is_not_confirmed(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        [found] = await pager.find([PAGED])
        assert found.pick is not None
        before = fake.answer

        def ignored(request: Any) -> Any:
            reply = before(request)
            if request.method != "GET":
                state = {"pagerduty": "incidents", "grafana": "groups"}.get(kind, "alerts")
                untaken = {"pagerduty": {"status": "triggered"}, "grafana": {"state": "new"}}.get(kind, {})
                getattr(fake, state)["I1"] |= untaken
                if not untaken:
                    fake.verdict = {"success": None}
            return reply

        fake.answer = ignored
        outcome = await pager.acknowledge(found.pick.incident, PAGED, "maria", "")
        assert not outcome.confirmed
        assert "it was taken, but still rings" in outcome.note
        await pager.close()


@pytest.mark.parametrize("kind", ["pagerduty", "jira", "opsgenie"])
async def test_details_that_cannot_be_read_leave_the_title_and_are_told(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        add(fake)
        fake.always(500, {"message": "boom"}, on=("GET", "/I1"))
        [found] = await pager.find([PAGED])
        assert found.pick is None
        assert "the details of 1 could not be read: night:" in found.note
        await pager.close()


@pytest.mark.parametrize("kind", FAKES)
async def test_a_token_goes_to_no_other_host(kind: str) -> None:
    with speaking(kind) as (pager, fake), speaking("webhook") as (_, other):
        for method in ("GET", "POST", "PUT"):
            fake.always(307, b"", on=(method, "/"), Location=f"{other.url}/services/T0/B0/s3cr3t-path")
        incident = PagedIncident("I1", title="x", state=IncidentState.TRIGGERED)
        with pytest.raises(Refused, match="redirects to another place") as caught:
            await (pager.find([PAGED]) if kind in LISTING else pager.acknowledge(incident, PAGED, "maria", ""))
        checked(caught.value)
        assert other.asked == []
        await pager.close()


@pytest.mark.parametrize("kind", FAKES)
async def test_nobody_there_is_unreachable(kind: str) -> None:
    with speaking(kind) as (pager, fake):
        url = fake.url
    incident = PagedIncident("I1", title="x")
    assert url
    with pytest.raises(Unreachable) as caught:
        await (pager.find([PAGED]) if kind in LISTING else pager.acknowledge(incident, PAGED, "maria", ""))
    checked(caught.value)
    await pager.close()


async def test_an_answer_without_end_is_cut_and_names_no_url() -> None:
    with speaking("webhook", max_response_mb=1) as (pager, fake):
        fake.always(200, b"x" * 1_500_000, on=("POST", "/"), kind="text/plain")
        with pytest.raises(Malformed, match="too large") as caught:
            await pager.acknowledge(PagedIncident("I1"), PAGED, "maria", "")
        checked(caught.value)
        await pager.close()


async def test_a_hostile_id_stays_one_part_of_a_path() -> None:
    with speaking("pagerduty") as (pager, fake):
        fake.add("../../admin?x=1", "RankerAccuracyBurn", "2025-10-09T08:53:50Z")
        await pager.find([PAGED])
        assert all(one.path.startswith("/incidents") for one in fake.asked)
        await pager.close()


@pytest.mark.parametrize("kind", FAKES)
def test_no_secret_is_in_a_repr(kind: str, tmp_path: Any) -> None:
    lines = [f"  {name}: '{value}'" for name, value in settings_for(kind, "https://pager.example.org").items()]
    config = config_from(f"pagers:\n- kind: {kind}\n" + "\n".join(lines) + "\n", tmp_path / "config.yaml")
    assert len(config.pagers) == 1
    assert not [secret for secret in SECRETS if secret in repr(config)]
