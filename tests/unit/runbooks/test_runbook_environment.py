"""Labels become variables: every label under a name of its own, nothing else touched."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert
from oncall_tui.runbooks import alert_environment
from oncall_tui.runbooks.environment import VALUE_LIMIT


def an_alert(labels: dict[str, str], annotations: dict[str, str] | None = None, starts_at: float = 0.0) -> Alert:
    return Alert("am", "f00", labels, annotations or {}, starts_at)


def test_nul_and_lone_surrogates_become_visible_stand_ins() -> None:
    environment = alert_environment(an_alert({"alertname": "a\0b\ud800"}))
    assert environment["ALERT_ALERTNAME"] == "a\ufffdb\ufffd"


def test_a_label_cannot_become_a_variable_that_steers_a_shell() -> None:
    hostile = {"LD_PRELOAD": "x", "PATH": "/tmp", "BASH_ENV": "x", "=": "x", "BASH_FUNC_ls%%": "() { :; }"}
    names = set(alert_environment(an_alert(hostile))) - {"ONCALL_SERVICE"}
    assert all(name.startswith("ALERT_") for name in names)


def test_labels_whose_names_become_the_same_each_keep_a_variable() -> None:
    environment = alert_environment(an_alert({"a-b": "1", "A_B": "2", "a_b": "3", "a_b_2": "4"}))
    assert environment["ALERT_LABEL_A_B"] == "3", "the plainest name keeps it"
    assert environment["ALERT_LABEL_A_B_2"] == "4"
    assert {environment["ALERT_LABEL_A_B_3"], environment["ALERT_LABEL_A_B_4"]} == {"1", "2"}


def test_a_value_too_long_for_the_kernel_is_cut() -> None:
    assert len(alert_environment(an_alert({"x": "y" * 200_000}))["ALERT_LABEL_X"]) == VALUE_LIMIT


def test_a_moment_nobody_knows_is_left_out() -> None:
    assert "ALERT_STARTS_AT" not in alert_environment(an_alert({}))
    assert "ALERT_STARTS_AT" not in alert_environment(an_alert({}, starts_at=1e15))


def test_the_variables_of_an_alert() -> None:
    alert = an_alert({"alertname": "FeatureStale", "table": "clicks"}, {"summary": "$(rm -rf /)"}, 1_700_000_000.7)
    assert alert_environment(alert, "feature-store", {"ONCALL_PROMETHEUS_URL": "http://p"}) == {
        "ALERT_ALERTNAME": "FeatureStale",
        "ALERT_FINGERPRINT": "f00",
        "ALERT_SOURCE": "am",
        "ALERT_STARTS_AT": "2023-11-14T22:13:20Z",
        "ALERT_LABEL_ALERTNAME": "FeatureStale",
        "ALERT_LABEL_TABLE": "clicks",
        "ALERT_ANNOTATION_SUMMARY": "$(rm -rf /)",
        "ONCALL_SERVICE": "feature-store",
        "ONCALL_PROMETHEUS_URL": "http://p",
    }


def test_without_an_alert_only_the_service_is_told() -> None:
    assert alert_environment(None, "ranker") == {"ONCALL_SERVICE": "ranker"}


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12), max_size=8))
def test_every_label_is_there_once_under_a_name_a_shell_can_use(labels: dict[str, str]) -> None:
    environment = alert_environment(an_alert(labels))
    ours = {name: value for name, value in environment.items() if name.startswith("ALERT_LABEL_")}
    assert len(ours) == len(labels)
    assert all(re.fullmatch(r"[A-Z0-9_]+", name) for name in environment)
    assert sorted(ours.values()) == sorted(re.sub("[\0\ud800-\udfff]", "\ufffd", value) for value in labels.values())
