"""`oncall-tui alerts` and `oncall-tui silence` on real Alertmanagers, as a script calls them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, free_port, running_alertmanager, running_cluster
from click.testing import CliRunner, Result

from oncall_tui.cli import cli

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertmanagerServer]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        running.fire(
            {"alertname": "FeatureStale", "service": "feature-store", "severity": "page"},
            {"alertname": "FeatureStale", "service": "ranker", "severity": "ticket"},
            {"alertname": "Slow", "service": "ranker", "severity": "ticket"},
        )
        yield running


@pytest.fixture
def run(server: AlertmanagerServer, tmp_path: Path):
    config = tmp_path / "config.yaml"
    config.write_text(
        f"journal: {tmp_path}/journal.sqlite3\nacknowledge: {{author: maria}}\n"
        f"sources: {{alertmanager: [{{name: real, url: '{server.url}'}}]}}\nservices: [{{name: ranker}}]\n"
    )

    def call(*arguments: str, config: Path | None = config) -> Result:
        more = [] if config is None else ["--config", str(config)]
        return CliRunner().invoke(cli, [*arguments, *more])

    return call


def listed(run, *more: str) -> list[dict]:
    result = run("silence", "list", "--format", "json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)["silences"]


def test_alerts_are_listed_filtered_and_told_as_json(run) -> None:
    result = run("alerts", "--format", "json", 'severity="ticket"', "ranker")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["complete"] is True
    assert sorted(alert["alert"] for alert in told["alerts"]) == ["FeatureStale", "Slow"]
    assert {alert["service"] for alert in told["alerts"]} == {"ranker"}
    assert run("alerts", "--state", "pending").stdout == "no alert\n"
    assert "Slow" in run("alerts").stdout


def test_a_silence_is_shown_added_listed_and_ended(run) -> None:
    dry = run("silence", "add", 'alertname="Slow"', "--for", "2h", "--comment", "known", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "hides 1 alert now" in dry.stderr
    assert dry.stdout == ""
    assert listed(run) == []

    added = run("silence", "add", 'alertname="Slow"', "service=~rank.*", "--for", "2h", "--comment", "known", "--yes")
    assert added.exit_code == 0, added.output
    silence_id = added.stdout.strip()
    [silence] = listed(run)
    assert (silence["id"], silence["author"], silence["hides"], silence["state"]) == (silence_id, "maria", 1, "active")
    assert 7_100 < silence["left_s"] <= 7_201
    assert silence["hidden"][0]["alert"] == "Slow"
    assert listed(run, "author=joe") == []
    assert silence_id in run("silence", "list").stdout
    [alert] = json.loads(run("alerts", "Slow", "--format", "json").stdout)["alerts"]
    assert (alert["phase"], alert["silenced_by"]) == ("silenced", [silence_id])

    ended = run("silence", "expire", silence_id, "--yes")
    assert ended.exit_code == 0, ended.output
    assert "1 alert will ring again" in ended.stderr
    assert listed(run) == []
    assert silence_id in {one["id"] for one in listed(run, "--expired")}


def test_what_must_not_be_is_refused_with_2_and_never_posted(run) -> None:
    for arguments, why in (
        (['severity!="page"'], "hide EVERY alert"),
        (['a=~".*"'], "hide EVERY alert"),
        (["a="], "column"),
        (['a="b"', "--for", "soon"], "is no end"),
        (['a="b"', "--until", "2001-01-01"], "is past"),
        (['a="b"', "--for", "1h", "--until", "09:00"], "exclude each other"),
        (['a="b"', "--comment", " "], "needs a comment"),
        (['a="b"', "--alertmanager", "nobody"], "no Alertmanager is called 'nobody'"),
    ):
        result = run("silence", "add", "--comment", "x", "--yes", *arguments)
        told = result.output + str(result.exception)
        assert why in told, told
        assert result.exit_code in (1, 2) if result.exception else result.exit_code == 2
    assert listed(run) == []


def test_without_yes_and_without_a_terminal_nothing_is_done(run) -> None:
    result = run("silence", "add", 'alertname="Slow"', "--comment", "x")
    assert "give --yes" in str(result.exception)
    assert listed(run) == []
    assert run("silence", "expire", "12345678-1234-4234-8234-123456789abc", "--yes").exit_code == 2


def test_a_url_takes_the_place_of_a_configuration(run, server) -> None:
    result = run("alerts", "Slow", "--alertmanager", server.url, config=None)
    assert result.exit_code == 0, result.output
    assert "Slow" in result.stdout
    assert "exclude each other" in str(run("alerts", "--alertmanager", server.url).exception)


def test_where_one_alertmanager_is_gone_it_is_partly_done(server, tmp_path: Path) -> None:
    config = tmp_path / "two.yaml"
    config.write_text(
        f"journal: {tmp_path}/journal.sqlite3\nsources: {{alertmanager: [{{name: real, url: '{server.url}'}}, "
        f"{{name: gone, url: 'http://127.0.0.1:{free_port()}'}}]}}\n"
    )
    call = lambda *arguments: CliRunner().invoke(cli, [*arguments, "--config", str(config)])  # noqa: E731
    added = call("silence", "add", 'alertname="Partly"', "--comment", "x", "--yes")
    assert added.exit_code == 1, added.output
    assert len(added.stdout.split()) == 1
    assert "gone: not silenced" in added.stderr
    told = call("silence", "list", "--format", "json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["complete"] is False
    assert call("silence", "expire", added.stdout.strip(), "--yes").exit_code == 0
    assert call("alerts", "--alertmanager", "gone").exit_code == 2


def test_of_a_cluster_a_silence_is_made_once_and_seen_once(tmp_path: Path) -> None:
    with running_cluster(tmp_path) as (one, two):
        config = tmp_path / "cluster.yaml"
        config.write_text(
            f"journal: {tmp_path}/journal.sqlite3\nsources: {{alertmanager: [{{name: am-1, url: '{one.url}', cluster: prod}}, "
            f"{{name: am-2, url: '{two.url}', cluster: prod}}]}}\n"
        )
        added = CliRunner().invoke(
            cli, ["silence", "add", "a=b", "--comment", "x", "--author", "maria", "--yes", "--config", str(config)]
        )
        assert added.exit_code == 0, added.output
        [silence_id] = added.stdout.split()
        listed = CliRunner().invoke(cli, ["silence", "list", "--format", "json", "--config", str(config)])
        assert [one["id"] for one in json.loads(listed.stdout)["silences"]] == [silence_id]
        ended = CliRunner().invoke(cli, ["silence", "expire", silence_id, "--yes", "--config", str(config)])
        assert ended.exit_code == 0, ended.output
