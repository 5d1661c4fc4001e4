"""Canaries, certificates and metrics of an endpoint, as they are written."""

import json
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.canary import CanaryRequest, Expectation
from oncall_tui.core.catalogue import UP, Endpoint
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.state import State


def service_of(folder: Path, text: str):
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file).catalogue().services[0]


def endpoint(folder: Path, canary: str = "", rest: str = "protocol: triton, url: 'http://h', model: m") -> Endpoint:
    of_it = f", canary: {canary}" if canary else ""
    return service_of(folder, f"services:\n  - name: a\n    endpoints:\n      - {{{rest}{of_it}}}\n").endpoints[0]


def refused(folder: Path, *given: str) -> str:
    with pytest.raises(ConfigError) as caught:
        endpoint(folder, *given)
    return str(caught.value)


def test_an_input_and_an_answer_are_enough(tmp_path):
    canary = endpoint(tmp_path, "{input: [[0.5, 2]], expect: {equals: [0.9], within: {abs: 0.1, rel: 5%}}}").canary
    assert canary.request.path == "/v2/models/{model}/infer"
    assert json.loads(canary.request.body)["inputs"][0]["data"] == [0.5, 2]
    assert canary.expect == Expectation("$.outputs[0].data", equals="[0.9]", absolute=0.1, relative=0.05)
    assert (canary.every, canary.timeout, canary.max_per_day, canary.wrong_is) == (300, 30, 2_880, State.CRIT)


def test_a_whole_request_is_sent_as_it_is_written(tmp_path):
    canary = endpoint(
        tmp_path,
        "{request: {path: '/p/{model}', method: PUT, body: {a: [1, '2', true, no, 1e2]}, headers: {X-Key: s3cret}}, "
        "every: 1m, timeout: 5s, max_per_day: 24, wrong: warn, "
        "expect: {json_path: '$.b', any_of: [1, '1'], matches: '^1', max_latency: 250ms}}",
    ).canary
    assert json.loads(canary.request.body) == {"a": [1, "2", True, "no", 100.0]}
    assert canary.request.headers == (("X-Key", "s3cret"), ("Content-Type", "application/json"))
    assert canary.expect == Expectation("$.b", any_of=("1", '"1"'), matches="^1", max_latency=0.25)
    assert (canary.every, canary.pause, canary.timeout, canary.wrong_is) == (60, 3_600, 5, State.WARN)
    assert "s3cret" not in repr(canary)


def test_a_body_of_text_is_sent_as_text_and_a_get_has_none(tmp_path):
    text = endpoint(tmp_path, "{request: {path: /p, body: 'a,b'}, expect: {matches: x}}").canary
    assert text.request == CanaryRequest("POST", "/p", "a,b")
    assert endpoint(tmp_path, "{request: {path: /p, method: GET}, expect: {matches: x}}").canary.request.body == ""


def test_a_number_in_quotes_is_text(tmp_path):
    assert endpoint(tmp_path, "{input: [1], expect: {equals: '42'}}").canary.expect.equals == '"42"'
    assert endpoint(tmp_path, "{input: [1], expect: {equals: 42}}").canary.expect.equals == "42"
    assert endpoint(tmp_path, "{input: [1], expect: {equals: false}}").canary.expect.equals == "false"


def test_one_that_is_switched_off_is_none_and_still_must_be_right(tmp_path):
    assert endpoint(tmp_path, "{enabled: false, input: [1], expect: {equals: 1}}").canary is None
    assert "expected an array" in refused(tmp_path, "{enabled: false, input: x, expect: {equals: 1}}")


@pytest.mark.parametrize(
    ("canary", "mistake"),
    [
        ("{input: [1]}", "canary.expect: "),
        ("{expect: {equals: 1}}", "exactly one of input and request must be set"),
        ("{input: [1], request: {path: /p}, expect: {equals: 1}}", "exactly one of input and request must be set"),
        ("{input: [1], expect: {max_latency: 1s}}", "one of equals, any_of and matches must be set"),
        ("{input: [1], expect: {equals: 1, any_of: [1]}}", "at most one of equals and any_of"),
        ("{input: [1], expect: {matches: a, within: {abs: 1}}}", "within goes with equals or any_of"),
        ("{input: [1], expect: {equals: 1, within: {}}}", "one of abs and rel must be set"),
        ("{input: [1], expect: {equals: 1, json_path: 'outputs[0]'}}", "expected a JSONPath such as $.outputs[0].data"),
        ("{input: [1], expect: {matches: '(a'}}", "expected an RE2 pattern"),
        ("{input: [1], every: 29s, expect: {equals: 1}}", "expected a duration of at least 30s"),
        ("{input: [1], max_per_day: 0, expect: {equals: 1}}", "max_per_day"),
        ("{request: {path: p}, expect: {equals: 1}}", "expected a path such as /v1/predict"),
        ("{request: {path: 'http://h/p'}, expect: {equals: 1}}", "expected a path such as /v1/predict"),
        ("{request: {path: /p, method: GET, body: x}, expect: {equals: 1}}", "a GET has no body"),
        ("{request: {path: /p, method: DELETE}, expect: {equals: 1}}", "expected one of GET, POST, PUT"),
        ("{input: text, expect: {equals: 1}}", "canary: input-0: expected an array"),
    ],
)
def test_what_is_wrong_with_a_canary_is_said(tmp_path, canary, mistake):
    assert mistake in refused(tmp_path, canary)


def test_a_protocol_without_one_way_of_asking_wants_the_request(tmp_path):
    told = refused(tmp_path, "{input: [1], expect: {equals: 1}}", "url: 'http://h'")
    assert "http has no one way of asking: write request:" in told
    told = refused(tmp_path, "{request: {path: '/{model}'}, expect: {equals: 1}}", "url: 'http://h'")
    assert "set model: for this endpoint" in told


@pytest.mark.parametrize(
    ("rest", "metrics"),
    [
        ("protocol: vllm, url: 'http://h'", "/metrics"),
        ("protocol: vllm, url: 'http://h', metrics: /other", "/other"),
        ("protocol: vllm, url: 'http://h', metrics: false", ""),
        ("protocol: triton, url: 'http://h'", ""),
        ("protocol: triton, url: 'http://h', metrics: 'http://h:8002/metrics'", "http://h:8002/metrics"),
        ("protocol: tf_serving, url: 'http://h', model: m", "/monitoring/prometheus/metrics"),
        ("url: 'http://h'", ""),
    ],
)
def test_where_its_own_metrics_are(tmp_path, rest, metrics):
    assert endpoint(tmp_path, "", rest).metrics == metrics


def test_metrics_that_nobody_could_read_are_a_mistake(tmp_path):
    assert "of http no metrics are known" in refused(tmp_path, "", "url: 'http://h', metrics: /metrics")
    assert "expected a path such as /metrics" in refused(tmp_path, "", "protocol: vllm, url: 'http://h', metrics: x")


def test_an_endpoint_has_http_settings_of_its_own(tmp_path):
    file = tmp_path / "config.yaml"
    file.write_text(
        "services:\n  - name: a\n    endpoints:\n"
        "      - {url: 'https://h', tls_warn_days: 7, authorization: {credentials: s3cret}, tls_config: {ca_file: ca.pem}}\n",
        encoding="utf-8",
    )
    config = load_config(file)
    http = config.endpoint_http()["a/http"]
    assert http.authorization.credentials.get_secret_value() == "s3cret"
    assert http.tls_config.ca_file == tmp_path / "ca.pem"
    assert http.max_response_mb == 1
    assert config.catalogue().services[0].endpoints[0].tls_warn == 7 * 86_400
    assert "s3cret" not in repr(config)


def test_two_eyes_ask_what_is_written_and_can_be_shut(tmp_path):
    text = "services:\n  - name: a\n    endpoints: [{url: 'http://h'}]\n"
    plain = service_of(tmp_path, text)
    assert (plain.up, plain.latency_factor) == (None, 5.0)
    asked = service_of(tmp_path, text + "    two_eyes: {up: 'up{job=\"a\"} # mine', latency_factor: 3}\n")
    assert (asked.up.name, asked.up.query, asked.latency_factor) == (UP, 'max(up{job="a"} # mine\n)', 3.0)
    assert asked.compared
    assert not service_of(tmp_path, text + "    two_eyes: {enabled: false}\n").compared
