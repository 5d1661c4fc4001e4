"""The web pages that an alert names, and how one is opened: never another scheme, and never unseen."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from oncall_tui.core.alerts import Alert

_URL = re.compile(r"https?://[!#-&(-;=?-_a-~]+", re.IGNORECASE | re.ASCII)
"""Printable ASCII alone: a name that only looks like another's is written in other letters."""
_TRAILING = ".,;:!?]}"


@dataclass(frozen=True, slots=True)
class Link:
    """name: what in the alert names it. url: http or https, printable ASCII, with a host and no user in it."""

    name: str
    url: str

    @property
    def host(self) -> str:
        """Where it goes."""
        return urlsplit(self.url).netloc


def links_of(alert: Alert) -> tuple[Link, ...]:
    """The links in an alert's annotations and labels, and its generator's; each once, the runbook's first."""
    found: dict[str, Link] = {}
    for link in _links(alert):
        found.setdefault(link.url, link)
    return tuple(found.values())


def _links(alert: Alert) -> Iterator[Link]:
    if alert.runbook_url:
        yield from _in("runbook", alert.runbook_url)
    yield from _of(alert.annotations)
    yield from _of(alert.labels)
    yield from _in("where it was made", alert.generator_url)


def _of(texts: Mapping[str, str]) -> Iterator[Link]:
    for name, text in sorted(texts.items()):
        yield from _in(name, text)


def _in(name: str, text: str) -> Iterator[Link]:
    for found in _URL.findall(text):
        url = _without_the_sentence(found)
        try:
            parts = urlsplit(url)
            usable = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        except ValueError:
            continue
        if usable:
            yield Link(name, url)


def _without_the_sentence(url: str) -> str:
    """The URL without the punctuation of the sentence that it stands in."""
    while url and (url[-1] in _TRAILING or (url[-1] == ")" and url.count(")") > url.count("("))):
        url = url[:-1]
    return url


def can_open() -> bool:
    """Whether there is a graphical browser to open a page in: one in the terminal would take the screen away."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


async def open_page(link: Link) -> bool:
    """Hand the page to the machine's browser; whether one took it."""
    import webbrowser

    try:
        return await asyncio.to_thread(webbrowser.open, link.url)
    except (webbrowser.Error, OSError):
        return False
