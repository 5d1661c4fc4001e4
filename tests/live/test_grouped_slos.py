"""A grouped SLO on a real Prometheus: a budget for each group, from one request a window."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from prometheus_fixture import RunningPrometheus, start_prometheus

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.assess import assess
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.slo import EventsSli, LatencySli, Slo, SloKind
from oncall_tui.core.state import State
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.prometheus import PrometheusSource

pytestmark = pytest.mark.live
STEP = 60
BAD = {"/rank": 50, '/odd "{x}"\\': 5, "": 0}
"""Errors among 100 requests, by handler; the last has no such label."""

SLOS = (
    Slo(
        "api",
        "availability",
        SloKind.AVAILABILITY,
        0.99,
        7 * DAY,
        EventsSli("sum by (handler) (rate(r_total[$window]))", 'sum by (handler) (rate(r_total{code="500"}[$window]))'),
        by=("handler",),
    ),
    Slo("api", "latency", SloKind.LATENCY, 0.99, 7 * DAY, LatencySli("lat", 0.3), by=("handler",)),
    Slo("api", "unsplittable", SloKind.OTHER, 0.99, 7 * DAY, EventsSli("r_total @ end()", "b[$window]"), by=("x",)),
)


def history(now: int) -> str:
    requests, latency = ["# TYPE r counter"], ["# TYPE lat histogram"]
    for handler, bad in BAD.items():
        escaped = handler.replace("\\", "\\\\").replace('"', '\\"')
        own = f'handler="{escaped}"' if handler else 'job="api"'
        times = list(enumerate(range(now - 3 * HOUR, now + 1, STEP)))
        requests += [f'r_total{{{own},code="200"}} {n * (100 - bad)} {at}' for n, at in times]
        requests += [f'r_total{{{own},code="500"}} {n * bad} {at}' for n, at in times if bad]
        for le, rate in (("0.3", 100 - bad), ("+Inf", 100)):
            latency += [f'lat_bucket{{{own},le="{le}"}} {n * rate} {at}' for n, at in times]
        latency += [f"lat_count{{{own}}} {n * 100} {at}" for n, at in times]
    young = [f'r_total{{handler="/new",code="200"}} {n * 100} {now - 120 + n * STEP}' for n in range(3)]
    return "\n".join([*requests, *young, *latency]) + "\n"


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPrometheus]:
    server = start_prometheus(tmp_path_factory.mktemp("groups"), history(int(time.time()) // STEP * STEP))
    yield server
    server.stop()


async def test_each_group_has_a_budget_of_its_own(prometheus: RunningPrometheus) -> None:
    known = Catalogue((Service("api", slos=SLOS),))
    source = PrometheusSource("prom", prometheus.url, HttpConfig(), known)
    poller = Poller(known, [source], [], None, Pace())
    try:
        snapshot = await poller.once()
    finally:
        await poller.close()
    (service,) = assess(snapshot).services
    by_group = {(slo.slo.name, slo.slo.group.get("handler")): slo for slo in service.slos}
    for name in ("availability", "latency"):
        for handler, bad in BAD.items():
            status = by_group[name, handler]
            assert status.error_ratio(HOUR) == pytest.approx(bad / 100, abs=1e-6), (name, handler)
            assert status.since == pytest.approx(3 * HOUR, abs=0.05 * 7 * DAY)
        assert by_group[name, "/rank"].state is State.CRIT
        assert by_group[name, ""].state is State.OK
    new = by_group["availability", "/new"]
    assert new.error_ratio(300) == 0.0
    assert new.since == pytest.approx(120, abs=90), (
        "it began after the last step of the search, and is found all the same"
    )
    unsplit = next(slo for slo in service.slos if slo.slo.name == "unsplittable")
    assert unsplit.state is State.UNKNOWN
    assert any("unsplittable: not split by x" in warning for warning in snapshot.sources["prom"].warnings)
    windows = len(SLOS[0].windows)
    asides = len(SLOS) + 3  # which groups there are; recorded rules, history and the version
    assert snapshot.sources["prom"].requests <= windows + asides
