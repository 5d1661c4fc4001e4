"""A computed drift in the configuration, and a stored reference: what they become, and what is wrong with others."""

import json
import math

import pytest

from oncall_tui.config.loader import config_from
from oncall_tui.config.reference import StoredReference, dump_reference, load_reference
from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.drift import Bins
from oncall_tui.core.errors import ConfigError

INF = math.inf


def loaded(tmp_path, histogram, more=""):
    text = f"""
sources: {{prometheus: [{{url: "http://p:9090"}}]}}
services:
  - name: m
    signals:
      - name: features
        by: feature
        {more}
        histogram: {histogram}
"""
    return config_from(text, tmp_path / "config.yaml").catalogue().signal("m", "features")


def test_an_offset_becomes_two_queries_of_one_shape(tmp_path):
    found = loaded(tmp_path, "{metric: f, selector: 'service=\"m\"', reference: {offset: 7d}}")
    assert found.kind is SignalKind.DRIFT
    assert found.query == 'sum by (feature, le) (increase(f_bucket{service="m"}[1h]))'
    assert found.binned.query == 'sum by (feature, le) (increase(f_bucket{service="m"}[1h] offset 7d))'
    assert found.binned.words == "the same 1h 7d before"
    assert (found.binned.moves, found.binned.minimum, found.binned.minor) == (True, 500, 0.05)
    assert (found.warn, found.crit, found.past_weeks) == (0.1, None, 0)


def test_a_stretch_of_the_past_is_asked_at_its_end(tmp_path):
    reference = "{start: 2026-11-01T00:00:00Z, end: '2026-11-08T01:00:00+01:00'}"
    found = loaded(tmp_path, f"{{metric: f, window: 30m, reference: {reference}, importance: {{a: 3, b: 1}}}}").binned
    assert found.query == "sum by (feature, le) (increase(f_bucket{}[7d] @ 1794096000))"
    assert found.words == "the 7d up to 2026-11-08 00:00Z"
    assert (found.moves, found.start, found.end) == (False, 1_793_491_200, 1_794_096_000)
    assert (found.weight("a"), found.weight("c")) == (0.75, None)


def test_a_past_may_be_wanted_all_the_same(tmp_path):
    found = loaded(tmp_path, "{metric: f, reference: {offset: 7d}}", "past: {weeks: 5}")
    assert found.past_weeks == 5
    assert loaded(tmp_path, "{metric: f, reference: {offset: 7d}}", "past: false").past_weeks == 0


@pytest.mark.parametrize(
    ("histogram", "more", "told"),
    [
        ("{metric: f_bucket, reference: {offset: 7d}}", "", "without _bucket"),
        ("{metric: f}", "", "required"),
        ("{metric: f, reference: {}}", "", "exactly one of offset, start with end, and file"),
        ("{metric: f, reference: {offset: 7d, start: 2026-11-01, end: 2026-11-02}}", "", "exactly one of offset"),
        ("{metric: f, reference: {start: 2026-11-01}}", "", "both start and end"),
        ("{metric: f, reference: {start: 2026-11-02, end: 2026-11-01}}", "", "later than the start"),
        ("{metric: f, reference: {start: yesterday, end: 2026-11-01}}", "", "a time such as"),
        ("{metric: f, reference: {offset: 7d}, minimum: 0}", "", "at least 1"),
        ("{metric: f, reference: {offset: 7d}, importance: {a: -1}}", "", "at least 0"),
        ("{metric: f, reference: {file: none.json}}", "", "there is no"),
        ("{metric: f, reference: {offset: 7d}}", "query: x", "exactly one of query and histogram"),
        ("{metric: f, reference: {offset: 7d}}", "kind: latency", "kind says otherwise"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path, histogram, more, told):
    with pytest.raises(ConfigError) as raised:
        loaded(tmp_path, histogram, more)
    assert told in f"{raised.value.message} {raised.value.hint}"


def test_a_signal_measures_something(tmp_path):
    text = "services: [{name: m, signals: [{name: drift}]}]"
    with pytest.raises(ConfigError, match="exactly one of query and histogram"):
        config_from(text, tmp_path / "config.yaml")


def test_a_stored_reference_comes_back_as_it_was(tmp_path):
    kept = StoredReference({"a": Bins((1.0, 2.5, INF), (3.0, 4.25, 0.0)), "": Bins((INF,), (9.0,))}, 1e9, 1e9 + 60)
    file = tmp_path / "reference.json"
    file.write_text(dump_reference(kept, "q"))
    assert load_reference(file) == kept
    found = loaded(tmp_path, "{metric: f, reference: {file: reference.json}}").binned
    assert (found.query, found.words, found.stored) == ("", "stored in reference.json", kept.bins)
    assert (found.start, found.end) == (1e9, 1e9 + 60)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "expected an object"),
        ({"features": {}}, "no feature"),
        ({"features": {"a": {"le": [1, "+Inf"]}}}, "expected an object"),
        ({"features": {"a": {"le": [1, "+Inf"], "counts": [1]}}}, "a: 2 bounds and 1 counts"),
        ({"features": {"a": {"le": [2, 1, "+Inf"], "counts": [1, 1, 1]}}}, "do not ascend"),
        ({"features": {"a": {"le": [1, 2], "counts": [1, 1]}}}, "do not ascend"),
        ({"features": {"a": {"le": ["x", "+Inf"], "counts": [1, 1]}}}, "not a reference"),
        ({"features": {"a": {"le": [1, "+Inf"], "counts": [1, -1]}}}, "negative"),
        ({"features": {"a": {"le": [1, "+Inf"], "counts": [1, "NaN"]}}}, "negative or no number"),
        ({"start": "yesterday", "features": {"a": {"le": [1, "+Inf"], "counts": [1, 1]}}}, "not a reference"),
    ],
)
def test_a_broken_reference_is_refused_with_what_is_wrong_in_it(tmp_path, document, told):
    file = tmp_path / "reference.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(ConfigError, match=told):
        load_reference(file)
    with pytest.raises(ConfigError, match="file: "):
        loaded(tmp_path, "{metric: f, reference: {file: reference.json}}")
