"""Triton Inference Server: the Open Inference Protocol, with 400 for "no" and for a model that it does not have.

/v2/repository/index would list what is loaded, but may read a whole bucket to answer, so it is not asked.
"""

from __future__ import annotations

from oncall_tui.sources.endpoints import kserve_v2

STEPS = kserve_v2.STEPS
