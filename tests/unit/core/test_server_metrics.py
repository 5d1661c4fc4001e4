"""A server's own metrics: the few that are wanted, out of whatever it exports."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from oncall_tui.core.catalogue import Protocol
from oncall_tui.core.exposition import values_of
from oncall_tui.core.probes import REMEMBERED, Probe, percentile, remembered
from oncall_tui.core.server_metrics import SAME_PORT, WANTED, How, Reading, read

VLLM = """
# HELP vllm:num_requests_waiting Number of requests waiting
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="a}b\\"c"} 3.0
vllm:num_requests_waiting{engine="1",model_name="d"} 4.0 1795000000000
vllm:num_requests_running{engine="0"} 2
vllm:gpu_cache_usage_perc{engine="0"} 0.25
vllm:gpu_cache_usage_perc{engine="1"} 0.75
vllm:num_preemptions_total{engine="0"} %s
"""


def figures(reading):
    return {one.name: (one.value, one.unit) for one in reading.figures}


def test_queues_add_up_and_of_caches_the_fullest_counts():
    reading = read(Protocol.VLLM, VLLM % 100, 1_000.0)
    assert figures(reading) == {"running": (2, ""), "waiting": (7, ""), "kv cache": (0.75, "%")}


def test_a_counter_is_a_rate_between_two_looks_and_nothing_before():
    first = read(Protocol.VLLM, VLLM % 100, 1_000.0)
    second = read(Protocol.VLLM, VLLM % 130, 1_060.0, first)
    assert "preempted" not in figures(first)
    assert figures(second)["preempted"] == (0.5, "/s")
    begun_anew = read(Protocol.VLLM, VLLM % 5, 1_120.0, second)
    assert "preempted" not in figures(begun_anew)
    assert figures(read(Protocol.VLLM, VLLM % 11, 1_126.0, begun_anew))["preempted"] == (1.0, "/s")


def test_two_looks_at_one_moment_give_no_rate():
    first = read(Protocol.VLLM, VLLM % 100, 1_000.0)
    assert "preempted" not in figures(read(Protocol.VLLM, VLLM % 130, 1_000.0, first))


def test_the_newer_name_of_a_metric_counts():
    text = "vllm:kv_cache_usage_perc 0.1\nvllm:gpu_cache_usage_perc 0.9\n"
    assert figures(read(Protocol.VLLM, text, 0.0)) == {"kv cache": (0.1, "%")}


@pytest.mark.parametrize(
    "text", ["", "<html>", "\x00\xff", "vllm:num_requests_waiting", 'vllm:num_requests_waiting{a="} 3']
)
def test_what_is_no_exposition_has_no_figures(text):
    assert read(Protocol.VLLM, text, 0.0) == Reading(0.0, (), {})


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "three", ""])
def test_what_is_no_finite_number_is_passed_over(value):
    assert read(Protocol.TGI, f"tgi_queue_size {value}\ntgi_batch_current_size 2\n", 0.0).figures[0].name == "batch"


def test_a_line_without_end_is_passed_over():
    labels = ",".join(f'l{n}="{"x" * 100}"' for n in range(100))
    assert values_of(f"m{{{labels}}} 1\nm 2\n", {"m"}) == {"m": [2.0]}


@given(st.lists(st.tuples(st.text(max_size=30), st.floats(allow_nan=False, allow_infinity=False)), max_size=5))
def test_it_reads_what_prometheus_own_library_writes(series):
    registry = CollectorRegistry()
    gauge = Gauge("tgi_queue_size", "a queue\nof two lines", ["model"], registry=registry)
    Counter("tgi_request_count", "more", registry=registry).inc(7)
    wanted = dict(series)
    for model, value in wanted.items():
        gauge.labels(model).set(value)
    found = values_of(generate_latest(registry).decode(), {"tgi_queue_size"})
    assert sorted(found.get("tgi_queue_size", [])) == sorted(wanted.values())


@given(st.text())
def test_any_text_at_all_is_read(text):
    for protocol in Protocol:
        assert all(math.isfinite(one.value) for one in read(protocol, text, 0.0).figures)


def test_every_metric_beside_an_api_is_one_that_is_looked_for():
    assert set(SAME_PORT) <= set(WANTED)
    assert all(one.metrics for wanted in WANTED.values() for one in wanted)
    assert {one.how for wanted in WANTED.values() for one in wanted} == set(How)


# Rolling latency


def test_latencies_are_remembered_so_many_and_a_probe_without_one_changes_nothing():
    kept = ()
    for n in range(REMEMBERED + 20):
        kept = remembered(kept, float(n))
    assert len(kept) == REMEMBERED
    assert (kept[0], kept[-1]) == (20.0, REMEMBERED + 19.0)
    assert remembered(kept, None) == kept


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [([], 0.5, None), ([3.0], 0.95, 3.0), ([1, 2, 3, 4], 0.5, 2), ([4, 3, 2, 1], 0.95, 4), (range(1, 101), 0.95, 95)],
)
def test_percentiles_are_by_nearest_rank(values, share, wanted):
    assert percentile(list(values), share) == wanted


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50), st.floats(0.01, 1))
def test_a_percentile_is_one_of_the_values_and_enough_of_them_do_not_exceed_it(values, share):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-9


def test_a_probe_knows_since_when_it_finds_the_same():
    first = Probe("e", 1.0, True, True, "1", latency=0.1).after(None)
    same = Probe("e", 2.0, True, True, "1", latency=0.2).after(first)
    other = Probe("e", 3.0, True, True, "2").after(same)
    assert (first.since, same.since, other.since) == (1.0, 1.0, 3.0)
    assert other.latencies == (0.1, 0.2)
