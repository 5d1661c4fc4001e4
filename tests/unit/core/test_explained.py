"""Alerts of what a first bad ancestor explains, acknowledged together with its own."""

from dataclasses import replace

from oncall_tui.core.ack_scope import scope_of_explained, scopes_of
from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.explained import alerts_explained_by, explained_by
from oncall_tui.core.readings import Members, Provenance, SignalReading
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind

NOW = 1_000_000.0
NEEDS = {"gateway": ("ranker", "fraud"), "ranker": ("store",), "fraud": ("store",), "store": ("stream",), "stream": ()}


def seen(*bad, needs=NEEDS, alerts=()):
    services = tuple(
        Service(name, source="main", depends_on=below, signals=(Signal(name, "s", SignalKind.OTHER, "q", warn=1.0),))
        for name, below in needs.items()
    )
    figures = {
        SignalReading(name, "s"): Figure(
            15, "main", Members({"": 2.0 if name in bad else 0.0}, NOW, Provenance("main", "q"))
        )
        for name in needs
    }
    sources = {"main": SourceHealth("main", SourceKind.PROMETHEUS, "", 15, NOW)}
    made = tuple(
        Alert("am", f"{service}-{n}", {"alertname": "A", "service": service, "severity": "page"}, starts_at=NOW - n)
        for n, service in enumerate(alerts, 1)
    )
    return assess(Snapshot(NOW, Catalogue(services), sources, figures, alerts=made))


def keys(scope):
    return {fingerprint for _, fingerprint in scope.keys}


def test_a_first_bad_ancestor_explains_what_rests_on_it_through_bad_ones():
    found = seen("store", "ranker", "gateway")
    assert explained_by(found, "store") == ("ranker", "gateway")
    assert explained_by(found, "ranker") == ()
    assert explained_by(found, "stream") == ()
    assert explained_by(seen("store", "gateway"), "store") == ()


def test_its_alerts_come_as_one_more_choice_with_those_it_explains():
    found = seen("store", "ranker", "gateway", alerts=("store", "ranker", "gateway", "fraud"))
    own = [one for one in found.alerts if one.service == "store"]
    each, below = scopes_of(found, own)
    assert keys(each) == {"store-1"}
    # fraud's alert makes it bad, so that it is explained, too.
    assert keys(below) == {"store-1", "ranker-2", "gateway-3", "fraud-4"}
    assert below.title.startswith("with what store explains: ")
    assert below.matchers == ()


def test_one_that_explains_nothing_has_no_such_choice():
    found = seen("store", "ranker", alerts=("store", "ranker"))
    assert len(scopes_of(found, [one for one in found.alerts if one.service == "ranker"])) == 1


def test_a_silent_ancestor_without_alerts_of_its_own_can_be_asked_for_its_children():
    found = seen("store", "ranker", alerts=("ranker",))
    scope = scope_of_explained(found, "store")
    assert keys(scope) == {"ranker-1"}
    assert scope.title == "what store explains: ranker"
    assert scope_of_explained(found, "gateway") is None
    assert scope_of_explained(found, "nobody") is None


def test_in_a_circle_nobody_is_first_and_nothing_is_explained():
    circle = {"a": ("b",), "b": ("a",)}
    found = seen("a", "b", needs=circle, alerts=("a", "b"))
    assert explained_by(found, "a") == ()


def test_what_resolved_is_not_acknowledged():
    found = seen("store", "ranker", alerts=("ranker",))
    over = replace(found.snapshot, alerts=tuple(replace(one, pending=True) for one in found.snapshot.alerts))
    assert alerts_explained_by(assess(over), "store") == ()
