"""HTTP settings under the same keys as Prometheus' own http_config, so that people can paste what they have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from oncall_tui.core.duration import parse_duration


def _seconds(value: object) -> object:
    if isinstance(value, str):
        return parse_duration(value)
    return value


Seconds = Annotated[int, BeforeValidator(_seconds), Field(gt=0)]
"""A duration: whole seconds, or text such as '15s', '5m', '30d'."""


class Model(BaseModel):
    """What every part of the configuration has in common: unknown keys are mistakes, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BasicAuth(Model):
    """HTTP basic authentication."""

    username: str = ""
    username_file: Path | None = None
    password: SecretStr | None = None
    password_file: Path | None = None


class Authorization(Model):
    """The Authorization header: its type and its credentials."""

    type: str = "Bearer"
    credentials: SecretStr | None = None
    credentials_file: Path | None = None


class TlsConfig(Model):
    """How a TLS server is verified, and how we show who we are."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    server_name: str | None = None
    insecure_skip_verify: bool = False
    min_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] | None = None


class OAuth2(Model):
    """OAuth 2 client credentials."""

    client_id: str
    client_secret: SecretStr | None = None
    client_secret_file: Path | None = None
    token_url: str
    scopes: list[str] = []
    endpoint_params: dict[str, str] = {}


class HttpConfig(Model):
    """How to talk to one HTTP server."""

    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    oauth2: OAuth2 | None = None
    tls_config: TlsConfig = TlsConfig()
    proxy_url: str | None = None
    no_proxy: str = ""
    proxy_from_environment: bool = False
    headers: dict[str, SecretStr] = {}
    timeout: Seconds = 10
    max_response_mb: Annotated[int, Field(gt=0)] = 64

    @model_validator(mode="after")
    def _one_way_in(self) -> HttpConfig:
        if sum(way is not None for way in (self.basic_auth, self.authorization, self.oauth2)) > 1:
            raise ValueError("at most one of basic_auth, authorization and oauth2 may be set")
        return self
