"""Recipes that discovery adds: a monitor's to the model it speaks of, a container's to a service of its name."""

from __future__ import annotations

from pathlib import Path

from discovery_answers import found, row, service

from oncall_tui.config.discovered import written
from oncall_tui.config.loader import config_from
from oncall_tui.core.catalogue import ServiceKind
from oncall_tui.core.errors import TimedOut

EVIDENTLY = row("evidently:data_drift:p_value", dataset_name="ranker", feature="age")
VLLM = row("vllm:request_success_total", job="vllm", model_name="llama", finished_reason="stop")


def test_a_monitor_makes_a_model_of_what_it_speaks_of() -> None:
    one = service(found([EVIDENTLY]), "ranker")
    assert (one.kind, one.identity) == (ServiceKind.MODEL, (("dataset_name", "ranker"),))
    assert [recipe.name for recipe in one.recipes] == ["evidently"]
    assert not one.signals


def test_a_container_and_a_gpu_are_told_of_where_a_service_has_their_name() -> None:
    rows = [
        VLLM,
        *(row("kube_pod_container_status_restarts_total", container=name) for name in ("llama", "coredns")),
        row("DCGM_FI_DEV_GPU_UTIL", exported_container="llama", container="dcgm-exporter"),
        row("DCGM_FI_DEV_GPU_TEMP", exported_container="llama"),
    ]
    findings = found(rows)
    assert [one.name for one in findings.services] == ["llama"]
    one = findings.services[0]
    assert {(recipe.name, recipe.identity) for recipe in one.recipes} == {
        ("kubernetes", (("container", "llama"),)),
        ("dcgm", (("exported_container", "llama"),)),
    }
    assert one.kind is ServiceKind.MODEL
    assert one.identity == (("model_name", "llama"),)


def test_what_is_written_is_loaded_and_says_the_label_only_where_it_must() -> None:
    rows = [VLLM, EVIDENTLY, row("DCGM_FI_DEV_GPU_UTIL", exported_container="llama")]
    odd = row("evidently:data_drift:p_value", dataset_name='o"d\n{x}', feature="age")
    text = written(found([*rows, odd]))
    assert "      - evidently\n" in text
    services = {one.name: one for one in config_from(text, Path("found.yaml")).catalogue().services}
    assert [s.name for s in services["ranker"].signals] == ["drift-p-value", "drift-share"]
    assert services["ranker"].signals[0].query == (
        'min by (feature) (evidently:data_drift:p_value{dataset_name="ranker"})'
    )
    gpu = next(s for s in services["llama"].signals if s.name == "gpu")
    assert gpu.query == 'avg(DCGM_FI_DEV_GPU_UTIL{exported_container="llama"}) / 100'
    assert gpu.recipe == "dcgm"
    assert any(r'dataset_name="o\"d\n{x}"' in s.query for one in services.values() for s in one.signals)


def test_that_it_was_not_answered_is_told_and_the_rest_stands() -> None:
    findings = found([VLLM, EVIDENTLY], failing={"DCGM_FI_DEV_GPU_UTIL": TimedOut("too slow")})
    assert [one.name for one in findings.services] == ["llama"]
    assert any("monitors, containers and GPUs" in remark for remark in findings.remarks)
