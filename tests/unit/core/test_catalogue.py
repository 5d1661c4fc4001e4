from __future__ import annotations

import pytest

from oncall_tui.core.burn import DAY
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.slo import RatioSli, Slo, SloKind

SLO = Slo("ranker", "availability", SloKind.AVAILABILITY, 0.99, 30 * DAY, RatioSli("x"))
ENDPOINT = Endpoint("ranker", "eu", Protocol.HTTP, "http://127.0.0.1:1")
RANKER = Service("ranker", slos=(SLO,), endpoints=(ENDPOINT,))
GPU = Service("gpu", matchers=parse_matchers('team="infra", alertname=~"Gpu.*"'))
CATALOGUE = Catalogue((RANKER, GPU, Service("fraud")))


@pytest.mark.parametrize(
    ("labels", "owner"),
    [
        ({}, None),
        ({"service": "unheard-of"}, None),
        ({"service": "ranker"}, "ranker"),
        ({"sloth_service": "fraud"}, "fraud"),
        ({"model": "fraud"}, "fraud"),
        ({"service": "gpu"}, None),  # matchers stand in place of the usual labels, not beside them
        ({"team": "infra"}, None),
        ({"team": "infra", "alertname": "GpuHot"}, "gpu"),
        ({"team": "infra", "alertname": "GpuHot", "service": "ranker"}, "ranker"),
    ],
)
def test_an_alert_belongs_to_the_first_service_that_claims_it(labels: dict[str, str], owner: str | None) -> None:
    found = CATALOGUE.owner(labels)
    assert (found.name if found else None) == owner


def test_what_is_not_watched_is_not_found() -> None:
    assert CATALOGUE.service("search") is None
    assert CATALOGUE.slo("ranker/latency") is None
    assert Catalogue().owner({"service": "ranker"}) is None


def test_what_is_watched_is_found_by_its_name() -> None:
    assert CATALOGUE.service("fraud") == Service("fraud")
    assert CATALOGUE.slo("ranker/availability") is SLO
    assert list(CATALOGUE.slos()) == [SLO]
    assert list(CATALOGUE.endpoints()) == [ENDPOINT]
    assert ENDPOINT.id == "ranker/eu"
