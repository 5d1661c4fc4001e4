"""The words of PromQL and of MetricsQL, beyond what the parser knows.

promql_parser knows the functions of one version of Prometheus. Servers are older (they still have holt_winters) and
newer, and VictoriaMetrics has many of its own: none of these is a mistake in a query.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


OPERATORS = frozenset({"and", "or", "unless", "atan2", "default", "if", "ifnot"})
"""Binary operators that are words; the last three are MetricsQL's."""

MODIFIERS = frozenset({"bool", "group_left", "group_right", "ignoring", "on"})
"""What stands between a binary operator and its right side; no metric has such a name."""

RANGE_WORDS = frozenset({"anchored", "smoothed"})
"""What may follow a range, in newer PromQL."""

AGGREGATIONS = _words(
    """
    avg bottomk count count_values group limit_ratio limitk max min quantile stddev stdvar sum topk any
    bottomk_avg bottomk_last bottomk_max bottomk_median bottomk_min distinct geomean histogram mad median mode
    outliers_iqr outliers_mad outliersk quantiles share sum2 topk_avg topk_last topk_max topk_median topk_min
    zscore
    """
)

NEWER_OR_OLDER = _words(
    """
    double_exponential_smoothing first_over_time histogram_avg histogram_count histogram_fraction
    histogram_quantiles histogram_stddev histogram_stdvar histogram_sum holt_winters info mad_over_time
    sort_by_label sort_by_label_desc ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time
    ts_of_min_over_time step range start end
    """
)
"""Functions of some version of Prometheus that not every version has."""

METRICS_QL = AGGREGATIONS | _words(
    """
    aggr_over_time alias ascent_over_time bitmap_and bitmap_or bitmap_xor buckets_limit changes_prometheus
    count_eq_over_time count_gt_over_time count_le_over_time count_ne_over_time count_values_over_time
    decreases_over_time default_rollup delta_prometheus deriv_fast descent_over_time distinct_over_time
    drop_common_labels drop_empty_series duration_over_time end geomean_over_time histogram_over_time
    hoeffding_bound_lower hoeffding_bound_upper histogram_share ideriv increase_prometheus increase_pure
    increases_over_time integrate interpolate iqr_over_time keep_last_value keep_next_value label_copy label_del
    label_graphite_group label_keep label_lowercase label_map label_match label_mismatch label_move label_set
    label_transform label_uppercase label_value labels_equal lag lifetime limit_offset max_over_time
    median_over_time mode_over_time now outlier_iqr_over_time prometheus_buckets quantiles_over_time rand
    rand_exponential rand_normal range_avg range_first range_last range_linear_regression range_mad range_max
    range_median range_min range_normalize range_quantile range_stddev range_stdvar range_sum
    range_trim_outliers range_trim_spikes range_trim_zscore range_zscore rate_over_sum rate_prometheus
    remove_resets rollup rollup_candlestick rollup_delta rollup_deriv rollup_increase rollup_rate
    rollup_scrape_interval ru running_avg running_max running_min running_sum scrape_interval share_eq_over_time
    share_gt_over_time share_le_over_time smooth_exponential sort_by_label_numeric sort_by_label_numeric_desc
    stale_samples_over_time start step sum2_over_time sum_eq_over_time sum_gt_over_time sum_le_over_time
    tfirst_over_time timestamp_with_name timezone_offset tlast_change_over_time tlast_over_time tmax_over_time
    tmin_over_time ttf range_over_time union zscore_over_time
    """
)
"""Functions of VictoriaMetrics."""

COMMON = _words(
    """
    abs absent absent_over_time avg_over_time ceil changes clamp clamp_max clamp_min count_over_time
    day_of_month day_of_week day_of_year days_in_month delta deriv exp floor histogram_quantile hour idelta
    increase irate label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time minute
    month predict_linear present_over_time quantile_over_time rate resets round scalar sgn sort sort_desc sqrt
    stddev_over_time stdvar_over_time sum_over_time time timestamp vector year
    """
)
"""What every version has: for suggestions."""
