"""What the machines under a model export, and what to make of it. Data only.

Sources of the names:
Kubernetes: kube-state-metrics (docs/metrics/workload/pod-metrics.md) for restarts, readiness, limits and images, and
cAdvisor in the kubelet for CPU, memory and throttling; both name the container in container.
GPUs: NVIDIA's DCGM exporter (etc/default-counters.csv): utilization in percent, framebuffer in MiB, the last XID error
as a code; with Kubernetes' names of pod and container, which Prometheus calls exported_container where the scrape job
has labels of its own.
"""

from __future__ import annotations

from oncall_tui.core.catalogue import ServiceKind, SignalKind
from oncall_tui.core.recipes.recipe import Recipe, SignalRecipe

_INFRASTRUCTURE = SignalKind.INFRASTRUCTURE
_EACH = "namespace, pod, container"
_USED = "max by (UUID, gpu, Hostname) (DCGM_FI_DEV_FB_USED{$own})"
_FREE = "max by (UUID, gpu, Hostname) (DCGM_FI_DEV_FB_FREE{$own})"
_THROTTLED, _PERIODS = (
    f"sum(rate(container_cpu_cfs_{what}_total{{$own}}[5m]))" for what in ("throttled_periods", "periods")
)

KUBERNETES = Recipe(
    "Kubernetes",
    ("container",),
    (
        SignalRecipe(
            "cpu",
            _INFRASTRUCTURE,
            "cores",
            "sum(rate(container_cpu_usage_seconds_total{$own}[5m]))",
            ("container_cpu_usage_seconds_total",),
        ),
        SignalRecipe(
            "cpu-throttled",
            _INFRASTRUCTURE,
            "ratio",
            f"{_THROTTLED} / {_PERIODS}",
            ("container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_periods_total"),
        ),
        SignalRecipe(
            "memory",
            _INFRASTRUCTURE,
            "B",
            "sum(container_memory_working_set_bytes{$own})",
            ("container_memory_working_set_bytes",),
        ),
        SignalRecipe(
            "memory-of-limit",
            _INFRASTRUCTURE,
            "ratio",
            f"max(max by ({_EACH}) (container_memory_working_set_bytes{{$own}}) / "
            f'max by ({_EACH}) (kube_pod_container_resource_limits{{$own,resource="memory"}}))',
            ("container_memory_working_set_bytes", "kube_pod_container_resource_limits"),
            warn=0.9,
        ),
        SignalRecipe(
            "restarts",
            _INFRASTRUCTURE,
            "in 1h",
            "sum(increase(kube_pod_container_status_restarts_total{$own}[1h]))",
            ("kube_pod_container_status_restarts_total",),
            warn=0.5,
        ),
        SignalRecipe(
            "replicas-not-ready",
            _INFRASTRUCTURE,
            "replicas",
            "sum(1 - kube_pod_container_status_ready{$own})",
            ("kube_pod_container_status_ready",),
            warn=0.5,
        ),
    ),
    kind=ServiceKind.OTHER,
    versions=("kube_pod_container_info", "image"),
    info=(("kube_pod_container_info", ("image", "image_id")),),
)
DCGM = Recipe(
    "DCGM",
    ("container", "exported_container"),
    (
        SignalRecipe(
            "gpu",
            _INFRASTRUCTURE,
            "ratio",
            "avg(DCGM_FI_DEV_GPU_UTIL{$own}) / 100",
            ("DCGM_FI_DEV_GPU_UTIL",),
        ),
        SignalRecipe(
            "gpu-memory",
            _INFRASTRUCTURE,
            "ratio",
            f"max({_USED} / ({_USED} + {_FREE}))",
            ("DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE"),
        ),
        SignalRecipe(
            "gpu-temperature",
            _INFRASTRUCTURE,
            "°C",
            "max(DCGM_FI_DEV_GPU_TEMP{$own})",
            ("DCGM_FI_DEV_GPU_TEMP",),
        ),
        SignalRecipe(
            "gpu-xid",
            _INFRASTRUCTURE,
            "",
            "max(DCGM_FI_DEV_XID_ERRORS{$own})",
            ("DCGM_FI_DEV_XID_ERRORS",),
            warn=0.5,
        ),
    ),
    kind=ServiceKind.OTHER,
)
