"""What is copied: complete, harmless in a shell and in Markdown, and without a secret."""

import shlex
from dataclasses import replace

import fleet_of_alerts as made
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.ui.render.alert_copy import copy_forms


def forms(alert, **more):
    assessment = made.assessed(alert, **more)
    return {form.name: form for form in copy_forms(assessment, assessment.alerts)}


ALERT = Alert(
    "am",
    "f",
    {"alertname": "Burn", "service": "ran'ker", "severity": "page", "path": 'a "b" $(x)'},
    {"summary": "it *burns*", "runbook_url": "https://rb.example/x_y"},
    starts_at=made.NOW - 720,
)


def test_text_tells_what_it_is_since_when_and_all_labels():
    text = forms(ALERT)["text"].text
    assert text.splitlines()[0] == "FIRING Burn page"
    assert "12m ago" in text
    assert "summary: it *burns*" in text
    assert 'labels: alertname="Burn", path="a \\"b\\" $(x)", service="ran\'ker", severity="page"' in text
    assert "source: am http://am" in text


def test_markdown_shows_text_as_text():
    markdown = forms(replace(ALERT, annotations={"summary": "<img> [x](javascript:y) it *burns* `a`"}))["Markdown"].text
    assert markdown.startswith("**FIRING** `Burn` page")
    assert r"\<img\> \[x\]\(javascript:y\) it \*burns\* \`a\`" in markdown
    assert '``alertname="A`B"``' in forms(replace(ALERT, labels={"alertname": "A`B"}))["Markdown"].text


def test_commands_name_every_label_once_and_nothing_is_left_to_the_shell():
    amtool = shlex.split(forms(ALERT)["amtool"].text)
    assert amtool[:4] == ["amtool", "alert", "query", "--alertmanager.url=http://am"]
    assert amtool[-4:] == ['alertname="Burn"', 'path="a \\"b\\" $(x)"', 'service="ran\'ker"', 'severity="page"']
    curl = shlex.split(forms(ALERT)["curl"].text)
    assert curl[:4] == ["curl", "-sS", "--get", "http://am/api/v2/alerts"]
    assert curl.count("--data-urlencode") == 4


def test_a_pending_one_is_asked_of_prometheus():
    told = forms(replace(ALERT, pending=True))
    assert told["amtool"].text == ""
    assert "/api/v1/query" in told["curl"].text
    assert "ALERTS{alertname=" in told["curl"].text


def test_where_there_is_no_server_it_says_so():
    told = forms(replace(ALERT, source="this dashboard"))
    assert told["curl"].text == told["amtool"].text == ""
    assert "no server" in told["curl"].why
    assert "Burn" in told["text"].text


def test_who_has_it_is_told():
    silence = Silence(
        "am", "s", exact_matchers(ALERT.labels), 0.0, made.NOW + 60, "maria", "ACK! me", SilenceState.ACTIVE
    )
    assessment = made.assessed(replace(ALERT, silenced_by=("s",)), silences=(silence,))
    [text, *_] = copy_forms(assessment, assessment.alerts)
    assert "acknowledged by maria until" in text.text


def test_control_characters_never_reach_a_shell():
    told = forms(replace(ALERT, labels={"alertname": "A", "evil": "\x1b[201~\nrm -rf /", "ok": "1", "ugly name": "x"}))
    for form in told.values():
        assert "\x1b" not in form.text
    assert shlex.split(told["amtool"].text)[-2:] == ['alertname="A"', 'ok="1"']


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=30), max_size=5))
def test_whatever_labels_say_commands_stay_one_line_of_the_same_words(labels):
    told = forms(replace(ALERT, labels={"alertname": "A", **labels}))
    for name in ("amtool", "curl"):
        text = told[name].text
        assert all(char == " " or char.isprintable() for char in text)
        assert shlex.split(text)[0] == name
