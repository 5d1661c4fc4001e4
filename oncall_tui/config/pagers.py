"""Pagers as they are written in a configuration: each kind with the keys that its API needs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from oncall_tui.config.fields import BaseUrl, ConfigPath, HeaderText, MatcherText, Name, Url, expected
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.matchers import Matcher, parse_matchers
from oncall_tui.core.placeholders import EXPECTED, PlaceholderMistake, json_mistake, parse_placeholders


def _placeholders(value: str) -> str:
    try:
        parse_placeholders(value)
    except PlaceholderMistake as error:
        raise expected(f"text with {EXPECTED}", str(error), error.offset) from None
    return value


def _some(value: str) -> str:
    if not value.strip():
        raise expected("some text")
    return value


Template = Annotated[str, AfterValidator(_placeholders)]
"""Text with {{ labels.NAME }} and the like."""
KeyTemplate = Annotated[Template, AfterValidator(_some)]
"""What makes a deduplication key of an alert."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,128}$")]
"""An id that becomes part of a URL."""
Status = Annotated[int, Field(ge=200, le=599)]
"""An HTTP status that means success."""


class _Pager(HttpConfig):
    """What all pagers have in common. matches: which alerts are its own; with none, every page."""

    kind: str
    name: Name | None = None
    matches: tuple[MatcherText, ...] = ()

    @property
    def called(self) -> str:
        """Its name, or its kind where it has none."""
        return self.name or self.kind

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What `matches` says."""
        return tuple(matcher for text in self.matches for matcher in parse_matchers(text))

    def _one_of(self, *names: str) -> None:
        if sum(getattr(self, name) is not None for name in names) != 1:
            raise ValueError(f"exactly one of {', '.join(names[:-1])} and {names[-1]} must be set")


class _WithToken(_Pager):
    """One that lets in who has a token; OAuth 2 and a Bearer token are other ways in."""

    token: SecretStr | None = None
    token_file: ConfigPath | None = None

    @model_validator(mode="after")
    def _one_token(self) -> _WithToken:
        self._one_of("token", "token_file", "authorization", "oauth2")
        if self.basic_auth is not None:
            raise ValueError("expected a token in place of basic_auth")
        return self


class PagerDutyConfig(_WithToken):
    """PagerDuty's REST API. email: of the user who acknowledges, where the token is the account's and no user's.

    services, teams: ids to which incidents are narrowed. key: makes an incident's key, where whoever sends the events
    makes it so too.
    """

    kind: Literal["pagerduty"]
    url: BaseUrl = "https://api.pagerduty.com"
    email: HeaderText | None = None
    services: tuple[Id, ...] = ()
    teams: tuple[Id, ...] = ()
    key: KeyTemplate | None = None


class PagerDutyEventsConfig(_Pager):
    """PagerDuty's Events API v2: acknowledges by key alone, and never tells whether there was such an incident."""

    kind: Literal["pagerduty_events"]
    url: BaseUrl = "https://events.pagerduty.com"
    routing_key: SecretStr | None = None
    routing_key_file: ConfigPath | None = None
    key: KeyTemplate

    @model_validator(mode="after")
    def _one_key(self) -> PagerDutyEventsConfig:
        self._one_of("routing_key", "routing_key_file")
        return self


class GrafanaConfig(_WithToken):
    """Grafana IRM or OnCall. grafana_url: the stack's, for X-Grafana-URL. integration: id to narrow alert groups to."""

    kind: Literal["grafana"]
    url: BaseUrl
    grafana_url: BaseUrl | None = None
    integration: Id | None = None


class JiraConfig(_WithToken):
    """Jira Service Management's operations. email: of the account that the token is of."""

    kind: Literal["jira"]
    url: BaseUrl = "https://api.atlassian.com"
    cloud_id: Id
    email: HeaderText | None = None
    key: KeyTemplate | None = None

    @model_validator(mode="after")
    def _whose_token(self) -> JiraConfig:
        if (self.token or self.token_file) and self.email is None:
            raise ValueError("a token goes with the email of its account")
        return self


class OpsgenieConfig(_WithToken):
    """Opsgenie, which ends in April 2027."""

    kind: Literal["opsgenie"]
    url: BaseUrl = "https://api.opsgenie.com"
    key: KeyTemplate | None = None


class WebhookConfig(_Pager):
    """Any HTTP endpoint. url: may itself be the secret, and is shown nowhere. body: a template.

    success: statuses that mean it was taken; with none, every 2xx.
    """

    kind: Literal["webhook"]
    url: Url | None = Field(default=None, repr=False)
    url_file: ConfigPath | None = None
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    content_type: Literal["application/json", "application/x-www-form-urlencoded", "text/plain"] = "application/json"
    body: Template
    success: tuple[Status, ...] = ()

    @model_validator(mode="after")
    def _one_url(self) -> WebhookConfig:
        self._one_of("url", "url_file")
        return self

    @model_validator(mode="after")
    def _stays_json(self) -> WebhookConfig:
        if self.content_type == "application/json" and (mistake := json_mistake(parse_placeholders(self.body))):
            raise ValueError(f"body: expected {mistake}")
        return self


PagerConfig = Annotated[
    PagerDutyConfig | PagerDutyEventsConfig | GrafanaConfig | JiraConfig | OpsgenieConfig | WebhookConfig,
    Field(discriminator="kind"),
]
