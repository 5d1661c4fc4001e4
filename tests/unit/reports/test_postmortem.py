"""Postmortems: filled in, hostile text shown as it is, and nothing in them that could be run or fetched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from oncall_tui.core.errors import ConfigError
from oncall_tui.core.impact import BudgetSpent, Impact, SloCourse
from oncall_tui.core.incident import WATCHMAN, ActionItem, Incident, Severity, Status
from oncall_tui.core.state import State
from oncall_tui.core.story import Story
from oncall_tui.core.timeline import Moment
from oncall_tui.reports.incidents import as_json, story_lines
from oncall_tui.reports.markdown_text import block, inline
from oncall_tui.reports.postmortem import postmortem
from oncall_tui.reports.slo_chart import blocks, svg

T = 1_795_500_000.0
HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) **b** `c` | <img src=x onerror=y> {{ 7*7 }} \x1b[2J\u202e"


def a_story(text: str = "ranker answers wrong", details: tuple[str, ...] = ("zip is 7h old",)) -> Story:
    one = Incident(
        "1126-abcd",
        text,
        Severity.SEV2,
        Status.RESOLVED,
        T,
        T + 14,
        WATCHMAN,
        (text, "feature-store"),
        ("f1",),
        {"commander": text},
        T + 600,
        T + 900,
    )
    moments = (
        Moment(T - 300, "version", "ranker/main answers as version 4.3.0", "", None, (), 1),
        Moment(T, "alert", f"{text} fires (page)", "", State.CRIT, (), 2),
        Moment(T + 60, "step", f"ran {text}", text, None, details, 3),
        Moment(T + 70, "note", text, "li", None, (), 4),
    )
    cost = Impact(
        T, T + 900, 900.0, T + 60, text, T + 600, (BudgetSpent(text, 0.6, 0.4, T + 14, T + 900),), ("ranker/latency",)
    )
    course = SloCourse(text, ((T, 0.01), (T + 300, 0.4), (T + 900, 0.0)), ((T, 0.6), (T + 900, -0.4)))
    items = (
        ActionItem("a1126-qqqq", text, text, one.id, T + 800, "maria"),
        ActionItem("a1126-rrrr", "a test", "li", one.id, T + 800, "maria", T + 1_000, "li"),
    )
    return Story(one, moments, cost, (course,), items, T + 2_000)


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words.append(data)


def test_it_names_the_right_times_budget_people_and_actions() -> None:
    told = MarkdownIt("commonmark").enable("table").render(postmortem(a_story(), "md"))
    text = re.sub(r"\s+", " ", " ".join(Page(told).words))
    for wanted in (
        "Began",
        "2026-11-24 06:00:00Z",
        "after 10m",
        "after 15m",
        "It lasted 15m.",
        "20.0%",
        "40.0%",
        "Not known of ranker/latency",
        "A page opened it 14s after it began",
        "First sign in the journal: ranker/main answers as version 4.3.0, 5m before it began",
        "commander: ranker answers wrong",
        "zip is 7h old",
        "What worked as it should",
        "Where were we lucky?",
        "[ ] ranker answers wrong — ranker answers wrong (a1126-qqqq)",
        "[x] a test — li",
    ):
        assert wanted in text, wanted


def test_in_html_hostile_text_is_text() -> None:
    told = postmortem(a_story(HOSTILE, (HOSTILE, "</pre><script>x</script>")), "html")
    page = Page(told)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("href", "src", "style")]
    assert "<script>alert(1)</script>" in "".join(page.words)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "{{ 7*7 }}" in "".join(page.words)


def test_a_browser_may_apply_the_one_style_sheet_and_nothing_else() -> None:
    told = postmortem(a_story(), "html")
    policy = dict(Page(told).attributes).get("content", "") or ""
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]*)"', told)
    sheet = told[told.index("<style>") + 7 : told.index("</style>")]
    hashed = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert policy.replace("&#39;", "'").startswith(f"default-src 'none'; style-src 'sha256-{hashed}'")
    assert told.count("<svg") == 2
    assert "http" not in re.sub(r'xmlns="[^"]*"|http-equiv', "", told)


def test_in_markdown_hostile_text_is_text() -> None:
    told = postmortem(a_story(HOSTILE, ("```", "# no heading", HOSTILE)), "md")
    page = Page(MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(told))
    assert not set(page.tags) & {"script", "img", "a", "s"}
    words = "".join(page.words)
    assert "<script>alert(1)</script> [x](javascript:alert(1)) **b** `c` | <img src=x onerror=y> {{ 7*7 }}" in words
    assert page.tags.count("h1") == 1


@given(st.text(max_size=60))
def test_any_text_is_shown_letter_for_letter_and_makes_no_markup(text: str) -> None:
    shown = inline(text)
    for before in ("", "- ", "# "):
        tokens = MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(f"{before}{shown}")
        kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
        wanted = {"": "paragraph", "- ": "list_item", "# ": "heading"}[before]
        assert not kinds - {"paragraph", "inline", "bullet_list", "list_item", "heading"}, kinds
        if not text.strip():
            continue
        assert before == "" or wanted in kinds
        for token in tokens:
            for child in token.children or ():
                assert child.type == "text", child.type
    from oncall_tui.core.text import clean_line

    told = "".join(c.content for t in MarkdownIt("commonmark").parse(f"# {shown}") for c in t.children or ())
    assert told.split() == clean_line(text).split()


@given(st.lists(st.text(alphabet="`~# ab\n", max_size=12), max_size=5))
def test_no_output_ends_its_block(lines: list[str]) -> None:
    tokens = MarkdownIt("commonmark").parse(block(tuple(lines)) + "\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]


def test_secrets_are_taken_out_everywhere() -> None:
    def clean(text: str) -> str:
        return text.replace("hunter2", "[redacted]")

    story = a_story("it is hunter2", ("token hunter2",))
    for told in (postmortem(story, "md", clean=clean), postmortem(story, "html", clean=clean)):
        assert "hunter2" not in told
    assert "hunter2" not in json.dumps(as_json(story, clean))


def test_what_is_not_known_is_said_to_be_not_known() -> None:
    bare = a_story()
    cost = replace(bare.impact, budgets=(), acknowledged_at=None, acknowledged_by="", mitigated_at=None, ended=None)
    story = replace(bare, impact=cost, courses=(), moments=(), actions=())
    for style in ("md", "html"):
        told = postmortem(story, style)
        assert "is not known" in told
        assert "so far" in told
        assert "0.0%" not in told
    assert as_json(story)["impact"]["to_resolve_s"] is None  # type: ignore[index]


def template(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.j2"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_template_of_ones_own_takes_the_place_of_ours_and_is_escaped_too(tmp_path: Path) -> None:
    own = template(tmp_path, "<h1>{{ title }}</h1>{{ lasted }}")
    assert postmortem(a_story("<b>"), "html", own) == "<h1>&lt;b&gt;</h1>15m\n"
    assert postmortem(a_story("*b*"), "md", own) == "<h1>\\*b\\*</h1>15m\n"


@pytest.mark.parametrize(
    "text",
    [
        "{{ title.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{% include '/etc/passwd' %}",
        "{% extends '../../etc/passwd' %}",
        "{% for n in range(10000000) %}x{% endfor %}",
        "{{ services.append('x') }}",
        "{{ nothing_like_it }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ title + 1 }}",
    ],
)
def test_a_template_that_is_wrong_or_reaches_out_is_one_line_of_error(tmp_path: Path, text: str) -> None:
    for style in ("md", "html"):
        with pytest.raises(ConfigError) as caught:
            postmortem(a_story(), style, template(tmp_path, text))
        assert "own.j2" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_template_that_cannot_be_read_is_one_line_of_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        postmortem(a_story(), "md", tmp_path / "none.j2")
    (tmp_path / "bytes.j2").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        postmortem(a_story(), "md", tmp_path / "bytes.j2")


def test_a_drawing_needs_two_points_and_reaches_below_nothing_left() -> None:
    assert svg([(T, 0.5)], "x") == ""
    assert blocks([(T, 0.5)]) == ""
    told = svg([(T, 0.6), (T + 60, -0.4)], '"><script>', [(T + 30, "<b>"), (T + 600, "outside")])
    assert "-40.0%" in told
    assert "<script" not in told
    assert "outside" not in told
    assert len(blocks([(T + n, n / 10) for n in range(10)])) == 60
    assert set(blocks([(T, 0.5), (T + 60, 0.5)])) <= set("▁ ")


def test_lines_for_a_terminal_obey_nothing() -> None:
    told = "\n".join(story_lines(a_story(HOSTILE)))
    assert "\x1b" not in told
    assert "20.0% of its error budget spent" in told
