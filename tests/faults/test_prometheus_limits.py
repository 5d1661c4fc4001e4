"""Limits of a server and of a poll's time: what is asked, what is left for later, and what is said about it."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_prometheus import Handler, Server, config, server

from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Service, Signal, SignalKind
from oncall_tui.core.errors import Busy, TimedOut
from oncall_tui.core.readings import (
    CountsReading,
    Failed,
    HistoryReading,
    NoData,
    Reading,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli, Slo, SloKind
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.reports.status import as_json
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.wiring.sources import assess_once

__all__ = ["server"]

WINDOWS = (300, HOUR, 6 * HOUR, DAY, 3 * DAY, 30 * DAY)


def ratio(service: str, name: str = "raw") -> Slo:
    """An SLO that is one opaque expression: its window stands in its query."""
    sli = RatioSli(f'bad_{service}{{window="$window"}}')
    return Slo(service, name, SloKind.OTHER, 0.99, 30 * DAY, sli, recorded=False)


def events(service: str) -> Slo:
    total, bad = (f'sum(rate({name}{{service="{service}"}}[$window]))' for name in ("all", "bad"))
    return Slo(service, "events", SloKind.OTHER, 0.99, 30 * DAY, EventsSli(total, bad), recorded=False)


def catalogue(*slos: Slo) -> Catalogue:
    return Catalogue(tuple(Service(slo.service, slos=(slo,)) for slo in slos))


def windows_in(query: str) -> set[str]:
    return set(re.findall(r'window="(\w+)"', query)) | set(re.findall(r"\[(\w+)[\]:]", query))


def answer(handler: Handler, value: float = 0.5, **extra: object) -> None:
    """A value for every part and every member of what was asked, at the time that was asked for."""
    rows = []
    parts = handler.query.split("label_replace(")[1:] or [handler.query]
    for part in parts:
        tag = re.search(r'"oncall_reading", "(\d+)"', part)
        members = re.search(r'(\w+)=~"([^"]*)"', part)
        own = {"oncall_reading": tag[1]} if tag else {}
        labels = [{members[1]: member} for member in members[2].split("|")] if members else [{}]
        rows += [{"metric": own | one, "value": [0, str(value)]} for one in labels]
    handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": rows}, **extra})


def refuse(handler: Handler, words: str, status: int = 422) -> None:
    handler.send(status, {"status": "error", "errorType": "execution", "error": words})


# Time


async def test_what_pages_is_asked_first_and_what_was_left_out_comes_first_in_the_next_poll(server: Server) -> None:
    order: list[str] = []

    def slow(handler: Handler) -> None:
        order.extend(windows_in(handler.query))
        time.sleep(0.3)
        answer(handler)

    url, _ = server(slow)
    known = catalogue(ratio("a"))
    source = PrometheusSource("prom", url, config(timeout=5), known, 1, budget=1.0)
    readings = [SliReading("a/raw", window) for window in reversed(WINDOWS)]
    started = time.monotonic()
    readout = await source.read(readings, time.time())
    assert time.monotonic() - started < 2.5
    answered = [r.window for r in readings if isinstance(readout.outcomes[r], Sample)]  # type: ignore[union-attr]
    assert sorted(answered) == list(WINDOWS[: len(answered)])
    assert 2 <= len(answered) <= 3
    left = {r for r in readings if r.window not in answered}  # type: ignore[union-attr]
    assert readout.unasked == left
    for reading in left:
        failed = readout.outcomes[reading]
        assert isinstance(failed, Failed)
        assert "the poll's time was up (1s)" in failed.error
        assert "polling.timeout" in failed.hint
    first = len(order)
    again = await source.read(readings, time.time())
    await source.close()
    assert order[:2] == ["5m", "1h"]
    assert order[first] in ("1d", "6h")
    assert {r for r in left if isinstance(again.outcomes[r], Sample)}


async def test_nothing_starves_however_little_time_there_is(server: Server) -> None:
    def slow(handler: Handler) -> None:
        time.sleep(0.25)
        answer(handler)

    url, _ = server(slow)
    source = PrometheusSource("prom", url, config(timeout=5), catalogue(ratio("a")), 1, budget=0.5)
    readings: list[Reading] = [SliReading("a/raw", window) for window in WINDOWS]
    had: set[Reading] = set()
    for _ in range(8):
        readout = await source.read(readings, time.time())
        had |= {reading for reading, outcome in readout.outcomes.items() if isinstance(outcome, Sample)}
    await source.close()
    assert had == set(readings)


async def test_a_request_that_hangs_is_cut_off_with_the_poll_and_spoils_no_other(server: Server) -> None:
    def hang(handler: Handler) -> None:
        if "30d" in windows_in(handler.query):
            time.sleep(3)
        answer(handler)

    url, _ = server(hang)
    source = PrometheusSource("prom", url, config(timeout=10), catalogue(ratio("a")), budget=0.8)
    started = time.monotonic()
    readout = await source.read([SliReading("a/raw", window) for window in WINDOWS], time.time())
    assert time.monotonic() - started < 2.5
    await source.close()
    failed = {r.window: o for r, o in readout.outcomes.items() if isinstance(o, Failed)}  # type: ignore[union-attr]
    assert set(failed) == {30 * DAY}
    assert "cut off" in failed[30 * DAY].error


async def test_a_server_that_answers_nothing_in_time_fails_the_poll(server: Server) -> None:
    url, _ = server(lambda h: time.sleep(2))
    source = PrometheusSource("prom", url, config(timeout=10), catalogue(ratio("a")), budget=0.4)
    with pytest.raises(TimedOut):
        await source.read([SliReading("a/raw", window) for window in WINDOWS], time.time())
    await source.close()


async def test_the_poller_asks_what_was_left_out_at_its_next_poll_not_at_its_own_pace(server: Server) -> None:
    asked: list[str] = []

    def slow(handler: Handler) -> None:
        if handler.path.endswith("/alerts"):
            handler.send(200, {"status": "success", "data": {"alerts": []}})
            return
        asked.extend(windows_in(handler.query))
        time.sleep(0.2)
        answer(handler)

    url, _ = server(slow)
    known = catalogue(ratio("a"))
    source = PrometheusSource("prom", url, config(timeout=5), known, 1, budget=0.9)
    poller = Poller(known, [source], [], None, Pace(interval=0.3, deadline=2.0))
    await poller.once()
    assert "30d" not in asked
    snapshot = await poller.once()
    snapshot = await poller.once()
    await poller.close()
    assert snapshot.sources["prom"].failures == 0
    assert snapshot.sample(SliReading("a/raw", 30 * DAY)) is not None


# How many at once, and a server that has enough


async def test_never_more_at_once_than_allowed_whatever_is_asked(server: Server) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def counted(handler: Handler) -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        if handler.path.endswith("/alerts"):
            handler.send(200, {"status": "success", "data": {"alerts": []}})
        else:
            answer(handler)

    url, seen = server(counted)
    known = catalogue(*(ratio(name) for name in "abcdef"))
    source = PrometheusSource("prom", url, config(timeout=5), known, 2)
    poller = Poller(known, [source], [], None, Pace(deadline=20.0))
    await poller.once()
    await poller.close()
    assert {one["path"] for one in seen} >= {"/api/v1/query", "/api/v1/alerts", "/api/v1/status/buildinfo"}
    assert most[0] == 2


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_has_enough_is_left_alone_and_what_it_answered_stands(server: Server, status: int) -> None:
    def enough(handler: Handler) -> None:
        if "5m" in windows_in(handler.query):
            answer(handler)
        else:
            handler.send(status, b"slow down", "text/plain", Retry_After="40")

    url, seen = server(enough)
    source = PrometheusSource("prom", url, config(), catalogue(ratio("a")), 1)
    readings = [SliReading("a/raw", window) for window in WINDOWS]
    readout = await source.read(readings, time.time())
    await source.close()
    assert len([one for one in seen if one["path"].endswith("/query")]) == 2
    assert isinstance(readout.outcomes[readings[0]], Sample)
    assert (readout.retry_after, readout.unasked) == (40.0, frozenset(readings[1:]))
    last = readout.outcomes[readings[-1]]
    assert isinstance(last, Failed)
    assert "left alone for 40s" in last.error


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_server_that_has_enough_at_once_fails_the_read_with_its_wait(server: Server, recorded: bool) -> None:
    url, seen = server(lambda h: h.send(429, b"", Retry_After="7"))
    source = PrometheusSource("prom", url, config(), catalogue(replace(ratio("a"), recorded=recorded)))
    with pytest.raises(Busy) as caught:
        await source.read([SliReading("a/raw", window) for window in WINDOWS], time.time())
    await source.close()
    assert caught.value.retry_after == 7
    assert len(seen) <= 4


# Limits on what a query touches


SAMPLES = "query processing would load too many samples into memory in query execution"


async def test_slos_that_are_too_much_together_are_asked_apart_and_so_at_once_the_next_time(server: Server) -> None:
    def limited(handler: Handler) -> None:
        members = re.search(r'service=~"([^"]*)"', handler.query)
        if members and members[1].count("|") >= 2:
            refuse(handler, SAMPLES)
        else:
            answer(handler)

    url, _ = server(limited)
    known = catalogue(*(events(name) for name in "abcdefgh"))
    source = PrometheusSource("prom", url, config(), known)
    readings = [SliReading(f"{name}/events", 300) for name in "abcdefgh"]
    first = await source.read(readings, time.time())
    second = await source.read(readings, time.time())
    await source.close()
    assert all(isinstance(outcome, Sample) for outcome in [*first.outcomes.values(), *second.outcomes.values()])
    assert second.requests < first.requests - 4


@pytest.mark.parametrize(
    "words",
    [
        SAMPLES,
        "cannot select more than -search.maxSamplesPerQuery=1000 samples",
        "the query hit the max number of chunks limit (limit: 2000000 chunks)",
        "the query time range exceeds the limit (query length: 720h, limit: 24h)",
        "exceeded samples limit: limit 1000 violated (got 2000)",
    ],
)
async def test_a_window_that_is_too_much_is_asked_in_pieces_and_so_at_once_the_next_time(
    server: Server, words: str
) -> None:
    def limited(handler: Handler) -> None:
        if "30d" in windows_in(handler.query):
            refuse(handler, words)
        else:
            answer(handler, 0.25 if "bad" in handler.query and "all" not in handler.query else 0.5)

    url, seen = server(limited)
    known = catalogue(*(events(name) for name in "abcd"))
    source = PrometheusSource("prom", url, config(), known)
    readings = [SliReading(f"{name}/events", 30 * DAY) for name in "abcd"]
    now = float(int(time.time()))
    first = await source.read(readings, now)
    before = len(seen)
    second = await source.read(readings, now)
    await source.close()
    for outcome in [*first.outcomes.values(), *second.outcomes.values()]:
        assert isinstance(outcome, Sample)
        assert outcome.value == pytest.approx(1.0)
        assert outcome.total == pytest.approx(4 * 0.5), "each piece is asked as a count"
        assert outcome.provenance.note == "asked in 4 pieces of 180h and added up"
        assert "[180h]" in outcome.provenance.query
    asked = sorted(now - float(one["form"]["time"][0]) for one in seen[before:])
    assert asked == [0, 180 * HOUR, 360 * HOUR, 540 * HOUR]


async def test_what_is_too_much_in_pieces_too_fails_with_the_limit_and_is_asked_once_from_then_on(
    server: Server,
) -> None:
    url, _ = server(lambda h: refuse(h, "cannot select more than -search.maxSamplesPerQuery=9 samples"))
    source = PrometheusSource("prom", url, config(), catalogue(events("a")))
    reading = SliReading("a/events", 30 * DAY)
    first = await source.read([reading], time.time())
    second = await source.read([reading], time.time())
    await source.close()
    for readout in (first, second):
        failed = readout.outcomes[reading]
        assert isinstance(failed, Failed)
        assert "-search.maxSamplesPerQuery=9" in failed.error
        assert "raise -search.maxSamplesPerQuery on the server" in failed.hint
        assert "oncall-tui rules" in failed.hint
    assert second.requests <= 2


async def test_a_ratio_cannot_be_cut_and_its_neighbours_do_not_suffer(server: Server) -> None:
    def limited(handler: Handler) -> None:
        if "bad_b" in handler.query:
            refuse(handler, SAMPLES)
        else:
            answer(handler)

    url, _ = server(limited)
    source = PrometheusSource("prom", url, config(), catalogue(*(ratio(name) for name in "abcd")))
    readings = [SliReading(f"{name}/raw", 30 * DAY) for name in "abcd"]
    for _ in range(2):
        readout = await source.read(readings, time.time())
        assert [isinstance(readout.outcomes[r], Sample) for r in readings] == [True, False, True, True]
    await source.close()
    failed = readout.outcomes[readings[1]]
    assert isinstance(failed, Failed)
    assert "--query.max-samples" in failed.hint


@pytest.mark.parametrize("old", [True, False])
async def test_only_a_history_without_a_sample_at_its_start_is_searched(server: Server, old: bool) -> None:
    now = float(int(time.time()))

    def ours(handler: Handler) -> None:
        at_start = " offset " in handler.query
        if at_start and not old:
            handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": []}})
        else:
            answer(handler, now - (30 * DAY - HOUR if at_start else 3 * DAY))

    url, seen = server(ours)
    source = PrometheusSource("prom", url, config(), catalogue(events("a")))
    reading = HistoryReading("a/events")
    for _ in range(2):
        outcome = (await source.read([reading], now)).outcomes[reading]
        assert isinstance(outcome, Sample)
        assert outcome.value == (30 * DAY - HOUR if old else 3 * DAY)
        assert (" offset " in outcome.provenance.query) is old
    await source.close()
    asked = [one for one in seen if "timestamp" in str(one["form"])]
    assert len(asked) == (2 if old else 4)


async def test_a_history_that_is_too_much_is_looked_at_by_pieces(server: Server) -> None:
    now = float(int(time.time()))

    def limited(handler: Handler) -> None:
        if " offset " in handler.query:
            handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": []}})
        elif "30d" in windows_in(handler.query):
            refuse(handler, SAMPLES)
        else:
            answer(handler, float(handler.seen[-1]["form"]["time"][0]) - HOUR)

    url, _ = server(limited)
    source = PrometheusSource("prom", url, config(), catalogue(events("a")))
    reading = HistoryReading("a/events")
    outcome = (await source.read([reading], now)).outcomes[reading]
    await source.close()
    assert isinstance(outcome, Sample)
    assert outcome.value == 3 * 180 * HOUR + HOUR


async def test_a_chart_of_too_many_points_is_asked_in_stretches_that_join(server: Server) -> None:
    def ranged(handler: Handler) -> None:
        form = {name: values[0] for name, values in handler.seen[-1]["form"].items()}
        if "step" not in form:
            return answer(handler)
        start, end, step = (float(form[name]) for name in ("start", "end", "step"))
        if (end - start) / step > 1_000:
            words = "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution"
            return handler.send(400, {"status": "error", "errorType": "bad_data", "error": words})
        points = [[start + n * step, "2"] for n in range(int((end - start) / step) + 1)]
        tags = re.findall(r'"oncall_reading", "(\d+)"', handler.query)
        rows = [{"metric": {"oncall_reading": tag} if tags else {}, "values": points} for tag in tags or [""]]
        return handler.send(200, {"status": "success", "data": {"resultType": "matrix", "result": rows}})

    url, _ = server(ranged)
    known = Catalogue((Service("a", slos=(events("a"),), signals=(Signal("a", "x", SignalKind.OTHER, "x"),)),))
    source = PrometheusSource("prom", url, config(), known)
    now = float(int(time.time()))
    chart = SeriesReading(SignalReading("a", "x"), 3_000 * 60, 60)
    counts = CountsReading("a/events", 3_000 * 60, 60)
    outcomes = (await source.read([chart, counts], now)).outcomes
    await source.close()
    line, counted = outcomes[chart], outcomes[counts]
    assert isinstance(line, Series)
    assert isinstance(counted, Series)
    assert [at for at, _ in line.lines[""]] == [now - n * 60 for n in range(3_000, -1, -1)]
    assert len(counted.lines["total"]) == 3_000
    assert "stretches of time" in line.provenance.note


async def test_a_server_that_reads_only_short_queries_is_asked_by_short_ones_from_then_on(server: Server) -> None:
    def limited(handler: Handler) -> None:
        if len(handler.query) > 3_000:
            words = f"too long query; got {len(handler.query)} bytes; mustn't exceed `-search.maxQueryLen=3000` bytes"
            handler.send(422, {"status": "error", "errorType": "422", "error": words})
        else:
            answer(handler)

    url, seen = server(limited)
    known = catalogue(*(events(f"a-service-with-a-name-{i}") for i in range(120)))
    source = PrometheusSource("prom", url, config(), known)
    readings = [SliReading(slo.id, 300) for slo in known.slos()]
    first = await source.read(readings, time.time())
    before = len(seen)
    second = await source.read(readings, time.time())
    await source.close()
    assert all(isinstance(outcome, Sample) for outcome in [*first.outcomes.values(), *second.outcomes.values()])
    assert all(len(one["form"]["query"][0]) <= 3_000 for one in seen[before:])


# Bucket bounds


async def test_a_threshold_that_is_no_bound_says_which_there_are_and_asks_once(server: Server) -> None:
    bounds = ["0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"]

    def no_bucket(handler: Handler) -> None:
        if "count by (le" in handler.query:
            services = re.findall(r'service=~"([^"]*)"', handler.query)[0].split("|")
            rows = [{"metric": {"le": le, "service": s}, "value": [0, "1"]} for le in bounds for s in services]
            handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": rows}})
            return
        tags = re.findall(r'le=~.*?"oncall_reading", "(\d+)"', handler.query.split("label_replace(")[1])
        other = "1" if tags == ["0"] else "0"
        members = re.findall(r'service=~"([^"]*)"', handler.query)[0].split("|")
        rows = [{"metric": {"oncall_reading": other, "service": name}, "value": [0, "9"]} for name in members]
        handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": rows}})

    def latency(service: str) -> Slo:
        sli = LatencySli("lat", 0.3, f'service="{service}"')
        return Slo(service, "latency", SloKind.LATENCY, 0.99, 30 * DAY, sli, recorded=False)

    url, seen = server(no_bucket)
    source = PrometheusSource("prom", url, config(), catalogue(latency("a"), latency("b")))
    readings = [SliReading(f"{name}/latency", window) for name in "ab" for window in (300, HOUR)]
    for later in (0, 10):
        readout = await source.read(readings, time.time() + later)
        for reading in readings:
            nothing = readout.outcomes[reading]
            assert isinstance(nothing, NoData)
            assert nothing.reason == "traffic, but no bucket le=0.3: there are 0.1, 0.25, 0.5, 1, 2.5, 5, ..."
    await source.close()
    assert sum("count by (le" in one["form"].get("query", [""])[0] for one in seen) == 1


# Dialects


async def test_the_settings_of_a_dialect_travel_with_every_query_and_nothing_unset_does(
    server: Server, tmp_path: Path
) -> None:
    url, seen = server(lambda h: answer(h, isPartial=True, warnings=["store 10.0.0.7 did not answer"]))
    file = tmp_path / "config.yaml"
    source: dict[str, Any] = {
        "url": url + "/select/0/prometheus",
        "tenant": "ml|fraud",
        "partial_response": True,
        "dedup": False,
        "query_params": {"extra_label": ["a=b", "c=d"], "nocache": "1", "extra_filters[]": '{env="prod"}'},
    }
    signals = [{"name": "x", "query": "x"}]
    file.write_text(json.dumps({"sources": {"prometheus": [source]}, "services": [{"name": "s", "signals": signals}]}))
    assessment = await assess_once(file, None)
    (query,) = [one for one in seen if one["path"] == "/select/0/prometheus/api/v1/query"]
    assert query["headers"]["X-Scope-OrgID"] == "ml|fraud"
    assert {name: values for name, values in query["form"].items() if name not in ("query", "time", "timeout")} == {
        "partial_response": ["true"],
        "dedup": ["false"],
        "extra_label": ["a=b", "c=d"],
        "nocache": ["1"],
        "extra_filters[]": ['{env="prod"}'],
    }
    told = as_json(assessment)["sources"][0]["warnings"]  # type: ignore[index]
    assert "store 10.0.0.7 did not answer" in told
    assert "the answer is partial" in told
    members = assessment.snapshot.members(SignalReading("s", "x"))
    assert members is not None
    assert members.provenance.note.startswith("the answer was partial")


async def test_a_source_without_settings_sends_none_and_an_info_marks_nothing(server: Server) -> None:
    url, seen = server(lambda h: answer(h, infos=["PromQL info: metric might not be a counter"]))
    source = PrometheusSource("prom", url, config(), catalogue(ratio("a")))
    reading = SliReading("a/raw", 300)
    outcome = (await source.read([reading], time.time())).outcomes[reading]
    await source.close()
    assert isinstance(outcome, Sample)
    assert outcome.provenance.note == ""
    assert set(seen[0]["form"]) == {"query", "time", "timeout"}


# Cost


async def test_the_cost_of_a_poll_is_told_part_by_part(server: Server) -> None:
    def stats(handler: Handler) -> None:
        asked = handler.seen[-1]["form"].get("stats")
        told = {"stats": {"samples": {"totalQueryableSamples": 100}}} if asked == ["all"] else {}
        rows = [{"metric": {}, "value": [0, "1"]}]
        handler.send(200, {"status": "success", "data": {"resultType": "vector", "result": rows, **told}})

    url, _ = server(stats)
    known = Catalogue((Service("a", slos=(ratio("a"),), signals=(Signal("a", "x", SignalKind.OTHER, "x"),)),))
    source = PrometheusSource("prom", url, config(), known)
    readings = [SliReading("a/raw", 300), SliReading("a/raw", 30 * DAY), SignalReading("a", "x")]
    cost = await source.cost(readings, time.time())
    await source.close()
    assert [(part.name, part.requests, part.samples) for part in cost.parts] == [
        ("signals", 1, 100),
        ("window 5m", 1, 100),
        ("window 30d", 1, 100),
        ("pending alerts", 1, None),
        ("version", 1, None),
    ]
    assert (cost.requests, cost.samples) == (5, 300)
    load = Pace(interval=15).per_minute(cost)
    assert load.requests == pytest.approx(4 + 4 + 0.2 + 4)
    assert load.samples == pytest.approx(820)


async def test_a_server_that_counts_no_samples_has_a_cost_without(server: Server) -> None:
    url, _ = server(lambda h: answer(h))
    source = PrometheusSource("prom", url, config(), catalogue(ratio("a")))
    cost = await source.cost([SliReading("a/raw", 300)], time.time())
    await source.close()
    assert cost.samples is None
    assert Pace().per_minute(cost).samples is None
