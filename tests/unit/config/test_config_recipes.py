"""Recipes in a configuration: what they become, whose series they take, and what is wrong with a name."""

from __future__ import annotations

from pathlib import Path

import promql_parser
import pytest

from oncall_tui.config.loader import config_from
from oncall_tui.core import recipes
from oncall_tui.core.catalogue import VERSIONS, Service, SignalKind
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.slo import Side


def service(text: str, name: str = "ranker") -> Service:
    whole = f"sources: {{prometheus: [{{url: 'http://p:9090'}}]}}\nservices:\n  - name: {name}\n{text}"
    return config_from(whole, Path("c.yaml")).catalogue().services[0]


@pytest.mark.parametrize("name", recipes.BY_NAME)
@pytest.mark.parametrize("name_of_service", ["ranker", "a-b.c_1"])
def test_every_query_of_every_recipe_is_promql_of_the_services_own_series(name: str, name_of_service: str) -> None:
    one = service(f"    recipes: [{name}]", name_of_service)
    assert one.signals
    for signal in one.signals:
        promql_parser.parse(signal.query)
        assert "$" not in signal.query
        assert signal.recipe == name
        assert f'"{name_of_service}"' in signal.query or not recipes.BY_NAME[name].identity
        assert signal.kind is not SignalKind.OTHER or name in (
            "vllm",
            "sglang",
            "tgi",
            "triton",
            "ray_serve",
            "bentoml",
        )
    if recipes.BY_NAME[name].versions:
        assert one.versions is not None
        assert one.versions.name == VERSIONS
        promql_parser.parse(one.versions.query)


def test_percentiles_come_in_three() -> None:
    names = [signal.name for signal in service("    recipes: [vllm]").signals]
    assert {"latency-p99", "latency-p95", "latency-p50"} <= set(names)
    p50 = next(s for s in service("    recipes: [vllm]").signals if s.name == "latency-p50")
    assert p50.query.startswith("histogram_quantile(0.5, sum by (le)")


def test_match_says_whose_series_they_are() -> None:
    one = service("""    recipes:
      - {name: dcgm, match: 'pod=~"ranker-.*"'}
      - {name: kubernetes, match: ['namespace="ml"', 'container="main"']}""")
    queries = {signal.name: signal.query for signal in one.signals}
    assert queries["gpu"] == 'avg(DCGM_FI_DEV_GPU_UTIL{pod=~"ranker-.*"}) / 100'
    assert queries["cpu"] == ('sum(rate(container_cpu_usage_seconds_total{namespace="ml",container="main"}[5m]))')


def test_own_signals_go_first_and_a_taken_name_gets_the_recipes() -> None:
    one = service("""    signals:
      - {name: drift-share, query: mine, warn: 3}
    recipes: [evidently, alibi_detect]""")
    assert [signal.name for signal in one.signals] == [
        "drift-share", "drift-p-value", "evidently-drift-share",
        "drift-seen", "alibi_detect-drift-p-value", "alibi_detect-drift-share",
    ]  # fmt: skip
    assert one.signals[0].query == "mine"
    assert one.signals[1].good is Side.AT_LEAST


def test_versions_that_are_written_go_before_a_recipes() -> None:
    one = service("    versions: {query: mine, by: version}\n    recipes: [triton]")
    assert one.versions is not None
    assert "mine" in one.versions.query
    of_triton = service("    recipes: [triton]").versions
    assert of_triton is not None
    assert of_triton.query == 'max by (version) (nv_inference_request_success{model="ranker"})'
    assert service("    recipes: [dcgm]").versions is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("    recipes: [evidenty]", "did you mean 'evidently'"),
        ("    recipes: [{name: dcgm, match: 'pod=~'}]", "recipes"),
        ("    recipes: [{name: dcgm, match: []}]", "match"),
        ("    recipes: [{match: 'a=\"b\"'}]", "name"),
        ("    recipes: dcgm", "recipes"),
    ],
)
def test_what_is_no_recipe_is_a_mistake_with_its_line(text: str, what: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        service(text)
    assert what in str(mistake.value)
    assert "c.yaml" in str(mistake.value) or "line" in str(mistake.value)


def test_a_hostile_match_stays_within_its_quotes() -> None:
    one = service("""    recipes: [{name: dcgm, match: 'pod="a\\"} or vector(1) or x{b=\\""'}]""")
    for signal in one.signals:
        parsed = promql_parser.parse(signal.query)
        assert "vector(1)" not in str(type(parsed))
        assert r'pod="a\"} or vector(1) or x{b=\""' in signal.query
