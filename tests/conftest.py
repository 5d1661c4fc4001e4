"""Hypothesis draws the same examples every time, so that a failure in CI is a failure at home."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.load_profile("ci")
