"""Who is told, by the rules of Alertmanager's routing tree."""

from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.routing import Receiver, Route, Routing
from oncall_tui.core.time_intervals import TimeInterval

ALWAYS, NEVER = (TimeInterval(),), (TimeInterval(years=((1970, 1970),)),)
NOW = 1_800_000_000.0


def route(receiver, matchers="", *routes, **more):
    return Route(receiver, parse_matchers(matchers) if matchers else (), routes=routes, **more)


def names(root, at=NOW, **labels):
    named = {name: Receiver(name, ("slack",)) for name in "abcd"}
    return [
        (one.receiver.name, one.mute) for one in Routing(root, named, {"all": ALWAYS, "no": NEVER}).told(labels, at)
    ]


def test_the_deepest_that_fits_is_told_and_else_the_root():
    tree = route("a", "", route("b", 'team="x"', route("c", 'severity="page"')))
    assert names(tree, team="x", severity="page") == [("c", "")]
    assert names(tree, team="x") == [("b", "")]
    assert names(tree, team="y", severity="page") == [("a", "")]


def test_the_first_that_fits_is_the_last_unless_it_goes_on():
    tree = route("a", "", route("b", 'x="1"', goes_on=True), route("c", 'x="1"'), route("d", 'x="1"'))
    assert names(tree, x="1") == [("b", ""), ("c", "")]


def test_one_that_goes_on_and_finds_no_other_keeps_the_root_out():
    tree = route("a", "", route("b", 'x="1"', goes_on=True), route("c", 'x="2"'))
    assert names(tree, x="1") == [("b", "")]


def test_a_missing_label_is_an_empty_one():
    tree = route("a", "", route("b", 'severity!="page"'))
    assert names(tree) == [("b", "")]
    assert names(tree, severity="page") == [("a", "")]


def test_muted_and_inactive_routes_tell_nobody_now_and_say_why():
    assert names(route("a", "", muted=("no", "all"))) == [("a", "muted by the time interval all")]
    assert names(route("a", "", active=("no",))) == [("a", "active only in the time interval no")]
    assert names(route("a", "", active=("no", "all"), muted=("no",))) == [("a", "")]


def test_the_way_is_told():
    tree = route("a", "", route("b", 'team="x"', route("c", 'severity="page"')))
    [told] = Routing(tree, {}, {}).told({"team": "x", "severity": "page"}, NOW)
    assert told.way == ('team="x"', 'severity="page"')
    assert told.receiver == Receiver("c")
