"""The parts that runbooks are read and run with, from a configuration."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.models import Config

if TYPE_CHECKING:
    from oncall_tui.actions import RunStep
    from oncall_tui.actions.approve import SecondPerson
    from oncall_tui.actions.auto_diagnose import AutoDiagnose
    from oncall_tui.actions.entry import Reader, Recorder
    from oncall_tui.config.launchers import LauncherConfig
    from oncall_tui.core.web_pages import PageSource
    from oncall_tui.runbooks import Runbook, RunbookLibrary


def runbook_library(config: Config) -> RunbookLibrary:
    """The runbooks that a configuration names; nothing is read yet."""
    from oncall_tui.runbooks import Rule, RunbookLibrary

    rules = [Rule(rule.matchers, rule.file, rule.title) for rule in config.runbooks.rules]
    launchers = [_launcher_runbook(one) for one in config.runbooks.launchers]
    return RunbookLibrary(config.runbooks.folders, rules, config.runbooks.timeout, launchers=launchers)


def _launcher_runbook(one: LauncherConfig) -> Runbook:
    from oncall_tui.runbooks.launched import launcher_runbook
    from oncall_tui.runbooks.model import Verify

    what = {"rundeck": "a Rundeck job", "github": "a GitHub workflow", "gitlab": "a GitLab pipeline"}
    return launcher_runbook(
        one.name,
        one.title,
        one.matchers,
        one.risk,
        wait=one.wait,
        what=what.get(one.kind, "a webhook"),
        verify=Verify(one.verify, one.within) if one.verify else None,
    )


def step_runner(
    config: Config,
    journal: Recorder,
    actor: str,
    extra: Mapping[str, str],
    *,
    read_only: str = "",
    automatic: bool = False,
) -> RunStep:
    """What runs steps, within what the configuration allows. extra: variables for every step.

    automatic: for steps that run by themselves, and only look.
    """
    from oncall_tui.actions import RunStep
    from oncall_tui.config.secrets import secrets_of
    from oncall_tui.core.redaction import Redactor
    from oncall_tui.core.steps import StepKind
    from oncall_tui.runbooks.remote import SSH, Remote
    from oncall_tui.sources.launchers import launcher_from

    ssh = config.runbooks.ssh
    auto = config.runbooks.auto_diagnose
    read_only = "" if automatic and auto is not None and auto.read_only else read_only or config.locked
    return RunStep(
        journal,
        actor,
        read_only=read_only,
        extra=extra,
        variables={service.name: service.variables for service in config.services},
        allowed=StepKind.DIAGNOSE if automatic else config.runbooks.allowed_risk,
        automatic=automatic,
        second=second_person(config),
        launchers=[launcher_from(one) for one in config.runbooks.launchers],
        remote=Remote(ssh.hosts, ssh.user or "", ssh.command or SSH),
        redactor=lambda more: Redactor([*secrets_of(config), *more]),
    )


def second_person(config: Config) -> SecondPerson | None:
    """Who asks for a second person's word before danger steps; None where the configuration wants none."""
    from oncall_tui.actions.approve import SecondPerson
    from oncall_tui.sources.credentials import secret

    wanted = config.runbooks.second_person
    return SecondPerson(lambda: secret(wanted.secret, wanted.secret_file)) if wanted else None


def auto_diagnosis(
    config: Config,
    library: RunbookLibrary,
    journal: Recorder,
    reader: Reader,
    extra: Mapping[str, str],
    *,
    read_only: str,
) -> AutoDiagnose | None:
    """What diagnoses alerts that begin, by itself; None where the configuration does not ask for it."""
    from oncall_tui.actions.auto_diagnose import ACTOR, AutoDiagnose, AutoSettings

    auto = config.runbooks.auto_diagnose
    if auto is None:
        return None
    settings = AutoSettings(auto.matchers, float(auto.timeout), auto.steps, auto.per_hour)
    looks = step_runner(config, journal, ACTOR, extra, read_only=read_only, automatic=True)
    return AutoDiagnose(library, looks, journal, reader, settings)


def step_variables(config: Config) -> dict[str, str]:
    """What every step is told beside its alert and service: where Prometheus is, and how to call this program."""
    from oncall_tui.sources.failures import redact_url

    prometheus = config.sources.prometheus
    told = {"ONCALL_PROMETHEUS_URL": redact_url(prometheus[0].url)} if prometheus else {}
    return told | {"PATH": path_with_ourselves()}


def path_with_ourselves() -> str:
    """PATH for runbook steps, in which `oncall-tui` is found even from an environment that is not activated.

    It comes last: nothing else in that environment stands before what the person has.
    """
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent)])


def web_pages() -> PageSource:
    """What fetches runbooks that are pages on the web, and keeps them in the user's cache folder."""
    import platformdirs

    from oncall_tui.sources.pages import Pages

    return Pages(platformdirs.user_cache_path("oncall-tui", appauthor=False) / "pages")
