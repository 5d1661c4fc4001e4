"""Values of alerts in text: named, never evaluated, and never more than a value."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.placeholders import (
    Facts,
    NothingThere,
    PlaceholderMistake,
    for_form,
    for_json,
    for_text,
    json_mistake,
    parse_placeholders,
)


def facts(labels: dict[str, str] | None = None, **words: str) -> Facts:
    return Facts(labels or {}, {"summary": "it burns"}, {"cluster": "eu"}, words)


def test_labels_annotations_group_and_words_are_put_in():
    text = 'a {{ labels.alertname }}/{{group.cluster}} {{ annotations.summary }} {{ labels["a.b"] }} {{ author }} z'
    filled = parse_placeholders(text).filled(facts({"alertname": "Burn", "a.b": "dotted"}, author="maria"), str)
    assert filled == "a Burn/eu it burns dotted maria z"


def test_what_is_put_in_is_not_looked_at_again():
    nested = facts({"alertname": "{{ labels.secret }}", "secret": "s3cret"})
    assert parse_placeholders("{{ labels.alertname }}").filled(nested, str) == "{{ labels.secret }}"


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("ab {{ label.x }}", 3, "'label.x' is nothing that is known"),
        ("{{ labels }}", 0, "'labels' is nothing"),
        ("{{ labels.__class__.x }}", 0, "is nothing that is known"),
        ("{{ os.environ }}", 0, "is nothing that is known"),
        ("x {{ labels.a", 2, "a {{ that no }} ends"),
        ("{{ author }} {{", 13, "a {{ that no }} ends"),
        ("{{ }}", 0, "is nothing that is known"),
    ],
)
def test_a_slip_is_told_with_its_place(text: str, offset: int, words: str):
    with pytest.raises(PlaceholderMistake, match=words.replace("{", r"\{").replace("}", r"\}")) as caught:
        parse_placeholders(text)
    assert caught.value.offset == offset


def test_a_key_with_something_missing_is_no_key():
    template = parse_placeholders("{{ labels.alertname }}/{{ labels.cluster }}")
    assert template.whole(facts({"alertname": "Burn", "cluster": "eu"})) == "Burn/eu"
    with pytest.raises(NothingThere, match=r"the alert has no labels\.cluster"):
        template.whole(facts({"alertname": "Burn"}))


@given(st.text(), st.text())
def test_a_label_never_breaks_out_of_a_json_string(first: str, second: str):
    template = parse_placeholders('{"a": "{{ labels.a }}", "b": ["x{{ labels.b }}y"], "c": 1}')
    assert json_mistake(template) == ""
    got = json.loads(template.filled(facts({"a": first, "b": second}), for_json))
    assert got == {"a": first, "b": [f"x{second}y"], "c": 1}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_label_never_breaks_out_of_a_form_value(value: str):
    filled = parse_placeholders("text={{ labels.a }}&ok=1").filled(facts({"a": value}), for_form)
    assert parse_qsl(filled, keep_blank_values=True) == [("text", value), ("ok", "1")]


def test_plain_text_gets_one_safe_line():
    assert parse_placeholders("{{ labels.a }}").filled(facts({"a": "x\n\x1b[31my"}), for_text) == "x \u241b[31my"


@pytest.mark.parametrize(
    "body",
    [
        '{"a": {{ labels.a }}}',
        "{ {{ labels.a }}: 1}",
        '{"a": "\\{{ labels.a }}"}',
        '{"a": "\\u00{{ labels.a }}"}',
        '{"a": 1,}',
        "",
        "text",
    ],
)
def test_json_that_a_value_could_break_is_refused(body: str):
    assert json_mistake(parse_placeholders(body))
