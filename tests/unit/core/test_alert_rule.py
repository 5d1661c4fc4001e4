"""What a generator link tells, and which series are an alert's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alert_rule import LONGEST_EXPRESSION, agrees, expression_in, server_in, unlike


def test_the_expression_of_a_prometheus_link_is_read_whole():
    link = "http://prom:9090/graph?g0.expr=rate%28errors%7Bjob%3D%22a%26b%22%7D%5B5m%5D%29+%3E+0.1&g0.tab=1"
    assert expression_in(link) == 'rate(errors{job="a&b"}[5m]) > 0.1'


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://grafana/alerting/grafana/abc/view",
        "http://[::1/graph?g0.expr=up",
        "?",
        "http://p/graph?g0.expr=",
        f"http://p/graph?g0.expr={'x' * (LONGEST_EXPRESSION + 1)}",
        "http://p/graph?" + "&".join(f"a{n}=1" for n in range(300)) + "&g0.expr=up",
    ],
)
def test_a_link_without_one_that_can_be_used_shows_none(link):
    assert expression_in(link) == ""


def test_the_server_of_a_link_keeps_its_path_and_drops_what_is_secret():
    assert server_in("https://u:p@thanos/rule/graph?g0.expr=up") == "https://thanos/rule"
    assert server_in("http://prom:9090/graph?g0.expr=up&token=x") == "http://prom:9090"
    assert server_in("javascript:alert(1)") == server_in("file:///etc/passwd") == server_in("http://p:99999/") == ""


@given(st.text(max_size=200))
def test_no_link_is_too_strange_to_be_looked_at(link):
    assert isinstance(expression_in(link), str)
    assert server_in(link) == "" or server_in(link).startswith(("http://", "https://"))


def test_a_series_is_the_alerts_own_where_nothing_contradicts():
    alert = {"alertname": "A", "severity": "page", "service": "ranker", "cluster": "eu"}
    assert agrees({"service": "ranker", "instance": "x:1"}, alert)  # an external label more, a dropped label less
    assert not agrees({"service": "fraud"}, alert)
    assert agrees({"severity": "low"}, alert, frozenset({"severity"}))


def test_what_tells_series_apart_is_what_they_do_not_share():
    rows = [{"__name__": "up", "job": "a", "pod": "1"}, {"__name__": "up", "job": "a", "pod": "2"}]
    assert unlike(rows) == [{"pod": "1"}, {"pod": "2"}]
    assert unlike([]) == []
    assert unlike(rows[:1]) == [{}]
