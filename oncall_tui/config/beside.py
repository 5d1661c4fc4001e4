"""What an investigation asks about a service beside its signals, as it is written in a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from oncall_tui.config.fields import LabelName
from oncall_tui.config.http_config import Model
from oncall_tui.config.promql import Query
from oncall_tui.core.beside import label_signals
from oncall_tui.core.catalogue import Signal

USUAL_LABELS = ("image", "image_id", "config_hash", "commit", "git_sha", "feature_service", "model_uri", "dataset")
"""Labels that are looked for on the info metric that tells versions; which it does not have is not told."""


class DeploysConfig(Model):
    """A metric or an annotation query that tells deploys: each new value of `by`, and each change of the value."""

    query: Query
    by: LabelName | None = None


class InfoConfig(Model):
    """An info metric, and those of its labels whose values are compared before and after something began."""

    query: Query
    labels: Annotated[tuple[LabelName, ...], Field(min_length=1, max_length=20)]


def labels_of(service: str, info: Iterable[tuple[str, Iterable[str]]]) -> tuple[Signal, ...]:
    """A signal for each label of each info metric; of two that tell one label the first."""
    found: dict[str, Signal] = {}
    for query, labels in info:
        for signal in label_signals(service, query, labels):
            found.setdefault(signal.name, signal)
    return tuple(found.values())
