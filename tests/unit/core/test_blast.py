"""What shares an alert's labels, and what rests on its service."""

from dataclasses import replace

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import assess
from oncall_tui.core.blast import reach
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind

NOW = 1_800_000_000.0
SERVICES = Catalogue(
    (Service("store"), Service("ranker", depends_on=("store",)), Service("gate", depends_on=("ranker",)))
)


def alert(name, **labels):
    labels = {"alertname": name, "severity": "page", **labels}
    return Alert("am", name + "".join(labels.values()), labels, starts_at=NOW - 60)


def assessed(*alerts):
    sources = {"am": SourceHealth("am", SourceKind.ALERTMANAGER, "http://am", 15, NOW)}
    return assess(Snapshot(NOW, SERVICES, sources, alerts=alerts))


def test_labels_are_counted_over_the_others_and_severity_says_nothing():
    first = alert("A", cluster="eu", zone="1", service="store")
    assessment = assessed(
        first, alert("A", cluster="eu", zone="2"), alert("B", cluster="eu", service="ranker"), alert("C")
    )
    found = reach(assessment, next(one for one in assessment.alerts if one.alert == first))
    assert [(one.name, one.alerts, one.of, one.services) for one in found.shared] == [
        ("cluster", 2, 3, ("ranker",)),
        ("alertname", 1, 3, ()),
    ]


def test_what_all_share_comes_last_and_what_waits_or_informs_does_not_count():
    first = alert("A", region="r", pod="p")
    others = [alert("B", region="r", pod="p"), alert("C", region="r")]
    quiet = [replace(alert("D", pod="p"), pending=True), alert("E", pod="p", severity="info")]
    assessment = assessed(first, *others, *quiet)
    found = reach(assessment, next(one for one in assessment.alerts if one.alert == first))
    assert [(one.name, one.alerts) for one in found.shared] == [("pod", 1), ("region", 2)]


def test_what_rests_on_its_service_and_what_is_broken_above():
    first, above = alert("A", service="ranker"), alert("B", service="store")
    assessment = assessed(first, above)
    found = reach(assessment, next(one for one in assessment.alerts if one.alert == first))
    assert [one.service.name for one in found.downstream] == ["gate"]
    assert [one.service.name for one in found.upstream] == ["store"]
    alone = assessed(alert("A"))
    assert reach(alone, alone.alerts[0]).downstream == ()
