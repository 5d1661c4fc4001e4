"""Findings as the text of a configuration: what a person reads, changes and keeps, and what is loaded as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from oncall_tui.config.fields import base_url_mistake
from oncall_tui.config.yaml_text import comment, commented, scalar
from oncall_tui.core.burn import Tier
from oncall_tui.core.duration import format_duration
from oncall_tui.core.findings import (
    Findings,
    FoundEndpoint,
    FoundRecipe,
    FoundService,
    FoundSignal,
    FoundSlo,
    ProposedSlo,
)
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.recipes import default_matcher
from oncall_tui.core.slo import LatencySli

MOST_CHARACTERS = 900_000
"""Of the text: a configuration file may have a million bytes."""

MOST_LABELS = 20
"""Labels kept of one SLO."""

_PROPOSED = "99%"
_OWNED = ("service", "sloth_service", "model")


def written(findings: Findings) -> str:
    """The configuration that says what was found. It is accepted as it is, and so are its commented SLOs once freed."""
    lines = [*_heading(findings), "", *_sources(findings), ""]
    names = distinct_names([service.name for service in findings.services])
    blocks = [_service(service, name) for service, name in zip(findings.services, names, strict=True)]
    kept: list[list[str]] = []
    left = MOST_CHARACTERS
    for block in blocks:
        left -= sum(len(line) + 1 for line in block)
        if left < 0:
            break
        kept.append(block)
    if not kept:
        return "\n".join([*lines, *_nothing_found(), "services: []", ""])
    lines += ["services:", *(line for block in kept for line in [*block, ""])]
    if len(kept) < len(blocks):
        lines += comment(f"Left out: {len(blocks) - len(kept)} more services, which would make this file too large.")
    return "\n".join(lines).rstrip("\n") + "\n"


def slug(name: str) -> str:
    """The name with nothing in it that a configuration does not take; what that takes away is not seen any more."""
    plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-_.")[:80]
    return plain or "unnamed"


def distinct_names(names: Sequence[str]) -> list[str]:
    """A name for each that a configuration takes: its own where it does, numbered where two become one."""
    taken = {name for name in names if slug(name) == name}
    found = []
    for name in names:
        if (short := slug(name)) == name:
            found.append(name)
            continue
        candidate, number = short, 2
        while candidate in taken:
            candidate, number = f"{short}-{number}", number + 1
        taken.add(candidate)
        found.append(candidate)
    return found


# The head


def _heading(findings: Findings) -> Iterator[str]:
    slos = sum(len(service.slos) for service in findings.services)
    yield from comment(
        f"What oncall-tui found on {findings.url}: {_many(slos, 'recorded SLO')}, "
        f"{_many(len(findings.services), 'service')}, {_many(len(findings.alertmanagers), 'Alertmanager')}, "
        f"in {_many(findings.requests, 'request')}."
    )
    yield from comment("Every option there is, with what it means, stands in config.example.yaml.")
    yield from comment(
        "What is commented out is a proposal: nobody has promised it, and its objective is yours to choose."
    )
    for remark in findings.remarks:
        yield from comment(f"- {remark}")


def _many(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _nothing_found() -> Iterator[str]:
    for text in (
        "Nothing was found. Looked for: error ratios recorded under Sloth's names (slo:sli_error:ratio_rate...) and "
        "Pyrra's (...:burnrate...), the metrics of vLLM, Triton, TorchServe, TensorFlow Serving, KServe, Ray Serve, "
        "TGI, SGLang and others, and gauges such as ..._freshness_seconds and feature_drift_psi.",
        "Is this the server that scrapes your models, or evaluates your rules? Else write your services here: "
        "config.example.yaml shows how.",
    ):
        yield from comment(text)


def _sources(findings: Findings) -> Iterator[str]:
    yield "sources:"
    yield "  prometheus:"
    yield "    - name: prometheus"
    yield f"      url: {scalar(findings.url)}"
    usable = [url for url in findings.alertmanagers if not base_url_mistake(url)]
    for url in findings.alertmanagers:
        if url not in usable:
            told = urlsplit(url).hostname if "@" in url else url
            yield from comment(f"An Alertmanager is left out, its URL cannot be used as it is: {told}", 2)
    if not usable:
        yield from comment(
            "No Alertmanager is known to this Prometheus. Without one there are no alerts to acknowledge:", 2
        )
        yield from commented(["  alertmanager:", "    - url: http://alertmanager.example.org:9093"])
        return
    yield "  alertmanager:"
    names = ["alertmanager"] if len(usable) == 1 else [urlsplit(url).netloc for url in usable]
    for name, url in zip(distinct_names(_numbered(names)), usable, strict=True):
        yield f"    - name: {scalar(name)}"
        yield f"      url: {scalar(url)}"
    if len(usable) > 1:
        text = "Those that gossip with each other are known as one; of others that are, say so with `cluster: NAME`."
        yield from comment(text, 4)


def _numbered(names: Sequence[str]) -> list[str]:
    """Each with how often it came before, from the second time on."""
    return [name if name not in names[:i] else f"{name}-{names[:i].count(name) + 1}" for i, name in enumerate(names)]


# A service


def _service(service: FoundService, name: str) -> list[str]:
    lines = [f"  - name: {scalar(name)}"]
    if name != service.name:
        lines += comment(f"found as {service.name!r}", 4)
    for remark in service.remarks:
        lines += comment(remark, 4)
    lines.append(f"    kind: {service.kind.value}")
    if service.identity and (service.identity[0][0] not in _OWNED or name != service.name):
        parts = (str(Matcher(label, MatchOp.EQUAL, text)) for label, text in service.identity)
        lines.append(f"    alerts: [{', '.join(map(scalar, parts))}]")
    lines += _endpoints(service.endpoints)
    if service.recipes:
        lines += ["    recipes:", *(_recipe(recipe, name) for recipe in service.recipes)]
    if service.signals:
        lines += ["    signals:", *(line for signal in service.signals for line in _signal(signal))]
    if service.slos:
        named = distinct_names([slo.name for slo in service.slos])
        lines += ["    slos:", *(line for slo, own in zip(service.slos, named, strict=True) for line in _slo(slo, own))]
    if service.proposals:
        taken = [slo.name for slo in service.slos]
        lines += _proposals(service.proposals, taken, begun=bool(service.slos))
    return lines


def _endpoints(endpoints: Sequence[FoundEndpoint]) -> Iterator[str]:
    usable = [one for one in endpoints if not base_url_mistake(one.url)]
    if not usable:
        return
    yield from comment("Asked directly, it would say whether it is ready; here is where it is scraped:", 4)
    lines = ["    endpoints:"]
    for one in usable:
        lines.append(f"      - protocol: {one.protocol.value}")
        lines.append(f"        url: {scalar(one.url)}")
        if one.model:
            lines.append(f"        model: {scalar(one.model)}")
    yield from commented(lines)


def _recipe(recipe: FoundRecipe, service: str) -> str:
    """By its name alone where its own label says the service's name."""
    if recipe.identity == (default_matcher(recipe.name, service),):
        return f"      - {recipe.name}"
    match = ",".join(str(Matcher(label, MatchOp.EQUAL, text)) for label, text in recipe.identity)
    return f"      - {{name: {recipe.name}, match: {scalar(match)}}}"


def _signal(signal: FoundSignal) -> Iterator[str]:
    yield f"      - name: {scalar(signal.name)}"
    if signal.remark:
        yield from comment(signal.remark, 8)
    yield f"        kind: {signal.kind.value}"
    yield f"        query: {scalar(signal.query)}"
    if signal.by:
        yield f"        by: {scalar(signal.by)}"
    if signal.unit:
        yield f"        unit: {scalar(signal.unit)}"
    for key, bound in (("warn", signal.warn), ("crit", signal.crit)):
        if bound is not None:
            yield f"        {key}: {bound!r}"


def _slo(slo: FoundSlo, name: str) -> Iterator[str]:
    yield f"      - name: {scalar(name)}"
    if name != slo.name:
        yield from comment(f"found as {slo.name!r}", 8)
    if slo.origin:
        yield from comment(f"recorded under {slo.origin}'s names", 8)
    for remark in slo.remarks:
        yield from comment(remark, 8)
    if slo.kind is not None:
        yield f"        kind: {slo.kind.value}"
    yield f"        objective: {slo.objective * 100:.10g}%"
    yield f"        period: {format_duration(slo.period)}"
    if slo.labels:
        yield "        labels:"
        yield from (f"          {scalar(label)}: {scalar(text)}" for label, text in [*slo.labels.items()][:MOST_LABELS])
    if slo.by:
        yield f"        by: [{', '.join(map(scalar, slo.by))}]"
    yield f"        error_ratio: {scalar(slo.error_ratio)}"
    if slo.period_error_ratio:
        yield f"        period_error_ratio: {scalar(slo.period_error_ratio)}"
    if slo.tiers is not None:
        yield "        burn_tiers:"
        yield from map(_tier, slo.tiers)


def _tier(tier: Tier) -> str:
    spent = f"{tier.budget_spent * 100:.6g}%"
    long, short = format_duration(tier.long), format_duration(tier.short)
    return f"          - {{severity: {tier.severity.value}, long: {long}, short: {short}, budget_spent: {spent}}}"


def _proposals(proposals: Iterable[ProposedSlo], taken: Iterable[str], *, begun: bool) -> Iterator[str]:
    """SLOs in comments. begun: whether the list they would go to stands there already."""
    yield from comment("These metrics would allow SLOs. Choose an objective and take the # away:", 4)
    lines = [] if begun else ["    slos:"]
    known = set(taken)
    for one in proposals:
        name = one.name if one.name not in known else f"{one.name}-of-requests"
        lines.append(f"      - name: {scalar(name)}")
        lines.append(f"        objective: {_PROPOSED}")
        if isinstance(one.sli, LatencySli):
            lines.append("        latency:")
            lines.append(f"          histogram: {scalar(one.sli.histogram)}")
            lines += comment(one.remark, 10) if one.remark else []
            lines.append(f"          threshold: {Decimal(repr(one.sli.threshold)):f}")
            lines.append(f"          selector: {scalar(one.sli.selector)}")
            continue
        lines += comment(one.remark, 8) if one.remark else []
        lines.append("        events:")
        part = ("error", one.sli.error) if one.sli.error is not None else ("good", one.sli.good or "")
        lines += [f"          {part[0]}: {scalar(part[1])}", f"          total: {scalar(one.sli.total)}"]
    yield from commented(lines)
