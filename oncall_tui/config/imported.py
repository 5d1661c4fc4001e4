"""What foreign SLO files give, and how it joins the services of the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from oncall_tui.config.notes import Note
from oncall_tui.core.catalogue import Service
from oncall_tui.core.slo import Slo

_TEAM_LABELS = ("team", "owner")
"""Labels of an SLO that say whose a service is that only foreign files name."""


@dataclass(frozen=True, slots=True)
class ImportedSlo:
    """An SLO of a foreign file. team, source: of its service, if only foreign files name that ('': not said)."""

    slo: Slo
    file: str
    line: int
    team: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """Everything that slo_files gave."""

    slos: tuple[ImportedSlo, ...] = ()
    notes: tuple[Note, ...] = ()


def without_clashes(own: Iterable[Service], imported: Imported) -> Imported:
    """What was imported but for SLOs whose id is taken, by the configuration or an earlier file: each with a note."""
    services = {service.name: service for service in own}
    taken = {slo.id: "the configuration" for service in services.values() for slo in service.slos}
    kept, notes = [], list(imported.notes)
    for each in imported.slos:
        if (by := taken.get(each.slo.id)) is not None:
            about = f"SLO '{each.slo.id}'"
            notes.append(Note(each.file, each.line, f"there is one already, from {by}", left_out=True, about=about))
            continue
        taken[each.slo.id] = f"{each.file}:{each.line}"
        kept.append(each)
        service = services.get(each.slo.service)
        if service is not None and each.source not in ("", service.source):
            what = f"SLO '{each.slo.id}' is asked of {service.source or 'no source'}, as its service is"
            notes.append(Note(each.file, each.line, what))
    return Imported(tuple(kept), tuple(notes))


def joined(own: tuple[Service, ...], imported: Imported, source: str) -> tuple[Service, ...]:
    """The services with the imported SLOs, after their own; then those that only foreign files name.

    source: for services that no one names a source for.
    """
    gathered: dict[str, list[ImportedSlo]] = {}
    for each in imported.slos:
        gathered.setdefault(each.slo.service, []).append(each)
    services = [
        replace(service, slos=(*service.slos, *(each.slo for each in gathered.pop(service.name, ()))))
        for service in own
    ]
    return (*services, *(_service(name, found, source) for name, found in gathered.items()))


def _service(name: str, found: list[ImportedSlo], source: str) -> Service:
    labelled = (each.slo.labels.get(label, "") for label in _TEAM_LABELS for each in found)
    team = next((each.team for each in found if each.team), "") or next(filter(None, labelled), "")
    named = next((each.source for each in found if each.source), source)
    return Service(name=name, team=team, source=named, slos=tuple(each.slo for each in found))
