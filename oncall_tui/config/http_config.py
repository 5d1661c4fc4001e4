"""HTTP settings under the same keys as Prometheus' own http_config, so that people can paste what they have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from oncall_tui.config.fields import ConfigPath, Seconds, Url

__all__ = ["Authorization", "BasicAuth", "HttpConfig", "Model", "OAuth2", "Seconds", "TlsConfig"]


class Model(BaseModel):
    """What every part of the configuration has in common: unknown keys are mistakes, and nothing changes afterwards.

    A key without a value ('crit:') is as good as not written.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _written(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}
        return data

    def _at_most_one(self, *names: str) -> None:
        if sum(getattr(self, name) is not None for name in names) > 1:
            raise ValueError(f"at most one of {', '.join(names[:-1])} and {names[-1]} may be set")


class BasicAuth(Model):
    """HTTP basic authentication."""

    username: str = ""
    username_file: ConfigPath | None = None
    password: SecretStr | None = None
    password_file: ConfigPath | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> BasicAuth:
        self._at_most_one("password", "password_file")
        if self.username and self.username_file:
            raise ValueError("at most one of username and username_file may be set")
        return self


class Authorization(Model):
    """The Authorization header: its type and its credentials."""

    type: str = "Bearer"
    credentials: SecretStr | None = None
    credentials_file: ConfigPath | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Authorization:
        self._at_most_one("credentials", "credentials_file")
        if self.credentials is None and self.credentials_file is None:
            raise ValueError("one of credentials and credentials_file must be set")
        if self.type.strip().lower() == "basic":
            raise ValueError("for the type Basic use basic_auth")
        return self


class TlsConfig(Model):
    """How a TLS server is verified, and how we show who we are."""

    ca_file: ConfigPath | None = None
    cert_file: ConfigPath | None = None
    key_file: ConfigPath | None = None
    server_name: str | None = None
    insecure_skip_verify: bool = False
    min_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] | None = None

    @model_validator(mode="after")
    def _pair(self) -> TlsConfig:
        if (self.cert_file is None) is not (self.key_file is None):
            raise ValueError("cert_file and key_file go together")
        return self


class OAuth2(Model):
    """OAuth 2 client credentials."""

    client_id: str
    client_secret: SecretStr | None = None
    client_secret_file: ConfigPath | None = None
    token_url: Url
    scopes: list[str] = []
    endpoint_params: dict[str, str] = Field(default={}, repr=False)

    @model_validator(mode="after")
    def _one_of_each(self) -> OAuth2:
        self._at_most_one("client_secret", "client_secret_file")
        return self


class HttpConfig(Model):
    """How to talk to one HTTP server."""

    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    oauth2: OAuth2 | None = None
    tls_config: TlsConfig = Field(default_factory=TlsConfig)
    proxy_url: str | None = Field(default=None, repr=False)
    no_proxy: str = ""
    proxy_from_environment: bool = False
    headers: dict[str, SecretStr] = {}
    timeout: Seconds = 10
    max_response_mb: Annotated[int, Field(gt=0)] = 64

    @model_validator(mode="after")
    def _one_way_in(self) -> HttpConfig:
        self._at_most_one("basic_auth", "authorization", "oauth2")
        return self
