"""The dashboard in a browser: over a real websocket on loopback, and in a real Chromium where there is one."""

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("textual_serve")

from click.testing import CliRunner  # noqa: E402

from oncall_tui.cli import cli  # noqa: E402
from oncall_tui.serving import Place  # noqa: E402

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-headless-shell")


def free_port():
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@asynccontextmanager
async def served(tmp_path, *arguments):
    """A running `serve --demo`: the link that it printed, and its process."""
    environment = os.environ | {name: str(tmp_path) for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")}
    command = [sys.executable, "-m", "oncall_tui", "serve", "--demo", "--port", str(free_port()), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdout=-1, stderr=-1, env=environment)
    try:
        link = (await asyncio.wait_for(process.stdout.readline(), 60)).decode().strip()
        assert link, (await process.stderr.read()).decode()
        yield link, process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), 30)


def plain(shown):
    return re.sub(r"\x1b\[[0-9;?]*[ -/]*[@-~]", "", shown.decode(errors="replace"))


async def until(socket, wanted, seconds=60):
    """What a terminal was sent until some text was among it."""
    seen = b""
    async with asyncio.timeout(seconds):
        while wanted not in plain(seen):
            message = await socket.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), (message, plain(seen)[-500:])
            if message.type is aiohttp.WSMsgType.BINARY:
                seen += message.data
    return plain(seen)


def children_of(pid):
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return told.stdout.split()


@pytest.mark.parametrize(("arguments", "marked"), [((), True), (("--writable",), False)])
async def test_a_page_gets_a_dashboard_that_may_write_only_where_asked(tmp_path, arguments, marked):
    async with (
        served(tmp_path, *arguments) as (link, process),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
    ):
        async with browser.get(link) as page:
            text = await page.text()
            assert page.status == 200
            assert "key" not in str(page.url)
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        address = re.search(r'data-session-websocket-url="([^"]+)"', text)[1]
        assert urlsplit(address).hostname == "127.0.0.1"
        async with browser.ws_connect(f"{address}?width=140&height=30") as socket:
            seen = await until(socket, "ranker")
            assert "DEMO" in seen
            assert ("READ-ONLY" in seen) is marked
            await socket.send_json(["stdin", "2"])
            await until(socket, "WHO HAS IT")
            if marked:
                await socket.send_json(["stdin", "1s"])
                await until(socket, "--writable")
            assert children_of(process.pid)
        async with asyncio.timeout(20):
            while children_of(process.pid):  # its dashboard ends with the page
                await asyncio.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 20) == 0
        told = (await process.stderr.read()).decode()
        assert ("run runbook steps as you" in told) is not marked


async def test_nobody_without_the_key_and_no_other_site_gets_in(tmp_path):
    async with (
        served(tmp_path) as (link, _),
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
    ):
        base = link.partition("/?")[0]
        for path in ("/", "/ws", "/static/js/textual.js", "/?key=wrong", "/download/x"):
            async with browser.get(base + path) as refused:
                assert refused.status == 403, path
        async with browser.get(link, headers={"Host": "evil.example"}) as refused:
            assert refused.status == 403
        async with browser.get(link) as page:
            assert page.status == 200
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await browser.ws_connect(f"{base}/ws", headers={"Origin": "http://evil.example"})
        assert caught.value.status == 403
        async with browser.get(f"{base}/", headers={"Host": "evil.example:80"}) as refused:
            assert refused.status == 403


async def test_a_port_that_is_taken_is_one_line(tmp_path):
    async with served(tmp_path) as (link, _):
        port = urlsplit(link).port
        told = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "oncall_tui", "serve", "--demo", "--port", str(port)],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert told.returncode == 2
    assert re.match(r"oncall-tui: cannot listen on 127\.0\.0\.1:\d+: .*another --port", told.stderr)


def test_a_configuration_that_is_wrong_is_told_before_anything_is_served(tmp_path):
    result = CliRunner().invoke(cli, ["serve", "--config", str(tmp_path / "none.yaml")])
    assert "there is no" in str(result.exception)
    assert "exclude each other" in CliRunner().invoke(cli, ["serve", "--demo", "--prometheus", "http://p"]).output


def test_where_it_listens_everywhere_only_a_public_url_says_how_it_is_called():
    assert Place("127.0.0.1", 8000).hosts >= {"127.0.0.1:8000", "localhost:8000"}
    assert Place("0.0.0.0", 8000).hosts == frozenset()
    assert Place("0.0.0.0", 8000, "https://oncall.example.org/").hosts == {"oncall.example.org"}
    assert Place("::1", 8000).url == "http://[::1]:8000"


class Tab:
    """A tab of a Chromium, over its debugging protocol."""

    def __init__(self, socket):
        self._socket, self._sent = socket, 0

    async def call(self, method, **parameters):
        self._sent += 1
        await self._socket.send_json({"id": self._sent, "method": method, "params": parameters})
        while True:
            told = json.loads((await self._socket.receive()).data)
            if told.get("id") == self._sent:
                assert "error" not in told, told
                return told["result"]

    async def value(self, expression):
        return (await self.call("Runtime.evaluate", expression=expression))["result"].get("value")


@pytest.mark.skipif(CHROMIUM is None and os.environ.get("ONCALL_TUI_LIVE") != "required", reason="needs chromium")
async def test_a_real_browser_paints_it_and_asks_nobody_else(tmp_path):
    with tempfile.TemporaryDirectory() as profile:
        async with served(tmp_path) as (link, _), aiohttp.ClientSession() as http:
            port = free_port()
            chromium = await asyncio.create_subprocess_exec(
                CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", f"--remote-debugging-port={port}",
                f"--user-data-dir={profile}", "--window-size=1200,700", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                "about:blank", stdout=-3, stderr=-3,
            )  # fmt: skip
            try:
                async with asyncio.timeout(120):
                    tabs = await _tabs(http, port)
                    async with http.ws_connect(tabs[0]["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                        tab = Tab(socket)
                        await tab.call("Page.enable")
                        await tab.call("Page.navigate", url=link)
                        while "-first-byte" not in (await tab.value("document.body?.className") or ""):
                            await asyncio.sleep(0.2)
                        assert "key" not in await tab.value("location.href")
                        picture = ""
                        while len(picture) < 60_000:  # an empty page packs into 16 kB, one with a table into more
                            await asyncio.sleep(1)
                            picture = (await tab.call("Page.captureScreenshot"))["data"]
                        await asyncio.to_thread((tmp_path / "page.png").write_bytes, base64.b64decode(picture))
                        sheets = await tab.value("[...document.styleSheets].map(s => s.href || '').join(' ')")
                        assert "xterm.css" in sheets
                        assert "googleapis" not in sheets
                        await tab.call("Browser.close")
            finally:
                if chromium.returncode is None:
                    try:
                        await asyncio.wait_for(chromium.wait(), 10)
                    except TimeoutError:
                        chromium.kill()
                        await chromium.wait()


async def _tabs(http, port):
    while True:
        try:
            async with http.get(f"http://127.0.0.1:{port}/json") as told:
                if tabs := [one for one in await told.json() if one["type"] == "page"]:
                    return tabs
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.2)
