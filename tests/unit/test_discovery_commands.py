"""`init URL`, and `--prometheus URL` in place of a configuration."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall_tui.cli import cli
from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ConfigError, Malformed, OncallError, Unauthorized, Unreachable

GAUGE = {"__name__": "feature_drift_psi", "service": "ranker", "feature": "price"}


class Handler(BaseHTTPRequestHandler):
    """A Prometheus that knows one gauge and one Alertmanager; status: what it answers instead."""

    status = 200
    asked: list[str]

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self.asked.append(self.path.partition("?")[0])
        data: object = {"resultType": "vector", "result": []}
        if "alertmanagers" in self.path:
            data = {"activeAlertmanagers": [{"url": "http://am:9093/api/v2/alerts"}]}
        elif "query" in self.path and "feature_drift_psi" in body:
            data = {"resultType": "vector", "result": [{"metric": GAUGE, "value": [1, "0.3"]}]}
        text = json.dumps({"status": "success", "data": data}).encode() if self.status == 200 else b"<html>"
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Handler]]]:
    handler = type("Fresh", (Handler,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}", handler
        http.shutdown()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def error_of(*arguments: str) -> OncallError:
    error = run(*arguments).exception
    assert isinstance(error, OncallError), error
    return error


def test_init_prints_a_configuration(server: tuple[str, type[Handler]], tmp_path: Path) -> None:
    printed = run("init", f"{server[0]}/")
    assert printed.exit_code == 0
    file = tmp_path / "config.yaml"
    file.write_text(printed.stdout)
    config = load_config(file)
    assert [service.name for service in config.services] == ["ranker"]
    assert config.sources.prometheus[0].url == server[0]
    assert config.sources.alertmanager[0].url == "http://am:9093"


def test_init_writes_a_file_and_never_over_another(server: tuple[str, type[Handler]], tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.yaml"
    assert run("init", server[0], "--output", str(file)).stdout == f"written: {file}\n"
    file.write_text("mine: true\n")
    server[1].asked.clear()
    error = error_of("init", server[0], "--output", str(file))
    assert "there is already" in error.message
    assert "--force" in error.hint
    assert server[1].asked == []
    assert file.read_text() == "mine: true\n"
    assert run("init", server[0], "--output", str(file), "--force").exit_code == 0
    assert load_config(file).services


def test_alertmanagers_that_are_named_stand_for_those_found(server: tuple[str, type[Handler]]) -> None:
    text = run("init", server[0], "--alertmanager", "http://a", "--alertmanager", "http://b/").stdout
    assert "url: http://a\n" in text
    assert "url: http://b\n" in text
    assert "am:9093" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("status", "--prometheus", "http://p", "--config", "c.yaml"), "--config and --prometheus exclude each other"),
        (("--prometheus", "http://p", "--config", "c.yaml"), "--config and --prometheus exclude each other"),
        (("status", "--prometheus", "http://p", "--demo"), "--demo and --prometheus exclude each other"),
        (("status", "--alertmanager", "http://a"), "--alertmanager goes with --prometheus"),
        (("--alertmanager", "http://a"), "--alertmanager goes with --prometheus"),
        (("--prometheus", "http://p", "status"), "behind the command"),
    ],
)
def test_options_that_do_not_go_together_are_told(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("command", [("init",), ("status", "--prometheus")])
@pytest.mark.parametrize("url", ["p:9090", "http://", "http://me:secret@p:9090", "http://p?x=1", "ftp://p", ""])
def test_a_url_that_cannot_be_used_is_told_without_its_secrets(command: tuple[str, ...], url: str) -> None:
    error = error_of(*command, url)
    assert isinstance(error, ConfigError)
    assert "secret" not in str(error)
    assert "expected" in error.message


def test_credentials_in_a_url_are_refused_with_what_to_do() -> None:
    assert "basic_auth" in error_of("init", "http://me:secret@p:9090").message


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthorized), (403, Unauthorized), (404, OncallError)])
def test_a_server_that_answers_nothing_is_one_error_with_a_hint(
    server: tuple[str, type[Handler]], status: int, kind: type[OncallError]
) -> None:
    server[1].status = status
    error = error_of("init", server[0])
    assert isinstance(error, kind)
    assert error.hint
    if kind is Unauthorized:
        assert "config.example.yaml" in error.hint


def test_what_is_no_prometheus_is_told_so(server: tuple[str, type[Handler]]) -> None:
    handler = server[1]
    handler.do_GET = handler.do_POST = lambda self: (  # type: ignore[method-assign, assignment]
        self.send_response(200), self.send_header("Content-Length", "2"), self.end_headers(), self.wfile.write(b"hi")
    )  # fmt: skip
    assert isinstance(error_of("init", server[0]), (Malformed, OncallError))


def test_a_server_that_is_not_there_is_one_error() -> None:
    assert isinstance(error_of("init", "http://127.0.0.1:1"), Unreachable)


def test_status_of_a_server_shows_what_was_found(server: tuple[str, type[Handler]]) -> None:
    found = run("status", "--prometheus", server[0], "--alertmanager", "http://127.0.0.1:1", "--format", "json")
    (service,) = json.loads(found.stdout)["services"]
    assert service["service"] == "ranker"
    assert found.exit_code in (2, 3)
