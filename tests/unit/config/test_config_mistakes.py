"""Every class of mistake is told with file, line, place, what was expected, and what stands there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ConfigError


def mistakes(folder: Path, text: str) -> list[str]:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    return [line for line in str(caught.value).splitlines() if not line.startswith(" ")]


SLO = """\
services:
  - name: ranker
    slos:
      - name: availability
        objective: {objective}
        {sli}
"""
GOOD_SLI = "at_least: {query: up, bound: 1}"


def slo_mistakes(folder: Path, sli: str = GOOD_SLI, objective: str = "99.9%") -> list[str]:
    return mistakes(folder, SLO.format(sli=sli, objective=objective))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "read_only: false\nred_only: true\n",
            "config.yaml:2: red_only: not a key that is known; did you mean 'read_only'?",
        ),
        (
            "polling:\n  interval: soon\n",
            "config.yaml:2: polling.interval: expected a duration such as 15s, 5m, 1h30m or 30d, got 'soon'",
        ),
        ("polling:\n  interval: 0s\n", "expected a duration such as 15s, 5m, 1h30m or 30d, got '0s'"),
        ("polling:\n  timeout: 0\n", "config.yaml:2: polling.timeout: expected more than 0, got '0'"),
        ("polling:\n  concurrency: many\n", "polling.concurrency: expected a whole number, got 'many'"),
        ("polling:\n  concurrency: 65\n", "polling.concurrency: expected at most 64, got '65'"),
        ("polling: [15s]\n", "config.yaml:1: polling: expected a mapping of keys and values, got a list"),
        ("read_only: perhaps\n", "read_only: expected true or false, got 'perhaps'"),
        ("theme: [dark]\n", "theme: expected text, got a list"),
        ("services: ranker\n", "config.yaml:1: services: expected a list, got 'ranker'"),
        ("services:\n  - kind: model\n", "config.yaml:2: services[0].name: required, but not there"),
        ("services:\n  - name: a/b\n", "services[0].name: expected a name of letters, digits"),
        (
            "services:\n  - name: a\n    kind: modle\n",
            "config.yaml:3: services[0].kind: expected one of model, feature-store, pipeline, gateway, other, "
            "got 'modle'; did you mean 'model'?",
        ),
        ("services:\n  - name: a\n    labels: {a-b: c}\n", "services[0].labels['a-b']: expected a label name"),
        ("services:\n  - name: a\n    alerts: ['=x']\n", "services[0].alerts[0]: expected matchers such as"),
        (
            "services:\n  - name: a\n    endpoints:\n      - {protocol: trition, url: 'http://h'}\n",
            "config.yaml:4: services[0].endpoints[0].protocol: expected one of http, kserve_v2, triton, vllm, "
            "torchserve, tf_serving, mlserver, tgi, sglang, ray_serve, bentoml, mlflow, ollama, llama_cpp, sagemaker, got 'trition'; did you mean 'triton'?",
        ),
        (
            "services:\n  - name: a\n    endpoints:\n      - {protocol: tf_serving, url: 'http://h'}\n",
            "services[0].endpoints[0]: model: expected the model's name",
        ),
        (
            "services:\n  - name: a\n    signals:\n      - {name: drift, query: up, warn: 0.3, crit: 0.2}\n",
            "services[0].signals[0]: expected crit to be worse than warn (good values are at_most them)",
        ),
        (
            "sources:\n  prometheus:\n    - {url: 'ftp://h'}\n",
            "sources.prometheus[0].url: expected a URL such as http://host:9090, got 'ftp://h'",
        ),
        ("sources:\n  prometheus:\n    - {url: 'http://h:99999'}\n", "expected a URL such as"),
        (
            "sources:\n  alertmanager:\n    - url: http://h\n      tls_config: {cert_file: x}\n",
            "config.yaml:4: sources.alertmanager[0].tls_config: cert_file and key_file go together",
        ),
        (
            "sources:\n  alertmanager:\n    - {name: a, url: 'http://a'}\n    - {name: b, url: 'http://b', cluster: a}\n",
            "config.yaml:4: sources.alertmanager[1].cluster: a source outside this cluster has this name",
        ),
        (
            "sources:\n  alertmanager:\n    - {url: 'http://a', cluster: a b}\n",
            "alertmanager[0].cluster: expected a name",
        ),
        (
            "runbooks:\n  rules:\n    - {title: t, match: ['a=\"b\"'], file: 'ftp://x'}\n",
            "runbooks.rules[0].file: expected a path, or a URL that begins with",
        ),
    ],
)
def test_a_wrong_value_is_told_with_its_line_place_and_what_was_expected(tmp_path: Path, text: str, told: str) -> None:
    (line,) = mistakes(tmp_path, text)
    assert told in line
    assert line.startswith("config.yaml:")


@pytest.mark.parametrize("objective", ["100%", "100", "1", "0", "0%", "-1", "101", "nan", "most", "99.9%%"])
def test_an_objective_without_a_budget_or_meaning_is_refused(tmp_path: Path, objective: str) -> None:
    (line,) = slo_mistakes(tmp_path, objective=objective)
    assert line.startswith("config.yaml:5: services[0].slos[0].objective: expected an objective such as 99.9% or 0.999")
    assert line.endswith(f"got '{objective}'")


@pytest.mark.parametrize(
    ("sli", "told"),
    [
        ("description: none", "services[0].slos[0]: expected exactly one of events, latency, latency_native, at_least"),
        (
            GOOD_SLI + "\n        error_ratio: 'rate(x[$window])'",
            "drift, error_ratio, got at_least and error_ratio",
        ),
        (
            "error_ratio: sum(rate(x[$window])",
            "config.yaml:6:25: services[0].slos[0].error_ratio: expected PromQL with $window, "
            "got 'sum(rate(x[$window])': unclosed left parenthesis",
        ),
        (
            "error_ratio: rate(x[$window])\n        period_error_ratio: rate(x[$window])",
            "period_error_ratio: expected PromQL without $window",
        ),
        (GOOD_SLI + "\n        period_error_ratio: x", "period_error_ratio goes with error_ratio"),
        ("error_ratio: rate(x[5m])", "expected PromQL with $window where the window goes"),
        ("error_ratio: 'x[$window]'", "this is a range, which needs a function such as rate() around it"),
        ("error_ratio: '\"$window\"'", "this is only a text"),
        ("at_least: {query: 'rate(x[$window])', bound: 1}", "at_least.query: expected PromQL without $window"),
        ("at_least: {query: up, bound: .inf}", "at_least.bound: expected a number, got '.inf'"),
        ("at_least: {query: up, bound: inf}", "at_least.bound: expected a finite number, got 'inf'"),
        ("at_least: {query: up, bound: 1, slice: 10m}", "expected a slice of at most 5m, its shortest burn window"),
        (GOOD_SLI + "\n        period: 1d", "expected a period of at least 3d, its longest burn window"),
        ("events: {total: 'rate(x[$window])'}", "slos[0].events: expected exactly one of error and good beside total"),
        ("latency: {histogram: a_bucket, threshold: 1}", "expected the histogram's base name, without _bucket"),
        ("latency: {histogram: a, threshold: fast}", "latency.threshold: expected a duration such as 250ms or 2.5s"),
        ("latency: {histogram: a, threshold: 0ms}", "latency.threshold: expected more than 0, got '0ms'"),
        ("latency: {histogram: a, threshold: 1, selector: 'b=\"c\"} or d{'}", "latency.selector: expected label match"),
        (
            GOOD_SLI + "\n        burn_tiers: [{severity: page, long: 5m, short: 1h, budget_spent: 2%}]",
            "slos[0].burn_tiers[0]: the short window is not shorter than the long one",
        ),
        (
            GOOD_SLI + "\n        burn_tiers: [{severity: page, long: 1h, short: 5m, budget_spent: 2}]",
            "burn_tiers[0].budget_spent: expected a share above 0% and not above 100%",
        ),
    ],
)
def test_an_slo_that_cannot_be_measured_is_refused(tmp_path: Path, sli: str, told: str) -> None:
    (line,) = slo_mistakes(tmp_path, sli)
    assert told in line


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
polling: {interval: soon}
services:
  - name: a
    depends_on: [bb, a]
    source: promm
  - name: b
    slos:
      - {name: x, objective: 2, error_ratio: 'rate(x[$window])'}
      - {name: x, objective: wat, error_ratio: 'rate(x[$window])'}
  - name: a
journal: ${NOT_SET_ANYWHERE}
sources: {prometheus: [{name: prom, url: 'http://h'}, {name: prom, url: h}]}
"""
    assert mistakes(tmp_path, text) == [
        "config.yaml:1: polling.interval: expected a duration such as 15s, 5m, 1h30m or 30d, got 'soon'",
        "config.yaml:4: services[0].depends_on[0]: there is no service of the name 'bb'; did you mean 'b'?",
        "config.yaml:4: services[0].depends_on[1]: a service cannot depend on itself",
        "config.yaml:5: services[0].source: there is no Prometheus among the sources of the name 'promm'; "
        "did you mean 'prom'?",
        "config.yaml:9: services[1].slos[1].name: another SLO has this name, on line 8",
        "config.yaml:9: services[1].slos[1].objective: expected an objective such as 99.9% or 0.999, got 'wat'",
        "config.yaml:10: services[2].name: another service has this name, on line 3",
        "config.yaml:11: journal: the environment has no NOT_SET_ANYWHERE "
        "(set it, or write ${NOT_SET_ANYWHERE:-default})",
        "config.yaml:12: sources.prometheus[1].name: another source has this name, on line 12",
        "config.yaml:12: sources.prometheus[1].url: expected a URL such as http://host:9090, got 'h'",
    ]


def test_names_that_are_defaults_are_taken_too(tmp_path: Path) -> None:
    text = "sources:\n  prometheus:\n    - url: http://a\n    - url: http://b\n"
    assert mistakes(tmp_path, text) == [
        "config.yaml:4: sources.prometheus[1].name: another source has this name, on line 3"
    ]
    text = "services:\n  - name: a\n    endpoints:\n      - url: http://a\n      - {name: http, url: 'http://b'}\n"
    assert "services[0].endpoints[1].name: another endpoint has this name" in mistakes(tmp_path, text)[0]


def test_a_key_written_twice_is_a_mistake_wherever_it_stands(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "polling:\n  interval: 5s\n  timeout: 9s\n  interval: 6s\n") == [
        "config.yaml:4: polling.interval: written twice, first on line 2"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\n b: 2\n", "config.yaml:2:3: not YAML: mapping values are not allowed in this context"),
        ("a:\n\tb: 2\n", "config.yaml:2:1: not YAML: found character that cannot start any token"),
        ("- a\n", "config.yaml:1: expected keys such as 'sources:' and 'services:' here"),
        ("just text\n", "config.yaml:1: expected keys such as 'sources:' and 'services:' here"),
        ("theme: a\n---\ntheme: b\n", "config.yaml:3: expected one YAML document, got a second one"),
        ("theme: !!python/name:os.system x\n", "config.yaml:1: tags (!) are not used here"),
        ("a: &x [*x]\n", "config.yaml:1: an alias (*) of what is not there, or not finished yet"),
        ("? [a]\n: b\n", "config.yaml:1: expected a plain word as key, got a list or a mapping"),
        ("<<: text\n", "config.yaml:1: expected << to name a mapping, or a list of them"),
        ("theme: \x00\n", "config.yaml:1: not YAML: a character that may not stand in a text file"),
    ],
)
def test_text_that_is_no_configuration_is_one_line(tmp_path: Path, text: str, told: str) -> None:
    (line,) = mistakes(tmp_path, text)
    assert line.startswith(told)


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 200_000,
        "a:\n" + "".join("  " * depth + "- \n" for depth in range(1, 300)) + "- " * 200_000,
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)),
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 12)),
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: *a{i - 1}}}\n" for i in range(1, 5_000)),
        "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 5_000)),
        "x" * 1_000_001,
    ],
    ids=["deep flow", "deep block", "alias bomb", "merge bomb", "merge chain", "alias chain", "too large"],
)
@pytest.mark.timeout(20)
def test_a_file_made_to_exhaust_us_is_refused(tmp_path: Path, text: str) -> None:
    (line,) = mistakes(tmp_path, text)
    assert len(line) < 200


def test_many_mistakes_of_one_cause_do_not_flood_the_screen(tmp_path: Path) -> None:
    lines = mistakes(tmp_path, "".join(f"k{i}: 1\n" for i in range(80)))
    assert len(lines) == 51
    assert lines[-1] == "and 30 more"


def test_outside_text_in_a_mistake_is_made_safe(tmp_path: Path) -> None:
    (line,) = mistakes(tmp_path, 'theme: a\n"k\\e[31m\\u202e": 1\n')
    assert "\x1b" not in line
    assert "\u202e" not in line


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no .*nowhere\.yaml") as caught:
        load_config(tmp_path / "nowhere.yaml")
    assert "config.example.yaml" in caught.value.hint


def test_a_folder_and_an_unreadable_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)
    with pytest.raises(ConfigError, match="not a file name"):
        load_config(Path("a\0b"))


@pytest.mark.timeout(5)
def test_a_pipe_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="is empty"):
        load_config(tmp_path / "pipe")


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~\n"])
def test_an_empty_file_says_so(tmp_path: Path, text: str) -> None:
    (line,) = mistakes(tmp_path, text)
    assert "config.yaml is empty (copy config.example.yaml there and change it)" in line


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_bytes(b"theme: a\nkeys: {a: \xe9}\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:2: not UTF-8 text"):
        load_config(tmp_path / "config.yaml")
