"""Which runbooks fit an alert or a service."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from oncall_tui.core.catalogue import Service
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.step_records import NOTHING_YET, Helped
from oncall_tui.runbooks.folder import Files, Folder
from oncall_tui.runbooks.model import DEFAULT_TIMEOUT, LinkRunbook, Problem, Runbook

RESCAN_SECONDS = 2.0
"""A folder is looked at again after this long, so that asking for many alerts at once costs one look."""


class Because(StrEnum):
    """Why a runbook is suggested."""

    RULE = "config rule"
    MATCHES = "its own matches"
    LINK = "runbook_url"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the configuration: alerts that satisfy every matcher have this runbook.

    runbook: its name, as in 'team/feature-stale.md' or 'feature-stale'; an absolute path, also of a file in no
    folder; or an http or https link. title: what it is called, '' for its own title.
    """

    matchers: tuple[Matcher, ...]
    runbook: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A runbook that fits, and why. helped: what it did against such an alert before."""

    runbook: Runbook | LinkRunbook
    because: Because | None
    helped: Helped = NOTHING_YET


def ranked(suggestions: Iterable[Suggestion], before: Mapping[str, Helped]) -> tuple[Suggestion, ...]:
    """The suggestions with what helped before first, and what made it worse last. before: by the runbook's name."""
    known = [
        replace(one, helped=before.get(one.runbook.name, NOTHING_YET)) if isinstance(one.runbook, Runbook) else one
        for one in suggestions
    ]
    return tuple(sorted(known, key=lambda one: tuple(-part for part in one.helped.score)))


class RunbookLibrary:
    """The runbooks of some folders, read when asked for and again when they changed.

    Every method may read files, so a screen calls it in a thread; any thread may call. timeout: seconds, for steps
    whose runbook says none.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        rules: Sequence[Rule] = (),
        timeout: int = DEFAULT_TIMEOUT,
        monotonic: Callable[[], float] = time.monotonic,
        launchers: Sequence[Runbook] = (),
    ) -> None:
        """launchers: what stands beside the folders' own, after them."""
        self._launchers = tuple(launchers)
        self._files = Files(timeout)
        self._folders = tuple(Folder(path, self._files) for path in folders)
        self._rules = tuple(rules)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._runbooks: tuple[Runbook, ...] = ()
        self._problems: tuple[Problem, ...] = ()

    def runbooks(self) -> tuple[Runbook, ...]:
        """Every runbook, folder by folder, by name. Missing and broken ones are told by problems()."""
        with self._lock:
            now = self._monotonic()
            if self._read_at is None or now - self._read_at >= RESCAN_SECONDS:
                read = [folder.read() for folder in self._folders]
                self._runbooks = (*(runbook for runbooks, _ in read for runbook in runbooks), *self._launchers)
                self._problems = tuple(problem for _, problems in read for problem in problems)
                self._read_at = now
            return self._runbooks

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with folders, with runbooks, and with rules whose runbook is not there."""
        runbooks = self.runbooks()
        listed = {runbook.path for runbook in runbooks}
        problems = list(self._problems)
        for found in (self._of_rule(rule, runbooks) for rule in self._rules):
            if isinstance(found, Problem):
                problems.append(found)
            elif isinstance(found, Runbook) and found.path not in listed:
                problems += found.problems
        return tuple(problems)

    def runbook(self, name: str) -> Runbook | None:
        """The runbook of that name: its path in its folder or its file's name, with or without .md, in any case."""
        return _named(self.runbooks(), name)

    def for_alert(self, labels: Mapping[str, str], annotations: Mapping[str, str]) -> tuple[Suggestion, ...]:
        """What fits, best first: the configuration's rules, then runbooks whose matches hold, then the alert's link.

        Of matching runbooks the one with more to satisfy is first. Each runbook once, under the first reason.
        """
        runbooks = self.runbooks()
        suggestions = self._by_rules(runbooks, [labels]) + _by_matches(runbooks, [labels])
        link = annotations.get("runbook_url") or labels.get("runbook_url") or annotations.get("runbook", "")
        return _once(suggestions + _by_link(runbooks, link))

    def for_service(self, service: Service, alert_names: Iterable[str] = ()) -> tuple[Suggestion, ...]:
        """What fits the alerts a service may raise: those of these names, and any that carries its labels."""
        own = {**service.labels, "service": service.name}
        possible = [own, *({**own, "alertname": name} for name in alert_names)]
        runbooks = self.runbooks()
        return _once(self._by_rules(runbooks, possible) + _by_matches(runbooks, possible))

    def _by_rules(self, runbooks: Sequence[Runbook], possible: Sequence[Mapping[str, str]]) -> list[Suggestion]:
        fitting = [rule for rule in self._rules if any(_fits(rule.matchers, labels) for labels in possible)]
        found: list[Suggestion] = []
        for rule in fitting:
            runbook = self._of_rule(rule, runbooks)
            if isinstance(runbook, Problem):
                runbook = LinkRunbook(rule.runbook, openable=False, note=runbook.message, name=rule.title)
            found.append(Suggestion(runbook, Because.RULE))
        return found

    def _of_rule(self, rule: Rule, runbooks: Sequence[Runbook]) -> Runbook | LinkRunbook | Problem:
        """What a rule names, or why there is no such thing. Rules are the person's own: a path is followed."""
        if _is_web(rule.runbook):
            return LinkRunbook(rule.runbook, openable=True, name=rule.title)
        path = Path(rule.runbook)
        found: Runbook | Problem | None
        if path.is_absolute():
            inside = (runbook for runbook in runbooks if runbook.path.absolute() == path)
            with self._lock:
                found = next(inside, None) or self._files.get(path, path.name)
        else:
            found = _named(runbooks, rule.runbook)
        if found is None:
            return Problem(path, 0, "is named by a runbook rule, but is in no runbook folder")
        return replace(found, title=rule.title) if rule.title and isinstance(found, Runbook) else found


def _fits(matchers: Sequence[Matcher], labels: Mapping[str, str]) -> bool:
    return bool(matchers) and all(matcher.matches(labels) for matcher in matchers)


def _by_matches(runbooks: Sequence[Runbook], possible: Sequence[Mapping[str, str]]) -> list[Suggestion]:
    fitting = [book for book in runbooks if any(_fits(book.matchers, labels) for labels in possible)]
    fitting.sort(key=lambda book: (*_precision(book.matchers), book.title))
    return [Suggestion(book, Because.MATCHES) for book in fitting]


def _precision(matchers: Sequence[Matcher]) -> tuple[int, int]:
    """Sorts what asks for more first."""
    return -len(matchers), -sum(matcher.op is MatchOp.EQUAL for matcher in matchers)


def _by_link(runbooks: Sequence[Runbook], link: str) -> list[Suggestion]:
    """The local runbook that the link's path ends in, then the link itself if it is one for the web.

    A link is a stranger's text: it is only ever compared with the names of runbooks already found, never opened
    as a path.
    """
    link = link.strip()
    if not link:
        return []
    local = _named(runbooks, _path_of(link))
    suggestions = [] if local is None else [Suggestion(local, Because.LINK)]
    if _is_web(link):
        suggestions.append(Suggestion(LinkRunbook(link, openable=True), Because.LINK))
    elif local is None:
        note = "neither a web link nor the name of a runbook in a runbook folder"
        suggestions.append(Suggestion(LinkRunbook(link, openable=False, note=note), Because.LINK))
    return suggestions


def _is_web(link: str) -> bool:
    return link.lower().startswith(("http://", "https://"))


def _path_of(link: str) -> str:
    """The path in a link: all of it for a relative one, the last part for one with a scheme."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    path = unquote(parts.path).strip("/")
    return path.rpartition("/")[2] if parts.scheme else path


def _named(runbooks: Sequence[Runbook], name: str) -> Runbook | None:
    wanted = _stem(name)
    if not wanted:
        return None
    whole = next((book for book in runbooks if _stem(book.name) == wanted), None)
    return whole or next((book for book in runbooks if _stem(book.path.name) == wanted), None)


def _stem(name: str) -> str:
    return name.lower().removeprefix("./").removesuffix(".markdown").removesuffix(".md")


def _once(suggestions: Sequence[Suggestion]) -> tuple[Suggestion, ...]:
    """Each runbook where it comes first."""
    first: dict[object, Suggestion] = {}
    for suggestion in suggestions:
        book = suggestion.runbook
        first.setdefault(book.path if isinstance(book, Runbook) else book.url, suggestion)
    return tuple(first.values())
