"""Where in the configuration something is written: 'config.yaml:31'."""

from __future__ import annotations

from pathlib import Path

from oncall_tui.config.checks import named_entries
from oncall_tui.config.document import Document
from oncall_tui.config.mistakes import Place
from oncall_tui.core.catalogue import UP, VERSIONS, Endpoint, Service, Signal
from oncall_tui.core.slo import Slo


class Whereabouts:
    """Finds things by their names. What the file does not name (a default) is where the nearest thing around it is."""

    def __init__(self, file: Path, document: Document) -> None:
        self._file = file
        self._document = document
        self._known: dict[Place, dict[str, Place]] = {}
        self._services = {name: place[:-1] for place, name in named_entries(document, ("services",))}

    def place(self, *place: str | int) -> str:
        """Of a place in the document, or the nearest one around it."""
        return f"{self._file.name}:{self._document.spot(place).line}"

    def service(self, service: Service) -> str:
        """Of a service's entry."""
        return self.place(*self._services.get(service.name, ("services",)))

    def slo(self, slo: Slo) -> str:
        """Of an SLO, of a member that of its template; the file it came from where it was imported."""
        return slo.origin or self._member(slo.service, "slos", slo.name)

    def signal(self, signal: Signal) -> str:
        """Of a signal, and of what tells a service's versions and whether it is up."""
        if part := {VERSIONS: "versions", UP: "two_eyes"}.get(signal.name):
            return self.place(*self._services.get(signal.service, ("services",)), part)
        if signal.recipe:
            return self.place(*self._services.get(signal.service, ("services",)), "recipes")
        return self._member(signal.service, "signals", signal.name)

    def endpoint(self, endpoint: Endpoint) -> str:
        """Of an endpoint; one without a name of its own is called by its protocol."""
        return self._member(endpoint.service, "endpoints", endpoint.name, "http", "protocol")

    def source(self, kind: str, name: str) -> str:
        """Of a source. kind: 'prometheus' or 'alertmanager'."""
        return self._named(("sources", kind), name, kind)

    def pager(self, name: str) -> str:
        """Of a pager; one without a name of its own is called by its kind."""
        return self._named(("pagers",), name, named_by="kind")

    def _member(self, service: str, part: str, name: str, default: str = "", named_by: str = "") -> str:
        around: Place = (*self._services.get(service, ("services",)), part)
        return self._named(around, name, default, named_by)

    def _named(self, around: Place, name: str, default: str = "", named_by: str = "") -> str:
        if around not in self._known:
            entries = named_entries(self._document, around, default, named_by)
            self._known[around] = {found: place for place, found in entries}
        return self.place(*self._known[around].get(name, around))
