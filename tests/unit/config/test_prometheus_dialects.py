"""Settings of what speaks Prometheus' API and is none."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from oncall_tui.config.models import Polling, PrometheusConfig

URL = "http://host:8481/select/0/prometheus/"


def config(**more: object) -> PrometheusConfig:
    return PrometheusConfig.model_validate({"url": URL, **more})


def test_what_is_not_set_is_not_sent() -> None:
    bare = config()
    assert bare.parameters() == {}
    assert bare.http() is bare
    assert bare.url == URL.rstrip("/")


def test_what_is_set_is_sent_as_servers_spell_it() -> None:
    full = config(tenant="a|b", partial_response=False, dedup=True, query_params={"extra_label": ["a=b"], "x": "1"})
    assert full.parameters() == {
        "partial_response": ("false",),
        "dedup": ("true",),
        "extra_label": ("a=b",),
        "x": ("1",),
    }
    assert full.http().headers["X-Scope-OrgID"].get_secret_value() == "a|b"
    assert full.headers == {}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tenant": "a", "headers": {"x-scope-orgid": "b"}}, "at most one of tenant"),
        ({"dedup": True, "query_params": {"dedup": "false"}}, "at most one of dedup"),
        ({"query_params": {"query": "up"}}, "the program's own"),
        ({"query_params": {"a b": "1"}}, "a query parameter such as"),
        ({"tenant": "a\nb"}, "printable ASCII"),
        ({"tenant": ""}, "printable ASCII"),
    ],
)
def test_what_contradicts_or_breaks_a_request_is_a_mistake(more: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        config(**more)


def test_a_prometheus_is_asked_within_most_of_a_polls_time() -> None:
    assert Polling(timeout=30).budget == 24
