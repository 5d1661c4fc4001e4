"""Recording rules under Sloth's names: the error ratio over every window, and what Sloth tells beside it."""

from __future__ import annotations

from collections.abc import Mapping

from oncall_tui import __version__
from oncall_tui.core.burn import DAY, HOUR, error_budget
from oncall_tui.core.duration import format_duration
from oncall_tui.core.ports import SliQueries
from oncall_tui.core.slo import Slo
from oncall_tui.rules.document import Group, Rule
from oncall_tui.rules.names import counted_name, identity, number, recorded_name, selector, sloth_id
from oncall_tui.rules.queries import valued

LONG_WINDOW = 6 * HOUR
"""Windows beyond this move slowly, so that their recordings may be evaluated more rarely."""

LONG_INTERVAL = 60
"""Seconds between evaluations of windows over LONG_WINDOW."""

# The period is asked of the raw samples, as every window is, and not put together from recordings of short windows.
# The mean of five-minute ratios, which Sloth records unless told otherwise, gives an hour of ten requests the weight
# of an hour of a million. Sums of five-minute counts would weigh right, but know nothing from before the rules were
# loaded, count one minute twice and another never after each late evaluation, and lose for the whole period what an
# outage of the rules lost. One rate() over the period has none of that: every series weighs what it counted. The
# price is a read of the period's samples, and so it is paid half as often as for other long windows; still twice
# within Prometheus' lookback of five minutes, lest one missed evaluation leave a gap.


def recorded_ratio(slo: Slo, window: int) -> str:
    """The recorded error ratio over a window as a query without the window's own label, so that two windows match."""
    return f"max({recorded_name(window)}{selector(identity(slo))}) without (sloth_window)"


def recorded_events(slo: Slo, window: int) -> str:
    """The recorded number of events in a window."""
    return f"max({counted_name(window)}{selector(identity(slo))}) without (sloth_window)"


def recording_groups(slo: Slo, queries: SliQueries, long_interval: int = LONG_INTERVAL) -> list[Group]:
    """The recordings of one SLO: short windows, long windows and the period at their own pace, and metadata.

    Raises NotARule for an SLO that cannot be written as rules.
    """
    name = sloth_id(slo)
    paces: dict[str, tuple[int, list[Rule]]] = {
        "": (0, [_ratio(slo, window, queries) for window in slo.windows if window <= LONG_WINDOW]),
        "long-": (long_interval, [_ratio(slo, w, queries) for w in slo.windows[:-1] if w > LONG_WINDOW]),
        "period-": (2 * long_interval, [_ratio(slo, slo.period, queries)] if slo.period > LONG_WINDOW else []),
    }
    for window in dict.fromkeys(tier.long for tier in slo.policy) if slo.min_events else ():
        paces["" if window <= LONG_WINDOW else "long-"][1].extend(_events(slo, window, queries))
    groups: list[Group] = []
    for which, (interval, rules) in paces.items():
        pace: Group = {"interval": format_duration(interval)} if interval else {}
        if rules:
            groups.append({"name": f"slo-sli-recordings-{which}{name}", **pace, "rules": rules})
    return [*groups, {"name": f"slo-meta-recordings-{name}", "rules": metadata(slo)}]


def _ratio(slo: Slo, window: int, queries: SliQueries) -> Rule:
    return _recording(recorded_name(window), valued(queries.ratio(slo, window)), slo, window)


def _events(slo: Slo, window: int, queries: SliQueries) -> list[Rule]:
    events = queries.events(slo, window)
    return [] if events is None else [_recording(counted_name(window), valued(events), slo, window)]


def _recording(name: str, expr: str, slo: Slo, window: int) -> Rule:
    return {"record": name, "expr": expr, "labels": _labels(slo) | {"sloth_window": format_duration(window)}}


def _labels(slo: Slo) -> dict[str, str]:
    """Labels of every recorded series. One that tells groups apart is the group's own, whatever the SLO says."""
    own: Mapping[str, str] = {name: value for name, value in slo.labels.items() if name not in slo.by}
    return {**own, **identity(slo)}


def metadata(slo: Slo) -> list[Rule]:
    """What Sloth records beside the ratios: objective, budget, period, burn rates and an info series.

    The burn rates take their labels, sloth_window among them, from the ratio they are made of, as Sloth's do.
    """
    labels = _labels(slo)
    budget = number(error_budget(slo.objective))
    now, period = (recorded_name(window) + selector(identity(slo)) for window in (slo.windows[0], slo.period))
    info = {"sloth_version": f"oncall-tui-{__version__}", "sloth_mode": "oncall-tui", "sloth_spec": "prometheus/v1"}
    rules = {
        "slo:objective:ratio": f"vector({number(slo.objective)})",
        "slo:error_budget:ratio": f"vector({budget})",
        "slo:time_period:days": f"vector({number(slo.period / DAY)})",
        "slo:current_burn_rate:ratio": f"{now} / {budget}",
        "slo:period_burn_rate:ratio": f"{period} / {budget}",
        "slo:period_error_budget_remaining:ratio": f"1 - {period} / {budget}",
    }
    described = labels | info | {"sloth_objective": number(slo.objective * 100)}
    return [
        *({"record": name, "expr": expr, "labels": labels} for name, expr in rules.items()),
        {"record": "sloth_slo_info", "expr": "vector(1)", "labels": described},
    ]
