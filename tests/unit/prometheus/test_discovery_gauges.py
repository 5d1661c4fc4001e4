"""Freshness, drift and accuracy gauges found by the names that people give them."""

from __future__ import annotations

import promql_parser
import pytest
from discovery_answers import found, row

from oncall_tui.core.catalogue import ServiceKind, SignalKind
from oncall_tui.sources.prometheus.discovery.gauges import CONVENTIONS


def test_feasts_freshness_is_told_by_feature_view() -> None:
    rows = [row("feast_feature_freshness_seconds", job="feast", feature_view=v, project="p") for v in ("a", "b")]
    (one,) = found(rows).services
    (signal,) = one.signals
    assert (one.name, one.kind, one.identity) == ("feast", ServiceKind.FEATURE_STORE, (("job", "feast"),))
    assert signal.query == 'max by (feature_view) (feast_feature_freshness_seconds{job="feast"})'
    assert (signal.kind, signal.by, signal.warn) == (SignalKind.FRESHNESS, "feature_view", None)


def test_psi_has_the_thresholds_that_psi_has() -> None:
    (one,) = found([row("feature_drift_psi", service="ranker", feature="price")]).services
    (signal,) = one.signals
    assert (signal.kind, signal.by, signal.warn, signal.crit) == (SignalKind.DRIFT, "feature", 0.1, 0.25)


@pytest.mark.parametrize(
    ("metric", "kind", "warn"),
    [
        ("orders_freshness_seconds", SignalKind.FRESHNESS, None),
        ("pipeline_freshness_seconds", SignalKind.FRESHNESS, None),
        ("drift_watchdog_psi", SignalKind.DRIFT, 0.1),
        ("drift_watchdog_feature_drift", SignalKind.DRIFT, 0.5),
        ("drift_watchdog_ks_statistic", SignalKind.DRIFT, None),
        ("ml_feature_drift_score", SignalKind.DRIFT, None),
        ("evidently:column_drift", SignalKind.OTHER, None),
        ("model_accuracy_ratio", SignalKind.ACCURACY, None),
    ],
)
def test_a_gauge_is_known_by_its_name(metric: str, kind: SignalKind, warn: float | None) -> None:
    (one,) = found([row(metric, model="fraud")]).services
    (signal,) = one.signals
    promql_parser.parse(signal.query)
    assert (signal.kind, signal.warn) == (kind, warn)


def test_of_accuracy_the_worst_is_the_lowest() -> None:
    (one,) = found([row("model_accuracy_ratio", service="ranker")]).services
    assert one.signals[0].query == 'min(model_accuracy_ratio{service="ranker"})'


def test_several_gauges_of_one_kind_have_names_of_their_own() -> None:
    rows = [row(name, service="x") for name in ("a_freshness_seconds", "b_freshness_seconds")]
    (one,) = found(rows).services
    assert [signal.name for signal in one.signals] == ["freshness", "freshness-2"]


def test_a_name_that_no_query_can_hold_is_passed_over() -> None:
    assert found([row("my gauge_freshness_seconds", service="x")]).services == ()


def test_every_convention_says_what_is_left_to_choose() -> None:
    assert all(one.remark for one in CONVENTIONS)
