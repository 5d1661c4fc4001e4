"""Which alerts are one storm: never those that merely are many, never one alert in two."""

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.storms import StormRule, shared_labels, storms_of

RULE = StormRule(10, 300.0)


def status(number, starts_at, phase=Phase.FIRING, **labels):
    told = {"alertname": f"A{number % 3}", "instance": f"i{number}", "cluster": "prod", **labels}
    return AlertStatus(Alert("am", f"{labels}{number}", told, starts_at=starts_at), phase, None, "")


def old(many=30, since=0.0):
    """Alerts that began one an hour."""
    return [status(n, since + n * 3_600.0, node=f"old-{n}", alertname=f"Old{n}") for n in range(many)]


def test_alerts_of_one_node_that_begin_together_are_one_storm():
    burst = [status(n, 200_000.0 + n * 20, node="gpu-7") for n in range(12)]
    (storm,) = storms_of([*old(), *burst], RULE)
    assert storm.told_by == ("node", "gpu-7")
    assert storm.keys == {one.alert.key for one in burst}


def test_too_few_too_slow_or_nothing_in_common_is_no_storm():
    assert storms_of([*old(), *(status(n, 200_000.0 + n, node="gpu-7") for n in range(9))], RULE) == ()
    assert storms_of([*old(), *(status(n, 200_000.0 + n * 60, node="gpu-7") for n in range(12))], RULE) == ()
    strangers = [status(n, 200_000.0, node=f"n{n}", alertname=f"B{n}") for n in range(12)]
    assert storms_of([*old(), *strangers], RULE) == ()


def test_a_severity_tells_no_storm():
    strangers = [status(n, 200_000.0, node=f"n{n}", alertname=f"B{n}", severity="page") for n in range(12)]
    assert storms_of([*old(), *strangers], RULE) == ()


def test_what_every_alert_has_tells_a_storm_only_where_nothing_narrower_does():
    burst = [status(n, 100.0 + n, node="gpu-7") for n in range(20)]
    strangers = [status(n + 100, 100.0, node=f"n{n}", alertname=f"B{n}") for n in range(3)]
    (storm,) = storms_of([*burst, *strangers], RULE)
    assert storm.told_by == ("node", "gpu-7")
    assert len(storm.keys) == 20
    (everything,) = storms_of([status(n, 100.0, node=f"n{n}", alertname=f"B{n}") for n in range(20)], RULE)
    assert everything.told_by == ("cluster", "prod")


def test_two_storms_at_once_are_two_and_no_alert_is_in_both():
    one = [status(n, 200_000.0, node="gpu-7") for n in range(12)]
    other = [status(n, 200_010.0, node="gpu-8") for n in range(15)]
    storms = storms_of([*old(), *one, *other], RULE)
    assert [storm.told_by for storm in storms] == [("node", "gpu-8"), ("node", "gpu-7")]
    assert not storms[0].keys & storms[1].keys


def test_acknowledging_it_does_not_end_a_storm_but_resolving_does():
    acked = [status(n, 200_000.0, Phase.ACKNOWLEDGED, node="gpu-7") for n in range(12)]
    assert len(storms_of([*old(), *acked], RULE)) == 1
    for phase in (Phase.RESOLVED, Phase.SILENCED, Phase.INHIBITED, Phase.PENDING, Phase.MUTED):
        quiet = [status(n, 200_000.0, phase, node="gpu-7") for n in range(12)]
        assert storms_of([*old(), *quiet], RULE) == ()


def test_no_rule_no_storm():
    assert storms_of([status(n, 0.0, node="gpu-7") for n in range(50)], StormRule(0)) == ()


def test_shared_labels_are_those_that_all_have_alike():
    assert shared_labels([status(0, 0.0, node="a"), status(3, 0.0, node="a")]) == {
        "alertname": "A0",
        "cluster": "prod",
        "node": "a",
    }
    assert shared_labels([]) == {}


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2_000)), max_size=80), st.integers(1, 12))
def test_storms_never_overlap_and_hold_what_their_label_says(drawn, least):
    alerts = [status(place, float(at), node=f"n{node}") for place, (node, at) in enumerate(drawn)]
    by_key = {one.alert.key: one for one in alerts}
    storms = storms_of(alerts, StormRule(least, 60.0))
    assert sum(len(storm.keys) for storm in storms) == len(frozenset().union(*(storm.keys for storm in storms)))
    for storm in storms:
        name, value = storm.told_by
        assert len(storm.keys) >= least
        assert all(by_key[key].alert.labels[name] == value for key in storm.keys)
