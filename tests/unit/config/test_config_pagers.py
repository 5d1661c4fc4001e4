"""Pagers in a configuration: each kind takes its own keys, and every slip is told with its line, and without secrets."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ConfigError

SECRET = "hunter2"


def mistakes(folder: Path, text: str) -> list[str]:
    file = folder / "config.yaml"
    file.write_text("pagers:\n" + text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    return [line for line in str(caught.value).splitlines() if not line.startswith(" ")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "- {kind: pagerdty, token: hunter2}",
            "config.yaml:2: pagers[0].kind: expected one of pagerduty, pagerduty_events, grafana, jira, opsgenie, webhook, "
            "got 'pagerdty'; did you mean 'pagerduty'?",
        ),
        ("- {token: hunter2}", "config.yaml:2: pagers[0].kind: required, but not there"),
        (
            "- {kind: pagerduty, token: hunter2, emial: a@b.c}",
            "config.yaml:2: pagers[0].emial: not a key that is known; did you mean 'email'?",
        ),
        (
            "- {kind: opsgenie, token: hunter2, routing_ky: hunter2}",
            "config.yaml:2: pagers[0].routing_ky: not a key that is known; known here: basic_auth, ",
        ),
        ("- kind: jira\n  token: hunter2", "config.yaml:2: pagers[0].cloud_id: required, but not there"),
        (
            "- {kind: jira, cloud_id: c, token: hunter2}",
            "config.yaml:2: pagers[0]: a token goes with the email of its account",
        ),
        ("- {kind: grafana, token: hunter2}", "config.yaml:2: pagers[0].url: required, but not there"),
        (
            "- {kind: pagerduty}",
            "config.yaml:2: pagers[0]: exactly one of token, token_file, authorization and oauth2 must be set",
        ),
        (
            "- {kind: pagerduty, token: hunter2, token_file: x}",
            "config.yaml:2: pagers[0]: exactly one of token, token_file, authorization and oauth2 must be set",
        ),
        (
            "- {kind: pagerduty, token: hunter2, basic_auth: {username: u, password: hunter2}}",
            "config.yaml:2: pagers[0]: expected a token in place of basic_auth",
        ),
        (
            "- {kind: pagerduty_events, key: x}",
            "config.yaml:2: pagers[0]: exactly one of routing_key and routing_key_file must be set",
        ),
        (
            "- {kind: pagerduty_events, routing_key: hunter2, key: ' '}",
            "config.yaml:2: pagers[0].key: expected some text",
        ),
        (
            "- kind: pagerduty_events\n  routing_key: hunter2\n  key: '{{ lables.x }}'",
            "config.yaml:4:9: pagers[0].key: expected text with {{ labels.NAME }}, {{ annotations.NAME }}",
        ),
        ("- {kind: pagerduty, token: [hunter2]}", "config.yaml:2: pagers[0].token: "),
        (
            "- {kind: pagerduty, token: hunter2, services: [a/b]}",
            "config.yaml:2: pagers[0].services[0]: expected an id",
        ),
        (
            "- {kind: pagerduty, token: hunter2, matches: ['severity=']}",
            "config.yaml:2: pagers[0].matches[0]: expected matchers such as",
        ),
        (
            "- kind: webhook\n  url: hunter2://x\n  body: ''",
            "config.yaml:3: pagers[0].url: expected a URL such as http://host:9090",
        ),
        (
            "- kind: webhook\n  url: http://h/hunter2\n  body: '{\"a\": {{ labels.a }}}'",
            "config.yaml:2: pagers[0]: body: expected JSON with every {{ }} inside double quotes",
        ),
        (
            "- {kind: webhook, url: 'http://h', body: '{}', success: [99]}",
            "config.yaml:2: pagers[0].success[0]: expected at least 200, got '99'",
        ),
        (
            "- {kind: webhook, url: 'http://h', body: '{}', method: GET}",
            "config.yaml:2: pagers[0].method: expected one of POST, PUT, PATCH, got 'GET'",
        ),
        (
            "- {kind: opsgenie, token: hunter2}\n- {kind: opsgenie, token: hunter2}",
            "config.yaml:3: pagers[1].name: another pager has this name, on line 2",
        ),
    ],
)
def test_a_slip_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert [line for line in mistakes(tmp_path, text) if line.startswith(told)], mistakes(tmp_path, text)


def test_a_secret_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PD", SECRET)
    file = tmp_path / "config.yaml"
    file.write_text("pagers: [{kind: pagerduty, token: '${PD}'}]\n", encoding="utf-8")
    [pager] = load_config(file).pagers
    assert pager.kind == "pagerduty"
    assert pager.token is not None
    assert pager.token.get_secret_value() == SECRET
    assert SECRET not in repr(pager)


def test_a_key_of_another_kind_is_told_with_the_keys_of_this_one(tmp_path: Path) -> None:
    [told] = mistakes(tmp_path, "- {kind: pagerduty_events, routing_key: hunter2, key: x, cloud_id: c}")
    assert "known here:" in told
    assert "routing_key_file" in told
    assert "token_file" not in told
