from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.probes import SimulatedProber

EPOCH = 1_700_000_000.0


async def look(scenario, service, seconds, protocol=Protocol.KSERVE_V2):
    endpoint = Endpoint(service, "it", protocol, "http://127.0.0.1:1/healthz", model=service)
    return await SimulatedProber(Fleet(scenario, EPOCH), lambda: EPOCH + seconds).probe(endpoint)


async def test_a_stranger_is_not_known_to_be_up():
    probe = await look("quiet", "stranger", 0)
    assert (probe.live, probe.ready, probe.latency) == (None, None, None)
    assert "stranger" in probe.error


async def test_one_that_is_down_gives_no_latency_and_no_version():
    probe = await look("bad-release", "fraud", 9)
    assert (probe.live, probe.ready, probe.latency, probe.version) == (False, False, None, "")
    assert probe.error


async def test_one_that_loads_is_alive_and_not_ready_and_has_no_model():
    probe = await look("bad-release", "fraud", 15)
    assert (probe.live, probe.ready, probe.models) == (True, False, ())
    assert probe.error


async def test_one_that_is_well_says_its_version_and_model():
    probe = await look("quiet", "ranker", 0)
    assert (probe.live, probe.ready, probe.version, probe.models, probe.error) == (True, True, "4.3.0", ("ranker",), "")
    assert probe.at == EPOCH
    assert probe.requests[0] == "GET /v2/health/live"


async def test_it_asks_what_the_protocol_asks():
    for protocol in Protocol:
        probe = await look("quiet", "ranker", 0, protocol)
        assert probe.requests
        assert not any("{" in request for request in probe.requests)
    assert (await look("quiet", "gateway", 0, Protocol.HTTP)).requests == ("GET /healthz",)


async def test_a_saturated_model_answers_slowly():
    calm, busy = await look("gpu-saturated", "assistant", 0), await look("gpu-saturated", "assistant", 300)
    assert busy.latency > 3 * calm.latency
