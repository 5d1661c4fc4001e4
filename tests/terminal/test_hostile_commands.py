"""Every command over servers, a journal and runbooks full of attacks: what it prints harms no terminal and no reader."""

import json
import re
import threading
import time
import zipfile
from html.parser import HTMLParser

import pytest
from called import assert_answered, assert_harmless, call
from hostile import ATTACKS
from hostile_dashboard import write_books, write_past
from hostile_servers import Strangers, attack
from markdown_it import MarkdownIt

from oncall_tui.core.events import Event, EventKind
from oncall_tui.journal import Journal
from oncall_tui.poll.recorder import Recorder

CONFIG = """
journal: {folder}/journal.sqlite3
acknowledge: {{author: maria}}
polling: {{timeout: 10s}}
runbooks: {{folders: [{folder}/books]}}
sources:
  prometheus: [{{name: main, url: '{url}'}}]
  alertmanager: [{{name: am, url: '{url}'}}]
services:
  - name: ranker
    endpoints: [{{protocol: kserve_v2, url: '{url}', model: m}}]
    versions: {{query: model_info, by: version}}
    signals:
      - {{name: drift, kind: drift, query: 'feature_drift_psi', by: feature, warn: 0.1, crit: 0.2}}
    slos:
      - {{name: availability, objective: 99%, error_ratio: 'errors:ratio_rate$window'}}
      - {{name: each, objective: 99%, by: [feature], events: {{error: 'sum by (feature) (rate(e[$window]))', total: 'sum by (feature) (rate(t[$window]))'}}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    write_books(folder / "books")
    journal = Journal(folder / "journal.sqlite3")
    now = time.time()
    write_past(journal, "ranker", now)
    for place, bad in enumerate(ATTACKS):
        ran = {"runbook": bad, "step": bad, "title": bad, "kind": "mitigate", "seconds": 3.0, "exit": 0}
        journal.record(Event(now - 500 + place, EventKind.STEP_ENDED, bad, "ranker", "f1", bad, ran))
    journal.close()
    return folder


@pytest.fixture(scope="module")
def configs(folder):
    """A configuration for each manner of strangers."""
    servers = {manner: Strangers(manner) for manner in ("words", "errors", "garbage", "halves")}
    for manner, server in servers.items():
        (folder / f"{manner}.yaml").write_text(CONFIG.format(folder=folder, url=server.url))
    yield {manner: str(folder / f"{manner}.yaml") for manner in servers} | {"url": servers["words"].url}
    for server in servers.values():
        server.shutdown()
        server.server_close()


ASKING = (
    ("status",),
    ("alerts",),
    ("silence", "list"),
    ("ack", "quote", "--dry-run"),
    ("silence", "add", "severity=page", "--comment", "\x1b[2J", "--dry-run"),
    ("review",),
    ("review", "--handoff"),
    ("check",),
    ("check", "--explain"),
)
NO_JSON = {"add"}


def styles_of(command):
    if command[0] == "review":
        return ("table", "json", "md", "html")
    return ("table",) if NO_JSON & set(command) else ("table", "json")


@pytest.mark.parametrize("manner", ["words", "errors", "garbage", "halves"])
@pytest.mark.parametrize(
    ("command", "style"),
    [(one, style) for one in ASKING for style in styles_of(one)],
    ids=lambda one: "-".join(one) if isinstance(one, tuple) else one,
)
def test_what_servers_say_is_told_without_harm(configs, manner, command, style):
    form = () if style == "table" else ("--format", style)
    called = call(*command, *form, "--config", configs[manner])
    assert_harmless(called.written)
    assert_harmless(called.complained)
    assert "Traceback" not in called.err
    assert called.out or called.err
    if style == "json" and called.out:
        assert called.out.isascii()
        json.loads(called.out)
    if manner == "words":
        assert "31337" in called.out + called.err


def test_what_is_written_there_is_told_without_harm(configs):
    for command in (("add", "alertname=x", "--comment", "\x1b[2J"), ("expire", "s1", attack(6))):
        called = call("silence", *command, "--yes", "--config", configs["words"])
        assert_harmless(called.written)
        assert_harmless(called.complained)
        assert "not confirmed" in called.err


READING = [
    (*command, "--format", style)
    for command, styles in (
        (("incident", "list"), ("table", "json")),
        (("incident", "show", "ID"), ("table", "json")),
        (("incident", "export", "ID"), ("md", "html", "json")),
        (("incident", "actions"), ("table", "json")),
        (("journal", "show"), ("table", "json")),
        (("journal", "verify"), ("table", "json")),
        (("runbook", "toil"), ("table", "md", "json")),
    )
    for style in styles
]


@pytest.fixture(scope="module")
def incident(folder):
    file = ["--journal", str(folder / "journal.sqlite3")]
    return json.loads(call("incident", "list", "--format", "json", *file).out)["incidents"][0]["id"]


@pytest.mark.parametrize("command", READING, ids="-".join)
def test_what_the_journal_holds_is_told_without_harm(folder, incident, command):
    arguments = [incident if word == "ID" else word for word in command]
    called = call(*arguments, "--journal", str(folder / "journal.sqlite3"))
    assert_answered(called, command[-1])
    assert called.code == 0
    if command[-1] == "md":
        assert_plain_markdown(called.out)
    if command[-1] == "html":
        assert_closed_page(called.out)


@pytest.mark.parametrize("style", ["table", "json"])
@pytest.mark.parametrize(
    "command", [("runbook", "list"), ("runbook", "show", "book"), ("runbook", "run", "book", "look")]
)
def test_runbooks_are_told_and_run_without_harm(configs, command, style):
    form = ("--yes",) if "run" in command else ("--format", style)
    called = call(*command, *form, "--config", configs["words"])
    assert_answered(called, style if "run" not in command else "table")


def test_a_review_is_one_of_sections_that_nobody_else_wrote(configs):
    markdown = call("review", "--handoff", "--format", "md", "--config", configs["words"]).out
    assert_plain_markdown(markdown)
    page = call("review", "--handoff", "--format", "html", "--config", configs["words"]).out
    assert_closed_page(page)
    assert len(re.findall("<h[1-6]>", page)) == len(re.findall("^#+ ", markdown, re.MULTILINE)) + 1


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def assert_closed_page(text):
    """Fetches nothing, runs nothing, leads nowhere."""
    assert re.search('Content-Security-Policy" content="default-src (&#39;|\')none', text)
    page = Page(text)
    assert not page.tags & {"script", "a", "img", "iframe", "object", "embed", "link", "form", "input", "base", "b"}
    assert not {name for name in page.attributes if name.startswith("on") or name in ("href", "src", "style", "action")}


def assert_plain_markdown(text):
    """Headings, lists, tables and the emphasis of our own, as a reader that makes links of everything has it."""
    reader = MarkdownIt("gfm-like", {"html": True})
    reader.linkify.set({"fuzzy_link": False})
    kinds, rows = set(), {}
    for token in reader.parse(text):
        kinds |= {token.type, *(child.type for child in token.children or ())} - {"link_open"}
        for child in token.children or ():  # An address of mail leads to itself, and to nothing else.
            assert child.type != "link_open" or child.attrs["href"].startswith("mailto:"), child
        if token.type == "heading_open":
            assert token.markup in ("#", "##", "###")
    strange = {
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "blockquote_open",
        "code_block",
        "s_open",
        "code_inline",
    }
    assert not kinds & strange, kinds
    for line in text.splitlines():
        if line.startswith("| "):
            rows.setdefault(len(re.findall(r"(?<!\\)\|", line)), line)
    assert all(number >= 3 for number in rows)


def test_what_init_finds_is_a_configuration_whatever_it_is_called(configs, tmp_path):
    file = tmp_path / "found.yaml"
    called = call("init", configs["url"], "--output", str(file))
    assert called.code == 0, called.err
    assert_harmless(called.written)
    assert_harmless(file.read_bytes())
    assert "slos:" in file.read_text()
    checked = call("check", "--offline", "--format", "json", "--config", str(file))
    assert not [one for one in json.loads(checked.out)["findings"] if one["result"] == "failed"], checked.out
    printed = call("init", configs["url"])
    assert_answered(printed)
    assert_answered(call("status", "--prometheus", configs["url"], "--format", "json"), "json")
    for style in ("prometheus", "kubernetes"):
        made = call("rules", "--format", style, "--config", str(file))
        assert_harmless(made.written)
        assert_harmless(made.complained)


def test_what_is_recorded_is_played_without_harm(monkeypatch, tmp_path):
    monkeypatch.setitem(Recorder.__init__.__kwdefaults__, "pause", 0.2)
    file, config = str(tmp_path / "seen.rec"), tmp_path / "config.yaml"
    server = Strangers("calm")
    config.write_text(CONFIG.format(folder=tmp_path, url=server.url).replace("timeout", "interval: 1s, timeout"))
    turn = threading.Timer(1.5, setattr, (server, "manner", "words"))
    turn.start()
    recorded = call("record", file, "--for", "3s", "--config", str(config))
    turn.join()
    server.shutdown()
    server.server_close()
    assert_answered(recorded)
    assert "<b>x</b>" in recorded.out
    assert_answered(call("replay", file, "--marks"))


def test_a_page_that_an_annotation_names_is_told_without_harm(configs):
    url = f"{configs['url']}/page.md"
    for style in ("table", "json"):
        called = call("runbook", "show", url, "--format", style)
        assert_answered(called, style)
        assert "31337" in called.out


def test_no_part_of_a_bug_report_holds_an_attack(configs, tmp_path):
    file = tmp_path / "bug.zip"
    assert_answered(call("--config", configs["words"], "--debug-bundle", str(file)))
    with zipfile.ZipFile(file) as parts:
        for name in parts.namelist():
            assert_harmless(parts.read(name))
