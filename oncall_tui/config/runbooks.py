"""Runbooks as they are written in a configuration: where they are, which alerts they are for, what may run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, SecretStr, model_validator

from oncall_tui.config.fields import ConfigPath, FileOrUrl, HostPattern, LoginName, MatcherText, VariableName
from oncall_tui.config.http_config import Model, Seconds
from oncall_tui.config.launchers import LauncherConfig
from oncall_tui.core.matchers import Matcher, parse_matchers
from oncall_tui.core.steps import StepKind


class RunbookRule(Model):
    """A runbook for alerts that satisfy every matcher. file: a path or an http(s) URL."""

    title: Annotated[str, Field(min_length=1)]
    match: Annotated[tuple[MatcherText, ...], Field(min_length=1)]
    file: FileOrUrl

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What `match` says."""
        return tuple(matcher for text in self.match for matcher in parse_matchers(text))


class Ssh(Model):
    """Where steps with host= may run. hosts: names with * and ?, addresses and networks.

    user: '' for what ssh is configured to take. command: ssh and its options.
    """

    hosts: tuple[HostPattern, ...] = ()
    user: LoginName | None = None
    command: Annotated[tuple[str, ...], Field(min_length=1)] | None = None


class AutoDiagnoseConfig(Model):
    """For which alerts `diagnose` steps run by themselves when they begin to fire. Seconds, and bounds.

    read_only: whether they run where read_only is set too.
    """

    matches: Annotated[tuple[MatcherText, ...], Field(min_length=1)]
    timeout: Seconds = 60
    steps: Annotated[int, Field(ge=1, le=50)] = 5
    per_hour: Annotated[int, Field(ge=1, le=1_000)] = 20
    read_only: bool = False

    @property
    def matchers(self) -> tuple[Matcher, ...]:
        """What `matches` says."""
        return tuple(matcher for text in self.matches for matcher in parse_matchers(text))


class SecondPersonConfig(Model):
    """The secret that a second person's codes are made with."""

    secret: SecretStr | None = None
    secret_file: ConfigPath | None = None

    @model_validator(mode="after")
    def _one(self) -> SecondPersonConfig:
        if (self.secret is None) is (self.secret_file is None):
            raise ValueError("exactly one of secret and secret_file must be set")
        return self


class Runbooks(Model):
    """Where runbooks are. timeout: seconds a step may take whose runbook says nothing.

    allowed_risk: the worst kind of step that may run. redact: environment variables whose values are secret.
    """

    folders: tuple[ConfigPath, ...] = ()
    timeout: Seconds = 600
    allowed_risk: StepKind = StepKind.DANGER
    redact: tuple[VariableName, ...] = ()
    ssh: Ssh = Ssh()
    auto_diagnose: AutoDiagnoseConfig | None = None
    second_person: SecondPersonConfig | None = None
    launchers: tuple[LauncherConfig, ...] = ()
    rules: tuple[RunbookRule, ...] = ()

    @model_validator(mode="after")
    def _names_of_their_own(self) -> Runbooks:
        names = [one.name for one in self.launchers]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ValueError(f"two launchers are called {twice}")
        return self

    def url_for(self, labels: Mapping[str, str]) -> str:
        """The link to the runbook for an alert with these labels: by the first rule that names a URL.

        Else what the label runbook_url says, if that is one; '' for none.
        """
        fitting = (rule.file for rule in self.rules if all(one.matches(labels) for one in rule.matchers))
        links = (*fitting, labels.get("runbook_url", ""))
        return next((link for link in links if link.startswith(("http://", "https://"))), "")
