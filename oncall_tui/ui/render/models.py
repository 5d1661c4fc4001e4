"""Models: one row a service with the five layers it stands on, each with its own trust and its own age."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from enum import StrEnum

from rich.cells import cell_len

from oncall_tui.core.assess import Assessment, EndpointStatus, ServiceStatus, SignalStatus
from oncall_tui.core.catalogue import Signal, SignalKind
from oncall_tui.core.duration import humanize
from oncall_tui.core.layers import Layer, LayerStatus, layers_of
from oncall_tui.core.readings import Series, SeriesReading, SignalReading
from oncall_tui.core.slo import Side
from oncall_tui.core.state import State
from oncall_tui.core.text import clean_line
from oncall_tui.ui.lookback import Lookback
from oncall_tui.ui.render import endpoints, figures
from oncall_tui.ui.render.columns import Column, Row, Table
from oncall_tui.ui.render.drift import drift_cell, feature_lines, in_noise
from oncall_tui.ui.render.spans import (
    STATE_GLYPHS,
    STATE_ROLES,
    Line,
    Role,
    fitted,
    join,
    outside,
    plain,
    span,
    state_badge,
    width_of,
)

COLUMNS = (
    Column("state", "STATE", 9),
    Column("service", "SERVICE", 10, grow=2),
    Column(Layer.ENDPOINT, "ENDPOINT", 11),
    Column(Layer.SERVING, "SERVING", 11, grow=1),
    Column(Layer.DATA, "DATA", 10, grow=1),
    Column(Layer.DRIFT, "DRIFT", 11, grow=2),
    Column(Layer.ACCURACY, "ACCURACY", 11, grow=1),
    Column("version", "VERSION", 8, rank=1),
    Column("probe", "PROBE95", 7, rank=2, right=True),
    Column("throughput", "THRU", 9, rank=3, right=True),
    Column("errors", "ERRORS", 7, rank=3, right=True),
    Column("why", "WHY", 20, rank=5, grow=4),
)


class Sort(StrEnum):
    """What comes first: what is worst altogether or in one layer, where what it does not measure comes last."""

    WORST = "worst"
    NAME = "name"
    ENDPOINT = "endpoint"
    SERVING = "serving"
    DATA = "data"
    DRIFT = "drift"
    ACCURACY = "accuracy"


def ordered(assessment: Assessment, services: Iterable[ServiceStatus], sort: Sort) -> list[ServiceStatus]:
    """The services in that order; within one state the worst figure first, then by name."""
    if sort is Sort.WORST:
        return sorted(services, key=lambda status: (status.state, status.service.name))
    if sort is Sort.NAME:
        return sorted(services, key=lambda status: status.service.name)

    def key(status: ServiceStatus) -> tuple[float, float, str]:
        layer = layers_of(assessment.snapshot, status).get(Layer(sort.value))
        return (layer.state if layer else math.inf, _badness(layer), status.service.name)

    return sorted(services, key=key)


def _badness(layer: LayerStatus | None) -> float:
    """The smaller the worse, among figures of one layer; 0 where there is none."""
    speaker = layer.speaker if layer else None
    if not isinstance(speaker, SignalStatus) or speaker.worst is None:
        return 0.0
    return speaker.worst[1] if speaker.signal.good is Side.AT_LEAST else -speaker.worst[1]


def table(
    assessment: Assessment, services: Iterable[ServiceStatus], lookback: Lookback, empty: tuple[Line, ...]
) -> Table:
    """The services as a table; the rows' keys are their names."""
    return Table(COLUMNS, [Row(s.service.name, _cells(assessment, s, lookback)) for s in services], empty)


def _cells(assessment: Assessment, status: ServiceStatus, lookback: Lookback) -> Callable[[str, int], Line]:
    layers = layers_of(assessment.snapshot, status)

    def cell(column: str, width: int) -> Line:
        match column:
            case "state":
                return state_badge(status.state)
            case "service":
                return outside(status.service.name, Role.STRONG)
            case "version":
                probe = status.endpoints[0].probe if status.endpoints else None
                return outside(probe.version or "?") if probe else span("-", Role.MUTED)
            case "probe":
                return _latency(status)
            case "why":
                return outside(status.reason, Role.MUTED)
            case "throughput" | "errors":
                return _signal(status, SignalKind(column))
        layer = layers.get(Layer(column))
        return _layer(assessment, status, layer, lookback, width) if layer else span("-", Role.MUTED)

    return cell


def _layer(assessment: Assessment, status: ServiceStatus, layer: LayerStatus, lookback: Lookback, width: int) -> Line:
    """Glyph, figure and age of a layer: '▲ 84.2% 4s'. What nothing judges has no glyph, and is not green."""
    green = layer.judged and not in_noise(layer.speaker)
    role = STATE_ROLES[layer.state] if green or layer.state is not State.OK else Role.TEXT
    glyph = span(STATE_GLYPHS[layer.state], role) if role is not Role.TEXT else span("·", Role.MUTED)
    age = span(figures.rough_age(assessment.snapshot.at - layer.at) if layer.at is not None else "never", Role.MUTED)
    room = width - width_of(glyph) - width_of(age) - 2
    return join([glyph, fitted(_figure(assessment, status, layer, lookback, room, role), max(1, room)), age])


def _figure(
    assessment: Assessment, status: ServiceStatus, layer: LayerStatus, lookback: Lookback, room: int, role: Role
) -> Line:
    speaker = layer.speaker
    if isinstance(speaker, EndpointStatus):
        return span(endpoints.endpoint_word(speaker), role)
    if isinstance(speaker, SignalStatus):
        if speaker.signal.kind is SignalKind.DRIFT:
            return drift_cell(assessment, status, lookback, room)
        if speaker.worst is None:
            return figures.MISSING
        return span(_told(speaker, speaker.worst[1], layer.layer, room), role)
    sli = speaker.sli(min(speaker.slo.windows))
    return figures.MISSING if sli is None else span(f"{plain(figures.percent(sli, speaker.slo.objective))}%", role)


_SHORT = {SignalKind.ERRORS: "err", SignalKind.THROUGHPUT: "thru"}


def _told(speaker: SignalStatus, value: float, layer: Layer, room: int) -> str:
    """The value as fully as there is room: of serving what it is, unless a latency; its unit; the number alone."""
    signal = speaker.signal
    figure = figures.quantity(value, signal.unit)
    name = _SHORT.get(signal.kind, clean_line(signal.name))
    named = f"{name} {figure}" if layer is Layer.SERVING and signal.kind is not SignalKind.LATENCY else figure
    ways = (named, figure, figures.compact(value))
    return next((words for words in ways if cell_len(words) <= room), ways[-1])


def _latency(status: ServiceStatus) -> Line:
    probe = status.endpoints[0].probe if status.endpoints else None
    if probe is None or probe.latency is None:
        return figures.MISSING if status.endpoints else span("-", Role.MUTED)
    return span(figures.quantity(probe.p95 or probe.latency, "s"))


def _signal(status: ServiceStatus, kind: SignalKind) -> Line:
    own = [signal for signal in status.signals if signal.signal.kind is kind]
    if not own:
        return span("-", Role.MUTED)
    worst = min(own, key=lambda signal: signal.state)
    if worst.worst is None:
        return figures.MISSING
    return span(
        figures.quantity(worst.worst[1], worst.signal.unit),
        STATE_ROLES[worst.state] if worst.signal.warn is not None else Role.TEXT,
    )


def readings(services: Iterable[ServiceStatus], lookback: Lookback) -> list[SeriesReading]:
    """What the sparklines of these services need."""
    return [
        SeriesReading(SignalReading(signal.service, signal.name), lookback.span, lookback.step)
        for status in services
        for signal in status.service.signals
    ]


def detail(assessment: Assessment, status: ServiceStatus, lookback: Lookback, width: int) -> list[Line]:
    """A service's endpoints, then every signal with a sparkline for each member, worst first."""
    lines: list[Line] = [
        join([state_badge(status.state), outside(status.service.name, Role.STRONG), outside(status.reason, Role.MUTED)])
    ]
    bad = [one for one in layers_of(assessment.snapshot, status).values() if one.state is not State.OK]
    lines += [
        join([span(f"{one.layer.value:<9}", Role.HEADING), state_badge(one.state), outside(one.reason)])
        for one in sorted(bad, key=lambda one: one.state)
    ]
    lines += [line for one in status.endpoints for line in endpoints.lines(assessment.snapshot, one)]
    for signal in sorted(status.signals, key=lambda s: (s.state, s.signal.kind is not SignalKind.DRIFT)):
        lines += _members(assessment, signal, lookback, width)
    return lines


def _members(assessment: Assessment, status: SignalStatus, lookback: Lookback, width: int) -> list[Line]:
    signal = status.signal
    reading = SeriesReading(SignalReading(signal.service, signal.name), lookback.span, lookback.step)
    if status.values is None:
        return [
            join(
                [fitted(outside(signal.name, Role.HEADING), 26), figures.MISSING, outside(status.reason, Role.UNKNOWN)]
            )
        ]
    if signal.binned is not None:
        return feature_lines(assessment, status, lookback, width)
    series = assessment.snapshot.series(reading)
    reach = min(60, max(8, width - 50))
    ordered = sorted(status.values.values.items(), key=lambda item: item[1], reverse=signal.good is Side.AT_MOST)
    return [
        join(
            [
                fitted(join([outside(signal.name, Role.HEADING), outside(member)]), 26),
                fitted(span(figures.quantity(value, signal.unit), _member_role(status, value)), 8, right=True),
                fitted(_over_time(assessment, series, member, reach, status, _member_role(status, value)), reach),
                span(lookback.name, Role.MUTED),
                _estimate(assessment, series, member, signal),
            ]
        )
        for member, value in ordered
    ]


def _over_time(
    assessment: Assessment, series: Series | None, member: str, reach: int, status: SignalStatus, role: Role
) -> Line:
    points = series.lines.get(member, ()) if series else ()
    line = figures.sparkline(points, reach, role)
    delay = status.signal.label_delay
    return figures.with_estimate(line, points, assessment.snapshot.at - delay) if delay else line


def _estimate(assessment: Assessment, series: Series | None, member: str, signal: Signal) -> Line:
    """Of a figure that waits for labels: of when it is, and what those that have come so far say of now."""
    if not signal.label_delay:
        return ()
    now, points = assessment.snapshot.at, series.lines.get(member, ()) if series else ()
    of_when = f"as of {humanize(signal.label_delay)} ago, when its labels had come"
    if not points or points[-1][0] <= now - signal.label_delay:
        return span(of_when, Role.MUTED)
    return span(f"{of_when}; ~{figures.quantity(points[-1][1], signal.unit)} est. now", Role.MUTED)


def _member_role(status: SignalStatus, value: float) -> Role:
    breach = status.signal.breach(value)
    return STATE_ROLES[breach[0]] if breach else Role.ACCENT
