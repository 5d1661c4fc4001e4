"""What monitors of models and data export, and what to make of it. Data only.

Sources of the names:
Evidently: its example of a monitoring service for Prometheus and Grafana (Evidently 0.1 and 0.2), whose gauges are
called evidently:<monitor>:<metric>, with the data set in dataset_name and the column in feature. Later releases export
nothing themselves; whoever writes gauges of their results keeps these names.
Alibi Detect: Seldon's alibi-detect server (seldon-core v1, components/alibi-detect-server), whose gauges are
seldon_metric_drift_is_drift, _distance, _p_val and _threshold with the feature's position in index; and MLServer's
alibi-detect runtime, which observes 0 or 1 in the histogram seldon_model_drift at each check.
whylogs and NannyML export nothing to Prometheus. Theirs is a convention: whylogs' own metric paths (counts/null,
distribution/mean) and NannyML's result columns, behind the name of the tool, with the column in column.
"""

from __future__ import annotations

from dataclasses import replace

from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.recipes.recipe import Recipe, SignalRecipe, worst
from oncall_tui.core.slo import Side

MOVED = 0.1
"""Above this a distribution has moved: NannyML's default for Jensen-Shannon, and the usual one for PSI."""


def _p_values(metric: str, by: str) -> SignalRecipe:
    """Without a threshold: of many features some are below any by chance."""
    query = f"min by ({by}) ({metric}{{$own}})"
    return SignalRecipe("drift-p-value", SignalKind.DRIFT, "", query, (metric,), by=by, good=Side.AT_LEAST)


def _seen(name: str, metric: str, by: str) -> SignalRecipe:
    return replace(worst(name, SignalKind.DRIFT, metric, by), warn=0.5)


EVIDENTLY = Recipe(
    "Evidently",
    ("dataset_name", "dataset", "service", "model_name", "model"),
    (
        _p_values("evidently:data_drift:p_value", "feature"),
        SignalRecipe(
            "drift-share",
            SignalKind.DRIFT,
            "ratio",
            "max(evidently:data_drift:share_drifted_features{$own})",
            ("evidently:data_drift:share_drifted_features",),
            warn=0.5,
        ),
    ),
)
ALIBI_DETECT = Recipe(
    "Alibi Detect",
    ("model_name", "service", "model"),
    (
        _seen("drift-seen", "seldon_metric_drift_is_drift", "index"),
        _p_values("seldon_metric_drift_p_val", "index"),
        SignalRecipe(
            "drift-share",
            SignalKind.DRIFT,
            "ratio",
            "sum(increase(seldon_model_drift_sum{$own}[1h])) / sum(increase(seldon_model_drift_count{$own}[1h]))",
            ("seldon_model_drift_bucket",),
            warn=0.5,
        ),
    ),
)
WHYLOGS = Recipe(
    "whylogs",
    ("model", "model_name", "service", "dataset"),
    (
        SignalRecipe(
            "null-values",
            SignalKind.QUALITY,
            "ratio",
            "max by (column) (whylogs_counts_null{$own}) / max by (column) (whylogs_counts_n{$own})",
            ("whylogs_counts_null", "whylogs_counts_n"),
            by="column",
        ),
        replace(worst("failed-constraints", SignalKind.QUALITY, "whylogs_constraint_failed", "constraint"), warn=0.5),
        worst("prediction", SignalKind.PREDICTION, "whylogs_distribution_mean", "column", 'column=~".*prediction.*"'),
        replace(worst("drift", SignalKind.DRIFT, "whylogs_drift_score", "column"), warn=MOVED),
    ),
)
NANNYML = Recipe(
    "NannyML",
    ("model", "model_name", "service"),
    (
        SignalRecipe(
            "accuracy-realized",
            SignalKind.ACCURACY,
            "ratio",
            "min by (metric) (nannyml_realized_performance{$own})",
            ("nannyml_realized_performance",),
            by="metric",
        ),
        SignalRecipe(
            "accuracy-estimated",
            SignalKind.ACCURACY,
            "ratio",
            "min by (metric) (nannyml_estimated_performance{$own})",
            ("nannyml_estimated_performance",),
            by="metric",
        ),
        replace(worst("drift", SignalKind.DRIFT, "nannyml_univariate_drift", "column"), warn=MOVED),
        replace(worst("missing-values", SignalKind.QUALITY, "nannyml_missing_values_rate", "column"), unit="ratio"),
        replace(worst("performance-alert", SignalKind.QUALITY, "nannyml_alert", "metric"), warn=0.5),
    ),
)
