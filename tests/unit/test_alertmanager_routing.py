"""An Alertmanager's configuration read into routes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.routing import Receiver
from oncall_tui.core.time_intervals import TimeInterval
from oncall_tui.sources.alertmanager.routing import read_routing

CONFIG = """
global: {resolve_timeout: 5m}
route:
  receiver: default
  routes:
  - match: {team: search}
    match_re: {service: ^(?:rank.*)$}
    receiver: search
    continue: true
  - matchers: ['severity="page"', 'env!~"dev|test"']
    mute_time_intervals: [nights]
    routes: [{matchers: ['a="1"'], receiver: search, active_time_intervals: [nights]}]
receivers:
- name: default
- name: search
  slack_configs: [{api_url: <secret>}, {api_url: <secret>}]
  pagerduty_configs: [{routing_key: <secret>}]
time_intervals:
- name: nights
  time_intervals:
  - times: [{start_time: '22:00', end_time: '24:00'}, {start_time: 00:00, end_time: 06:30}]
    weekdays: ['monday:friday', saturday]
    days_of_month: ['1:5', '-3:-1']
    months: ['1', 'may:august']
    years: ['2026:2030']
    location: Europe/Berlin
"""


def test_routes_receivers_and_intervals_are_read():
    routing = read_routing(CONFIG)
    assert routing is not None
    first, second = routing.root.routes
    assert list(map(str, first.matchers)) == ['team="search"', 'service=~"rank.*"']
    assert (first.goes_on, second.goes_on) == (True, False)
    assert second.receiver == "default"  # from above
    assert second.muted == ("nights",)
    assert second.routes[0].muted == ()  # not from above
    assert second.routes[0].active == ("nights",)
    assert routing.receivers["search"] == Receiver("search", ("pagerduty", "slack", "slack"))
    assert routing.receivers["default"] == Receiver("default")
    [nights] = routing.intervals["nights"]
    assert nights == TimeInterval(
        ((22 * 60, 24 * 60), (0, 390)),
        ((1, 5), (6, 6)),
        ((1, 5), (-3, -1)),
        ((1, 1), (5, 8)),
        ((2026, 2030),),
        nights.zone,
    )
    assert str(nights.zone) == "Europe/Berlin"


@pytest.mark.parametrize(
    "config",
    [
        "",
        "[]",
        "route: {receiver: nobody}\nreceivers: [{name: default}]",
        "route: {receiver: a, matchers: ['=']}\nreceivers: [{name: a}]",
        "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{location: Mars}]}]",
        "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{location: Local}]}]",
        "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals: [{name: x, time_intervals: [{weekdays: [noday]}]}]",
        "route: &r {receiver: a, routes: [*r]}\nreceivers: [{name: a}]",
        "!!python/object/apply:os.system ['true']",
        "a: b: c",
    ],
)
def test_half_understood_routes_are_none(config):
    assert read_routing(config) is None


@given(st.text(max_size=200))
def test_no_text_breaks_it(text):
    read_routing(text)
