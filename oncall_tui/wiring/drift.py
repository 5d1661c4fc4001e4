"""The parts that `oncall-tui drift store` works with: one question to the Prometheus that knows a service."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oncall_tui.config.mistakes import suggest
from oncall_tui.config.reference import StoredReference, dump_reference
from oncall_tui.core.binned import BinnedDrift
from oncall_tui.core.catalogue import Catalogue, Service, Signal
from oncall_tui.core.errors import ActionError, ConfigError
from oncall_tui.core.readings import Failed, Members, NoData, SignalReading
from oncall_tui.core.text import clean_line
from oncall_tui.wiring.configs import configured
from oncall_tui.wiring.sources import real_sources


async def counted(
    config_path: Path | None, service: str, signal: str, start: float, end: float
) -> tuple[StoredReference, dict[str, str], str]:
    """The histograms of a computed drift over a stretch of time (unix seconds), as a reference to store.

    Also why features have none that can be used, by name, and the file's text. signal: '' for the only computed drift
    of the service. Raises ConfigError, ActionError and SourceError.
    """
    config = configured(config_path)
    catalogue = config.catalogue()
    known = catalogue.service(service)
    if known is None:
        near = suggest(service, [one.name for one in catalogue.services])
        raise ConfigError(f"there is no service {clean_line(service)}{near}", "name one of the configuration's")
    written = next(one for one in config.services if one.name == service)
    computed = {one.name: one.histogram for one in written.signals if one.histogram is not None}
    name = signal or next(iter(computed), "")
    if name not in computed or (not signal and len(computed) > 1):
        what = f"it has {', '.join(computed)}" if computed else "it has no signal with `histogram:`"
        raise ConfigError(f"{service}: which drift?" if computed else f"{service} computes no drift", what)
    of = catalogue.signal(service, name)
    assert of is not None
    query = computed[name].between(of.by, start, end)
    members = await _asked(
        known, replace(of, query=query, binned=BinnedDrift(round(end - start), "")), end, config_path
    )
    bins = {feature: one.current for feature, one in members.comparisons.items() if one.current is not None}
    unusable = {feature: one.trouble for feature, one in members.comparisons.items() if one.current is None}
    # Increases are extrapolated: a thousandth of an event says no more than a whole one.
    rounded = {name: replace(one, counts=tuple(round(count, 3) for count in one.counts)) for name, one in bins.items()}
    reference = StoredReference(rounded, start, end)
    return reference, unusable, dump_reference(reference, query)


async def _asked(service: Service, signal: Signal, at: float, config_path: Path | None) -> Members:
    sources = real_sources(configured(config_path))
    source = next((one for one in sources.metrics if one.name == service.source), None)
    if source is None:
        raise ConfigError("no Prometheus is configured", "name one under sources")
    source.adopt(Catalogue((replace(service, signals=(signal,), slos=()),)))
    reading = SignalReading(service.name, signal.name)
    try:
        answer = (await source.read([reading], at)).outcomes[reading]
    finally:
        for one in sources.metrics:
            await one.close()
    if isinstance(answer, Failed):
        raise ActionError(answer.error, answer.hint)
    if isinstance(answer, NoData) or not isinstance(answer, Members):
        raise ActionError(
            "nothing was counted in that time", "is the metric right, and does its history reach back so far?"
        )
    return answer
