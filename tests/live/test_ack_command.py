"""`oncall-tui ack` on real Alertmanagers, as a script calls it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alertmanager_fixture import AlertmanagerServer, free_port, running_alertmanager, running_cluster
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.core.errors import OncallError
from oncall_tui.journal import Journal

pytestmark = pytest.mark.live

ALERTS = (
    {"alertname": "FeatureStale", "service": "feature-store", "severity": "page"},
    {"alertname": "FeatureStale", "service": "ranker", "severity": "ticket"},
    {"alertname": "Slow", "service": "ranker", "severity": "ticket"},
)
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertmanagerServer]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        running.fire(*ALERTS)
        yield running


@pytest.fixture(autouse=True)
def _nothing_acknowledged(server: AlertmanagerServer) -> Iterator[None]:
    yield
    import urllib.request

    for silence in server.told("/silences"):
        request = urllib.request.Request(f"{server.url}/api/v2/silence/{silence['id']}", method="DELETE")
        urllib.request.urlopen(request, timeout=5).close()


@pytest.fixture
def run(server: AlertmanagerServer, tmp_path: Path) -> Run:
    def call(*arguments: str, author: str = "maria", more: str = "", sources: str = "") -> Result:
        named = sources or f"[{{name: real, url: '{server.url}'}}]"
        config = tmp_path / f"{author}.yaml"
        config.write_text(
            f"journal: {tmp_path}/journal.sqlite3\nacknowledge: {{author: {author}}}\n"
            f"sources: {{alertmanager: {named}}}\nservices: [{{name: ranker}}]\n{more}"
        )
        return CliRunner().invoke(cli, ["ack", *arguments, "--config", str(config)])

    return call


def told(result: Result) -> tuple[int, str]:
    """Exit code and everything said, as a shell gets them."""
    if isinstance(result.exception, OncallError):
        return 2, f"{result.output} {result.exception} {result.exception.hint}"
    return result.exit_code, result.output


def active(server: AlertmanagerServer) -> list[dict]:
    return [silence for silence in server.told("/silences") if silence["status"]["state"] == "active"]


def test_one_alert_is_acknowledged_read_back_and_taken_back(run: Run, server) -> None:
    result = run("Slow", "--comment", "the index", "--for", "30m", "--format", "json")
    assert result.exit_code == 0, result.output
    whole = json.loads(result.stdout)
    [line] = whole["results"]
    assert whole["complete"] is True
    assert (line["alert"], line["result"], line["owner"], line["kept"]) == ("Slow", "acknowledged", "maria", True)
    [silence] = active(server)
    assert silence["id"] == line["silence"]
    assert silence["comment"] == "ACK! the index (kept while firing)"
    assert {m["name"]: m["value"] for m in silence["matchers"]} == ALERTS[2]
    again = run("Slow")
    assert (again.exit_code, "yours already" in again.stdout) == (0, True)
    assert len(active(server)) == 1

    back = run("Slow", "--take-back", "--format", "json")
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["results"][0]["result"] == "taken back"
    assert active(server) == []
    nothing = run("Slow", "--take-back")
    assert (nothing.exit_code, "nothing that is acknowledged matches" in nothing.stderr) == (2, True)


def test_several_want_yes_and_are_shown_first(run: Run, server) -> None:
    code, said = told(run("ranker"))
    assert code == 2
    assert "--yes" in said
    assert "acknowledges 2 alerts" in said
    assert active(server) == []
    result = run("ranker", "--yes", "--no-keep")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("acknowledged") == 2
    assert {silence["comment"] for silence in active(server)} == {"ACK! looking into it"}


def test_a_dry_run_does_nothing(run: Run, server) -> None:
    result = run("Slow", "--dry-run", "--until", "tomorrow 9:00")
    assert result.exit_code == 0
    assert "dry run" in result.stderr
    assert result.stdout == ""
    assert active(server) == []


@pytest.mark.parametrize("wanted", ["", "  ", 'severity!="none"', "@state=firing", 'alertname=~".*"'])
def test_what_lets_everything_through_is_refused(run: Run, server, wanted: str) -> None:
    code, said = told(run(wanted, "--yes"))
    assert code == 2
    assert "EVERY alert" in said
    assert active(server) == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nosuch"], "nothing that is firing matches"),
        (["severity="], "filter:"),
        (["Slow", "--for", "2h", "--until", "9:00"], "exclude each other"),
        (["Slow", "--for", "soon"], "is no end"),
        (["Slow", "--until", "2001-01-01"], "is past"),
        (["Slow", "--take-back", "--comment", "x"], "nothing else goes with it"),
        ([], "FILTER"),
    ],
)
def test_what_cannot_be_is_told_with_exit_code_2(run: Run, server, arguments: list[str], complaint: str) -> None:
    code, said = told(run(*arguments))
    assert code == 2
    assert complaint in said
    assert active(server) == []


def test_what_somebody_has_is_left_to_them_unless_it_is_taken_over(run: Run, server) -> None:
    assert run("Slow", author="joe").exit_code == 0
    left = run("Slow")
    assert left.exit_code == 2
    assert "theirs" in left.stdout
    assert "1 of joe" in left.stderr
    assert run("Slow", "--take-back").exit_code == 2, "not one's own"
    part = run("ranker", "--yes")
    assert part.exit_code == 1
    taken = run("Slow", "--take-over")
    assert taken.exit_code == 0, taken.output
    assert "joe -> maria" in taken.stdout
    assert {silence["createdBy"] for silence in active(server)} == {"maria"}
    assert any("(taken over from joe)" in silence["comment"] for silence in active(server))


def test_read_only_does_nothing(run: Run, server) -> None:
    code, said = told(run("Slow", more="read_only: true\n"))
    assert code == 2
    assert "read-only" in said
    assert active(server) == []


def test_a_pager_that_fails_hides_no_silence_and_is_no_whole_success(run: Run, server) -> None:
    where = f"url: 'http://127.0.0.1:{free_port()}/', matches: ['service=\"ranker\"']"
    pager = f'pagers: [{{kind: webhook, name: night, {where}, body: \'{{"f": "{{{{ fingerprint }}}}"}}\'}}]\n'
    result = run("Slow", more=pager)
    assert result.exit_code == 1, result.output
    assert "night: not acknowledged" in result.stderr
    assert "acknowledged" in result.stdout
    assert len(active(server)) == 1


def test_an_alertmanager_that_is_gone_is_told(run: Run) -> None:
    gone = run("Slow", sources=f"[{{name: gone, url: 'http://127.0.0.1:{free_port()}'}}]")
    assert gone.exit_code == 2
    assert "gone:" in gone.stderr


def test_a_prometheus_that_is_gone_stops_no_acknowledgement(run: Run, server, tmp_path: Path) -> None:
    config = tmp_path / "slo.yaml"
    config.write_text(
        f"""
journal: {tmp_path}/journal.sqlite3
acknowledge: {{author: maria}}
sources:
  prometheus: [{{url: 'http://127.0.0.1:{free_port()}'}}]
  alertmanager: [{{name: real, url: '{server.url}'}}]
services:
  - name: ranker
    slos: [{{name: fresh, objective: 95%, at_least: {{query: up, bound: 1}}}}]
"""
    )
    begun = time.monotonic()
    result = CliRunner().invoke(cli, ["ack", "Slow", "--config", str(config)])
    assert result.exit_code == 0, result.output
    assert time.monotonic() - begun < 15
    [intended, done] = Journal(tmp_path / "journal.sqlite3").events(kinds=["ack.intended", "ack.done"])
    assert done.payload["figures"]["slo"] == "ranker/fresh"
    assert "rank" not in done.payload["figures"], "what is not known is not written down as 0"
    assert intended.payload["matchers"]


def test_of_a_cluster_one_member_is_posted_to_and_what_it_has_is_seen_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    with running_cluster(tmp_path / "cluster") as (one, two):
        for member in (one, two):
            member.fire(ALERTS[2])
        both = f"[{{name: am-1, url: '{one.url}', cluster: prod}}, {{name: am-2, url: '{two.url}', cluster: prod}}]"
        assert "acknowledges 1 alert" in run("Slow", "--dry-run", sources=both).stderr
        one.kill()
        result = run("Slow", sources=both)
        assert result.exit_code == 0, result.output
        assert len(active(two)) == 1
        back = run("Slow", "--take-back", sources=both)
        assert back.exit_code == 0, back.output
        deadline = time.monotonic() + 5
        while active(two):
            assert time.monotonic() < deadline
            time.sleep(0.1)
