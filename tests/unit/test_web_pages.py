"""Pages of Markdown: fetched with nothing of ours, kept with their age, and told apart from what is none."""

from __future__ import annotations

import asyncio
import gzip
import os
import stat
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from oncall_tui.core.errors import SourceError
from oncall_tui.core.web_pages import WebPage, raw_url
from oncall_tui.sources.pages import KEPT, Pages

PAGE = b"# Stale\n\n```sh\nrm -rf /\n```\n"
LOGIN = b'<!doctype html><form><input type="password"></form>'
ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/stale.md": (200, {"Content-Type": "text/markdown", "Set-Cookie": "who=maria"}, PAGE),
    "/plain": (200, {"Content-Type": "text/plain; charset=utf-8"}, PAGE),
    "/zipped": (200, {"Content-Type": "text/markdown", "Content-Encoding": "gzip"}, gzip.compress(PAGE)),
    "/bomb": (200, {"Content-Type": "text/markdown", "Content-Encoding": "gzip"}, gzip.compress(b"x" * 3_000_000)),
    "/big": (200, {"Content-Type": "text/markdown"}, b"x" * 1_000_001),
    "/html": (200, {"Content-Type": "text/html"}, b"<html>a wiki</html>"),
    "/login": (200, {"Content-Type": "text/html"}, LOGIN),
    "/disguised": (200, {"Content-Type": "text/plain"}, LOGIN),
    "/image": (200, {"Content-Type": "image/png"}, b"\x89PNG"),
    "/binary": (200, {"Content-Type": "text/plain"}, b"a\0b"),
    "/sso": (302, {"Location": "https://login.example.org/?next=secret"}, b""),
    "/moved": (301, {"Location": "/stale.md"}, b""),
    "/loop": (302, {"Location": "/loop"}, b""),
    "/gone": (404, {}, b""),
    "/private": (401, {"WWW-Authenticate": "Basic"}, b""),
    "/broken": (500, {}, b""),
}


class Wiki(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: list[dict[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Wiki

    def do_GET(self) -> None:
        self.server.seen.append({name.lower(): value for name, value in self.headers.items()})
        status, headers, body = ANSWERS[self.path.partition("?")[0]]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def wiki() -> Iterator[Wiki]:
    server = Wiki()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def fetch(pages: Pages, url: str) -> WebPage:
    return asyncio.run(pages.fetch(url))


@pytest.mark.parametrize("path", ["/stale.md", "/plain", "/zipped", "/moved", "/stale.md?v=1#part"])
def test_a_page_is_fetched_and_kept_with_its_age(wiki: Wiki, tmp_path: Path, path: str) -> None:
    pages = Pages(tmp_path / "pages", lambda: 7.0)
    assert pages.kept(wiki.url + path) is None
    assert fetch(pages, wiki.url + path) == WebPage(wiki.url + path, PAGE.decode(), 7.0)
    assert Pages(tmp_path / "pages").kept(wiki.url + path) == WebPage(wiki.url + path, PAGE.decode(), 7.0)
    [file] = (tmp_path / "pages").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/gone", "HTTP 404: there is no such page"),
        ("/private", "it wants a login, and none is ever sent"),
        ("/sso", "it redirects to https://login.example.org/, maybe to log in"),
        ("/loop", "it redirects to"),
        ("/html", "a web page, no Markdown"),
        ("/login", "a login page"),
        ("/disguised", "a login page"),
        ("/image", "image/png, no Markdown"),
        ("/binary", "no Markdown"),
        ("/big", "larger than 1 MB"),
        ("/bomb", "larger than 1 MB"),
        ("/broken", "HTTP 500"),
    ],
)
def test_what_is_no_page_is_told_and_the_older_copy_stays(wiki: Wiki, tmp_path: Path, path: str, said: str) -> None:
    pages = Pages(tmp_path)
    pages._keep(WebPage(wiki.url + path, "older", 3.0))
    with pytest.raises(SourceError) as caught:
        fetch(pages, wiki.url + path)
    assert said in str(caught.value)
    assert "secret" not in str(caught.value)
    kept = pages.kept(wiki.url + path)
    assert kept is not None
    assert kept.text == "older"


def test_nothing_of_ours_is_sent_not_even_a_cookie_it_set_itself(
    wiki: Wiki, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("default login maria password hunter2\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    pages = Pages(tmp_path / "pages")
    for path in ("/stale.md", "/stale.md", "/private"):
        try:
            fetch(pages, wiki.url + path)
        except SourceError:
            continue
    assert len(wiki.seen) == 3
    for headers in wiki.seen:
        assert not {"authorization", "cookie", "proxy-authorization"} & set(headers)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://host/x",
        "http://",
        "http://maria:hunter2@127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/x",
        "http://[bad/x",
    ],
)
def test_what_is_not_to_be_asked_is_not_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(SourceError) as caught:
        fetch(Pages(tmp_path), url)
    assert "hunter2" not in str(caught.value)


def test_a_host_that_is_not_there_is_told_soon(tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(SourceError):
        fetch(Pages(tmp_path), "http://127.0.0.1:1/x")
    assert time.monotonic() - started < 5


def test_only_so_many_are_kept_and_a_broken_copy_is_none(tmp_path: Path) -> None:
    pages = Pages(tmp_path)
    for number in range(KEPT + 5):
        pages._keep(WebPage(f"http://x/{number}", "t", 1.0))
        os.utime(pages._file(f"http://x/{number}"), (number, number))
    assert len(list(tmp_path.iterdir())) == KEPT
    assert pages.kept("http://x/0") is None
    pages._file("http://x/200").write_text('{"url": ["x"]')
    assert pages.kept("http://x/200") is None


@pytest.mark.parametrize(
    ("shown", "raw"),
    [
        ("https://github.com/o/r/blob/main/a/b.md#x", "https://raw.githubusercontent.com/o/r/main/a/b.md"),
        ("https://gitlab.example.org/g/s/p/-/blob/main/b.md?ref=1", "https://gitlab.example.org/g/s/p/-/raw/main/b.md"),
        ("https://wiki/x.md?v=1#part", "https://wiki/x.md?v=1"),
        ("https://github.com.evil.org/o/r/blob/main/b.md", "https://github.com.evil.org/o/r/blob/main/b.md"),
    ],
)
def test_of_a_file_that_a_forge_shows_its_text_is_fetched(shown: str, raw: str) -> None:
    assert raw_url(shown) == raw
