"""Whether each pager lets us in, tried by what rings nobody."""

from __future__ import annotations

import asyncio

from oncall_tui.core.errors import SourceError
from oncall_tui.core.ports import Pager
from oncall_tui.reports.check import Finding, Result


async def pager(one: Pager, place: str, patience: float) -> Finding:
    """What came of a harmless question. patience: seconds."""
    try:
        async with asyncio.timeout(patience):
            said = await one.greet()
    except SourceError as error:
        return Finding("pager", one.name, Result.FAILED, error.message, place, error.hint)
    except TimeoutError:
        return Finding("pager", one.name, Result.FAILED, f"{one.name}: no answer in time", place, "raise its timeout")
    if said is None:
        return Finding("pager", one.name, Result.NOT_CHECKED, f"{one.kind}: cannot be tried without paging", place)
    return Finding("pager", one.name, Result.OK, f"{one.kind} answers: {said}", place)
