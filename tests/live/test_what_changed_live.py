"""Investigate on a real Prometheus: a bad release is told with its labels, its alert, its deploy and the last version."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from prometheus_fixture import RunningPrometheus, start_prometheus

from oncall_tui.config.loader import config_from
from oncall_tui.core.causes import ChangeKind
from oncall_tui.core.what_changed import Held
from oncall_tui.poll.investigate import Investigate
from oncall_tui.wiring.sources import real_sources

pytestmark = pytest.mark.live

SPAN, STEP, SINCE = 6 * 3_600, 30, 3_600
CONFIG = """
sources: {prometheus: [{url: URL}]}
services:
  - name: fraud
    kind: model
    versions: {query: 'model_info{service="fraud"}', by: version}
    deploys: {query: 'deploy_timestamp_seconds{app="fraud"}'}
    info: [{query: 'kube_pod_container_info{container="fraud"}', labels: [image]}]
    signals:
      - name: errors
        unit: ratio
        query: >-
          sum(rate(http_requests_total{service="fraud",code="500"}[5m])) / sum(rate(http_requests_total{service="fraud"}[5m]))
      - {name: accuracy, query: 'avg(model_accuracy_ratio{service="fraud"})'}
"""


def _line(name: str, labels: Mapping[str, str], value: float, at: float) -> str:
    inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
    return f"{name}{{{inside}}} {value!r} {at:.3f}\n"


def _history(end: float) -> str:
    lines = []
    begin, since = end - SPAN, end - SINCE
    for version, serves, bad in (("v1", lambda t: t < since, 0.01), ("v2", lambda t: t >= since, 0.3)):
        count = {"200": 0.0, "500": 0.0}
        for n in range(SPAN // STEP + 1):
            at = begin + n * STEP
            if not serves(at):
                continue
            own = {"service": "fraud", "version": version}
            wobble = 1 + 0.1 * (n % 3)
            count["500"] += 300 * bad * wobble
            count["200"] += 300 * (1 - bad)
            lines.append(_line("model_info", {**own, "config_hash": f"c-{version}"}, 1, at))
            lines.append(_line("model_accuracy_ratio", own, (0.95 if version == "v1" else 0.8) + 0.001 * (n % 2), at))
            lines += [_line("http_requests_total", {**own, "code": code}, value, at) for code, value in count.items()]
            for pod in range(3):
                image = "fraud:2" if version == "v2" and pod else "fraud:1"
                lines.append(
                    _line("kube_pod_container_info", {"container": "fraud", "pod": f"p{pod}", "image": image}, 1, at)
                )
            lines.append(
                _line(
                    "deploy_timestamp_seconds", {"app": "fraud"}, begin - 9_999 if version == "v1" else since - 12, at
                )
            )
            if at > since + 300:
                alert = {"alertname": "FraudErrors", "alertstate": "firing", "service": "fraud"}
                lines.append(_line("ALERTS", alert, 1, at))
    return "".join(sorted(lines, key=lambda one: one.split("{")[0]))


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningPrometheus, float]]:
    end = float(int(time.time()) - 5)
    running = start_prometheus(tmp_path_factory.mktemp("changed"), _history(end))
    yield running, end
    running.stop()


async def test_a_bad_release_is_told_from_every_side(prometheus: tuple[RunningPrometheus, float]) -> None:
    running, end = prometheus
    config = config_from(CONFIG.replace("URL", running.url), Path("c.yaml"))
    sources = real_sources(config)
    try:
        found = await Investigate(sources.metrics)(sources.catalogue, "fraud", ["fraud"], span=SPAN - 1_800)
    finally:
        for source in sources.metrics:
            await source.close()
    assert not [words for words in found.unanswered if "SLO" not in words and "past" not in words], found.unanswered
    shifts = {one.label: one for one in found.shifts}
    assert shifts["version"].before == (Held("v1", 1),)
    assert shifts["version"].after == (Held("v2", 1),)
    assert shifts["config_hash"].after == (Held("c-v2", 1),)
    assert shifts["image"].before == (Held("fraud:1", 3),)
    assert shifts["image"].after == (Held("fraud:2", 2), Held("fraud:1", 1))
    assert "feature_service" not in shifts
    (alert,) = found.occurrences
    assert alert.what == "FraudErrors"
    assert alert.at == pytest.approx(end - SINCE + 300, abs=150)
    deploys = [one for one in found.changes if one.kind is ChangeKind.DEPLOY]
    assert [one.at for one in deploys] == [pytest.approx(end - SINCE - 12, abs=1)]
    (versions,) = found.versions
    assert (versions.last, versions.this, versions.trouble) == ("v1", "v2", "")
    figures = {one.signal.name: one for one in versions.figures}
    assert figures["errors"].last == pytest.approx(0.011, abs=0.002)
    assert figures["errors"].this == pytest.approx(0.32, abs=0.03)
    assert figures["accuracy"].last == pytest.approx(0.95, abs=0.01)
    assert figures["accuracy"].this == pytest.approx(0.8, abs=0.01)
    assert figures["errors"].worse
    assert figures["accuracy"].worse
    assert found.finding.suspects[0].change is not None
