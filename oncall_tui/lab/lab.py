"""The lab: the simulated fleet on real servers, as an asynchronous context manager."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.loader import load_config
from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import ActionError
from oncall_tui.core.slo import SloKind
from oncall_tui.lab import files
from oncall_tui.lab.binaries import Binaries, find_binaries
from oncall_tui.lab.control import Control
from oncall_tui.lab.history import backfill, time_to_backfill
from oncall_tui.lab.ports import HOST, LabPorts
from oncall_tui.lab.processes import Process
from oncall_tui.lab.servers import close_all, open_fleet
from oncall_tui.lab.stage import Stage
from oncall_tui.rules import Group, rule_set, to_yaml
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.sources.prometheus.rule_queries import RuleQueries
from oncall_tui.sources.simulated.alerts import handover
from oncall_tui.sources.simulated.fleet import Fleet
from oncall_tui.sources.simulated.service import PAST

MONTH = 30 * 86_400
RECORDED = frozenset({SloKind.AVAILABILITY, SloKind.ACCURACY})
"""The kinds of SLO whose ratios are recorded; the others are asked raw, so that the lab shows both ways."""
SETUP = 1.5
"""Seconds from the end of the history to a Prometheus that is ready."""


class Lab:
    """Real Prometheus, Alertmanager and model servers on loopback, playing one scenario while the context lasts.

    config: a configuration file over the fleet's services, with the fixed ports. history: seconds of past before the
    story begins. into: seconds of the story that are past too when the servers are up, as if they had always been.
    ports: None for the fixed ones. folder: a new or empty folder that is kept; None for one that is not.
    config_path: the configuration to look at this lab with. Entering raises ActionError (a program is missing, a
    port is taken, a server does not start) or ConfigError. However the context ends, no process stays.
    """

    def __init__(
        self,
        config: Path,
        scenario: str,
        *,
        ports: LabPorts | None = None,
        history: float = MONTH,
        into: float = 0.0,
        folder: Path | None = None,
        binaries: Binaries | None = None,
    ) -> None:
        if history > PAST:
            raise ActionError(f"the fleet has no {humanize(history)} of history", f"at most {humanize(PAST)}")
        self.binaries = find_binaries() if binaries is None else binaries
        self.catalogue = load_config(config).catalogue()
        self.fleet = Fleet(scenario, time.time())
        self.ports = LabPorts.fixed(self.fleet.services) if ports is None else ports
        self.prometheus_url = f"http://{HOST}:{self.ports.prometheus}"
        self.alertmanager_url = f"http://{HOST}:{self.ports.alertmanager}"
        self.control_url = f"http://{HOST}:{self.ports.control}"
        self.config_path = config
        self.processes: dict[str, Process] = {}
        self._history, self._into = history, into
        self._kept = folder

    async def __aenter__(self) -> Lab:
        async with contextlib.AsyncExitStack() as stack:
            self.ports.check()
            self.folder = self._open_folder(stack)
            started = time.time()
            live = started + SETUP + time_to_backfill(self.fleet, self._history + self._into)
            self.fleet = Fleet(self.fleet.scenario.name, live - self._into)
            self._open_servers(stack)
            self._write_files()
            await self._backfill(live)
            stack.push_async_callback(self._stop_all)
            await self._start_alertmanager()
            await self._hand_over()
            await asyncio.sleep(max(0.0, live - SETUP - time.time()))
            await self.start_prometheus()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def start_prometheus(self) -> None:
        """Start Prometheus over the lab's data and wait until it answers queries. Raises ActionError."""
        arguments = (
            f"--config.file={self.folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={self.folder / 'prometheus'}",
            f"--storage.tsdb.retention.time={files.RETENTION}",
            f"--web.listen-address={HOST}:{self.ports.prometheus}",
            f"--web.external-url={self.prometheus_url}",
            f"--rules.alert.resend-delay={files.RESEND}",
            "--log.level=warn",
        )
        await self._start("Prometheus", self.binaries.prometheus, arguments, self.prometheus_url)

    async def kill_prometheus(self) -> None:
        """End Prometheus as a crash would; start_prometheus() brings it back with its data."""
        await self.processes["Prometheus"].kill()

    async def _start_alertmanager(self) -> None:
        arguments = (
            f"--config.file={self.folder / 'alertmanager.yaml'}",
            f"--storage.path={self.folder / 'alertmanager'}",
            f"--web.listen-address={HOST}:{self.ports.alertmanager}",
            f"--web.external-url={self.alertmanager_url}",
            "--cluster.listen-address=",
            "--log.level=warn",
        )
        await self._start("Alertmanager", self.binaries.alertmanager, arguments, self.alertmanager_url)

    async def _start(self, name: str, program: Path, arguments: tuple[str, ...], url: str) -> None:
        process = await Process.start(name, (str(program), *arguments), self.folder / f"{name.lower()}.log")
        self.processes[name] = process
        await process.ready(f"{url}/-/ready")

    async def _stop_all(self) -> None:
        await asyncio.gather(*(process.stop() for process in self.processes.values()))

    def _open_folder(self, stack: contextlib.AsyncExitStack) -> Path:
        if self._kept is None:
            folder = Path(tempfile.mkdtemp(prefix="oncall-tui-lab-"))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            return folder
        try:
            self._kept.mkdir(parents=True, exist_ok=True)
            taken = any(self._kept.iterdir())
        except OSError as error:
            raise ActionError(f"cannot use {self._kept}: {error.strerror}", "give another --folder") from None
        if taken:
            raise ActionError(f"{self._kept} is not empty", "give a new or an empty --folder")
        return self._kept.absolute()

    def _open_servers(self, stack: contextlib.AsyncExitStack) -> None:
        stage = Stage(self.fleet)
        self.control = Control(stage, self.ports.control)
        stack.callback(self.control.close)
        servers = open_fleet(stage, self.catalogue, self.ports)
        stack.callback(close_all, servers)

    def _write_files(self) -> None:
        rules = self.folder / "rules.yaml"
        rules.write_text(to_yaml({"groups": self._rule_groups()}), encoding="utf-8")
        files_by_name = {
            "prometheus.yaml": files.prometheus_config(self.ports, rules),
            "alertmanager.yaml": files.alertmanager_config(self.control_url),
        }
        for name, text in files_by_name.items():
            (self.folder / name).write_text(text, encoding="utf-8")
        if self.ports.free:
            self.config_path = self._translate(self.config_path)

    def _translate(self, config: Path) -> Path:
        """The configuration with this lab's ports, beside what it names by relative paths."""
        translated = self.folder / "config.yaml"
        translated.write_text(self.ports.translate(config.read_text(encoding="utf-8")), encoding="utf-8")
        if (docs := config.absolute().parent / "docs").is_dir():
            (self.folder / "docs").symlink_to(docs, target_is_directory=True)
        return translated

    def _rule_groups(self) -> list[Group]:
        def link(alert: str) -> str:
            return f"{self.control_url}/runbooks/{alert}"

        def of_alert(labels: Mapping[str, str]) -> str:
            return link(labels["alertname"])

        recorded = {slo.id for slo in self.catalogue.slos() if slo.kind in RECORDED and slo.recorded}
        budgets = rule_set(
            self.catalogue, RuleQueries(), recorded=recorded, runbook_url=of_alert, long_interval=15
        ).groups
        return [*budgets, files.symptom_alerts(self.catalogue, link)]

    async def _backfill(self, until: float) -> None:
        labels = {service: files.target_labels(service) for service in self.fleet.services}
        since, data = self.fleet.epoch - self._history, self.folder / "prometheus"
        await backfill(self.binaries.promtool, self.fleet, since, until, labels, data)

    async def _hand_over(self) -> None:
        source = AlertmanagerSource("alertmanager", self.alertmanager_url, HttpConfig())
        try:
            for draft in handover(self.fleet.epoch):
                await source.post_silence(draft)
        finally:
            await source.close()
