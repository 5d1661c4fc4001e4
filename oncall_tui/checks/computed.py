"""Whether a drift that is computed from histograms can be: what each feature's comparison says of it."""

from __future__ import annotations

from collections.abc import Mapping

from oncall_tui.core.catalogue import Signal
from oncall_tui.core.comparison import Comparison
from oncall_tui.reports.check import Finding, Result

MOST_NAMED = 3
"""Features named with what is wrong; the rest are counted."""


def computed_finding(signal: Signal, subject: str, comparisons: Mapping[str, Comparison], place: str) -> Finding:
    """FAILED where no feature can be compared, WARNING where some cannot, those that matter little aside."""
    binned = signal.binned
    assert binned is not None
    troubled = {name: one.trouble for name, one in comparisons.items() if one.distances is None}
    known = len(comparisons) - len(troubled)
    against = f"against {binned.words}"
    if not troubled:
        what = f"{known} features compared {against}" if signal.by else f"compared {against}"
        return Finding("signal", subject, Result.OK, what, place)
    named = [f"{name}: {why}" if name else why for name, why in list(troubled.items())[:MOST_NAMED]]
    if len(troubled) > MOST_NAMED:
        named.append(f"and {len(troubled) - MOST_NAMED} more")
    what = f"{known} of {len(comparisons)} compared {against}; {'; '.join(named)}"
    if known and all(map(binned.is_minor, troubled)):
        return Finding("signal", subject, Result.OK, what, place)
    few = all(one.few for one in comparisons.values() if one.distances is None)
    do = "widen `window`, or lower `minimum`" if few else "has the reference the same metric, labels and `le` as now?"
    return Finding("signal", subject, Result.WARNING if known or few else Result.FAILED, what, place, do)
