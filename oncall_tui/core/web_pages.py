"""Runbooks that are pages on the web: text to read, with its age. Nothing in one is ever run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)/blob/([^?#]+)", re.ASCII)
_GITLAB = re.compile(r"(https://[\w.-]+(?::\d+)?/[\w./-]+)/-/blob/([^?#]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page as it was fetched. text: untrusted Markdown. fetched_at: unix seconds."""

    url: str
    text: str
    fetched_at: float


class PageSource(Protocol):
    """Fetches pages, and keeps what it fetched."""

    def kept(self, url: str) -> WebPage | None:
        """The copy of the page that was fetched last, however old; None where there is none. Reads a file."""
        ...

    async def fetch(self, url: str) -> WebPage:
        """The page as it is now, kept for later. Raises SourceError: it is gone, wants a login, is no Markdown."""
        ...


def raw_url(url: str) -> str:
    """Where the text of a page is: of a file shown by GitHub or GitLab its text, else the URL as it is."""
    if match := _GITHUB.match(url):
        return f"https://raw.githubusercontent.com/{match[1]}/{match[2]}"
    if match := _GITLAB.match(url):
        return f"{match[1]}/-/raw/{match[2]}"
    return url.partition("#")[0]
