"""Everything that a configuration rests on, tried once."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import read_config
from oncall_tui.config.models import Config
from oncall_tui.core.errors import ConfigError
from oncall_tui.wiring.configs import existing_config, theme_folders
from oncall_tui.wiring.runbooks import (
    runbook_library,
)
from oncall_tui.wiring.sources import pace_of, real_pagers, real_sources

if TYPE_CHECKING:
    from oncall_tui.config.whereabouts import Whereabouts
    from oncall_tui.reports.check import Check, Finding


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
        rhythm=Rhythm(float(config.polling.interval), pace_of(config).every),
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
