"""What an investigation asks about a service beside its signals, as it is written in a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from oncall_tui.config.fields import LabelName
from oncall_tui.config.http_config import Model
from oncall_tui.config.promql import Query
from oncall_tui.core.beside import labels_signal
from oncall_tui.core.catalogue import Graph, Signal
from oncall_tui.core.service_graph import graph_of

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
    """A signal for each info metric, of those of its labels that none before it tells."""
    taken: set[str] = set()
    found = []
    for query, labels in info:
        own = [label for label in dict.fromkeys(labels) if label not in taken]
        taken.update(own)
        if own:
            found.append(labels_signal(service, query, own))
    return tuple(found)


class ServiceGraphConfig(Model):
    """A metric that tells who calls whom: dependencies beside those of `depends_on`, between services of these names.

    client, server: the labels that name them. names: what the metric calls a service -> what it is called here.
    """

    query: Query = "sum by (client, server) (rate(traces_service_graph_request_total[5m])) > 0"
    client: LabelName = "client"
    server: LabelName = "server"
    source: str | None = None
    names: dict[str, str] = Field(default_factory=dict)

    def graph(self, source: str) -> Graph:
        """As the core has it. source: where none is named."""
        return graph_of(self.query, self.client, self.server, self.source or source, self.names)
