"""Endpoints as they are written in a configuration."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from oncall_tui.config.canary import CanaryConfig
from oncall_tui.config.fields import Name, Seconds, Url, expected
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.server_metrics import SAME_PORT, WANTED

_DAY = 86_400.0


def _place(value: str) -> str:
    """A path below the endpoint's URL, or a URL; '' for false: nowhere."""
    if value == "false":
        return ""
    if value.startswith("/") and all("!" <= character <= "~" for character in value):
        return value
    if not value.startswith(("http://", "https://")):
        raise expected("a path such as /metrics, a URL such as http://host:8002/metrics, or false")
    return value


class EndpointConfig(HttpConfig):
    """One model server address, with the HTTP settings it wants; interval and timeout in seconds.

    metrics: where its own metrics are, '' for nowhere. tls_warn_days: before its certificate ends.
    """

    name: Name | None = None
    protocol: Protocol = Protocol.HTTP
    url: Url
    model: str = ""
    interval: Seconds | None = None
    timeout: Seconds = 5
    max_response_mb: Annotated[int, Field(gt=0)] = 1
    metrics: Annotated[str, AfterValidator(_place)] | None = None
    tls_warn_days: Annotated[int, Field(ge=0, le=366)] = 14
    canary: CanaryConfig | None = None

    @model_validator(mode="after")
    def _names_its_model(self) -> EndpointConfig:
        if self.protocol is Protocol.TF_SERVING and not self.model:
            raise ValueError("model: expected the model's name, which tf_serving is asked by")
        if self.metrics and self.protocol not in WANTED:
            raise ValueError(f"metrics: of {self.protocol.value} no metrics are known: leave it out")
        return self

    @model_validator(mode="after")
    def _can_be_asked(self) -> EndpointConfig:
        if self.canary is not None:
            try:
                self.canary.canary(self.protocol, self.model)
            except ValueError as error:
                raise ValueError(f"canary: {error}") from None
        return self

    def endpoint(self, service: str, interval: int) -> Endpoint:
        """As the core has it. interval: for one that names none, in seconds."""
        return Endpoint(
            service=service,
            name=self.name or self.protocol.value,
            protocol=self.protocol,
            url=self.url,
            model=self.model,
            interval=float(self.interval or interval),
            timeout=float(self.timeout),
            metrics=self._metrics(),
            tls_warn=self.tls_warn_days * _DAY,
            canary=self.canary.canary(self.protocol, self.model) if self.canary else None,
        )

    def _metrics(self) -> str:
        return SAME_PORT.get(self.protocol, "") if self.metrics is None else self.metrics
