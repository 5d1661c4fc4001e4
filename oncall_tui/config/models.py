"""The configuration as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, SecretStr, model_validator

from oncall_tui.config.beside import ServiceGraphConfig
from oncall_tui.config.dead_man import DeadManConfig
from oncall_tui.config.fields import (
    BaseUrl,
    ConfigPath,
    FilterText,
    HeaderText,
    Name,
    ParameterName,
    Seconds,
)
from oncall_tui.config.http_config import HttpConfig, Model
from oncall_tui.config.imported import Imported, joined, without_clashes
from oncall_tui.config.notes import Note
from oncall_tui.config.notices import Notices
from oncall_tui.config.pagers import PagerConfig
from oncall_tui.config.runbooks import Runbooks
from oncall_tui.config.services import ServiceConfig
from oncall_tui.core.alerts import ACK_PREFIX
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.dead_man import DeadMan
from oncall_tui.core.storms import StormRule

TENANT_HEADER = "X-Scope-OrgID"


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        return "oncall"


def _journal() -> Path:
    import platformdirs

    return platformdirs.user_state_path("oncall-tui") / "journal.sqlite3"


def _postmortems() -> Path:
    import platformdirs

    return platformdirs.user_data_path("oncall-tui") / "postmortems"


def _bare_comment(value: str) -> str:
    return value.removeprefix(ACK_PREFIX).strip()


class PrometheusConfig(HttpConfig):
    """A Prometheus, or what speaks its query API.

    tenant: of Mimir, Cortex and their kin. partial_response and dedup: as Thanos has them. query_params: sent with
    every query (VictoriaMetrics' extra_label). What is not set is not sent.
    """

    name: Name = "prometheus"
    url: BaseUrl
    tenant: HeaderText | None = None
    partial_response: bool | None = None
    dedup: bool | None = None
    query_params: dict[ParameterName, str | tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _said_once(self) -> PrometheusConfig:
        if self.tenant is not None and any(name.lower() == TENANT_HEADER.lower() for name in self.headers):
            raise ValueError(f"at most one of tenant and headers: {TENANT_HEADER} may be set")
        for name in ("partial_response", "dedup"):
            if getattr(self, name) is not None and name in self.query_params:
                raise ValueError(f"at most one of {name} and query_params: {name} may be set")
        return self

    def http(self) -> HttpConfig:
        """The HTTP settings, with the tenant among the headers."""
        if self.tenant is None:
            return self
        return self.model_copy(update={"headers": {**self.headers, TENANT_HEADER: SecretStr(self.tenant)}})

    def parameters(self) -> dict[str, tuple[str, ...]]:
        """What every query says beside itself."""
        switches = {"partial_response": self.partial_response, "dedup": self.dedup}
        said = {name: (str(on).lower(),) for name, on in switches.items() if on is not None}
        return said | {n: (v,) if isinstance(v, str) else v for n, v in self.query_params.items()}


class AlertmanagerConfig(HttpConfig):
    """An Alertmanager. cluster: what it belongs to, where its gossip does not tell."""

    name: Name = "alertmanager"
    url: BaseUrl
    cluster: Name | None = None


class Sources(Model):
    """Where data comes from. The first Prometheus is that of services that name none."""

    prometheus: tuple[PrometheusConfig, ...] = ()
    alertmanager: tuple[AlertmanagerConfig, ...] = ()


class Polling(Model):
    """How often sources are asked; all in seconds but concurrency.

    timeout: for one whole poll of one source. concurrency: requests in flight at once to one Prometheus.
    """

    interval: Seconds = 15
    endpoint_interval: Seconds = 15
    max_backoff: Seconds = 300
    timeout: Seconds = 30
    concurrency: Annotated[int, Field(ge=1, le=64)] = 4

    @property
    def budget(self) -> float:
        """Seconds of a poll's timeout in which a Prometheus is asked; the rest is for making sense of the answers."""
        return 0.8 * self.timeout


class Acknowledge(Model):
    """Who says 'mine', for how long (seconds), and with what comment, which stands here without its ACK! prefix.

    keep: whether it is extended while what it hides fires; at_most: seconds from its start to its end up to which.
    old_after: seconds after which a kept one rings again.
    """

    author: str = Field(default_factory=_login_name, min_length=1)
    duration: Seconds = 900
    comment: Annotated[str, AfterValidator(_bare_comment)] = "looking into it"
    keep: bool = True
    at_most: Seconds = 43_200
    old_after: Seconds = 14_400

    @model_validator(mode="after")
    def _lasts_at_least_once(self) -> Acknowledge:
        if "at_most" in self.model_fields_set and self.at_most < self.duration:
            raise ValueError("at_most is shorter than duration: an acknowledgement lasts at least that")
        return self

    @property
    def kept_for(self) -> int:
        """Seconds for which one is kept at most; a longer duration than the default of at_most is meant."""
        return max(self.at_most, self.duration)


class Silences(Model):
    """duration: seconds a new silence lasts unless another end is given.

    ends_soon: seconds before its end from which on a silence that still hides something that fires is warned of.
    """

    duration: Seconds = 7_200
    ends_soon: Seconds = 1_800


class Storm(Model):
    """From how many alerts on (0: never) that begin within so many seconds and share a label they are told as one."""

    alerts: Annotated[int, Field(ge=0)] = 20
    within: Seconds = 300

    def rule(self) -> StormRule:
        """As the core has it."""
        return StormRule(self.alerts, self.within)


class Alerts(Model):
    """resolved_kept: seconds for which an alert that resolved stays listed.

    flapping: how often an alert must begin within an hour to be called flapping. dead_man_switches: alerts that always
    fire, and whose absence is an alarm.
    """

    resolved_kept: Seconds = 300
    flapping: Annotated[int, Field(ge=2)] = 3
    storm: Storm = Field(default_factory=Storm)
    dead_man_switches: tuple[DeadManConfig, ...] = ()

    def switches(self) -> tuple[DeadMan, ...]:
        """The dead-man switches, as the core has them."""
        return tuple(one.switch() for one in self.dead_man_switches)


class JournalConfig(Model):
    """The record of what was done and seen: a SQLite file. keep: seconds an entry stays; size_mb: megabytes of entries.

    Beyond either the oldest go, but never what is still open.
    """

    file: ConfigPath = Field(default_factory=_journal)
    keep: Seconds = 400 * 86_400
    size_mb: Annotated[int, Field(ge=1, le=100_000)] = 256


def _flight() -> Path:
    import platformdirs

    return platformdirs.user_state_path("oncall-tui") / "flight"


class RecordingConfig(Model):
    """The flight recorder: what a dashboard saw in the last hours, in a folder of its own.

    on: whether there is one. keep: seconds; size_mb: megabytes. What is older or more goes, the oldest first.
    """

    on: bool = True
    folder: ConfigPath = Field(default_factory=_flight)
    keep: Seconds = 6 * 3_600
    size_mb: Annotated[int, Field(ge=1, le=100_000)] = 200


class IncidentsConfig(Model):
    """open_on_page: whether a page that fires opens an incident.

    resolve_after: seconds of quiet after which it is resolved by itself; null: only people resolve one. folder: where
    postmortems go. markdown_template, html_template: Jinja2 files in place of ours.
    """

    open_on_page: bool = True
    resolve_after: Seconds | None = 1_800
    folder: ConfigPath = Field(default_factory=_postmortems)
    markdown_template: ConfigPath | None = None
    html_template: ConfigPath | None = None

    def templates(self) -> dict[str, Path]:
        """The templates that replace ours, by format."""
        named = {"md": self.markdown_template, "html": self.html_template}
        return {style: path for style, path in named.items() if path is not None}


class SloFiles(Model):
    """SLO files of Sloth, Pyrra or OpenSLO: one, a folder with all below it, or a pattern with * and **.

    service: what all their SLOs belong to, in place of the one they name. team and source: of services that only
    these files name.
    """

    path: ConfigPath
    service: Name | None = None
    team: str = ""
    source: str | None = None


def _path_alone(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _file_alone(value: object) -> object:
    return {"file": value} if isinstance(value, str) else value


class Config(Model):
    """Everything that can be configured. Config() is what no file at all means: nothing watched yet.

    theme: '' for the first one. keys: action -> key. filters: name -> text, offered beside those saved on the screen.
    """

    sources: Sources = Field(default_factory=Sources)
    polling: Polling = Field(default_factory=Polling)
    acknowledge: Acknowledge = Field(default_factory=Acknowledge)
    silences: Silences = Field(default_factory=Silences)
    alerts: Alerts = Field(default_factory=Alerts)
    notices: Notices = Field(default_factory=Notices)
    runbooks: Runbooks = Field(default_factory=Runbooks)
    theme: str = ""
    keys: dict[str, str] = Field(default_factory=dict)
    filters: dict[Name, FilterText] = Field(default_factory=dict)
    read_only: bool = False
    incidents: IncidentsConfig = Field(default_factory=IncidentsConfig)
    journal: Annotated[JournalConfig, BeforeValidator(_file_alone)] = Field(default_factory=JournalConfig)
    recording: RecordingConfig = Field(default_factory=RecordingConfig)
    pagers: tuple[PagerConfig, ...] = ()
    services: tuple[ServiceConfig, ...] = ()
    service_graph: ServiceGraphConfig | None = None
    slo_files: tuple[Annotated[SloFiles, BeforeValidator(_path_alone)], ...] = ()
    _imported: Imported = PrivateAttr(default_factory=Imported)
    _locked_at: str = PrivateAttr(default="")

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be told of the foreign SLO files: what they define and is not watched, or not just as they say."""
        return self._imported.notes

    @property
    def locked(self) -> str:
        """What in it says that nothing may be written, and where; '' where it may."""
        where = self._locked_at or "the configuration"
        return f"`read_only: true` stands in {where}: take it out to act" if self.read_only else ""

    def locked_at(self, where: str) -> Config:
        """The same, knowing that its `read_only` stands there ('/etc/oncall.yaml:3')."""
        config = self.model_copy()
        config._locked_at = where
        return config

    def with_imported(self, imported: Imported) -> Config:
        """The configuration with what its slo_files gave; where both have an SLO of one id, its own stands."""
        config = self.model_copy()
        config._imported = without_clashes(self._own(), imported)
        return config

    def catalogue(self) -> Catalogue:
        """What is watched, as the core has it."""
        graph = self.service_graph.graph(self._first_source()) if self.service_graph else None
        return Catalogue(joined(self._own(), self._imported, self._first_source()), graph)

    def endpoint_http(self) -> dict[str, HttpConfig]:
        """How to talk to each endpoint, by its id."""
        return {
            endpoint.endpoint(service.name, self.polling.endpoint_interval).id: endpoint
            for service in self.services
            for endpoint in service.endpoints
        }

    def _own(self) -> tuple[Service, ...]:
        first = self._first_source()
        return tuple(service.service(first, self.polling.endpoint_interval) for service in self.services)

    def _first_source(self) -> str:
        return self.sources.prometheus[0].name if self.sources.prometheus else ""
