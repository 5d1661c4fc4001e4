"""What is told of an answer that does not read: which field, what was expected there, what came; no library's words."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.errors import Malformed
from oncall_tui.sources.alertmanager import wire
from oncall_tui.sources.pagers import grafana, jira, pagerduty, pagerduty_events
from oncall_tui.sources.pagers._api import PagerApi

ALERT = {"fingerprint": "f", "labels": {"a": "b"}, "startsAt": "2026-11-27T09:30:00Z"}
SILENCE = {"id": "s", "status": {"state": "active"}, "startsAt": ALERT["startsAt"], "endsAt": ALERT["startsAt"]}
TIME = "expected a time such as 2026-11-27T09:30:00Z"
FOREIGN = ("Input should", "valid", "pydantic", "Invalid", "Field required", "EOF", "at least")


def told(read: Callable[[bytes, str], object], body: bytes) -> str:
    with pytest.raises(Malformed) as caught:
        read(body, "am")
    assert caught.value.hint
    return caught.value.message


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"startsAt": 5}, f"alerts[1].startsAt: {TIME}, got a number"),
        ({"startsAt": "soon"}, f"alerts[1].startsAt: {TIME}, got other text"),
        ({"startsAt": "2026-11-27T09:30:00"}, f"alerts[1].startsAt: {TIME}, got other text"),
        ({"startsAt": None}, f"alerts[1].startsAt: {TIME}, got null"),
        ({"labels": [1]}, "alerts[1].labels: expected an object, got a list"),
        ({"labels": {"a\x1b[2J": True}}, "alerts[1].labels.a␛[2J: expected text, got true"),
        ({"fingerprint": ""}, "alerts[1].fingerprint: expected text that is not empty, got none"),
        ({"receivers": [{"name": {}}]}, "alerts[1].receivers[0].name: expected text, got an object"),
        ({"status": "active"}, "alerts[1].status: expected an object, got other text"),
    ],
)
def test_a_wrong_field_is_told_with_its_place(changes: dict[str, object], said: str) -> None:
    assert told(wire.read_alerts, json.dumps([ALERT, ALERT | changes]).encode()) == f"am: {said}"


def test_a_field_that_is_missing_and_a_word_that_is_unknown() -> None:
    lacking = json.dumps([{"fingerprint": "f", "labels": {}}]).encode()
    assert told(wire.read_alerts, lacking) == "am: alerts[0].startsAt: required, but not there"
    unknown = json.dumps([SILENCE | {"status": {"state": "gone"}}]).encode()
    said = "am: silences[0].status.state: expected one of pending, active, expired, got other text"
    assert told(wire.read_silences, unknown) == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "expected JSON, got an empty answer"),
        (b"<html>", "expected JSON, got something else (line 1 column 1)"),
        (b'[{"labels":', "expected JSON, but it ends in the middle (line 1 column 11)"),
        (b'[{"a": "\\ud800"}]', "expected JSON, but a letter in it is broken (line 1 column 15)"),
        (b"{}", "expected a list, got an object"),
    ],
)
def test_no_json_at_all(body: bytes, said: str) -> None:
    assert told(wire.read_alerts, body) == f"am: alerts: {said}"


PAGERS = {
    "grafana": grafana._GROUPS,
    "jira": jira._STATUS,
    "pagerduty": pagerduty._INCIDENTS,
    "events": pagerduty_events._TAKEN,
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "data", "results"]), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", PAGERS)
@given(value=json_values)
def test_a_pager_is_told_of_in_the_same_words(kind: str, value: object) -> None:
    message = message_of(kind, value)
    assert message is None or message.startswith(f"{kind}: incidents")
    assert message is None or "expected " in message or "required, but not there" in message
    assert not [word for word in FOREIGN if word in (message or "")]


def message_of(kind: str, value: object) -> str | None:
    """None where it can be read."""
    api = PagerApi(kind, HttpConfig(), base=lambda: "http://127.0.0.1")
    try:
        api.read(PAGERS[kind], httpx.Response(200, json=value), "incidents")
    except Malformed as error:
        return error.message
    return None
