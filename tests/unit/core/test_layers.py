"""Five layers: each judged for itself, and what may not be believed is UNKNOWN, never OK."""

from dataclasses import replace

from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service, ServiceKind, Signal, SignalKind
from oncall_tui.core.layers import Layer, layers_of
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Members, NoData, Provenance, Sample, SignalReading, SliReading
from oncall_tui.core.slo import RatioSli, Side, Slo, SloKind
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State

NOW = 1_000_000.0
FROM = Provenance("main", "q")
LATENCY = Signal("m", "latency", SignalKind.LATENCY, "q", unit="s", warn=0.1)
ERRORS = Signal("m", "errors", SignalKind.ERRORS, "q", warn=0.01)
QUEUE = Signal("m", "queue", SignalKind.INFRASTRUCTURE, "q")
FRESH = Signal("m", "freshness", SignalKind.FRESHNESS, "q", unit="s", warn=900)
DRIFT = Signal("m", "drift", SignalKind.DRIFT, "q", by="feature", warn=0.1)
ACCURACY = Signal("m", "accuracy", SignalKind.ACCURACY, "q", unit="ratio", good=Side.AT_LEAST, warn=0.9)
SLO = Slo("m", "accuracy", SloKind.ACCURACY, 0.95, 30 * 86_400, RatioSli("r"))


def layers(*signals, values, slos=(), endpoints=(), probes=None, at=NOW, slo_ratio=None, trouble=None):
    service = Service("m", ServiceKind.MODEL, source="main", signals=signals, slos=slos, endpoints=endpoints)
    figures = {
        SignalReading("m", name): Figure(15, "main", Members({"": value}, at, FROM), trouble)
        for name, value in values.items()
    }
    for slo in slos:
        for window in slo.windows:
            figures[SliReading(slo.id, window)] = Figure(60, "main", Sample(slo_ratio, at, FROM))
    sources = {"main": SourceHealth("main", SourceKind.PROMETHEUS, "", 15, NOW)}
    snapshot = Snapshot(NOW, Catalogue((service,)), sources, figures, probes=probes or {})
    return layers_of(snapshot, assess(snapshot).services[0])


def test_a_model_up_and_fast_and_wrong_is_bad_in_one_layer_alone():
    endpoint = Endpoint("m", "main", Protocol.KSERVE_V2, "http://m")
    found = layers(
        LATENCY, FRESH, DRIFT, ACCURACY,
        values={"latency": 0.05, "freshness": 60, "drift": 0.02, "accuracy": 0.7},
        endpoints=(endpoint,), probes={endpoint.id: Probe(endpoint.id, NOW - 3, True, True)},
    )  # fmt: skip
    assert {layer: one.state for layer, one in found.items()} == {
        Layer.ENDPOINT: State.OK,
        Layer.SERVING: State.OK,
        Layer.DATA: State.OK,
        Layer.DRIFT: State.OK,
        Layer.ACCURACY: State.WARN,
    }
    assert found[Layer.ENDPOINT].at == NOW - 3
    assert "accuracy" in found[Layer.ACCURACY].reason


def test_what_nothing_measures_is_left_out_and_what_nothing_judges_says_so():
    found = layers(QUEUE, values={"queue": 4.0})
    assert set(found) == {Layer.SERVING}
    assert not found[Layer.SERVING].judged
    assert layers(LATENCY, values={"latency": 0.01})[Layer.SERVING].judged


def test_the_worst_part_speaks_for_its_layer():
    found = layers(LATENCY, ERRORS, values={"latency": 0.05, "errors": 0.2})
    assert found[Layer.SERVING].speaker.signal is ERRORS
    assert found[Layer.SERVING].state is State.WARN


def test_of_equals_latency_speaks_for_serving():
    assert layers(ERRORS, LATENCY, values={"latency": 0.05, "errors": 0.0})[Layer.SERVING].speaker.signal is LATENCY


def test_a_stale_figure_is_unknown_and_keeps_its_age():
    found = layers(ACCURACY, values={"accuracy": 0.99}, at=NOW - 3_600)
    assert found[Layer.ACCURACY].state is State.UNKNOWN
    assert found[Layer.ACCURACY].at == NOW - 3_600


def test_a_missing_figure_is_unknown_not_ok_and_never_had():
    found = layers(ACCURACY, DRIFT, values={"drift": 0.0})
    assert (found[Layer.ACCURACY].state, found[Layer.ACCURACY].at) == (State.UNKNOWN, None)
    assert found[Layer.DRIFT].state is State.OK


def test_no_data_now_keeps_the_last_age():
    nothing = NoData("labels are late", NOW, FROM)
    found = layers(ACCURACY, values={"accuracy": 0.95}, trouble=nothing)
    assert found[Layer.ACCURACY].state is State.UNKNOWN
    assert "labels are late" in found[Layer.ACCURACY].reason


def test_an_slo_that_burns_makes_its_layer_bad_and_the_signal_still_speaks():
    found = layers(ACCURACY, values={"accuracy": 0.95}, slos=(SLO,), slo_ratio=0.99)
    accuracy = found[Layer.ACCURACY]
    assert accuracy.state is State.CRIT
    assert accuracy.speaker.signal is ACCURACY


def test_without_a_signal_the_slo_speaks_for_its_layer():
    found = layers(values={}, slos=(SLO, replace(SLO, name="up", kind=SloKind.AVAILABILITY)), slo_ratio=0.0)
    assert found[Layer.ACCURACY].speaker.slo is SLO
    assert found[Layer.SERVING].speaker.slo.name == "up"
    assert found[Layer.ACCURACY].at == NOW


def test_a_failed_query_is_unknown():
    failed = Failed("boom", "", NOW, FROM)
    found = layers(ACCURACY, values={"accuracy": 0.95}, trouble=failed, at=NOW - 100)
    assert found[Layer.ACCURACY].state is State.UNKNOWN


def test_a_figure_that_waits_for_labels_is_as_old_as_they_take():
    late = replace(ACCURACY, label_delay=3_600)
    assert layers(late, values={"accuracy": 0.95})[Layer.ACCURACY].at == NOW - 3_600
    only = layers(values={}, slos=(replace(SLO, label_delay=7_200),), slo_ratio=0.01)
    assert only[Layer.ACCURACY].at == NOW - 7_200
