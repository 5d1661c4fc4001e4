"""Prometheus: the client, and the planner that asks the most with the fewest queries."""
