"""What goes with a bug report holds no secret: neither one that is known nor one that only looks like one."""

import pytest

from oncall_tui.debugging.scrub import Scrubber


@pytest.mark.parametrize(
    "text",
    [
        "GET https://maria:hunter2@prom/api",
        "Authorization: Bearer hunter2hunter2",
        "authorization = 'hunter2 and more'",
        "url?x=1&access_token=hunter2&y=2",
        '{"password": "hunter2"}',
        "routing_key=hunter2",
        "api-key: hunter2",
        "GenieKey hunter2hunter2",
    ],
)
def test_what_stands_where_secrets_stand_goes(text):
    assert "hunter2" not in Scrubber().text(text)


def test_known_secrets_go_wherever_they_stand_and_stay_secret_once_rotated(monkeypatch):
    secrets = {"correct horse"}
    scrubber = Scrubber(lambda: frozenset(secrets))
    assert scrubber.text("a correct horse b correct%20horse") == "a [redacted] b [redacted]"
    secrets.clear()
    secrets.add("battery staple")
    assert "battery" in scrubber.text("battery staple"), "known secrets are not read for every line"
    monkeypatch.setattr("oncall_tui.debugging.scrub.AGAIN", -1.0)
    assert scrubber.text("correct horse, battery staple") == "[redacted], [redacted]"


def test_a_configuration_that_cannot_be_read_keeps_no_line_from_being_scrubbed():
    def broken():
        raise RuntimeError("no")

    assert Scrubber(broken).text("token=abc plain") == "token=[redacted] plain"


def test_values_keep_their_shape_and_lose_what_a_secrets_name_holds():
    value = {
        "sources": [{"url": "http://u:p@h:9090", "basic_auth": {"username": "maria", "password": "hunter2"}}],
        "bearer_token_file": "/run/token",
        "headers": {"X-Scope": "hunter2"},
        "credentials": "hunter2",
        "interval": 15,
        "read_only": None,
    }
    told = Scrubber().value(value)
    assert told == {
        "sources": [{"url": "http://[redacted]@h:9090", "basic_auth": {"username": "maria", "password": "[redacted]"}}],
        "bearer_token_file": "/run/token",
        "headers": "[redacted]",
        "credentials": "[redacted]",
        "interval": 15,
        "read_only": None,
    }
