"""Puts the parts together: configuration to sources, poller, actions and screen. The only place that knows them all."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from oncall_tui.config.loader import config_from, example_config, find_config, load_config, read_config
from oncall_tui.config.models import Config
from oncall_tui.config.notes import in_short, told
from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import ConfigError, Unauthorized
from oncall_tui.core.ports import AlertSource, MetricsSource, Prober
from oncall_tui.core.text import clean_line
from oncall_tui.poll.feed import Feed
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.wiring_flight import flight_recorder
from oncall_tui.wiring_journal import incident_watch, journal_for, let_go, outbox_for, place_of
from oncall_tui.wiring_runbooks import (
    auto_diagnosis,
    path_with_ourselves,
    runbook_library,
    step_runner,
    step_variables,
    web_pages,
)

if TYPE_CHECKING:
    from oncall_tui.actions import AckSettings, Assigned
    from oncall_tui.config.whereabouts import Whereabouts
    from oncall_tui.core.findings import Findings
    from oncall_tui.reports.check import Check, Finding
    from oncall_tui.rules import RuleFiles
    from oncall_tui.sources.simulated.world import World
    from oncall_tui.ui.desk import Desk
    from oncall_tui.ui.noticing import NoticeSettings

DEMO_INTERVAL = 3.0
"""Seconds between polls of the simulated fleet, whose stories unfold in minutes."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What the poller asks. clusters: of Alertmanagers that are configured to belong to one, its name by theirs."""

    catalogue: Catalogue
    metrics: tuple[MetricsSource, ...]
    alerts: tuple[AlertSource, ...]
    prober: Prober | None
    clusters: Mapping[str, str] = field(default_factory=dict)


def theme_folders() -> tuple[Path, ...]:
    """Where people keep themes of their own."""
    import platformdirs

    return (platformdirs.user_config_path("oncall-tui") / "themes",)


def existing_config(path: Path | None) -> Path:
    """The file of the configuration, wherever it is. Raises ConfigError with what to do when there is none."""
    found = find_config(path)
    if found is None:
        import platformdirs

        place = platformdirs.user_config_path("oncall-tui") / "config.yaml"
        raise ConfigError(
            f"there is no configuration at {place}",
            "give --prometheus URL, start from config.example.yaml, name a file with --config, or look around first: "
            "`oncall-tui demo`",
        )
    return found


def configured(path: Path | None) -> Config:
    """The configuration, wherever it is. Raises ConfigError."""
    return load_config(existing_config(path))


@dataclass(frozen=True, slots=True)
class Server:
    """A Prometheus in place of a configuration. alertmanagers: those to use rather than the ones it knows."""

    url: str
    alertmanagers: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the screen calls it."""
        return urlsplit(self.url).netloc


async def findings_of(server: Server) -> Findings:
    """What a server tells of the fleet. Raises ConfigError for a URL that is none, SourceError as discover does."""
    from oncall_tui.config.fields import base_url_mistake
    from oncall_tui.config.http_config import HttpConfig
    from oncall_tui.sources.http import redact_url
    from oncall_tui.sources.prometheus.client import PrometheusClient
    from oncall_tui.sources.prometheus.discovery import discover

    for url in (server.url, *server.alertmanagers):
        if mistake := base_url_mistake(url):
            hint = "in a configuration file; config.example.yaml shows how" if "@" in url else ""
            raise ConfigError(f"{redact_url(url)}: {mistake}", hint)
    url = server.url.rstrip("/")
    client = PrometheusClient(server.title, url, HttpConfig(), concurrency=4)
    try:
        return await discover(client, url, time.time(), [one.rstrip("/") for one in server.alertmanagers])
    except Unauthorized as error:
        hint = "a URL carries no credentials: write them into a configuration, which config.example.yaml shows"
        raise Unauthorized(error.message, hint) from None
    finally:
        await asyncio.to_thread(client.close)


async def written_config(server: Server) -> str:
    """A configuration of what a server tells, as text. Raises as findings_of does."""
    from oncall_tui.config.discovered import written

    return written(await findings_of(server))


async def found_config(server: Server) -> Config:
    """The same, loaded: what is seen is what would be written. Raises as findings_of does."""
    text = await written_config(server)
    return await asyncio.to_thread(config_from, text, Path(f"found on {server.title}"))


def real_sources(config: Config) -> Sources:
    """The sources that a configuration names; nothing is asked yet."""
    from oncall_tui.sources.alertmanager import AlertmanagerSource
    from oncall_tui.sources.endpoints import EndpointProber
    from oncall_tui.sources.prometheus import PrometheusSource
    from oncall_tui.sources.prometheus.by_version import told_by_version

    catalogue = told_by_version(config.catalogue())
    metrics = tuple(
        PrometheusSource(
            source.name,
            source.url,
            source.http(),
            catalogue,
            concurrency=config.polling.concurrency,
            parameters=source.parameters(),
            budget=config.polling.budget,
        )
        for source in config.sources.prometheus
    )
    alerts = tuple(AlertmanagerSource(source.name, source.url, source) for source in config.sources.alertmanager)
    clusters = {source.name: source.cluster for source in config.sources.alertmanager if source.cluster}
    return Sources(catalogue, metrics, alerts, EndpointProber(config.endpoint_http()), clusters)


def real_pagers(config: Config) -> tuple[Assigned, ...]:
    """The pagers that a configuration names, each with the alerts that go to it; nothing is asked yet."""
    if not config.pagers:
        return ()
    from oncall_tui.actions import Assigned
    from oncall_tui.sources.pagers import pager_from

    # A search and an acknowledgement are a few requests each.
    return tuple(Assigned(pager_from(one), one.matchers, 3.0 * one.timeout) for one in config.pagers)


def simulated_sources(config: Config, scenario: str, into: int = 0) -> tuple[Sources, World]:
    """The simulated fleet in place of a configuration's sources. into: seconds since its story began."""
    from oncall_tui.sources.simulated.world import demo_world

    world = demo_world(scenario, time.time, config.catalogue(), epoch=time.time() - into)
    return Sources(world.catalogue, (world.metrics,), (world.alerts,), world.prober), world


def _pace(config: Config) -> Pace:
    polling = config.polling
    return Pace(polling.interval, polling.max_backoff, polling.timeout)


def poller_for(sources: Sources, config: Config, *, demo: bool = False, once: bool = False) -> Poller:
    """A poller over these sources at the configuration's pace, or at the demo's where it polls more than once."""
    pace = _pace(config)
    if demo and not once:
        pace = replace(pace, interval=DEMO_INTERVAL)
    return Poller(
        sources.catalogue,
        sources.metrics,
        sources.alerts,
        sources.prober,
        pace,
        clusters=sources.clusters,
        resolved_kept=config.alerts.resolved_kept,
        switches=config.alerts.switches(),
        demo=demo,
    )


async def watched(
    config_path: Path | None,
    demo_scenario: str | None,
    tell: Callable[[str], object] = lambda _: None,
    *,
    server: Server | None = None,
) -> tuple[Config, Sources]:
    """A configuration and its sources; nothing is asked yet. tell: takes what is to be told of foreign SLO files.

    demo_scenario: of the simulated fleet in place of a configuration; server: to ask what there is, in place of one.
    """
    if demo_scenario is not None:
        config = await asyncio.to_thread(load_config, example_config())
        return config, simulated_sources(config, demo_scenario)[0]
    config = await asyncio.to_thread(configured, config_path) if server is None else await found_config(server)
    for line in told(config.notes):
        tell(line)
    return config, real_sources(config)


async def assess_once(
    config_path: Path | None,
    demo_scenario: str | None,
    tell: Callable[[str], object] = lambda _: None,
    *,
    server: Server | None = None,
) -> Assessment:
    """One poll of everything, understood; for `status`. The arguments are those of `watched`."""
    config, sources = await watched(config_path, demo_scenario, tell, server=server)
    poller = poller_for(sources, config, demo=demo_scenario is not None, once=True)
    try:
        return assess(await poller.once())
    finally:
        await poller.close()


async def check_once(config_path: Path | None, *, offline: bool, explain: bool) -> Check:
    """Everything that the configuration rests on, tried once; of one with mistakes these are the whole report.

    Raises ConfigError where there is no configuration at all.
    """
    from oncall_tui.checks import Parts, Rhythm, check_all, mistaken
    from oncall_tui.config.whereabouts import Whereabouts

    found = existing_config(config_path)
    try:
        config, document = await asyncio.to_thread(read_config, found)
    except ConfigError as error:
        return mistaken(error)
    where, sources = Whereabouts(found, document), real_sources(config)
    extra = await asyncio.to_thread(_of_the_screen, config, where)
    prober, pagers = sources.prober, [assigned.pager for assigned in real_pagers(config)]
    assert prober is not None, "real sources have one"
    parts = Parts(
        config=config,
        catalogue=sources.catalogue,
        where=where,
        metrics=sources.metrics,
        alerts=sources.alerts,
        prober=prober,
        library=runbook_library(config),
        rhythm=Rhythm(float(config.polling.interval), _pace(config).every),
        extra=extra,
        offline=offline,
        pagers=pagers,
    )
    try:
        return await check_all(parts, time.time, explain=explain)
    finally:
        closing = [source.close() for source in sources.metrics] + [source.close() for source in sources.alerts]
        await asyncio.gather(*closing, prober.close(), *(pager.close() for pager in pagers))


def _of_the_screen(config: Config, where: Whereabouts) -> tuple[Finding, ...]:
    """Whether the theme and the keys that the configuration names exist; nothing is loaded where it names none."""
    from oncall_tui.reports.check import Finding, Result

    findings = []
    if config.theme:
        from oncall_tui.ui.theming import ThemeShelf, shipped_themes_folder

        try:
            ThemeShelf((shipped_themes_folder(), *theme_folders())).look(config.theme)
            findings.append(Finding("theme", config.theme, Result.OK, "is there", where.place("theme")))
        except ConfigError as error:
            place = where.place("theme")
            findings.append(Finding("theme", config.theme, Result.WARNING, error.message, place, error.hint))
    if config.keys:
        from oncall_tui.ui.keys import checked_keymap

        try:
            checked_keymap(config.keys)
            what = f"{len(config.keys)} bound to actions that exist"
            findings.append(Finding("keys", "keys", Result.OK, what, where.place("keys")))
        except ConfigError as error:
            findings.append(Finding("keys", "keys", Result.FAILED, error.message, where.place("keys"), error.hint))
    return tuple(findings)


def configured_rules(
    config_path: Path | None, only: Sequence[str], style: str, tell: Callable[[str], object] = lambda _: None
) -> RuleFiles:
    """The rules for a configuration's SLOs, or only for those of these ids; style: 'prometheus' or 'kubernetes'.

    tell: takes what is to be told of foreign SLO files. Raises ConfigError, also for an id that is not in it.
    """
    from oncall_tui.config.mistakes import suggest
    from oncall_tui.rules import rule_files, rule_set
    from oncall_tui.sources.prometheus.rule_queries import RuleQueries

    config = configured(config_path)
    for line in told(config.notes):
        tell(line)
    catalogue = config.catalogue()
    known = [slo.id for slo in catalogue.slos()]
    if not known:
        raise ConfigError("the configuration has no SLOs", "write one under a service's `slos:`")
    for wanted in only:
        if wanted not in known:
            raise ConfigError(f"there is no SLO {clean_line(wanted)}{suggest(wanted, known)}", "name it service/slo")
    services = tuple(
        replace(service, slos=tuple(slo for slo in service.slos if not only or slo.id in only))
        for service in catalogue.services
    )
    queries = RuleQueries()
    made = rule_set(Catalogue(services), queries, runbook_url=config.runbooks.url_for)
    found = find_config(config_path)
    return rule_files(made, queries, found.stem if found else "", kubernetes=style == "kubernetes")


@asynccontextmanager
async def dashboard(
    config_path: Path | None, *, server: Server | None = None, read_only: bool = False
) -> AsyncIterator[Desk]:
    """The desk over the configured sources, or over what a server tells. Raises ConfigError, or as findings_of does."""
    if server is None:
        desk = await asyncio.to_thread(_configured_desk, config_path, read_only)
    else:
        config = await found_config(server)
        desk = await asyncio.to_thread(_real_desk, config, server.title, read_only, server.url.rstrip("/"))
        desk = replace(desk, banner=_found_in_short(config, server))
    try:
        yield desk
    finally:
        await desk.preferences.close()
        await asyncio.to_thread(desk.verifications.close)
        await desk.poller.close()
        if desk.pages is not None:
            await desk.pages.close()
        if desk.recorder is not None:
            await asyncio.to_thread(desk.recorder.close)
        await let_go(desk)


def _found_in_short(config: Config, server: Server) -> str:
    """What was found, and how to keep it."""
    catalogue = config.catalogue()
    slos, services = len(list(catalogue.slos())), len(catalogue.services)
    return f"found {slos} SLOs of {services} services; to keep and change them: oncall-tui init {server.url}"


def _configured_desk(config_path: Path | None, read_only: bool) -> Desk:
    found = find_config(config_path)
    return _real_desk(configured(config_path), found.stem if found else "", read_only, place_of(config_path))


def _real_desk(config: Config, title: str, read_only: bool, place: str) -> Desk:
    """place: what tells this environment from others in what is remembered between runs, and in the journal."""
    from oncall_tui.preferences import Memory, PreferencesFile, default_path

    sources = real_sources(config)
    extra = step_variables(config)
    poller = poller_for(sources, config)
    pagers = real_pagers(config)
    desk = desk_for(config, sources, poller, extra, title=title, read_only=read_only, pagers=pagers, place=place)
    preferences = Memory(PreferencesFile(default_path()), place)
    recorder = flight_recorder(config, title, place)
    return replace(desk, banner=in_short(config.notes), preferences=preferences, recorder=recorder)


@asynccontextmanager
async def demo(scenario: str, *, read_only: bool = False, into: int = 0) -> AsyncIterator[Desk]:
    """The desk over the simulated fleet, which runbook steps reach through a socket. Raises ConfigError.

    into: seconds since its story began.
    """
    from oncall_tui.actions import Assigned
    from oncall_tui.sources.simulated.control import SOCKET_VARIABLE, control_socket
    from oncall_tui.sources.simulated.pager import SimulatedPager

    config = await asyncio.to_thread(load_config, example_config())
    sources, world = await asyncio.to_thread(simulated_sources, config, scenario, into)
    poller = poller_for(sources, config, demo=True)
    async with control_socket(world.fleet) as socket:
        # What is practised in the demo is nobody's record: its journal goes with its socket.
        kept = config.journal.model_copy(update={"file": socket.parent / "journal.sqlite3"})
        config = config.model_copy(update={"journal": kept})
        extra = {SOCKET_VARIABLE: str(socket), "PATH": path_with_ourselves()}
        pagers = (Assigned(SimulatedPager(world.alerts)),)
        desk = desk_for(config, sources, poller, extra, title="demo", read_only=read_only, pagers=pagers)
        story = world.fleet.scenario
        try:
            yield replace(desk, banner=f"{story.title}. The story in full: `oncall-tui scenarios`")
        finally:
            await asyncio.to_thread(desk.verifications.close)
            await poller.close()
            await let_go(desk)


def desk_for(
    config: Config,
    sources: Sources,
    poller: Feed,
    extra: Mapping[str, str],
    *,
    title: str,
    read_only: bool,
    pagers: Sequence[Assigned] = (),
    place: str = "",
) -> Desk:
    """What the screens work with. extra: variables for every runbook step. place: tells its entries in the journal."""
    from oncall_tui.actions import Acknowledge, AcknowledgePages, Silences, TakeBack
    from oncall_tui.actions.alert_history import AlertHistory
    from oncall_tui.actions.failover import Clusters
    from oncall_tui.actions.given import Given
    from oncall_tui.actions.incidents import Incidents
    from oncall_tui.actions.keep import Keeper
    from oncall_tui.actions.step_history import StepHistory
    from oncall_tui.actions.verify_step import Verifications
    from oncall_tui.core.keeping import KeepRules
    from oncall_tui.poll.alert_lookup import AlertLookup
    from oncall_tui.poll.history import History
    from oncall_tui.poll.investigate import Investigate
    from oncall_tui.poll.read_review import ReadReview
    from oncall_tui.ui.desk import AlertView, Desk, Silencing, Tripwires
    from oncall_tui.ui.wardrobe import FIRST_THEME

    kept = journal_for(config, place)
    journal = outbox_for(kept, config)
    library = runbook_library(config)
    read_only = read_only or config.read_only
    ack = config.acknowledge
    alertmanagers = Clusters(sources.alerts, poller.members_of, poller.clusters)
    in_group = functools.partial(group_of, poller)
    pages = AcknowledgePages(pagers, journal, ack.author, ack.comment, read_only=read_only, group_of=in_group)
    silences = Silences(alertmanagers, journal, ack.author, read_only=read_only, skew_of=poller.skew_of)
    ends, settings = config.silences, ack_settings(config)
    rules, given = KeepRules(ack.duration, ack.kept_for), Given(kept)
    watch = None if read_only else incident_watch(config, kept, journal)
    return Desk(
        poller=poller,
        acknowledge=Acknowledge(alertmanagers, journal, settings, read_only=read_only, skew_of=poller.skew_of),
        take_back=TakeBack(alertmanagers, journal, ack.author, read_only=read_only),
        run_step=step_runner(config, journal, ack.author, extra, read_only=read_only),
        investigate=Investigate(sources.metrics, journal=kept),
        review=ReadReview(sources.metrics, kept),
        silencing=Silencing(silences, ack.author, alertmanagers, ends.duration, ends.ends_soon),
        alert_view=AlertView(AlertLookup(sources.metrics), AlertHistory(kept)),
        library=library,
        auto_diagnose=auto_diagnosis(config, library, journal, kept, extra, read_only=read_only),
        step_history=StepHistory(kept),
        verifications=Verifications(journal, ack.author),
        web_pages=web_pages(),
        title=title,
        theme=config.theme or FIRST_THEME.name,
        theme_folders=theme_folders(),
        keys=config.keys,
        read_only=read_only,
        pages=pages if pagers else None,
        keeper=Keeper(alertmanagers, silences, ack.author, rules, read_only=read_only, began_of=given.began),
        tripwires=Tripwires(given, ack.old_after),
        filters=config.filters,
        flapping=config.alerts.flapping,
        notices=_notice_settings(config),
        storm=config.alerts.storm.rule(),
        scribe=History(kept, journal, then=watch.follow if watch else _nothing),
        incidents=Incidents(kept, journal, ack.author, read_only=read_only),
        incident_watch=watch,
    )


def _nothing(_: Assessment) -> None:
    """What follows an assessment where nothing may be written."""


def _notice_settings(config: Config) -> NoticeSettings:
    from oncall_tui.ui.noticing import NoticeSettings

    notices = config.notices
    return NoticeSettings(notices.bell, notices.desktop.value, notices.title, notices.quiet_hours())


def ack_settings(config: Config) -> AckSettings:
    """Who says 'mine', for how long, and with what comment."""
    from oncall_tui.actions import AckSettings
    from oncall_tui.core.alerts import ACK_PREFIX

    ack = config.acknowledge
    comment = f"{ACK_PREFIX} {ack.comment}".strip()
    return AckSettings(ack.author, ack.duration, comment, ack.keep, ack.kept_for)


def group_of(poller: Feed, alert: Alert) -> Mapping[str, str]:
    """The labels of the group that an alert was last seen in; none where it is in none."""
    groups = (one for one in poller.snapshot().groups if one.source == alert.source)
    return next((one.labels for one in groups if alert.fingerprint in one.fingerprints), {})
