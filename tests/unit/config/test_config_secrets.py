"""A secret is in no error, in no repr and in no traceback, however it got into the file."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from oncall_tui.config.environment import EnvironmentMistake, fill_in
from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ConfigError

SECRET = "hunter2"


def write(folder: Path, source: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(f"sources:\n  prometheus:\n    - url: http://h\n      {source}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "source",
    [
        "basic_auth: hunter2",
        "basic_auth: admin:hunter2",
        "basic_auth: [hunter2]",
        "basic_auth: {username: u, pasword: hunter2}",
        "basic_auth: {username: u, password hunter2: }",
        "basic_auth: {username: u, password: [hunter2]}",
        "basic_auth: {username: u, password: hunter2, password: hunter2}",
        "basic_auth: {username: u, password: hunter2, password_file: hunter2}",
        "basic_auth: {username: u, password: @hunter2}",
        "basic_auth: {username: u, password: *hunter2}",
        "basic_auth: {username: u, password: !hunter2 x}",
        "basic_auth: {username: u, password: ${hunter2}",
        "basic_auth: {username: u, password: 'hunter2}",
        'basic_auth: {username: u, password: "a\\hunter2"}',
        "authorization: {type: Basic, credentials: hunter2}",
        "authorization: {credential: hunter2}",
        "authorization: Bearer hunter2",
        "oauth2: {client_id: x, client_secret: hunter2, token_url: nowhere}",
        "oauth2: {client_id: x, token_url: 'http://h', endpoint_params: {a: [hunter2]}}",
        "headers: {X-Token: [hunter2]}",
        "headers: hunter2",
        "headers: {X-Token hunter2: }",
        "proxy_url: [hunter2]",
        "password: hunter2",
        "hunter: hunter2",
        "alternative_url: http://u:hunter2@h",
        "timeout: ${TEST_SECRET}",
        "min: ${TEST_SECRET}",
        "max_response_mb: ${TEST_SECRET}",
        "tls_config: {min_version: '${TEST_SECRET}'}",
    ],
)
def test_a_slip_around_a_secret_does_not_show_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    monkeypatch.delenv(SECRET, raising=False)
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, source))
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "config.yaml:" in shown
    assert SECRET not in shown.replace("no hunter2 (set it, or write ${hunter2:-default})", "")


@pytest.mark.parametrize(
    "url",
    [
        "http://u:hunter2@h",
        "ftp://u:hunter2@h",
        "http://u:hunter2@h:99999",
        "http://u:hun/hunter2@h",
        "u:hunter2@h:9090",
        "http://h?token=hunter2",
        "http://u:hunter2 @h",
        "http://[u:hunter2@h",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_shown(tmp_path: Path, url: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(f"sources: {{alertmanager: [{{url: '{url}'}}]}}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert "sources.alertmanager[0].url: expected" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_promql_filled_from_the_environment_is_shown_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    file = tmp_path / "config.yaml"
    file.write_text("services:\n  - {name: a, signals: [{name: b, query: '${TEST_SECRET}(x)'}]}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert str(caught.value).endswith("query: expected PromQL, got '${TEST_SECRET}(x)'")


def test_the_repr_of_a_configuration_holds_no_secret_and_the_value_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    config = load_config(
        write(
            tmp_path,
            "oauth2: {client_id: x, client_secret: '${TEST_SECRET}', token_url: 'http://h', "
            "endpoint_params: {p: hunter2}}\n      headers: {X-T: hunter2}\n      proxy_url: http://u:hunter2@p\n"
            "    - {name: two, url: 'http://h', basic_auth: {username: u, password: hunter2}}\n"
            "    - {name: three, url: 'http://h', authorization: {credentials: hunter2}}",
        )
    )
    assert SECRET not in repr(config)
    assert SECRET not in str(config)
    one, two, three = config.sources.prometheus
    assert one.oauth2
    assert one.oauth2.client_secret
    assert one.oauth2.client_secret.get_secret_value() == SECRET
    assert one.headers["X-T"].get_secret_value() == SECRET
    assert two.basic_auth
    assert two.basic_auth.password
    assert two.basic_auth.password.get_secret_value() == SECRET
    assert three.authorization
    assert three.authorization.credentials
    assert three.authorization.credentials.get_secret_value() == SECRET


def test_a_secret_file_belongs_to_the_folder_of_the_configuration(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "basic_auth: {username: u, password_file: secrets/pw}"))
    basic_auth = config.sources.prometheus[0].basic_auth
    assert basic_auth is not None
    assert basic_auth.password_file == tmp_path / "secrets/pw"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A}", "1"),
        ("x${A}y${B:-2}", "x1y2"),
        ("${EMPTY}", ""),
        ("${EMPTY:-d}", "d"),
        ("${B:-}", ""),
        ("$${A}", "${A}"),
        ("$A $window $$ $1 ${1}", "$A $window $$ $1 ${1}"),
        ("${NESTED}", "${A}"),
    ],
)
def test_references_are_filled_in_as_a_shell_would(text: str, filled: str) -> None:
    assert fill_in(text, {"A": "1", "EMPTY": "", "NESTED": "${A}"}) == filled


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${B}", "the environment has no B"),
        ("${window}", "write \\$window"),
        ("${", "expected \\$\\{NAME\\}"),
        ("${A-x}", "expected \\$\\{NAME\\}"),
        ("${}", "expected \\$\\{NAME\\}"),
    ],
)
def test_a_reference_to_nothing_is_a_mistake(text: str, told: str) -> None:
    with pytest.raises(EnvironmentMistake, match=told):
        fill_in(text, {"A": "1"})


def test_the_environment_is_filled_into_values_and_never_into_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TEXT", "a: {b: c}\n- d")
    file = tmp_path / "config.yaml"
    file.write_text("theme: ${TEST_TEXT}\nkeys: {'${TEST_TEXT}': x}\n", encoding="utf-8")
    config = load_config(file)
    assert config.theme == "a: {b: c}\n- d"
    assert config.keys == {"${TEST_TEXT}": "x"}
