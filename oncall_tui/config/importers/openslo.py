"""OpenSLO's SLOs, of v1 and of the v1alpha that Sloth reads, with the objects that they refer to.

An SLO of several objectives becomes several of ours, told apart by what the objectives are called, or by number. How
its indicator becomes an SLI stands in indicators.py. Taken without a word: what an alert is sent to.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from oncall_tui.config.importers.drafts import Draft
from oncall_tui.config.importers.indicators import Terms, put_sli
from oncall_tui.config.importers.parts import Finding, Part, called, guarded
from oncall_tui.core.burn import DAY, HOUR, Tier, policy_for
from oncall_tui.core.duration import format_duration, parse_duration

V1 = "openslo/v1"
V1ALPHA = "openslo/v1alpha"
KIND = "SLO"
KINDS = (KIND, "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition", "AlertNotificationTarget")
PERIOD = 30 * DAY
"""For an SLO that names no time window."""

Others = Mapping[tuple[str, str], Part]
"""(kind, name) -> the object, of everything an entry of slo_files holds."""

_SMALLEST = Decimal("1e-9")
_CALENDAR = {"M": 30 * DAY, "Q": 90 * DAY, "Y": 365 * DAY}
_SHORTHAND = re.compile(r"(\d{1,3})([MQY])", re.ASCII)
_UNITS = {
    "minute": 60,
    "hour": HOUR,
    "day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "quarter": 90 * DAY,
    "year": 365 * DAY,
}
_METHODS = ("Occurrences", "Timeslices")
_SPEC = (
    "description",
    "service",
    "indicator",
    "indicatorRef",
    "timeWindow",
    "timeWindows",
    "budgetingMethod",
    "objectives",
)
_OBJECTIVE = (
    "displayName",
    "op",
    "value",
    "target",
    "targetPercent",
    "timeSliceTarget",
    "timeSliceWindow",
    "ratioMetrics",
)


def by_name(parts: Iterable[Part]) -> Others:
    """OpenSLO's objects among these by what they are called; the first of a name."""
    found: dict[tuple[str, str], Part] = {}
    for part in parts:
        if part.has("metadata") and _word(part.at("apiVersion")) in (V1, V1ALPHA):
            metadata = part.at("metadata")
            name = _word(metadata.at("name")) if isinstance(metadata.data, dict) else ""
            found.setdefault((_word(part.at("kind")), name), part)
    return found


def read(part: Part, others: Others, service: str | None) -> Iterator[Finding]:
    """The SLOs of a document, and what is to be told of them. service: what they belong to instead of their own."""
    name = part.at("metadata").at("name")
    yield from guarded(_slos(part, name, others, service), called(name))


def _slos(part: Part, name: Part, others: Others, service: str | None) -> Iterator[Finding]:
    spec = part.at("spec")
    yield from spec.not_among(*_SPEC, "alertPolicies")
    if spec.at("alertPolicies"):
        yield spec.at("alertPolicies").note("not honoured: the usual burn rates raise its alerts here")
    objectives = spec.at("objectives").items()
    if not objectives:
        raise spec.at("objectives").left_out("expected at least one objective")
    # Sloth numbers them even if there is one, and records them so.
    alpha = part.at("apiVersion").text() == V1ALPHA
    names = [f"{name.required()}{ending}" for ending in _endings(objectives, numbered=alpha)]
    for objective, full_name in zip(objectives, names, strict=True):
        yield from guarded(_slo(part, objective, full_name, others, service), f"SLO '{full_name}'")


def _endings(objectives: tuple[Part, ...], *, numbered: bool) -> list[str]:
    if numbered:
        return [f"-{index}" for index in range(len(objectives))]
    if len(objectives) == 1:
        return [""]
    shown = [one.at("displayName").data if isinstance(one.data, dict) else None for one in objectives]
    words = [re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.") if isinstance(text, str) else "" for text in shown]
    if "" in words or len(set(words)) < len(words):
        words = [str(index) for index in range(1, len(objectives) + 1)]
    return [f"-{word}" for word in words]


def _slo(part: Part, objective: Part, name: str, others: Others, service: str | None) -> Iterator[Finding]:
    spec, metadata = part.at("spec"), part.at("metadata")
    if objective.has("indicator", "indicatorRef", "compositeWeight"):
        raise objective.left_out("a composite SLO, made of other SLOs, cannot be worked out here")
    yield from objective.not_among(*_OBJECTIVE)
    method = spec.at("budgetingMethod")
    if method.text("Occurrences") not in _METHODS:
        raise method.left_out(f"expected one of {', '.join(_METHODS)}, got {method.shown}")
    draft = Draft(part)
    draft.put("name", name, metadata.at("name"))
    draft.put("description", _description(part, others), spec.at("description"))
    _put_objective(draft, objective)
    draft.put("labels", _labels(metadata.at("labels")), metadata.at("labels"))
    period = yield from _period(spec)
    draft.put("period", period, spec.at("timeWindow", "timeWindows"))
    terms = Terms(objective, method.text() == "Timeslices", others)
    slice_seconds = yield from put_sli(draft, spec, terms)
    fitting = _fitting(period, slice_seconds)
    if not fitting:
        raise spec.at("timeWindow", "timeWindows").left_out("no burn window fits both its period and its slices")
    if fitting != policy_for(period):
        left = ", ".join(f"{format_duration(t.short)}/{format_duration(t.long)}" for t in fitting)
        yield spec.note(f"of the usual burn windows only these fit its period and slices: {left}")
        draft.put_tiers(fitting, spec.at("timeWindow", "timeWindows"))
    own_service = spec.at("service")
    slo = draft.slo(service or own_service.name(), "OpenSLO")
    sloth_records_it = objective.has("ratioMetrics") and slo.service == own_service.text()
    yield replace(slo, recorded=sloth_records_it)


def _description(part: Part, others: Others) -> str:
    """What the SLO says of itself, else what its indicator or its service does."""
    spec = part.at("spec")
    said = [spec.at("description"), part.at("metadata").at("displayName")]
    if (service := others.get(("Service", _word(spec.at("service"))))) is not None:
        said += [service.at("spec").at("description"), service.at("metadata").at("displayName")]
    return next((text for one in said if (text := one.text())), "")


def _word(part: Part) -> str:
    return part.data if isinstance(part.data, str) else ""


def _put_objective(draft: Draft, objective: Part) -> None:
    share, percent = objective.at("target"), objective.at("targetPercent")
    if share.data is not None and percent.data is not None:
        raise objective.left_out("expected one of target and targetPercent, got both")
    if percent.data is not None:
        draft.put("objective", f"{percent.required()}%", percent)
        return
    try:
        number = Decimal(share.required().strip())
        fits = _SMALLEST < number <= 1
    except InvalidOperation:
        fits = False
    if not fits:
        raise share.left_out(f"expected a share above 0 and below 1, such as 0.999, got {share.shown}")
    draft.put("objective", f"{number * 100:f}%", share)


def _labels(part: Part) -> dict[str, str]:
    """Labels under names that Prometheus takes: what it does not is '_'."""
    return {re.sub(r"[^A-Za-z0-9_]|^(?=[0-9])", "_", name): text for name, text in part.texts().items() if name}


def _period(spec: Part) -> Generator[Finding, None, int]:
    """The period in seconds, with notes on what it is not exactly."""
    windows = spec.at("timeWindow", "timeWindows")
    if isinstance(windows.data, dict):
        window = windows
    elif len(windows.items()) > 1:
        raise windows.left_out("expected exactly one time window")
    elif not windows.items():
        yield spec.note(f"it names no timeWindow: {format_duration(PERIOD)}, rolling, are taken")
        return PERIOD
    else:
        (window,) = windows.items()
    period, exact = _length(window)
    shown = format_duration(period)
    if window.at("calendar") or not window.at("isRolling").flag(True):
        yield window.note(
            f"a calendar's window is taken as a rolling one of {shown}: budgets are not refilled on a date"
        )
    elif not exact:
        yield window.note(f"taken as {shown}")
    return period


def _length(window: Part) -> tuple[int, bool]:
    """(seconds, whether that is exactly what is written) of a time window."""
    if window.has("unit", "count"):
        unit, count = window.at("unit"), window.at("count")
        size = _UNITS.get(unit.required().lower().removesuffix("s"))
        if size is None or not re.fullmatch(r"[1-9][0-9]{0,3}", count.required().strip()):
            raise window.left_out("expected a count and a unit such as Day")
        return int(count.text()) * size, size <= 7 * DAY
    duration = window.at("duration")
    text = duration.required().strip()
    if (match := _SHORTHAND.fullmatch(text)) and (seconds := int(match[1]) * _CALENDAR[match[2]]):
        return seconds, False
    try:
        return parse_duration(text), True
    except ValueError:
        raise duration.left_out(f"expected a duration such as 4w, 30d or 1M, got {duration.shown}") from None


def _fitting(period: int, slice_seconds: int) -> tuple[Tier, ...]:
    """Of the usual tiers those that fit the period, are no shorter than a slice, and burn faster than evenly."""
    usual = policy_for(period)
    if period >= 7 * DAY:
        return tuple(tier for tier in usual if tier.short >= slice_seconds)
    return tuple(t for t in usual if t.short >= slice_seconds and t.long <= period and t.factor(period) >= 1)
