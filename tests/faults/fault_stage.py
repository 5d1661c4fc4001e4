"""A dashboard's poller over a real Prometheus, a real Alertmanager and two endpoints, one of which is made to fail."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import trustme
from every_fault import ALERTMANAGER, ENDPOINT, PROMETHEUS, Fault, Way
from front import Front

from oncall_tui.config.http_config import HttpConfig, TlsConfig
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.burn import Severity, Tier
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.core.readings import Reading
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.core.snapshot import SourceKind
from oncall_tui.core.state import State
from oncall_tui.lab.answers import Answer, as_json
from oncall_tui.lab.servers import LoopbackServer
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import ENDPOINTS, Poller
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.sources.endpoints import EndpointProber
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.ui.render.strip import source_lines, strip, tally_of
from oncall_tui.wiring.sources import Sources

sys.path.append(str(Path(__file__).parents[1] / "live"))  # its servers, also where no live test was collected
from alertmanager_fixture import running_alertmanager
from prometheus_fixture import start_prometheus

PATIENCE = 30.0
"""Seconds until something must have happened; for slow machines, not for the program."""
AT_ONCE = 6
"""Faults that are played side by side: most of their time is waiting."""
SERVED = "/v1/models/ranker"
BEHIND_THE_PROXY = "http://behind.test"


class Quick(Pace):
    """Asks everything at every poll, however long its window."""

    def every(self, reading: Reading) -> float:
        """Seconds between polls of a reading."""
        return self.interval


@dataclass(frozen=True, slots=True)
class Servers:
    """The URLs of what is real, and the certificates that a front may show."""

    prometheus: str
    alertmanager: str
    endpoint: str
    ca_file: Path
    certificates: dict[str, ssl.SSLContext]

    def of(self, kind: SourceKind) -> str:
        return {PROMETHEUS: self.prometheus, ALERTMANAGER: self.alertmanager, ENDPOINT: self.endpoint}[kind]


@contextmanager
def real_servers(folder: Path) -> Iterator[Servers]:
    """Starts them, once for all faults."""
    with ExitStack() as stack:
        for name in ("prometheus", "alertmanager"):
            (folder / name).mkdir()
        prometheus = start_prometheus(folder / "prometheus", _history(time.time()))
        stack.callback(prometheus.stop)
        alertmanager = stack.enter_context(running_alertmanager(folder / "alertmanager"))
        endpoint = LoopbackServer("ranker", 0, _serve)
        stack.callback(endpoint.close)
        yield Servers(prometheus.url, alertmanager.url, endpoint.url, *_certificates(folder))


def _history(now: float) -> str:
    """Two services that answer a request a second with hardly an error, for two hours past and two to come."""
    lines = ["# TYPE requests counter"]
    steps = [now + 30.0 * step for step in range(-240, 240)]
    for service in ("ranker", "gateway"):
        for code, pace in (("200", 1.0), ("500", 0.00001)):
            labels = f'{{service="{service}",code="{code}"}}'
            lines += [f"requests_total{labels} {(at - steps[0]) * pace:.3f} {at:.0f}" for at in steps]
    lines += ["# TYPE drift gauge", *(f'drift{{service="ranker"}} 0.05 {at:.0f}' for at in steps)]
    return "\n".join(lines) + "\n"


def _serve(_method: str, path: str, _body: bytes) -> Answer | None:
    versions = [{"version": "7", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]
    return as_json({"model_version_status": versions}) if path == SERVED else Answer(404)


def _certificates(folder: Path) -> tuple[Path, dict[str, ssl.SSLContext]]:
    ours = trustme.CA()
    ca_file = folder / "ca.pem"
    ours.cert_pem.write_to_path(ca_file)
    past = datetime.now(UTC) - timedelta(days=1)
    shown = {
        "": ours.issue_cert("127.0.0.1"),
        "expired": ours.issue_cert("127.0.0.1", not_after=past),
        "elsewhere": ours.issue_cert("other.example.org"),
    }
    contexts = {name: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for name in (*shown, "self-signed")}
    for name, certificate in shown.items():
        certificate.configure_cert(contexts[name])
    # An authority signs itself, and its certificate is what it shows here.
    alone = trustme.CA()
    with alone.private_key_pem.tempfile() as key, alone.cert_pem.tempfile() as certificate:
        contexts["self-signed"].load_cert_chain(certificate, key)
    return ca_file, contexts


class Names:
    """A name service for names of ours, which are this machine until they are gone."""

    def __init__(self) -> None:
        self.gone: set[str] = set()
        self._ask = socket.getaddrinfo

    def __call__(self, host: Any, *more: Any, **other: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if not name or not name.endswith(".test"):
            return self._ask(host, *more, **other)
        if name in self.gone:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self._ask("127.0.0.1", *more, **other)


class Stage:
    """A poller at work, with one source behind a front. seen: every assessment, in order."""

    def __init__(self, servers: Servers, fault: Fault, kind: SourceKind, names: Names) -> None:
        self._fault, self.kind, self._names = fault, kind, names
        self._name = f"{kind.value}.test"
        self._certificates = servers.certificates
        context = servers.certificates[""] if fault.way is Way.TLS else None
        self.front = Front(servers.of(kind), context)
        self.seen: list[Assessment] = []
        self.sources = self._sources(servers)
        pace = Quick(fault.interval, fault.interval, 4 * fault.interval)
        one = self.sources
        self.poller = Poller(one.catalogue, one.metrics, one.alerts, one.prober, pace)

    def _sources(self, servers: Servers) -> Sources:
        interval = self._fault.interval
        timeout = 2 * interval

        def reached(kind: SourceKind) -> tuple[str, HttpConfig]:
            http = HttpConfig(max_response_mb=1).model_copy(update={"timeout": timeout})
            if kind is not self.kind:
                return servers.of(kind), http
            match self._fault.way:
                case Way.TLS:
                    tls = TlsConfig(ca_file=servers.ca_file)
                    return f"https://127.0.0.1:{self.front.port}", http.model_copy(update={"tls_config": tls})
                case Way.PROXIED:
                    proxy = f"http://127.0.0.1:{self.front.port}"
                    return BEHIND_THE_PROXY, http.model_copy(update={"proxy_url": proxy})
                case Way.NAMED:
                    return f"http://{self._name}:{self.front.port}", http
            return f"http://127.0.0.1:{self.front.port}", http

        url, http = reached(ENDPOINT)
        beside = Endpoint("embedder", "tf", Protocol.TF_SERVING, servers.endpoint, "ranker", interval, timeout)
        catalogue = _catalogue(replace(beside, service="serving", url=url), beside)
        prometheus_url, prometheus_http = reached(PROMETHEUS)
        metrics = PrometheusSource("prom", prometheus_url, prometheus_http, catalogue, budget=1.5 * timeout)
        alerts = AlertmanagerSource("am", *reached(ALERTMANAGER))
        return Sources(catalogue, (metrics,), (alerts,), EndpointProber({"serving/tf": http}))

    def begin(self) -> None:
        """Let the fault begin."""
        if self._fault.way is Way.NAMED:
            self._names.gone.add(self._name)
            self.front.cut()
        elif self._fault.command is not None:
            self._fault.command(self.front)
        else:
            shown = self._certificates[self._fault.certificate] if self._fault.certificate else None
            self.front.misbehave(self._fault.reply, shown)

    def end(self) -> None:
        """Let it end."""
        self._names.gone.discard(self._name)
        self.front.behave()

    async def until(self, happened: Callable[[Assessment], bool], what: str, seconds: float = PATIENCE) -> Assessment:
        """Wait for an assessment, from the newest on."""
        began = max(0, len(self.seen) - 1)
        deadline = time.monotonic() + seconds
        while True:
            for one in self.seen[began:]:
                if happened(one):
                    return one
            began = len(self.seen)
            assert time.monotonic() < deadline, f"{what}: {self.said(self.seen[-1]) if self.seen else 'nothing seen'}"
            await asyncio.sleep(0.02)

    # What an assessment says

    def state(self, seen: Assessment) -> State:
        """The state of what the source in question tells of."""
        if self.kind is ALERTMANAGER:
            return State.UNKNOWN if seen.snapshot.alerts_doubt() else State.OK
        status = seen.service("ranker" if self.kind is PROMETHEUS else "serving")
        assert status is not None
        return status.state

    def said(self, seen: Assessment) -> str:
        """What a person is told of it: the reason on its row, and the lines of the sheet of the sources."""
        lines = [
            "".join(text for text, _ in line)
            for line in source_lines(tuple(seen.snapshot.sources.values()), seen.snapshot.at)
        ]
        name = {PROMETHEUS: "ranker", ENDPOINT: "serving"}.get(self.kind)
        status = seen.service(name) if name else None
        rows = [status.reason] if status is not None and status.state is not State.OK else []
        return " · ".join([*rows, *lines])

    def strip(self, seen: Assessment, width: int = 160) -> str:
        """The line on top of the screen."""
        line = strip(seen, tally_of(seen), "prod", seen.snapshot.at, width)
        return "".join(text for text, _ in line)

    def goes_on(self, seen: Assessment, since: float) -> bool:
        """Whether the source itself has answered since."""
        names = {PROMETHEUS: "prom", ALERTMANAGER: "am", ENDPOINT: ENDPOINTS}
        health = seen.snapshot.sources[names[self.kind]]
        return (
            health.answered_at is not None
            and health.answered_at > since + 2 * self._fault.interval
            and not health.failures
        )

    def others_are_well(self, seen: Assessment, since: float) -> bool:
        """Whether every other source has been asked since, and all that rests on it is OK."""
        names = {PROMETHEUS: "prom", ALERTMANAGER: "am", ENDPOINT: ENDPOINTS}
        others = [seen.snapshot.sources[name] for kind, name in names.items() if kind is not self.kind]
        rest = {"ranker", "gateway", "serving", "embedder"}
        rest -= {PROMETHEUS: {"ranker", "gateway"}, ENDPOINT: {"serving"}}.get(self.kind, set())
        if self._fault.alone:
            rest.add("gateway")
        states = {name: status.state for name in rest if (status := seen.service(name)) is not None}
        return all(
            one.answered_at is not None and one.answered_at > since and not one.failures for one in others
        ) and set(states.values()) == {State.OK}


def _catalogue(*endpoints: Endpoint) -> Catalogue:
    def slo(service: str) -> Slo:
        total, bad = f'requests_total{{service="{service}"}}', f'requests_total{{service="{service}",code="500"}}'
        sli = EventsSli(f"sum(rate({total}[$window]))", f"sum(rate({bad}[$window]))")
        tiers = (Tier(Severity.PAGE, 3_600, 300, 0.5),)
        return Slo(service, "availability", SloKind.AVAILABILITY, 0.99, 7_200, sli, tiers=tiers, recorded=False)

    drift = Signal("ranker", "psi", SignalKind.DRIFT, 'drift{service="ranker"}', warn=0.1, crit=0.25)
    watched = [Service("ranker", slos=(slo("ranker"),), signals=(drift,)), Service("gateway", slos=(slo("gateway"),))]
    return Catalogue((*watched, *(Service(one.service, endpoints=(one,)) for one in endpoints)))


@asynccontextmanager
async def staged(servers: Servers, fault: Fault, kind: SourceKind, names: Names) -> AsyncIterator[Stage]:
    """The poller, running over what is well."""
    stage = Stage(servers, fault, kind, names)
    running = asyncio.create_task(stage.poller.run(lambda snapshot: stage.seen.append(assess(snapshot))))
    try:
        yield stage
    finally:
        running.cancel()
        await asyncio.to_thread(stage.front.close)
        await asyncio.gather(running, return_exceptions=True)
        await stage.poller.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a fault. found, healed: seconds until the screen told it, and until it was well again."""

    fault: str
    kind: SourceKind
    state: State
    strip: str
    said: str
    found: float
    healed: float


async def play(servers: Servers, fault: Fault, kind: SourceKind, names: Names) -> Outcome:
    """The fault begins, is told, darkens nothing else, ends, and is forgotten. Raises AssertionError where not so."""
    wanted = fault.says[kind]
    async with staged(servers, fault, kind, names) as stage:
        await stage.until(lambda one: one.state is State.OK and not stage.said(one), "all is well at first")
        began = time.time()
        await asyncio.to_thread(stage.begin)

        def is_told(one: Assessment) -> bool:
            if one.snapshot.at < began or (wanted.state is State.OK and not stage.goes_on(one, began)):
                return False
            return stage.state(one) is wanted.state and wanted.words in stage.said(one)

        told = await stage.until(is_told, f"it should be {wanted}")
        found = time.time() - began
        await stage.until(lambda one: stage.others_are_well(one, began), "the others stay well")
        since = len(stage.seen)
        await asyncio.sleep(2 * fault.interval)
        if wanted.state is not State.OK:
            # Not for a moment does it look well again. (What is well may look stale where the machine is slow.)
            for one in stage.seen[since:]:
                assert stage.state(one) is wanted.state, stage.said(one)
                assert one.state is not State.OK
        strip = stage.strip(told)
        assert wanted.state is State.OK or "all OK" not in strip, strip
        ended = time.time()
        await asyncio.to_thread(stage.end)
        await stage.until(
            lambda one: one.snapshot.at > ended and one.state is State.OK and not stage.said(one), "it heals"
        )
        return Outcome(fault.name, kind, wanted.state, strip, stage.said(told), found, time.time() - ended)


Case = tuple[Fault, SourceKind]


def play_all(servers: Servers, cases: Sequence[Case]) -> dict[Case, Outcome | BaseException]:
    """What came of each, or the error that says what did not.

    Side by side they take each other's time, and a source that is well may miss its deadline for it: what went wrong
    so is played again, alone, and that counts.
    """
    names = Names()

    async def all_of_them() -> list[Outcome | BaseException]:
        room = asyncio.Semaphore(AT_ONCE)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(8 * AT_ONCE))

        async def one(case: Case) -> Outcome:
            async with room:
                return await play(servers, *case, names)

        together = await asyncio.gather(*(one(case) for case in cases), return_exceptions=True)
        return [
            (await asyncio.gather(one(case), return_exceptions=True))[0] if isinstance(came, Exception) else came
            for case, came in zip(cases, together, strict=True)
        ]

    with patch("socket.getaddrinfo", names):
        return dict(zip(cases, asyncio.run(all_of_them()), strict=True))


_PORT = re.compile(r"(127\.0\.0\.1|\w+\.test):\d+")


def without_chance(text: str) -> str:
    """The text without what is another at every run: ports and ages."""
    return re.sub(r"\b\d+s ago", "a moment ago", _PORT.sub(r"\1", text))
