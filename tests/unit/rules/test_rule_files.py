"""The command: what is printed, what is written, what is never overwritten, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.config.loader import example_config
from oncall_tui.core.errors import OncallError

CONFIG = """
sources: {prometheus: [{url: "http://127.0.0.1:1"}]}
runbooks:
  rules:
    - {title: page, match: ['severity="page"', 'alertname="RankerErrorsBurn"'], file: "https://wiki/burn"}
    - {title: local, match: ['slo="errors"'], file: local.md}
services:
  - name: ranker
    slos:
      - name: errors
        objective: 99%
        labels: {runbook_url: "https://wiki/any"}
        events: {error: 'sum(rate(e[$window]))', total: 'sum(rate(t[$window]))'}
      - name: made
        objective: 99%
        error_ratio: slo:sli_error:ratio_rate$window{sloth_id="x"}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "team.yaml"
    path.write_text(CONFIG)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["rules", *map(str, arguments)])


def test_rules_are_printed_and_what_is_left_out_is_named_there_and_on_stderr(config: Path) -> None:
    result = run("--config", config)
    assert result.exit_code == 0
    assert "# Left out: ranker/made: its figures are recorded already" in result.stdout
    assert "left out: ranker/made: its figures are recorded already" in result.stderr
    assert yaml.safe_load(result.stdout)["groups"]


def test_an_alert_links_the_runbook_that_the_first_fitting_rule_with_a_url_names(config: Path) -> None:
    groups = yaml.safe_load(run("--config", config).stdout)["groups"]
    links = {
        (rule["alert"], rule["labels"]["severity"]): rule["annotations"]["runbook_url"]
        for group in groups
        for rule in group["rules"]
        if "alert" in rule
    }
    assert links == {
        ("RankerErrorsBurn", "page"): "https://wiki/burn",
        ("RankerErrorsBurn", "ticket"): "https://wiki/any",
        ("RankerErrorsNoData", "ticket"): "https://wiki/any",
    }


def test_rules_and_their_tests_are_written_beside_each_other_under_the_configurations_name(
    config: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "rules"
    result = run("--config", config, "--output", folder)
    assert result.exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == ["team.rules.test.yaml", "team.rules.yaml"]
    assert yaml.safe_load((folder / "team.rules.test.yaml").read_text())["rule_files"] == ["team.rules.yaml"]
    assert (folder / "team.rules.yaml").read_text() == run("--config", config).stdout
    assert "wrote" in result.stderr


def test_a_file_with_other_content_is_not_overwritten_and_nothing_else_is_written(config: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "team.rules.test.yaml"
    theirs.write_text("mine")
    result = run("--config", config, "--output", tmp_path)
    assert isinstance(result.exception, OncallError)
    assert "--force" in result.exception.hint
    assert theirs.read_text() == "mine"
    assert not (tmp_path / "team.rules.yaml").exists()
    assert run("--config", config, "--output", tmp_path, "--force").exit_code == 0
    assert theirs.read_text() != "mine"
    assert run("--config", config, "--output", tmp_path).exit_code == 0, "the same again is no loss"


def test_for_kubernetes_the_same_groups_make_one_prometheusrule_without_test_cases(
    config: Path, tmp_path: Path
) -> None:
    made = yaml.safe_load(run("--config", config, "--format", "kubernetes").stdout)
    assert (made["apiVersion"], made["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert made["metadata"] == {"name": "team"}
    assert made["spec"]["groups"] == yaml.safe_load(run("--config", config).stdout)["groups"]
    run("--config", config, "--format", "kubernetes", "--output", tmp_path / "k")
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["team.rules.yaml"]


def test_one_slo_can_be_asked_for_and_a_slip_in_its_name_is_told(config: Path) -> None:
    result = run("--config", example_config(), "--slo", "ranker/accuracy", "--slo", "gateway/latency")
    ids = {rule["labels"]["sloth_id"] for group in yaml.safe_load(result.stdout)["groups"] for rule in group["rules"]}
    assert ids == {"ranker-accuracy", "gateway-latency"}
    error = run("--config", config, "--slo", "ranker/error").exception
    assert isinstance(error, OncallError)
    assert "did you mean 'ranker/errors'?" in error.message


def test_nothing_to_make_rules_of_is_an_error_that_says_why(config: Path, tmp_path: Path) -> None:
    error = run("--config", config, "--slo", "ranker/made").exception
    assert isinstance(error, OncallError)
    assert "recorded already" in error.hint
    empty = tmp_path / "empty.yaml"
    empty.write_text("services: [{name: a}]")
    assert isinstance(run("--config", empty).exception, OncallError)


def test_force_without_files_and_a_folder_that_cannot_be_are_refused(config: Path, tmp_path: Path) -> None:
    assert run("--config", config, "--force").exit_code == 2
    (tmp_path / "file").write_text("")
    error = run("--config", config, "--output", tmp_path / "file" / "below").exception
    assert isinstance(error, OncallError)
    assert "cannot write" in error.message


def test_slos_of_foreign_files_become_rules_and_what_those_leave_out_is_told(tmp_path: Path) -> None:
    sloth = """
version: prometheus/v1
service: shop
slo_plugins: {chain: [{id: x}]}
slos:
  - name: orders
    objective: 99.9
    sli: {events: {error_query: 'sum(rate(e[{{.window}}]))', total_query: 'sum(rate(t[{{.window}}]))'}}
    alerting: {name: ShopOrders, page_alert: {disable: true}}
"""
    (tmp_path / "shop.yaml").write_text(sloth)
    (tmp_path / "config.yaml").write_text("slo_files: [shop.yaml]")
    result = run("--config", tmp_path / "config.yaml")
    assert "shop.yaml" in result.stderr
    rules = [rule for group in yaml.safe_load(result.stdout)["groups"] for rule in group["rules"]]
    assert {rule["labels"]["sloth_id"] for rule in rules} == {"shop-orders"}
    assert any(rule.get("record") == "slo:sli_error:ratio_rate30d" for rule in rules)
    assert {rule["labels"].get("sloth_severity") for rule in rules if "alert" in rule} == {"ticket", None}
