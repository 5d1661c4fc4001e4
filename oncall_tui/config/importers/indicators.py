"""OpenSLO's indicators as SLIs of ours.

- A ratioMetric counts events over the window (see `queries.counted` for queries that leave the window out). With
  Timeslices a slice is good while the ratio over it is at least timeSliceTarget, and the query is asked as it stands.
- raw is a ratio as it stands, of successes or of failures.
- A thresholdMetric is judged by its value in each slice: the timeSliceWindow, or a minute for Occurrences.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass

from oncall_tui.config.importers.drafts import Draft
from oncall_tui.config.importers.parts import Finding, Part
from oncall_tui.config.importers.queries import closed, counted, is_bare, windowed
from oncall_tui.config.mistakes import show_text
from oncall_tui.config.promql import WINDOW
from oncall_tui.core.duration import format_duration, parse_duration

SLICE = 60
"""Seconds of a slice where the file speaks of none."""

_SPEAKS_PROMQL = ("prometheus", "thanos", "mimir", "cortex", "victoria")
_SIDES = {"lte": "at_most", "lt": "at_most", "gte": "at_least", "gt": "at_least"}


@dataclass(frozen=True, slots=True)
class Terms:
    """What an indicator is held against. slices: whether time is judged in slices rather than events counted."""

    objective: Part
    slices: bool
    others: Mapping[tuple[str, str], Part]


def put_sli(draft: Draft, spec: Part, terms: Terms) -> Generator[Finding, None, int]:
    """Set the SLI of an SLO's spec. Returns the seconds of a slice, 0 for an SLI that counts events. Raises LeftOut."""
    if terms.objective.has("ratioMetrics"):
        return (yield from _put_ratio(draft, terms.objective.at("ratioMetrics"), terms))
    indicator = _indicator(spec, terms)
    written = [name for name in ("ratioMetric", "thresholdMetric") if indicator.has(name)]
    if len(written) != 1:
        raise indicator.left_out(
            f"expected one of ratioMetric and thresholdMetric, got {' and '.join(written) or 'none'}"
        )
    if written == ["thresholdMetric"]:
        return (yield from _put_threshold(draft, indicator.at("thresholdMetric"), terms))
    ratio = indicator.at("ratioMetric")
    if ratio.has("raw"):
        return _put_raw(draft, ratio, terms)
    return (yield from _put_ratio(draft, ratio, terms))


def _indicator(spec: Part, terms: Terms) -> Part:
    """The spec of the indicator, wherever it stands."""
    inline, reference = spec.at("indicator"), spec.at("indicatorRef")
    if inline.data is not None:
        return inline.at("spec") if inline.has("spec") else inline
    found = terms.others.get(("SLI", reference.text()))
    if found is None:
        where = "in this entry of slo_files"
        raise reference.left_out(
            f"there is no SLI {show_text(reference.text())} {where}" if reference else "no indicator"
        )
    return found.at("spec")


def _query(metric: Part, terms: Terms) -> Part:
    """The query of a metric. Raises LeftOut for one that is not asked of a Prometheus."""
    source = metric.at("metricSource") if metric.has("metricSource") else metric
    kind = source.at("type", "source")
    if kind.data is None and source.has("metricSourceRef"):
        known = terms.others.get(("DataSource", source.at("metricSourceRef").text()))
        kind = known.at("spec").at("type") if known is not None else kind
    if kind.data is not None and not any(name in kind.text().lower() for name in _SPEAKS_PROMQL):
        raise kind.left_out(f"expected a source that speaks PromQL, got {kind.shown}")
    return source.at("spec").at("query", "promql") if source.has("spec") else source.at("query", "promql")


def _slice(terms: Terms) -> int:
    """Seconds of a slice; a bare number in the file means minutes."""
    window = terms.objective.at("timeSliceWindow")
    if not terms.slices or window.data is None:
        return SLICE
    text = window.text().strip()
    try:
        return parse_duration(f"{text}m" if text.isdecimal() else text)
    except ValueError:
        raise window.left_out(f"expected a duration such as 1m, got {window.shown}") from None


def _put_threshold(draft: Draft, threshold: Part, terms: Terms) -> Generator[Finding, None, int]:
    query = _query(threshold, terms)
    op, value = terms.objective.at("op"), terms.objective.at("value")
    if op.text() not in _SIDES:
        raise op.left_out(f"expected one of {', '.join(_SIDES)}, got {op.shown}")
    if op.text() in ("lt", "gt"):
        yield op.note(f"{op.text()} is taken as {op.text()}e: a value of just the bound is good")
    if terms.objective.has("timeSliceTarget"):
        yield terms.objective.at("timeSliceTarget").note("not honoured: a slice is judged by its value at one moment")
    seconds = _slice(terms)
    side = _SIDES[op.text()]
    draft.put(f"{side}.query", windowed(query).replace(WINDOW, format_duration(seconds)), query)
    draft.put(f"{side}.bound", value.required(), value)
    draft.put(f"{side}.slice", seconds, terms.objective.at("timeSliceWindow"))
    return seconds


def _put_raw(draft: Draft, ratio: Part, terms: Terms) -> int:
    raw, kind = _query(ratio.at("raw"), terms), ratio.at("rawType")
    if kind.text() not in ("success", "failure"):
        raise kind.left_out(f"expected one of success, failure, got {kind.shown}")
    query, good = windowed(raw), kind.text() == "success"
    if terms.slices:
        return _put_slices(draft, query if good else f"1 - ({closed(query)})", raw, terms)
    if WINDOW not in query:
        query = f"avg_over_time(({closed(query)})[{WINDOW}:{format_duration(SLICE)}])"
    draft.put("error_ratio", f"1 - ({closed(query)})" if good else query, raw)
    return 0


def _put_ratio(draft: Draft, ratio: Part, terms: Terms) -> Generator[Finding, None, int]:
    if ratio.has("good") is ratio.has("bad"):
        raise ratio.left_out("expected exactly one of good and bad, and total")
    part = ratio.at("good", "bad")
    pair = [_query(part, terms), _query(ratio.at("total"), terms)]
    counter = ratio.at("counter", "incremental")
    is_counter = None if counter.data is None else counter.flag()
    if terms.slices:
        some, every = (_in_a_slice(query, is_counter) for query in pair)
        share = f"({closed(some)}) / ({closed(every)})"
        return _put_slices(draft, share if ratio.has("good") else f"1 - {share}", pair[0], terms)
    for query, key in zip(pair, ("good" if ratio.has("good") else "error", "total"), strict=True):
        found = counted(query, is_counter)
        if found.remark:
            yield query.note(found.remark)
        draft.put(f"events.{key}", found.query, query)
    return 0


def _in_a_slice(query: Part, counter: bool | None) -> str:
    """The query for one slice: as it stands, but for what has to be wrapped."""
    return counted(query, counter).query if is_bare(query) else windowed(query)


def _put_slices(draft: Draft, share: str, part: Part, terms: Terms) -> int:
    seconds, target = _slice(terms), terms.objective.at("timeSliceTarget")
    draft.put("at_least.query", share.replace(WINDOW, format_duration(seconds)), part)
    draft.put("at_least.bound", target.required(), target)
    draft.put("at_least.slice", seconds, terms.objective.at("timeSliceWindow"))
    return seconds
