"""The rules for a configuration's SLOs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.loader import find_config
from oncall_tui.config.notes import told
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line
from oncall_tui.wiring.configs import configured

if TYPE_CHECKING:
    from oncall_tui.rules import RuleFiles


def configured_rules(
    config_path: Path | None,
    only: Sequence[str],
    style: str,
    tell: Callable[[str], object] = lambda _: None,
    *,
    ascii_only: bool = False,
) -> RuleFiles:
    """The rules for a configuration's SLOs, or only for those of these ids; style: 'prometheus' or 'kubernetes'.

    tell: takes what is to be told of foreign SLO files. ascii_only: as rule_files has it.
    Raises ConfigError, also for an id that is not in it.
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
    name = found.stem if found else ""
    return rule_files(made, queries, name, kubernetes=style == "kubernetes", ascii_only=ascii_only)
