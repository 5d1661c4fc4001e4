"""Alerts in an order and under headings: none is lost, none stands twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alert_groups import ROUTED, UNGROUPED, Group, GroupKind, Order, arranged, ordered
from oncall_tui.core.alerts import Alert, AlertGroup, Phase
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.storms import Storm


def status(fingerprint, phase=Phase.FIRING, service="", source="am", **labels):
    told = {"alertname": fingerprint.upper(), **labels}
    return AlertStatus(Alert(source, fingerprint, told, starts_at=float(ord(fingerprint[0]))), phase, None, service)


def group(fingerprints, receiver="pager", source="am", **labels):
    return AlertGroup(source, labels, receiver, tuple(fingerprints))


def shape(entries):
    """The fingerprints, those of a group in brackets."""
    return [
        [one.alert.fingerprint for one in entry.alerts] if isinstance(entry, Group) else entry.alert.fingerprint
        for entry in entries
    ]


ALERTS = [status(letter) for letter in "abcd"]


def test_alertmanagers_groups_stand_where_their_first_alert_does():
    entries = arranged(ALERTS, ROUTED, [group("bd", team="x"), group("a", team="y")])
    assert shape(entries) == ["a", ["b", "d"], "c"]
    (made,) = [entry for entry in entries if isinstance(entry, Group)]
    assert made.labels == {"team": "x"}
    assert made.key.kind is GroupKind.ROUTED


def test_a_group_that_goes_to_two_receivers_is_one_and_names_both():
    (made,) = arranged(ALERTS[:2], ROUTED, [group("ab", "pager", team="x"), group("ab", "chat", team="x")])
    assert made.receivers == ("pager", "chat")


def test_groups_of_another_cluster_take_no_alert_of_this():
    assert shape(arranged(ALERTS, ROUTED, [group("ab", source="lab", team="x")])) == ["a", "b", "c", "d"]


def test_by_a_label_every_alert_is_under_its_value_and_those_without_are_together():
    alerts = [status("a", team="x"), status("b"), status("c", team="x"), status("d")]
    entries = arranged(alerts, "team", storms=[Storm(("team", "x"), frozenset({alerts[0].alert.key}))])
    assert shape(entries) == [["a", "c"], ["b", "d"]]
    assert [dict(entry.labels) for entry in entries] == [{"team": "x"}, {"team": ""}]


def test_by_service_the_catalogue_says_which_where_the_label_is_missing():
    labelled = AlertStatus(Alert("am", "b", {"service": "gateway"}), Phase.FIRING, None, "other")
    entries = arranged([status("a", service="ranker"), labelled], "service")
    assert [dict(entry.labels)["service"] for entry in entries] == ["ranker", "gateway"]


@pytest.mark.parametrize("grouping", [ROUTED, UNGROUPED])
def test_a_storm_is_folded_and_one_of_which_little_is_left_is_not(grouping):
    storm = Storm(("node", "n"), frozenset(one.alert.key for one in ALERTS[1:]))
    entries = arranged(ALERTS, grouping, [group("ab", team="x")], [storm], least=3)
    assert ["b", "c", "d"] in shape(entries)
    assert entries[-1].key.kind is GroupKind.STORM
    assert all(not isinstance(e, Group) or e.key.kind is GroupKind.ROUTED for e in arranged(
        ALERTS[:3], grouping, [group("ab", team="x")], [storm], least=3
    ))  # fmt: skip


def test_a_heading_counts_what_nobody_has_and_knows_the_worst():
    alerts = [status("a", Phase.SILENCED), status("b", Phase.FIRING, severity="info"), status("c", severity="page")]
    (made,) = arranged([*alerts, status("d", Phase.ACKNOWLEDGED)], "none such")
    assert made.unacknowledged == 2
    assert made.worst is alerts[2]
    assert made.phases == {Phase.FIRING: 2, Phase.ACKNOWLEDGED: 1, Phase.SILENCED: 1}


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.LOUDEST, "bac"),
        (Order.NEWEST, "cba"),
        (Order.OLDEST, "abc"),
        (Order.NAME, "abc"),
        (Order.SERVICE, "cba"),
        (Order.SEVERITY, "acb"),
    ],
)
def test_every_order(order, expected):
    alerts = [status("b", service="s", severity="info"), status("a", severity="page"), status("c", service="a")]
    assert "".join(one.alert.fingerprint for one in ordered(alerts, order)) == expected


@given(
    st.lists(st.tuples(st.sampled_from(["", "x", "y"]), st.booleans()), max_size=30),
    st.sampled_from([ROUTED, UNGROUPED, "team"]),
)
def test_every_alert_stands_exactly_once(drawn, grouping):
    alerts = [status(f"{place}", **({"team": team} if team else {})) for place, (team, _) in enumerate(drawn)]
    groups = [group([one.alert.fingerprint for one in alerts if one.alert.labels.get("team") == "x"], team="x")]
    storm = Storm(("a", "b"), frozenset(one.alert.key for one, (_, hit) in zip(alerts, drawn, strict=True) if hit))
    entries = shape(arranged(alerts, grouping, groups, [storm], 2))
    flat = [name for entry in entries for name in (entry if isinstance(entry, list) else [entry])]
    assert sorted(flat) == sorted(one.alert.fingerprint for one in alerts)
