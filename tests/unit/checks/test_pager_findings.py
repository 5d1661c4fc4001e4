"""What `check` says of pagers: those that can be tried are, and of the others it says why not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from fakes import parts_of

from oncall_tui.checks import check_all
from oncall_tui.core.errors import SourceError, Unauthorized
from oncall_tui.reports.check import Finding, Result

CONFIG = """\
polling: {timeout: 1}
pagers:
  - {kind: pagerduty, name: night, token: secret}
  - kind: webhook
    url: http://chat
    body: '{}'
"""


class Pager:
    kind = "PagerDuty"

    def __init__(self, name: str, said: str | None = None, trouble: SourceError | None = None, hang: bool = False):
        self.name, self.said, self.trouble, self.hang = name, said, trouble, hang
        self.asked = 0

    async def greet(self) -> str | None:
        self.asked += 1
        if self.hang:
            await asyncio.sleep(60)
        if self.trouble:
            raise self.trouble
        return self.said


def finding(folder: Path, pager: Pager, **given: object) -> Finding:
    check = asyncio.run(check_all(parts_of(folder, CONFIG, pagers=[pager], **given), lambda: 1_000.0))
    [found] = [one for one in check.findings if one.check == "pager"]
    return found


@pytest.mark.parametrize(
    ("pager", "result", "what"),
    [
        (Pager("night", "3 open"), Result.OK, "PagerDuty answers: 3 open"),
        (Pager("night"), Result.NOT_CHECKED, "PagerDuty: cannot be tried without paging"),
        (Pager("night", trouble=Unauthorized("night: HTTP 401", "check its token")), Result.FAILED, "night: HTTP 401"),
        (Pager("night", hang=True), Result.FAILED, "night: no answer in time"),
    ],
    ids=["answers", "cannot", "refused", "hangs"],
)
def test_each_pager_is_tried_by_what_rings_nobody(tmp_path: Path, pager: Pager, result: Result, what: str) -> None:
    found = finding(tmp_path, pager)
    assert (found.result, found.what, found.where) == (result, what, "config.yaml:4")


def test_offline_asks_nobody(tmp_path: Path) -> None:
    pager = Pager("webhook")
    found = finding(tmp_path, pager, offline=True)
    assert (found.result, found.what, found.where) == (Result.NOT_CHECKED, "not asked: offline", "config.yaml:5")
    assert pager.asked == 0
