"""Labels, annotations and comments full of attacks that real servers accept, through every command that asks them."""

import json
import time
from pathlib import Path

import pytest
import yaml
from alertmanager_fixture import running_alertmanager
from called import assert_answered, assert_harmless, call
from hostile import ATTACKS

from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.text import clean_line

pytestmark = pytest.mark.live

BAD = [one for one in ATTACKS if "\ud800" not in one and "\x00" not in one]


@pytest.fixture(scope="module")
def servers(prometheus_server, tmp_path_factory):
    """A configuration of an Alertmanager and a Prometheus to which strangers write."""
    folder = tmp_path_factory.mktemp("strangers")
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "".join(BAD), "rules": list(_rules())}]}))
    settings = {
        "global": {"scrape_interval": "1h", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules.yaml")],
    }
    prometheus = prometheus_server("", yaml.safe_dump(settings))
    config = folder / "config.yaml"
    with running_alertmanager(folder) as alertmanager:
        for place, bad in enumerate(BAD):
            notes = {"summary": bad, "description": "".join(BAD), "long": "L" * 100_000 + bad}
            labels = {"alertname": f"A{place}{bad}", "service": "ranker", "severity": "page", "team": f"t{bad}"}
            alertmanager.fire(labels, annotations=notes)
        config.write_text(
            f"journal: {folder}/journal.sqlite3\nacknowledge: {{author: maria}}\n"
            f"sources:\n  prometheus: [{{name: main, url: '{prometheus.url}'}}]\n"
            f"  alertmanager: [{{name: am, url: '{alertmanager.url}'}}]\n"
            "services: [{name: ranker, signals: [{name: drift, kind: drift, query: feature_drift_psi, by: feature}]}]\n"
        )
        _until_evaluated(prometheus.url)
        yield str(config), prometheus.url


def _rules():
    for place, bad in enumerate(BAD):
        labels = {"sloth_id": f"i{bad}", "sloth_service": f"s{bad}", "sloth_slo": f"n{place}{bad}"}
        for window in ("5m", "1h"):
            yield {
                "record": f"slo:sli_error:ratio_rate{window}",
                "expr": "vector(0.01)",
                "labels": {**labels, "sloth_window": window},
            }
        yield {"record": "slo:objective:ratio", "expr": "vector(0.99)", "labels": labels}
        yield {
            "record": "feature_drift_psi",
            "expr": "vector(0.3)",
            "labels": {"service": f"m{bad}", "feature": f"f{bad}"},
        }
        yield {
            "alert": f"P{place}{bad}",
            "expr": "vector(1)",
            "for": "1h",
            "labels": {"service": bad},
            "annotations": {"summary": bad},
        }


def _until_evaluated(url):
    until = time.monotonic() + 30
    while "P0" not in call("alerts", "--prometheus", url, "--alertmanager", "http://127.0.0.1:1").out:
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.parametrize("style", ["table", "json"])
@pytest.mark.parametrize("command", [("status",), ("alerts",), ("check",), ("ack", "severity=page", "--yes")])
def test_what_real_servers_take_is_told_without_harm(servers, command, style):
    called = call(*command, "--format", style, "--config", servers[0])
    assert_answered(called, style)
    assert command == ("check",) or "31337" in called.out


def test_a_silence_with_attacks_in_it_is_made_listed_and_ended(servers):
    comment, matcher = "".join(BAD), str(Matcher("team", MatchOp.EQUAL, "t" + BAD[5]))
    made = call("silence", "add", matcher, "--comment", comment, "--author", BAD[1], "--yes", "--config", servers[0])
    assert made.code == 0, made.err
    assert_answered(made)
    assert "hides 1 alert" in made.err
    for style in ("table", "json"):
        assert_answered(call("silence", "list", "--format", style, "--config", servers[0]), style)
    told = json.loads(call("silence", "list", "--format", "json", "--config", servers[0]).out)["silences"]
    assert clean_line(comment).strip() in [one["comment"] for one in told]
    ended = call("silence", "expire", made.out.strip(), "--yes", "--config", servers[0])
    assert ended.code == 0, ended.err
    assert_harmless(ended.complained)


def test_what_is_found_there_is_a_configuration(servers, tmp_path: Path):
    file = tmp_path / "found.yaml"
    called = call("init", servers[1], "--output", str(file))
    assert called.code == 0, called.err
    assert_harmless(file.read_bytes())
    found = yaml.safe_load(file.read_text())["services"]
    assert len([slo for service in found for slo in service.get("slos", ())]) == len(BAD)
    checked = call("check", "--offline", "--format", "json", "--config", str(file))
    assert checked.code < 2, checked.out
    for where in (("--config", str(file)), ("--prometheus", servers[1])):
        assert_answered(call("status", *where))
