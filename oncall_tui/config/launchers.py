"""Jobs that are launched elsewhere, as they are written in a configuration."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, model_validator

from oncall_tui.config.fields import BaseUrl, ConfigPath, MatcherText, Name, Url
from oncall_tui.config.http_config import HttpConfig, Seconds
from oncall_tui.config.pagers import Id, Template
from oncall_tui.core.matchers import Matcher, parse_matchers
from oncall_tui.core.placeholders import json_mistake, parse_placeholders
from oncall_tui.core.steps import StepKind

InputName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,127}$")]
Text = Annotated[str, Field(min_length=1)]
Repository = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
Workflow = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]


class _Launcher(HttpConfig):
    """What all have in common. matches: the alerts it is for. wait: seconds in which the job has to end.

    verify, within: what it should move, as in a runbook's step. timeout: of one request.
    """

    kind: str
    name: Name
    title: Text
    matches: Annotated[tuple[MatcherText, ...], Field(min_length=1)]
    risk: StepKind = StepKind.MITIGATE
    wait: Seconds = 600
    verify: Text | None = None
    within: Seconds = 600

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What `matches` says."""
        return tuple(matcher for text in self.matches for matcher in parse_matchers(text))


class _WithToken(_Launcher):
    token: SecretStr | None = None
    token_file: ConfigPath | None = None

    @model_validator(mode="after")
    def _one_token(self) -> _WithToken:
        if (self.token is None) is (self.token_file is None):
            raise ValueError("exactly one of token and token_file must be set")
        return self


class RundeckConfig(_WithToken):
    """A Rundeck job. job: its UUID. options: the job's, templates. api: the version that is asked for."""

    kind: Literal["rundeck"]
    url: BaseUrl
    job: Id
    options: dict[InputName, Template] = Field(default_factory=dict)
    api: Annotated[int, Field(ge=18, le=99)] = 18


class GithubConfig(_WithToken):
    """A GitHub workflow with workflow_dispatch. workflow: its file's name or id. inputs: templates."""

    kind: Literal["github"]
    url: BaseUrl = "https://api.github.com"
    repository: Repository
    workflow: Workflow
    ref: Text = "main"
    inputs: dict[InputName, Template] = Field(default_factory=dict)


class GitlabConfig(_WithToken):
    """A GitLab pipeline, by its trigger token. project: its path or id. variables: templates."""

    kind: Literal["gitlab"]
    url: BaseUrl = "https://gitlab.com"
    project: Text
    ref: Text = "main"
    variables: dict[InputName, Template] = Field(default_factory=dict)


class LaunchHookConfig(_Launcher):
    """Any HTTP endpoint. url: may itself be the secret, and is shown nowhere. body: a template."""

    kind: Literal["webhook"]
    url: Url | None = Field(default=None, repr=False)
    url_file: ConfigPath | None = None
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    content_type: Literal["application/json", "application/x-www-form-urlencoded", "text/plain"] = "application/json"
    body: Template

    @model_validator(mode="after")
    def _sound(self) -> LaunchHookConfig:
        if (self.url is None) is (self.url_file is None):
            raise ValueError("exactly one of url and url_file must be set")
        if self.content_type == "application/json" and (mistake := json_mistake(parse_placeholders(self.body))):
            raise ValueError(f"body: expected {mistake}")
        return self


LauncherConfig = Annotated[RundeckConfig | GithubConfig | GitlabConfig | LaunchHookConfig, Field(discriminator="kind")]
