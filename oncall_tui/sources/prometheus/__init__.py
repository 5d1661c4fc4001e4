"""Prometheus: readings planned into the fewest queries. The HTTP libraries come with the first read."""

from oncall_tui.sources.prometheus.source import PrometheusSource

__all__ = ["PrometheusSource"]
