"""The fleet's past as text: no gap where a five-minute rate would look, and nothing invented."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from oncall_tui.lab.files import target_labels
from oncall_tui.lab.history import DAY, HOUR, moments, time_to_backfill, write_openmetrics
from oncall_tui.sources.simulated.fleet import Fleet

EPOCH = 1_795_000_000.0
RANKERS_ACCURACY = 'model_accuracy_ratio{job="fleet",instance="ranker"'


def labels_of(fleet: Fleet) -> dict[str, dict[str, str]]:
    return {service: target_labels(service) for service in fleet.services}


@given(st.floats(1_600_000_000, 1_900_000_000), st.floats(1, 30 * DAY))
def test_moments_rise_stay_in_the_span_and_leave_no_gap_a_five_minute_rate_could_see(end: float, span: float) -> None:
    times = list(moments(end - span, end))
    assert all(end - span <= t < end for t in times)
    steps = [b - a for a, b in pairwise(times)]
    assert all(0 < step <= 150 for step in steps)
    if span > 150:
        assert times[0] - (end - span) <= 150
        assert end - times[-1] <= 15


def test_the_last_hours_are_fine_and_the_past_is_coarse() -> None:
    times = list(moments(EPOCH - 30 * DAY, EPOCH))
    assert {b - a for a, b in pairwise(t for t in times if t >= EPOCH - 3 * HOUR)} == {15}
    assert {b - a for a, b in pairwise(t for t in times if t < EPOCH - 4 * DAY)} == {150}


def test_nothing_is_written_for_an_empty_span() -> None:
    assert list(moments(EPOCH, EPOCH)) == []


def test_the_text_holds_what_the_fleet_says_under_the_labels_of_a_scrape(tmp_path: Path) -> None:
    fleet = Fleet("feature-stale", EPOCH)
    times = [int(EPOCH) - 30, int(EPOCH) - 15]
    text = tmp_path / "history.txt"
    points = write_openmetrics(fleet, times, labels_of(fleet), text)
    lines = text.read_text().splitlines()
    assert lines[-1] == "# EOF"
    assert len(lines) == points + 1
    assert 'up{job="fleet",instance="ranker",service="ranker"} 1 1794999970' in lines
    expected = {
        (point.metric, frozenset({**target_labels(point.labels["service"]), **point.labels}.items())): point.value
        for point in fleet.exposition(times[1])
    }
    parsed = {}
    for line in lines[:-1]:
        series, value, at = line.rsplit(" ", 2)
        if at == str(times[1]) and not series.startswith("up{"):
            (family,) = text_string_to_metric_families(f"{series} {value}\n")
            (sample,) = family.samples
            parsed[sample.name, frozenset(sample.labels.items())] = sample.value
    assert parsed == expected


def test_what_is_not_exposed_at_a_moment_is_not_written_for_it(tmp_path: Path) -> None:
    fleet = Fleet("label-outage", EPOCH)
    text = tmp_path / "history.txt"
    write_openmetrics(fleet, [int(EPOCH), int(EPOCH) + 300], labels_of(fleet), text)
    known = [line.split()[-1] for line in text.read_text().splitlines() if line.startswith(RANKERS_ACCURACY)]
    assert known == [str(int(EPOCH))]


def test_writing_gives_up_when_it_is_told_to(tmp_path: Path) -> None:
    fleet, stop = Fleet("quiet", EPOCH), threading.Event()
    stop.set()
    assert write_openmetrics(fleet, [int(EPOCH)], labels_of(fleet), tmp_path / "history.txt", stop) == 0


def test_more_history_takes_longer_and_a_month_is_a_matter_of_seconds() -> None:
    fleet = Fleet("quiet", EPOCH)
    assert time_to_backfill(fleet, 2 * DAY) < time_to_backfill(fleet, 30 * DAY) < 20
