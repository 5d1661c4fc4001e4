"""Rundeck jobs, GitHub workflows, GitLab pipelines and plain webhooks: launched, and followed where the API tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from oncall_tui.config.launchers import GithubConfig, GitlabConfig, LauncherConfig, LaunchHookConfig, RundeckConfig
from oncall_tui.core.errors import Malformed, Refused, SourceError
from oncall_tui.core.launchers import Launched, Launcher, LaunchRequest
from oncall_tui.core.placeholders import Facts, for_form, for_json, for_text, parse_placeholders
from oncall_tui.core.text import clean_line
from oncall_tui.sources.credentials import secret
from oncall_tui.sources.pagers._api import HIDDEN, PagerApi

FOLLOW_SECONDS = 3.0
"""Between looks at a job that runs."""
_FAILURES = 3
"""Looks at a job that fail, one after another, before it is left to itself."""
_RUNNING = frozenset({"running", "scheduled", "queued"})
_ESCAPES: Mapping[str, Callable[[str], str]] = {
    "application/json": for_json,
    "application/x-www-form-urlencoded": for_form,
    "text/plain": for_text,
}
_NOT_TOLD = "accepted; what becomes of it is not told here"


def launcher_from(config: LauncherConfig, follow: float = FOLLOW_SECONDS) -> Launcher:
    """The launcher that a configuration describes; nothing is asked yet. follow: seconds between looks at a job."""
    match config:
        case RundeckConfig():
            return _Rundeck(config, follow)
        case GithubConfig():
            return _Github(config)
        case GitlabConfig():
            return _Gitlab(config)
    return _Webhook(config)


def _filled(templates: Mapping[str, str], facts: Facts) -> dict[str, str]:
    """Each template with its values. Raises NothingThere."""
    return {name: parse_placeholders(template).whole(facts) for name, template in templates.items()}


def _told(response: Any) -> dict[str, Any]:
    """A JSON object, or nothing."""
    try:
        told = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


class _Rundeck:
    def __init__(self, config: RundeckConfig, follow: float) -> None:
        self.name, self._config, self._follow = config.name, config, follow
        self._run = f"/api/{config.api}/job/{config.job}/run"

    def _api(self) -> PagerApi:
        config = self._config
        return PagerApi(
            self.name,
            config,
            base=lambda: config.url,
            headers=lambda: {
                "X-Rundeck-Auth-Token": secret(config.token, config.token_file),
                "Accept": "application/json",
            },
            secrets=lambda: iter((secret(config.token, config.token_file),)),
            hints={404: "check job, and that the token may see it", 409: "the job runs already, and may run only once"},
        )

    def request(self, facts: Facts) -> LaunchRequest:
        body = json.dumps({"options": _filled(self._config.options, facts)}, indent=2)
        return LaunchRequest("POST", self._config.url + self._run, body)

    async def launch(self, facts: Facts, say: Callable[[str], None]) -> Launched:
        api = self._api()
        try:
            told = _told(
                await api.ask("POST", self._run, "run", json={"options": _filled(self._config.options, facts)})
            )
            execution = str(told.get("id", ""))
            if not execution.isdecimal():
                hint = "is url a Rundeck's? look there before you run it again: it may have been taken"
                raise Malformed(f"{self.name}: run: expected an object with a number as its id", hint)
            say(f"execution {execution} {clean_line(str(told.get('permalink', '')), 300)}")
            status, failures = str(told.get("status", "running")), 0
            while status in _RUNNING:
                await asyncio.sleep(self._follow)
                try:
                    now, failures = await self._status(api, execution), 0
                except SourceError as error:
                    failures += 1
                    say(str(error))
                    if failures < _FAILURES:
                        continue
                    return Launched(False, "not known", f"execution {execution} began, nobody knows what came of it")
                if now != status:
                    say(now)
                status = now
            return Launched(status == "succeeded", status, f"execution {execution}")
        finally:
            await api.close()

    async def _status(self, api: PagerApi, execution: str) -> str:
        """How the execution does now, in Rundeck's word. Raises SourceError."""
        seen = _told(await api.ask("GET", f"/api/{self._config.api}/execution/{execution}", "execution"))
        if not (status := clean_line(str(seen.get("status", "")), 60)):
            raise Malformed(f"{self.name}: execution: expected an object with its status", "is url a Rundeck's?")
        return status


class _Github:
    def __init__(self, config: GithubConfig) -> None:
        self.name, self._config = config.name, config
        self._path = f"/repos/{config.repository}/actions/workflows/{config.workflow}/dispatches"

    def _body(self, facts: Facts) -> dict[str, object]:
        return {"ref": self._config.ref, "inputs": _filled(self._config.inputs, facts)}

    def request(self, facts: Facts) -> LaunchRequest:
        return LaunchRequest("POST", self._config.url + self._path, json.dumps(self._body(facts), indent=2))

    async def launch(self, facts: Facts, say: Callable[[str], None]) -> Launched:
        config = self._config

        def headers() -> Mapping[str, str]:
            return {
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {secret(config.token, config.token_file)}",
                "X-GitHub-Api-Version": "2022-11-28",
            }

        api = PagerApi(
            self.name,
            config,
            base=lambda: config.url,
            headers=headers,
            secrets=lambda: iter((secret(config.token, config.token_file),)),
            hints={
                404: "check repository and workflow, and that the token may run it (actions: write)",
                422: "check ref and inputs, and that the workflow has workflow_dispatch",
            },
        )
        try:
            response = await api.ask("POST", self._path, "dispatch", json=self._body(facts))
        finally:
            await api.close()
        say(f"HTTP {response.status_code}: {_NOT_TOLD}")
        return Launched(None, "accepted", _NOT_TOLD)


class _Gitlab:
    def __init__(self, config: GitlabConfig) -> None:
        self.name, self._config = config.name, config
        self._path = f"/api/v4/projects/{quote(config.project, safe='')}/trigger/pipeline"

    def _form(self, facts: Facts, token: str) -> dict[str, str]:
        variables = _filled(self._config.variables, facts)
        named = {f"variables[{name}]": value for name, value in variables.items()}
        return {"token": token, "ref": self._config.ref, **named}

    def request(self, facts: Facts) -> LaunchRequest:
        shown = "\n".join(f"{name}={value}" for name, value in self._form(facts, HIDDEN).items())
        return LaunchRequest("POST", self._config.url + self._path, shown)

    async def launch(self, facts: Facts, say: Callable[[str], None]) -> Launched:
        config = self._config
        token = secret(config.token, config.token_file)
        api = PagerApi(
            self.name,
            config,
            base=lambda: config.url,
            secrets=lambda: _secrets(token),
            hints={
                404: "check project, and that the trigger token is its own",
                400: "check ref: is there such a branch?",
            },
        )
        try:
            content = urlencode(self._form(facts, token), errors="replace").encode()
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            told = _told(await api.ask("POST", self._path, "trigger", content=content, headers=headers))
        finally:
            await api.close()
        where = clean_line(f"pipeline {told.get('id', '?')} {told.get('web_url', '')}".rstrip(), 300)
        say(f"{where}: {_NOT_TOLD}")
        return Launched(None, "accepted", where)


class _Webhook:
    def __init__(self, config: LaunchHookConfig) -> None:
        self.name, self._config = config.name, config

    def _body(self, facts: Facts) -> str:
        return parse_placeholders(self._config.body).filled(facts, _ESCAPES[self._config.content_type])

    def request(self, facts: Facts) -> LaunchRequest:
        return LaunchRequest(self._config.method, f"{self.name}'s url, which is secret", self._body(facts))

    async def launch(self, facts: Facts, say: Callable[[str], None]) -> Launched:
        config = self._config
        url = config.url or secret(None, config.url_file)
        if not url.startswith(("http://", "https://")):
            raise Refused(f"{self.name}: what url_file holds is no URL", "it begins with https://")
        api = PagerApi(self.name, config, base=lambda: url, secrets=lambda: _secrets(url))
        try:
            content = self._body(facts).encode("utf-8", "replace")
            headers = {"Content-Type": config.content_type}
            response = await api.ask(config.method, "", config.method, content=content, headers=headers)
        finally:
            await api.close()
        say(f"HTTP {response.status_code}: {_NOT_TOLD}")
        return Launched(None, "accepted", _NOT_TOLD)


def _secrets(*known: str) -> Iterator[str]:
    return iter(known)
