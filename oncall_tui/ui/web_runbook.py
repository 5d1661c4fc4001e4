"""A runbook that is a page on the web: its kept copy with its age, fetched when a person asks. Read, never run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import SourceError
from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from oncall_tui.core.web_pages import WebPage
    from oncall_tui.runbooks.model import LinkRunbook
    from oncall_tui.ui.app import OncallApp

SHOWN = 200_000
"""Characters of a page that are shown; more takes long to lay out."""


async def kept_text(app: OncallApp, link: LinkRunbook) -> str:
    """What to show of a link before anything is fetched: its copy, if there is one."""
    page = await asyncio.to_thread(app.desk.web_pages.kept, link.url) if link.openable else None
    return link_text(link, page, app.clock())


async def fetched_text(app: OncallApp, link: LinkRunbook) -> str:
    """What to show of a link that a person wants to read now: the page, else its copy and why there is no newer one."""
    try:
        page = await app.desk.web_pages.fetch(link.url)
    except SourceError as error:
        kept = await asyncio.to_thread(app.desk.web_pages.kept, link.url)
        return link_text(link, kept, app.clock(), str(error))
    return link_text(link, page, app.clock())


def link_text(link: LinkRunbook, page: WebPage | None, now: float, trouble: str = "") -> str:
    """A link as Markdown: where it goes, how old the copy is, what is wrong, and the copy."""
    head = f"    {clean_line(link.url)}\n"
    if link.note:
        head += f"\n{link.note}\n"
    if trouble:
        head += f"\n    not fetched: {clean_line(trouble)}\n"
    if page is None:
        ask = "\nenter fetches it; it is read, never run.\n" if link.openable else ""
        return f"This runbook is a link:\n\n{head}{ask}"
    age = humanize(max(now - page.fetched_at, 0.0))
    cut = f"\n\n[cut after {SHOWN:,} characters]" if len(page.text) > SHOWN else ""
    return f"{head}\n*Fetched {age} ago; enter fetches it anew. Read, never run.*\n\n---\n\n{page.text[:SHOWN]}{cut}"
