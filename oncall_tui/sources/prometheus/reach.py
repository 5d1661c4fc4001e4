"""How far back the series of an SLO reach within its period, as PromQL: a look at its start, and a search of all of it.

Most SLOs are older than their period. To see so takes one chunk of each series, where a search reads every sample.
"""

from __future__ import annotations

from oncall_tui.core.duration import format_duration
from oncall_tui.core.slo import Sli
from oncall_tui.sources.prometheus.promql import selector_of

STEPS = 240
"""How finely a period is searched for its oldest sample: 30 days by the 3 hours."""

_FINER = 36
"""Into how many the last of those steps is cut for what began in it: 3 hours by the 5 minutes."""

_GLANCES = 12
"""How often a period's first step is looked at, lest a gap there be taken for the time before the first sample."""


def start(sli: Sli, period: int) -> str | None:
    """The expression for when the oldest sample in the first step of the period was taken (unix seconds).

    No result: there is none in that step, and the period must be searched. None where the SLI cannot be read.
    """
    selector = selector_of(sli)
    if selector is None:
        return None
    step = search_step(period)
    over = f"[{format_duration(step)}:{format_duration(max(60, step // _GLANCES))}]"
    return f"min(min_over_time(timestamp({selector}){over} offset {format_duration(period - step)}))"


def search(sli: Sli, period: int, over: int | None = None) -> str | None:
    """The expression for when the oldest sample within the period was taken (unix seconds).

    Told within a STEPS-th of the period, and never too early. It looks at what the SLI divides by; None where that
    cannot be read. over: a piece of the period, in seconds, where it is looked at by pieces.
    """
    selector = selector_of(sli)
    if selector is None:
        return None
    step = search_step(period)
    # What began after the last whole step is seen only by a finer look at it, and what began since then by one at now.
    looks = [_oldest(selector, over or period, step), _oldest(selector, step, max(60, step // _FINER))]
    return f"min({' or '.join([*looks, f'timestamp({selector})'])})"


def _oldest(selector: str, span: int, step: int) -> str:
    # Not timestamp() of the selector itself: for each step Prometheus would read the series from its beginning.
    seen = f"timestamp(present_over_time({selector}[{format_duration(step)}]))"
    return f"min_over_time({seen}[{format_duration(span)}:{format_duration(step)}])"


def search_step(period: int) -> int:
    """How finely a period is searched, in seconds."""
    return max(60, period // STEPS)
