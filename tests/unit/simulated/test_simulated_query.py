import math

import pytest

from oncall_tui.core.errors import Refused
from oncall_tui.sources.simulated.query import by_metric, compile_query
from oncall_tui.sources.simulated.service import Timeseries

SERIES = by_metric(
    [
        Timeseries("hits_total", {"service": "a", "code": "200"}, "counter", lambda t: 9 * t),
        Timeseries("hits_total", {"service": "a", "code": "500"}, "counter", lambda t: t),
        Timeseries("hits_total", {"service": "b", "code": "200"}, "counter", lambda t: 4 * t),
        Timeseries("psi", {"feature": "x"}, "gauge", lambda t: 0.3),
        Timeseries("psi", {"feature": "y"}, "gauge", lambda t: None if t > 500 else 0.1),
        Timeseries("d_bucket", {"le": "0.1"}, "histogram", lambda t: 5 * t),
        Timeseries("d_bucket", {"le": "1"}, "histogram", lambda t: 9 * t),
        Timeseries("d_bucket", {"le": "+Inf"}, "histogram", lambda t: 10 * t),
    ]
)


def ask(query, t=1_000.0):
    return compile_query(query, SERIES)(t)


@pytest.mark.parametrize(
    "query", ["sum(", "topk(3, psi)", "psi @ 5", "rate(psi[5m:1m])", "a / on(b) c", '{code="500"}']
)
def test_what_it_cannot_compute_is_refused_and_never_guessed(query):
    with pytest.raises(Refused):
        ask(query)


def test_nothing_that_matches_is_an_empty_answer():
    assert ask('sum(rate(hits_total{service="nobody"}[5m]))') == []
    assert ask("absent_metric") == []


def test_a_series_that_is_not_exposed_is_missing_and_not_zero():
    assert len(ask("psi", 400)) == 2
    assert ask("psi", 600) == [({"feature": "x"}, 0.3)]


def test_zero_over_zero_is_not_a_number():
    assert math.isnan(ask("0 / 0")[0][1])
    assert ask("1 / 0")[0][1] == math.inf


@pytest.mark.parametrize(
    ("query", "value"),
    [
        ('sum(rate(hits_total{service="a",code=~"5.."}[5m])) / sum(rate(hits_total{service="a"}[5m]))', 0.1),
        ('sum(increase(hits_total{code!="500",service!~"b|c"}[1m]))', 540),
        ("max(psi) * 2 - 1", -0.4),
        ("1 - max(psi)", 0.7),
        ("count(hits_total)", 3),
        ("histogram_quantile(0.5, sum by (le) (rate(d_bucket[5m])))", 0.1),
        ("histogram_quantile(0.7, d_bucket)", 0.55),
        ("histogram_quantile(0.99, d_bucket)", 1.0),
        ("sum(absent_metric) or vector(0)", 0),
        ("hits_total{service='b'} offset 10m", 1_600),
        ("clamp_max(-sum(psi) + 1, 0.2)", 0.2),
        ("(sum(psi) > bool 0.2) + 1", 2),
        ("time() - 900", 100),
    ],
)
def test_it_computes_what_prometheus_would(query, value):
    [(labels, answer)] = ask(query)
    assert answer == pytest.approx(value)
    assert not labels.keys() - {"service", "code"}


def test_by_and_without_keep_their_labels():
    assert ask("sum by (service) (hits_total)", 1.0) == [({"service": "a"}, 10), ({"service": "b"}, 4)]
    assert ask("sum without (code) (hits_total)", 1.0) == ask("sum by (service) (hits_total)", 1.0)


def test_a_comparison_filters():
    assert ask("psi > 0.2", 400) == [({"feature": "x"}, 0.3)]
    assert ask("psi > 0.5", 400) == []


def test_labels_are_joined_as_prometheus_does_it():
    found = ask('count by (j) (label_join(hits_total, "j", "/", "service", "code", "absent"))')
    assert found == [({"j": "a/200/"}, 1), ({"j": "a/500/"}, 1), ({"j": "b/200/"}, 1)]
