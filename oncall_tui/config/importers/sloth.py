"""Sloth's service levels, as plain YAML (prometheus/v1) and as Kubernetes objects, and its alert windows.

Taken without a word: what shapes Sloth's own rules and changes no figure here (an alert's name, labels and
annotations, a rule group's interval, the plugins that Sloth's core is made of).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydantic import ValidationError

from oncall_tui.config.importers.drafts import Draft
from oncall_tui.config.importers.parts import Finding, Part, called, guarded
from oncall_tui.config.importers.queries import grouping, windowed
from oncall_tui.config.mistakes import clip
from oncall_tui.config.notes import Note
from oncall_tui.config.slos import TierConfig
from oncall_tui.core.burn import DAY, Severity, Tier
from oncall_tui.core.text import clean_line

PLAIN = "prometheus/v1"
KUBERNETES = "sloth.slok.dev/v1"
KINDS = ("PrometheusServiceLevel", "ManagedPrometheusServiceLevel")
WINDOWS_KIND = "AlertWindows"
PERIOD = 30 * DAY
"""Sloth's default, with which its alert windows are those of the SRE workbook."""

_OWN_PLUGINS = "sloth.dev/core/"
_ALERTS = {Severity.PAGE: ("page_alert", "pageAlert"), Severity.TICKET: ("ticket_alert", "ticketAlert")}


@dataclass(frozen=True, slots=True)
class Windows:
    """An AlertWindows object. period: in seconds, of the SLOs that it is for."""

    period: int
    tiers: tuple[Tier, ...]
    part: Part


def read_windows(part: Part) -> Windows:
    """The alert windows in a document. Raises LeftOut."""
    spec = part.at("spec")
    period = spec.at("sloPeriod").seconds("7d or 30d")
    tiers = (
        _tier(spec.at(severity.value).at(speed), severity, period)
        for severity in Severity
        for speed in ("quick", "slow")
    )
    return Windows(period, tuple(tiers), part)


def _tier(part: Part, severity: Severity, period: int) -> Tier:
    short, long = (part.at(name).seconds("5m or 6h") for name in ("shortWindow", "longWindow"))
    spent = part.at("errorBudgetPercent")
    data = {"severity": severity, "long": long, "short": short, "budget_spent": f"{spent.required()}%"}
    try:
        tier = TierConfig.model_validate(data).tier()
    except ValidationError:
        raise part.left_out("expected a short window, a longer one, and a percentage of the budget") from None
    if long > period:
        raise part.left_out("its long window is longer than the period")
    return tier


def read(part: Part, windows: Windows | None, service: str | None) -> Iterator[Finding]:
    """The SLOs of a document, and what is to be told of them. service: what they belong to instead of their own.

    windows: the period and the alert windows they have, None for Sloth's defaults.
    """
    spec = part if part.has("version") else part.at("spec")
    known = ("service", "labels", "slos", "slo_plugins", "sloPlugins")
    yield from spec.not_among(*known, *(("version",) if spec is part else ()))
    yield from _plugins(spec.at("slo_plugins", "sloPlugins"))
    for slo in spec.at("slos").items():
        name = slo.at("name") if isinstance(slo.data, dict) else slo
        yield from guarded(_slo(spec, slo, windows, service), called(name))


def _slo(spec: Part, part: Part, windows: Windows | None, service: str | None) -> Iterator[Finding]:
    yield from part.not_among("name", "description", "objective", "labels", "plugins", "sli", "alerting", "interval")
    yield from _plugins(part.at("plugins"))
    own_service = spec.at("service")
    draft = Draft(part)
    draft.put("name", part.at("name").required(), part.at("name"))
    draft.put("description", part.at("description").text(), part.at("description"))
    percent = part.at("objective")
    draft.put("objective", f"{percent.required()}%", percent)
    draft.put("labels", spec.at("labels").texts() | part.at("labels").texts(), part.at("labels"))
    _put_sli(draft, part.at("sli"))
    draft.put("period", windows.period if windows else PERIOD, part)
    if windows:
        draft.put_tiers(windows.tiers, windows.part)
    slo = draft.slo(service or own_service.name(), "Sloth")
    if slo.service != own_service.text():
        slo = replace(slo, recorded=False)  # Sloth records it under the service it names
    silent: list[Severity] = []
    for severity, names in _ALERTS.items():
        alert = part.at("alerting").at(*names)
        yield from alert.not_among("disable", "labels", "annotations")
        if alert.at("disable").flag():
            silent.append(severity)
    if silent:
        slo = replace(slo, tiers=tuple(tier for tier in slo.policy if tier.severity not in silent))
    yield slo


def _put_sli(draft: Draft, sli: Part) -> None:
    written = [kind for kind in ("events", "raw", "plugin") if sli.has(kind)]
    if len(written) != 1:
        raise sli.left_out(f"expected exactly one of events, raw and plugin, got {' and '.join(written) or 'none'}")
    if written == ["plugin"]:
        plugin = sli.at("plugin").at("id")
        raise plugin.left_out(f"it is worked out by the plugin {clip(plugin.text())}, a program that is not run here")
    if written == ["raw"]:
        ratio = sli.at("raw").at("error_ratio_query", "errorRatioQuery")
        draft.put("error_ratio", windowed(ratio), ratio)
        return
    error = sli.at("events").at("error_query", "errorQuery")
    total = sli.at("events").at("total_query", "totalQuery")
    draft.put("events.error", windowed(error), error)
    draft.put("events.total", windowed(total), total)
    by = grouping(windowed(total))
    if by and set(by) == set(grouping(windowed(error))):
        draft.put("by", list(by), total)


def _plugins(part: Part) -> Iterator[Note]:
    """A note when Sloth would run programs over this SLO that may change what it records."""
    chain = [plugin.at("id").text() for plugin in part.at("chain").items()]
    foreign = dict.fromkeys(clean_line(name, 80) for name in chain if not name.startswith(_OWN_PLUGINS))
    if foreign:
        yield part.note(f"plugins are not run here: {', '.join(foreign)}")
