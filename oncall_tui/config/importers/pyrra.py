"""Pyrra's ServiceLevelObjectives.

Taken without a word: how Pyrra names its alerts and rules (name, absentName, ruleOutput), and whether it alerts on
metrics that are gone (absent): that is UNKNOWN here. Its alert windows are worked out as Pyrra does it, from the SLO's
own window.

The service that an SLO belongs to is the first of these that is there and fit to be a name: the label
pyrra.dev/service, what the total's selector says of its label `service`, the namespace, the SLO's own name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from oncall_tui.config.importers.drafts import Draft
from oncall_tui.config.importers.parts import Finding, Part, called, guarded, is_name
from oncall_tui.config.importers.queries import Selector, selector
from oncall_tui.core.burn import Severity, Tier
from oncall_tui.core.matchers import Matcher

API = "pyrra.dev/v1alpha1"
KIND = "ServiceLevelObjective"
INDICATORS = ("ratio", "latency", "latencyNative", "bool_gauge")

_LABELS = "pyrra.dev/"
_BURNS = (
    ("fastBurn", 14, 8_064, 672),
    ("mediumBurn", 7, 1_344, 112),
    ("slowBurn", 2, 336, 28),
    ("longTermBurn", 1, 112, 7),
)
"""Name, factor, and what the SLO's window is divided by for the short and the long window."""

_SEVERITIES = {"critical": Severity.PAGE, "page": Severity.PAGE, "warning": Severity.TICKET, "ticket": Severity.TICKET}
_USUAL = {"fastBurn": "critical", "mediumBurn": "critical", "slowBurn": "warning", "longTermBurn": "warning"}
_SECONDS_NOT = ("_milliseconds", "_ms", "_msec", "_microseconds", "_us", "_nanoseconds", "_ns", "_bytes")
_LATENCY = re.compile(r"(?=.)(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?(?:(\d{1,6})ms)?", re.ASCII)


def read(part: Part, service: str | None) -> Iterator[Finding]:
    """The SLO of a document, and what is to be told of it. service: what it belongs to instead of its own."""
    name = part.at("metadata").at("name")
    yield from guarded(_slo(part, name, service), called(name))


def _slo(part: Part, name: Part, service: str | None) -> Iterator[Finding]:
    spec, metadata = part.at("spec"), part.at("metadata")
    yield from _not_honoured(spec)
    draft = Draft(part)
    draft.put("name", name.required(), name)
    draft.put("description", spec.at("description").text(), spec.at("description"))
    target = spec.at("target")
    draft.put("objective", f"{target.required()}%", target)
    draft.put("labels", _labels(metadata.at("labels")), metadata.at("labels"))
    draft.put("recorded", False, part)
    period = spec.at("window").seconds("2w or 28d")
    draft.put("period", period, spec.at("window"))
    burns = tiers(period, _severities(spec.at("alerting").at("severities")))
    if any(tier.short >= tier.long for tier in burns):
        raise spec.at("window").left_out("too short for Pyrra's burn windows, which are parts of it")
    draft.put_tiers(burns, spec.at("window"))
    total = _put_sli(draft, spec.at("indicator"))
    slo = draft.slo(service or _service(metadata, total, name), "Pyrra")
    if slo.objective < 0.01:
        yield target.note(f"a percentage: {target.text()} is taken as {target.text()} %")
    alerting = spec.at("alerting")
    if alerting.at("disabled").flag() or not alerting.at("burnrates").flag(True):
        slo = replace(slo, tiers=())
    yield slo


def _not_honoured(spec: Part) -> Iterator[Finding]:
    known = ("target", "window", "description", "indicator", "alerting", "performanceOverAccuracy")
    yield from spec.not_among(*known, "partial_response_strategy", "ruleOutput")
    alerting = spec.at("alerting")
    yield from alerting.not_among("disabled", "burnrates", "absent", "name", "absentName", "severities", "burnRateType")
    if alerting.at("burnRateType").text("static") != "static":
        yield alerting.at("burnRateType").note(
            "burn rates that follow the traffic are not honoured: the usual ones apply"
        )
    fast = spec.at("performanceOverAccuracy")
    if fast.flag():
        yield fast.note("not honoured: the period is asked exactly, so figures may differ from Pyrra's")
    strategy = spec.at("partial_response_strategy")
    if strategy.text("abort") not in ("abort", ""):
        yield strategy.note("not honoured: what the source says of partial answers is shown with the figures")


def _labels(part: Part) -> dict[str, str]:
    """What Pyrra hands on to its rules: labels of its own prefix, without it."""
    return {key.removeprefix(_LABELS): text for key, text in part.texts().items() if key.startswith(_LABELS)}


def _service(metadata: Part, total: Selector, name: Part) -> str:
    labels = metadata.at("labels").texts()
    offered = (labels.get(f"{_LABELS}service"), total.equals("service"), metadata.at("namespace").text())
    return next((text for text in offered if text and is_name(text)), name.text())


def _severities(part: Part) -> dict[str, Severity]:
    """The severity of each burn rate. Raises LeftOut for one that is neither a page nor a ticket."""
    found = {}
    for name, usual in _USUAL.items():
        written = part.at(name)
        word = (written.text() or usual).lower()
        if word not in _SEVERITIES:
            raise written.left_out(f"expected one of {', '.join(_SEVERITIES)}, got {written.shown}")
        found[name] = _SEVERITIES[word]
    return found


def tiers(period: int, severities: dict[str, Severity]) -> tuple[Tier, ...]:
    """Pyrra's alert tiers for an SLO window (seconds). Its windows are whole minutes, and here at least one."""
    made = []
    for name, factor, short, long in _BURNS:
        span = _minutes(period, long)
        made.append(Tier(severities[name], span, _minutes(period, short), factor * span / period))
    return tuple(made)


def _minutes(period: int, part: int) -> int:
    """period / part in seconds, to the whole minute as Go rounds it: halves go up."""
    return max(60, (2 * period + 60 * part) // (120 * part) * 60)


def _put_sli(draft: Draft, indicator: Part) -> Selector:
    """Set the SLI and what it is grouped by; what counts its events. Raises LeftOut."""
    written = [kind for kind in INDICATORS if indicator.has(kind)]
    if len(written) != 1:
        raise indicator.left_out(
            f"expected exactly one of {', '.join(INDICATORS)}, got {' and '.join(written) or 'none'}"
        )
    part = indicator.at(written[0])
    by = _grouping(part.at("grouping"))
    draft.put("by", by, part.at("grouping"))
    match written[0]:
        case "ratio":
            return _put_ratio(draft, part, by)
        case "latency":
            return _put_latency(draft, part, by)
        case "latencyNative":
            return _put_native(draft, part)
    return _put_gauge(draft, part, by)


def _grouping(part: Part) -> list[str]:
    for item in part.items():
        if not re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", item.required()):
            raise item.left_out(f"expected a label's name, got {item.shown}")
    return list(dict.fromkeys(item.text() for item in part.items()))


def _sum(by: list[str], function: str, metric: Selector) -> str:
    clause = f" by ({', '.join(by)}) " if by else ""
    return f"sum{clause}({function}({metric.over_window()}))"


def _put_ratio(draft: Draft, part: Part, by: list[str]) -> Selector:
    errors, total = part.at("errors").at("metric"), part.at("total").at("metric")
    draft.put("events.error", _sum(by, "rate", selector(errors)), errors)
    draft.put("events.total", _sum(by, "rate", selector(total)), total)
    return selector(total)


def _put_latency(draft: Draft, part: Part, by: list[str]) -> Selector:
    """A histogram's own bucket over its own count is latency by its buckets; anything else is two rates."""
    success, total = part.at("success").at("metric"), part.at("total").at("metric")
    fast, every = selector(success), selector(total)
    le = _bound(fast.equals("le"))
    if le is None:
        raise success.left_out('expected a bucket, with its bound as in le="0.25"')
    histogram = every.metric.removesuffix("_count")
    bucket = Selector(f"{histogram}_bucket", every.matchers, every.shift)
    ours = replace(fast.without("le"), matchers=_sorted(fast.without("le")))
    if ours == replace(bucket, matchers=_sorted(bucket)) and not every.shift and not histogram.endswith(_SECONDS_NOT):
        draft.put("latency", {"histogram": histogram, "threshold": le, "selector": every.inside}, success)
    else:
        draft.put("events.good", _sum(by, "rate", fast), success)
        draft.put("events.total", _sum(by, "rate", every), total)
        draft.put("kind", "latency", part)
    return every


def _sorted(metric: Selector) -> tuple[Matcher, ...]:
    return tuple(sorted(metric.matchers, key=str))


def _bound(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _put_native(draft: Draft, part: Part) -> Selector:
    total, latency = part.at("total").at("metric"), part.at("latency")
    metric = selector(total)
    if metric.shift:
        raise total.left_out("an offset, which a native histogram's latency has not got here")
    match = _LATENCY.fullmatch(latency.required())
    if match is None:
        raise latency.left_out(f"expected a duration such as 200ms or 1s, got {latency.shown}")
    hours, minutes, seconds, milliseconds = (int(number or 0) for number in match.groups())
    threshold = hours * 3_600 + minutes * 60 + seconds + milliseconds / 1_000
    draft.put("latency_native", {"histogram": metric.metric, "threshold": threshold, "selector": metric.inside}, total)
    return metric


def _put_gauge(draft: Draft, part: Part, by: list[str]) -> Selector:
    """Its samples are the events: the good ones are 1, the others 0."""
    metric = selector(part.at("metric"))
    draft.put("events.good", _sum(by, "sum_over_time", metric), part.at("metric"))
    draft.put("events.total", _sum(by, "count_over_time", metric), part.at("metric"))
    return metric
