"""Our probe and Prometheus: where they disagree it is said, where one of them does not know nothing is made up."""

from dataclasses import replace

import pytest

from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import UP, VERSIONS, Catalogue, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Members, NoData, Provenance, SignalReading
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State
from oncall_tui.core.two_eyes import LEAST_PROBES, Matter, compared, disagreements

NOW = 1_800_000_000.0
WHERE = Provenance("prom", "q")
ENDPOINT = Endpoint("ranker", "eu", Protocol.TF_SERVING, "http://x", "ranker")
UP_SIGNAL = Signal("ranker", UP, SignalKind.OTHER, "max(up)")
VERSIONS_SIGNAL = Signal("ranker", VERSIONS, SignalKind.OTHER, "v", by="version")
LATENCY = Signal("ranker", "p99", SignalKind.LATENCY, "l", unit="s")
TRAFFIC = Signal("ranker", "throughput", SignalKind.THROUGHPUT, "t", unit="req/s")
RANKER = Service("ranker", signals=(LATENCY, TRAFFIC), endpoints=(ENDPOINT,), versions=VERSIONS_SIGNAL, up=UP_SIGNAL)
WELL = Probe("ranker/eu", NOW - 3, True, True, version="4.2", latency=0.01)
DOWN = Probe("ranker/eu", NOW - 3, False, None, error="connection refused")


def members(values, age=10.0):
    return Members(values if isinstance(values, dict) else {"": values}, NOW - age, WHERE)


def view(service=RANKER, answered=NOW - 5, **told):
    """told: the values of a signal by its name without @, oldest first; a value alone is one reading."""
    figures = {}
    for name, values in told.items():
        reading = SignalReading("ranker", {"up": UP, "versions": VERSIONS}.get(name, name))
        if isinstance(values, NoData):
            figures[reading] = Figure(15.0, "prom", None, values)
            continue
        several = values if isinstance(values, list) else [values]
        recent = tuple(members(one, 10.0 + 15 * (len(several) - 1 - n)) for n, one in enumerate(several))
        figures[reading] = Figure(15.0, "prom", recent[-1], recent=recent)
    source = SourceHealth("prom", SourceKind.PROMETHEUS, "http://p", 15.0, answered)
    return Snapshot(NOW, Catalogue((service,)), {"prom": source}, figures)


def found(probe, snapshot, endpoint=ENDPOINT):
    return {one.matter: str(one) for one in disagreements(snapshot, endpoint, probe)}


# Up and down


def test_a_probe_that_finds_nobody_where_prometheus_scrapes_on():
    assert found(DOWN, view(up=[1, 1])) == {
        Matter.UP: "probe and Prometheus disagree: the probe says down: connection refused (3s ago), "
        "Prometheus says up (10s ago)"
    }


def test_a_probe_that_is_answered_where_prometheus_cannot_scrape():
    assert "Prometheus cannot scrape it" in found(WELL, view(up=[0, 0]))[Matter.UP]


@pytest.mark.parametrize("up", [[1, 0], [0, 1]])
@pytest.mark.parametrize("probe", [WELL, DOWN])
def test_a_change_that_only_one_of_two_readings_saw_is_no_disagreement(probe, up):
    assert found(probe, view(up=up)) == {}


def test_one_reading_is_enough_where_there_was_but_one():
    assert Matter.UP in found(DOWN, view(up=1))


@pytest.mark.parametrize(("probe", "up"), [(WELL, [1, 1]), (DOWN, [0, 0])])
def test_two_that_agree_say_nothing(probe, up):
    assert found(probe, view(up=up)) == {}


def test_what_prometheus_does_not_know_cannot_disagree():
    assert found(DOWN, view()) == {}
    assert found(DOWN, view(up=NoData("no series", NOW, WHERE))) == {}
    assert found(DOWN, view(up=[1, 1], answered=NOW - 500)) == {}


def test_a_probe_that_does_not_know_cannot_disagree_either():
    unclear = replace(DOWN, live=None, error="HTTP 403")
    assert found(unclear, view(up=[1, 1], throughput=[5, 5, 5])) == {}
    assert found(unclear, view(up=[0, 0])) == {}


# Both must have looked at the same


def test_what_the_probe_found_only_just_is_no_disagreement_yet():
    assert found(replace(DOWN, since=NOW - 3), view(up=[1, 1])) == {}
    assert Matter.UP in found(replace(DOWN, since=NOW - 60), view(up=[1, 1]))


def test_what_changed_after_the_probe_looked_is_no_disagreement_yet():
    old = replace(WELL, at=NOW - 30, since=NOW - 900)
    assert found(old, view(versions=[{"4.2": 1}, {"4.3": 1}, {"4.3": 1}])) == {}
    assert Matter.VERSION in found(old, view(versions=[{"4.3": 1}, {"4.3": 1}, {"4.3": 1}]))


def test_a_probe_older_than_all_that_is_remembered_is_compared_with_nothing():
    old = replace(WELL, at=NOW - 100, since=NOW - 900)
    assert found(old, view(versions=[{"4.3": 1}] * 5)) == {}


# Traffic, where up is not asked

SILENT_ON_UP = replace(RANKER, up=None)


def test_traffic_that_goes_on_undiminished_speaks_for_prometheus():
    told = found(DOWN, view(SILENT_ON_UP, throughput=[52, 51, 52]))
    assert "Prometheus sees 52 req/s of traffic" in told[Matter.UP]


@pytest.mark.parametrize("traffic", [[52, 40, 30], [52, 52], [0, 0, 0], [52, 52, 0]])
def test_traffic_that_ebbs_away_is_what_a_rate_makes_of_a_server_that_died(traffic):
    assert found(DOWN, view(SILENT_ON_UP, throughput=traffic)) == {}


def test_traffic_says_nothing_where_up_is_asked_and_has_no_answer_or_the_probe_is_well():
    assert found(DOWN, view(throughput=[52, 52, 52])) == {}
    assert found(WELL, view(SILENT_ON_UP, throughput=[52, 52, 52])) == {}


# Versions


def test_another_version_than_the_metric_has():
    told = found(WELL, view(versions=[{"4.1": 1}, {"4.1": 1}]))
    assert "the probe sees version 4.2 (3s ago), Prometheus version 4.1 (10s ago)" in told[Matter.VERSION]


@pytest.mark.parametrize(
    "versions",
    [
        [{"4.2": 1}, {"4.2": 1}],
        [{"v4.2": 1}, {"v4.2": 1}],
        [{"4.1": 1, "4.2": 1}],
        [{"4.1": 1}, {"4.2": 1}],
        [{"4.2": 1}, {"4.1": 1}],
        [{"": 1}, {"": 1}],
        [{"4.1": 0}, {"4.1": 0}],
    ],
)
def test_a_version_that_is_among_those_serving_or_was_a_moment_ago_is_no_other(versions):
    assert found(WELL, view(versions=versions)) == {}


@pytest.mark.parametrize(
    ("protocol", "model", "told"),
    [
        (Protocol.TF_SERVING, "ranker", True),
        (Protocol.KSERVE_V2, "ranker", True),
        (Protocol.KSERVE_V2, "", False),
        (Protocol.TRITON, "ranker", True),
        (Protocol.HTTP, "", True),
        (Protocol.VLLM, "ranker", False),
        (Protocol.TGI, "", False),
        (Protocol.OLLAMA, "ranker", False),
    ],
)
def test_only_a_version_of_the_model_is_held_against_the_models(protocol, model, told):
    endpoint = replace(ENDPOINT, protocol=protocol, model=model)
    assert (Matter.VERSION in found(WELL, view(versions={"4.1": 1}), endpoint)) is told


def test_a_probe_that_tells_no_version_cannot_disagree():
    assert found(replace(WELL, version=""), view(versions={"4.1": 1})) == {}


# Latency

SLOW = replace(WELL, latencies=(0.6,) * LEAST_PROBES)


def test_probes_far_slower_than_the_latency_signal():
    told = found(SLOW, view(p99=0.05))
    assert "the probe's p95 is 0.6s (3s ago), Prometheus has p99 at 0.05s" in told[Matter.LATENCY]


@pytest.mark.parametrize(
    ("probe", "signal"),
    [
        (SLOW, 0.2),
        (replace(SLOW, latencies=SLOW.latencies[1:]), 0.05),
        (replace(SLOW, latencies=(0.09,) * 50), 0.001),
        (replace(SLOW, latencies=(0.001,) * 50), 9.0),
        (SLOW, 0),
        (SLOW, NoData("no series", NOW, WHERE)),
    ],
)
def test_a_look_that_is_quicker_few_looks_and_a_signal_of_nothing_say_nothing(probe, signal):
    assert found(probe, view(p99=signal)) == {}


def test_milliseconds_are_milliseconds_and_other_units_are_not_compared():
    in_ms = replace(RANKER, signals=(replace(LATENCY, unit="ms"),))
    assert Matter.LATENCY in found(SLOW, view(in_ms, p99=50))
    assert found(SLOW, view(in_ms, p99=5_000)) == {}
    assert found(SLOW, view(replace(RANKER, signals=(replace(LATENCY, unit="ticks"),)), p99=0.05)) == {}


def test_the_factor_is_the_services():
    assert found(SLOW, view(replace(RANKER, latency_factor=20.0), p99=0.05)) == {}


def test_a_service_may_have_nothing_compared():
    shut = replace(RANKER, compared=False)
    assert found(SLOW, view(shut, p99=0.001, up=[0, 0], versions={"4.1": 1})) == {}
    assert compared(shut) == ()


# As a condition


def test_it_is_a_warning_with_a_name_on_the_service():
    snapshot = replace(view(up=[0, 0], versions={"4.2": 1}), probes={"ranker/eu": WELL})
    status = assess(snapshot).service("ranker")
    (endpoint,) = status.endpoints
    assert endpoint.state is State.WARN
    assert endpoint.reason.startswith("probe and Prometheus disagree: the probe says it lives")
    assert status.reason == f"endpoint eu: {endpoint.reason}"


def test_a_probe_that_finds_nobody_is_critical_and_what_prometheus_says_stands_beside():
    (endpoint,) = assess(replace(view(up=[1, 1]), probes={"ranker/eu": DOWN})).service("ranker").endpoints
    assert endpoint.state is State.CRIT
    assert endpoint.reason.startswith("connection refused; probe and Prometheus disagree: ")


def test_only_services_with_endpoints_are_asked_for_what_to_compare():
    assert compared(RANKER) == (SignalReading("ranker", UP), SignalReading("ranker", VERSIONS))
    assert compared(replace(RANKER, endpoints=())) == ()
    assert compared(replace(RANKER, up=None, versions=None)) == ()


def test_an_endpoint_of_no_known_service_is_compared_with_nothing():
    assert disagreements(view(), replace(ENDPOINT, service="other"), DOWN) == ()
