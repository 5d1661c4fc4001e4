"""What the screens work with."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from oncall_tui.config.models import Config
from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import Assessment
from oncall_tui.poll.feed import Feed
from oncall_tui.wiring.configs import theme_folders
from oncall_tui.wiring.journal import incident_watch, journal_for, outbox_for, postmortems
from oncall_tui.wiring.runbooks import (
    auto_diagnosis,
    runbook_library,
    step_runner,
    web_pages,
)
from oncall_tui.wiring.sources import Sources

if TYPE_CHECKING:
    from oncall_tui.actions import AckSettings, Assigned
    from oncall_tui.ui.desk import Desk
    from oncall_tui.ui.noticing import NoticeSettings


def desk_for(
    config: Config,
    sources: Sources,
    poller: Feed,
    extra: Mapping[str, str],
    *,
    title: str,
    read_only: str,
    pagers: Sequence[Assigned] = (),
    place: str = "",
) -> Desk:
    """What the screens work with. extra: variables for every runbook step. place: tells its entries in the journal.

    read_only: why nothing may be written, '' where the configuration alone decides.
    """
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
    read_only = read_only or config.locked
    ack = config.acknowledge
    alertmanagers = Clusters(sources.alerts, poller.members_of, poller.clusters)
    in_group = functools.partial(group_of, poller)
    pages = AcknowledgePages(pagers, journal, ack.author, ack.comment, read_only=read_only, group_of=in_group)
    silences = Silences(alertmanagers, journal, ack.author, read_only=read_only, skew_of=poller.skew_of)
    ends, settings = config.silences, ack_settings(config)
    rules, given = KeepRules(ack.duration, ack.kept_for), Given(kept)
    watch = None if read_only else incident_watch(config, kept, journal)
    incidents = Incidents(kept, journal, ack.author, read_only=read_only)
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
        incidents=incidents,
        write_postmortem=postmortems(config, incidents),
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
