"""Reading what Alertmanagers of all ages send, and what they never should."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import SilenceState
from oncall_tui.core.errors import Malformed
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.sources.alertmanager import wire

READERS = [
    wire.read_alerts,
    wire.read_groups,
    wire.read_silences,
    wire.read_silence,
    wire.read_posted,
    wire.read_status,
]
ALERT = {
    "annotations": {"summary": "s"},
    "endsAt": "2026-11-23T20:34:56.168Z",
    "fingerprint": "a93c52f3d815e234",
    "receivers": [{"name": "page"}],
    "startsAt": "2026-11-23T20:29:56.168Z",
    "status": {"inhibitedBy": [], "silencedBy": [], "state": "active"},
    "updatedAt": "2026-11-23T20:29:56.168Z",
    "generatorURL": "http://p/g",
    "labels": {"alertname": "HighLatency"},
}
SILENCE = {
    "id": "2fffbe0c",
    "status": {"state": "active"},
    "updatedAt": "2026-11-23T20:29:56.168Z",
    "comment": "ack",
    "createdBy": "me",
    "endsAt": "2026-11-23T21:29:56Z",
    "startsAt": "2026-11-23T20:29:56Z",
    "matchers": [{"isEqual": True, "isRegex": False, "name": "alertname", "value": "HighLatency"}],
}


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def alert(**changes: object):
    return wire.read_alerts(encoded([ALERT | changes]), "am")[0]


def without(whole: dict, *keys: str) -> dict:
    return {key: value for key, value in whole.items() if key not in keys}


def refusal_of(read, body: bytes) -> str | None:
    """The message with which a body is Malformed; None when it is read."""
    try:
        read(body, "am")
    except Malformed as error:
        return error.message
    return None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("read", READERS)
@given(value=json_values)
def test_arbitrary_json_is_read_or_malformed_and_nothing_else(read, value):
    assert (refusal_of(read, encoded(value)) or "am: ").startswith("am: ")


@pytest.mark.parametrize("read", READERS)
@given(body=st.binary())
def test_arbitrary_bytes_are_read_or_malformed_and_nothing_else(read, body):
    assert (refusal_of(read, body) or "am: ").startswith("am: ")


@pytest.mark.parametrize(("read", "whole"), [(wire.read_alerts, ALERT), (wire.read_silences, SILENCE)])
@given(data=st.data(), value=json_values)
def test_any_key_replaced_by_anything_is_read_or_malformed(read, whole, data, value):
    key = data.draw(st.sampled_from(sorted(whole)))
    refusal = refusal_of(read, encoded([whole | {key: value}]))
    assert refusal is None or f"[0].{key}" in refusal


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("body", [b"", b"<html>login</html>", b"[" * 100_000, b"null", b'"bare"', b"[{", b"\xff\xfe"])
def test_what_is_no_answer_is_malformed_with_a_hint(read, body):
    with pytest.raises(Malformed) as caught:
        read(body, "am")
    assert "Alertmanager" in caught.value.hint


def test_a_malformed_record_is_named_by_its_place():
    broken = ALERT | {"labels": {"alertname": ["x"]}}
    with pytest.raises(Malformed) as caught:
        wire.read_alerts(encoded([ALERT, broken]), "prod")
    assert caught.value.message.startswith("prod: alerts[1].labels.alertname: ")


def test_a_hostile_key_does_not_reach_the_terminal_through_the_message():
    with pytest.raises(Malformed) as caught:
        wire.read_alerts(encoded([ALERT | {"labels": {"\x1b]0;x\x07\n": 1}}]), "am")
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("key", ["generatorURL", "annotations", "receivers", "status", "updatedAt"])
@pytest.mark.parametrize("null", [True, False])
def test_an_alert_without_an_optional_key_is_read(key, null):
    whole = ALERT | {key: None} if null else without(ALERT, key)
    assert wire.read_alerts(encoded([whole]), "am")[0].name == "HighLatency"


@pytest.mark.parametrize("key", ["fingerprint", "labels", "startsAt"])
def test_an_alert_without_a_needed_key_is_malformed(key):
    with pytest.raises(Malformed):
        wire.read_alerts(encoded([without(ALERT, key)]), "am")


def test_null_arrays_mean_nothing_suppresses_it():
    read = alert(status={"state": "active", "silencedBy": None, "inhibitedBy": None, "mutedBy": None})
    assert (read.silenced_by, read.inhibited_by) == ((), ())


def test_keys_of_later_versions_are_passed_over():
    read = alert(
        status={"state": "suppressed", "silencedBy": ["s1"], "inhibitedBy": ["f1"], "mutedBy": ["weekend"]},
        receivers=[{"name": "page", "labels": {"team": "ml"}}, {"name": "chat"}],
    )
    assert read.silenced_by == ("s1",)
    assert read.inhibited_by == ("f1",)
    assert read.receivers == ("page", "chat")


def test_receivers_as_plain_names_are_read():
    assert alert(receivers=["page", "chat"]).receivers == ("page", "chat")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60.0),
        ("1970-01-01T01:01:00.5+01:00", 60.5),
        ("1970-01-01T00:01:00.123456789Z", 60.123456),
        ("0001-01-01T00:00:00.000Z", -62_135_596_800.0),
        ("0001-01-01T00:00:00+14:00", -62_135_596_800.0 - 14 * 3_600),
    ],
)
def test_times_are_unix_seconds(text, seconds):
    assert alert(startsAt=text).starts_at == seconds


@pytest.mark.parametrize("text", ["", "soon", "2026-11-23", "2026-11-23T20:29:56", 1_700_000_000, None, []])
def test_what_is_no_rfc3339_time_is_malformed(text):
    with pytest.raises(Malformed, match="startsAt"):
        alert(startsAt=text)


def test_expired_silences_are_told_apart_the_newest_first_and_old_ones_not_at_all():
    over = SILENCE | {"status": {"state": "expired"}, "matchers": None}
    listed = [SILENCE, over | {"id": "old", "endsAt": "2026-11-20T00:00:00Z"}]
    listed += [over | {"id": f"day-{day}", "endsAt": f"2026-11-{day}T00:00:00Z"} for day in (22, 24, 23)]
    listed.append(SILENCE | {"id": "later", "status": {"state": "pending"}})
    since = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
    standing, expired = wire.read_silences(encoded(listed), "am", since)
    assert [silence.id for silence in expired] == ["day-24", "day-23", "day-22"]
    assert wire.read_silences(encoded(listed), "am")[1] == ()
    assert [(silence.id, silence.state) for silence in standing] == [
        ("2fffbe0c", SilenceState.ACTIVE),
        ("later", SilenceState.PENDING),
    ]


def test_a_silence_in_an_unknown_state_is_malformed_rather_than_guessed():
    with pytest.raises(Malformed, match=r"silences\[0\]\.status\.state"):
        wire.read_silences(encoded([SILENCE | {"status": {"state": "muted"}}]), "am")


@pytest.mark.parametrize(
    ("flags", "op"),
    [
        ({"isEqual": True, "isRegex": False}, MatchOp.EQUAL),
        ({"isEqual": False, "isRegex": False}, MatchOp.NOT_EQUAL),
        ({"isEqual": True, "isRegex": True}, MatchOp.REGEX),
        ({"isEqual": False, "isRegex": True}, MatchOp.NOT_REGEX),
        ({"isRegex": True}, MatchOp.REGEX),
        ({"isEqual": None, "isRegex": False}, MatchOp.EQUAL),
    ],
)
def test_matchers_keep_their_operator(flags, op):
    read = wire.read_silence(encoded(SILENCE | {"matchers": [{"name": "a", "value": "b"} | flags]}), "am")
    assert read.matchers == (Matcher("a", op, "b"),)


def test_groups_are_read_with_the_fingerprints_in_their_order():
    body = encoded(
        [{"labels": {"alertname": "A"}, "receiver": {"name": "page"}, "alerts": [ALERT, {"fingerprint": "f"}]}]
    )
    (group,) = wire.read_groups(body, "am")
    assert (group.receiver, group.fingerprints, dict(group.labels)) == (
        "page",
        ("a93c52f3d815e234", "f"),
        {"alertname": "A"},
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"versionInfo": None, "cluster": None, "config": None},
        {"versionInfo": {}, "cluster": {"status": "disabled"}, "config": {}},
        {
            "versionInfo": {"version": ""},
            "cluster": {"status": "disabled", "peers": None},
            "config": {"original": None},
        },
        {"cluster": {"status": "settling", "peers": []}},
    ],
)
def test_what_a_status_does_not_tell_is_empty(body):
    assert wire.read_status(encoded(body), "am") == wire.Told()


def test_a_status_tells_version_peers_and_configuration():
    peers = [{"name": "01B", "address": "10.0.0.2:9094"}, {"name": "01A", "address": "10.0.0.1:9094"}]
    body = {
        "cluster": {"name": "01A", "status": "ready", "peers": peers},
        "config": {"original": "route:\n  receiver: x\n"},
        "uptime": "2026-11-23T20:29:56.168Z",
        "versionInfo": {"version": "0.28.1", "goVersion": "go1.23"},
    }
    assert wire.read_status(encoded(body), "am") == wire.Told("0.28.1", ("01A", "01B"), "route:\n  receiver: x\n")


def test_the_version_is_made_safe_to_show():
    assert wire.read_status(encoded({"versionInfo": {"version": "0.28.1\x1b[2J"}}), "am").version.isprintable()
