"""What a Prometheus tells of a fleet to somebody who configured nothing: in twelve requests at most, usually fewer."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from oncall_tui.core.findings import Findings, FoundService
from oncall_tui.sources.prometheus.asks import Row
from oncall_tui.sources.prometheus.client import PrometheusClient
from oncall_tui.sources.prometheus.discovery import alertmanagers, attached, gauges, pyrra, servers, sloth, targets
from oncall_tui.sources.prometheus.discovery.asking import Asking, Rows
from oncall_tui.sources.prometheus.discovery.merge import merged
from oncall_tui.sources.prometheus.discovery.rules import Rules, read_rules
from oncall_tui.sources.prometheus.recorded import EXISTENCE

__all__ = ["MOST_REQUESTS", "discover"]

MOST_REQUESTS = 12
"""What one discovery asks at most, however large the server is."""

_METADATA = "|".join((sloth.INFO, sloth.PERIOD, sloth.OBJECTIVE, pyrra.OBJECTIVE, pyrra.PERIOD))
_PYRRA = 'count by (__name__, slo, le) ({__name__=~".+:(burnrate|increase|count|sum)[0-9].*",slo!=""})'


async def discover(client: PrometheusClient, url: str, now: float, alertmanager_urls: Sequence[str] = ()) -> Findings:
    """Everything found as of now (unix seconds). alertmanager_urls: those to take in place of those found.

    What is not answered becomes a remark. Raises SourceError when nothing is answered at all.
    """
    asking = Asking(client, now)
    metadata, of_sloth, of_pyrra, exported, gauged, beside, ruled, sent_to = await asyncio.gather(
        asking.rows("SLO metadata", f'{{__name__=~"{_METADATA}"}}'),
        asking.rows("Sloth's recorded rules", EXISTENCE),
        asking.rows("Pyrra's recorded rules", _PYRRA),
        asking.rows("model servers", servers.query()),
        asking.rows("freshness and drift gauges", gauges.query()),
        asking.rows("monitors, containers and GPUs", attached.query()),
        asking.document("rules", "/api/v1/rules"),
        _nothing() if alertmanager_urls else asking.document("Alertmanagers", alertmanagers.PATH),
    )
    asking.check()
    slos, left_out = await _slos(asking, metadata or (), of_sloth or (), of_pyrra or (), read_rules(ruled))
    found = [*slos, *await _servers(asking, exported or ()), *gauges.gauge_services(gauged or ())]
    found += attached.attached_services(beside or (), {one.name for one in found})
    services, beyond = merged(found)
    return Findings(
        url=url,
        services=tuple(services),
        alertmanagers=tuple(alertmanager_urls) or alertmanagers.alertmanager_urls(sent_to),
        remarks=(*dict.fromkeys(asking.remarks), *_in_short(left_out), *beyond),
        requests=asking.requests,
    )


async def _nothing() -> None:
    return None


def _in_short(left_out: Sequence[str], most: int = 20) -> list[str]:
    more = len(left_out) - most
    told = [f"left out: {one}" for one in left_out[:most]]
    return [*told, f"left out: {more} more"] if more > 0 else told


async def _slos(
    asking: Asking, metadata: Rows, of_sloth: Rows, of_pyrra: Rows, rules: Rules
) -> tuple[list[FoundService], list[str]]:
    """The SLOs that Sloth and Pyrra record, and those left out."""
    by_sloth, by_pyrra = sloth.recorded_slos(metadata, of_sloth), pyrra.recorded_slos(metadata, of_pyrra)
    metrics = [*(one.shortest for one in by_sloth.values()), *(one.shortest for one in by_pyrra.values())]
    names = [name for name in metrics if name]
    series: Rows = ()
    if names:
        alternatives = "|".join(sorted(set(names)))
        series = await asking.rows("labels of recorded SLOs", f'{{__name__=~"{alternatives}"}}') or ()
    wanted = {sloth_id: one.shortest for sloth_id, one in by_sloth.items()}
    found, left_out = sloth.sloth_services(by_sloth, _by(series, "sloth_id", wanted), rules)
    of_slo = {slo: one.shortest for slo, one in by_pyrra.items()}
    more, also_left_out = pyrra.pyrra_services(by_pyrra, _by(series, "slo", of_slo), rules)
    return [*found, *more], [*left_out, *also_left_out]


def _by(series: Iterable[Row], label: str, metric_of: dict[str, str | None]) -> dict[str, list[Row]]:
    """The series of each SLO's own metric, by the value of label."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in series:
        value = row.labels.get(label, "")
        if value and metric_of.get(value) == row.labels.get("__name__"):
            found[value].append(row)
    return found


async def _servers(asking: Asking, exported: Rows) -> list[FoundService]:
    """A service for each model that a server exports metrics of."""
    places = servers.places(exported)
    if not places:
        return []
    beside_query, bounds_query = servers.beside_query(places), servers.bounds_query(places)
    beside, bounds, scraped = await asyncio.gather(
        asking.rows("HTTP metrics of model servers", beside_query) if beside_query else _nothing(),
        asking.rows("buckets of latency histograms", bounds_query) if bounds_query else _nothing(),
        asking.document("scrape targets", targets.PATH),
    )
    urls = targets.scrape_urls(scraped)
    known = None if bounds is None else servers.bounds_in(bounds)
    found = []
    for place in places:
        service = servers.server_service(place, beside or (), known)
        found.append(replace(service, endpoints=targets.endpoints(place, urls)))
    return found
