"""Plays every fault and writes docs/reliability.md: python -m tests.faults.report"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import disk_faults
from disk_faults import DiskFault
from every_fault import CASES, FAULTS
from fault_stage import Case, Outcome, play_all, real_servers

from oncall_tui.core.snapshot import SourceKind
from oncall_tui.core.state import State

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
WORDS = {SourceKind.PROMETHEUS: "Prometheus", SourceKind.ALERTMANAGER: "Alertmanager", SourceKind.ENDPOINTS: "endpoint"}

HEAD = """# What happens when things break

Written by `python -m tests.faults.report`, which plays every fault below on a real Prometheus, a real Alertmanager and
a model endpoint, each behind a proxy that misbehaves on command. The tests play the same in every run of CI.

For each fault: what it does to the state of what rests on the source, and what stands on the screen. In every row the
other sources stayed live and what rests on them kept its state; nothing of the broken source looked OK for a moment
once it was found; and it healed by itself when the fault ended. Figures that are younger than three polls are shown
until then, with their age. Eight hours of faults that come and go, with what they cost in memory, are in [soak.md](soak.md).

Keys are tried while Prometheus hangs, Alertmanager sends 200 MB and an endpoint drips: none waits for a request. An Alertmanager that restarts and loses its silences: what they covered fires again on the
screen, and is nobody's. A silence that it refuses is no acknowledgement: its own words are told, and the journal holds what
was meant and that it was not done.

| fault | source | state | what the screen says | others stay live | heals |
|---|---|---|---|---|---|
"""
_HEADINGS = ("| fault", "| what is wrong")
_PORT = re.compile(r"(127\.0\.0\.1|\w+\.test):\d+")


def row(outcome: Outcome) -> str:
    """One line of the table, without what is another at every run: ports and ages."""
    parts = _PORT.sub(r"\1", re.sub(r" \((last answer|no answer).*?\)", "", outcome.said)).split(" · ")
    # The sheet of the sources repeats what the row says, and adds what to do.
    parts = [parts[0], *(part for part in parts[1:] if part.partition(" ")[2] not in parts[0])]
    told = " · ".join(parts).strip().replace("|", "\\|") or "nothing: it is as fresh as ever"
    state = "stays OK" if outcome.state is State.OK else outcome.state.name
    return f"| {outcome.fault} | {WORDS[outcome.kind]} | {state} | {told} | yes | yes |\n"


def rows_of(page: str) -> set[tuple[str, str]]:
    """The faults and sources that a page tells of."""
    lines = [
        line.split(" | ") for line in page.splitlines() if line.startswith("| ") and not line.startswith(_HEADINGS)
    ]
    return {(parts[0].removeprefix("| "), parts[1]) for parts in lines}


def wanted() -> set[tuple[str, str]]:
    """Those that it has to tell of."""
    of_sources = {(fault.name, WORDS[kind]) for fault, kind in CASES}
    of_the_disk = {tuple(disk_row(fault).removeprefix("| ").split(" | ")[:2]) for fault in disk_faults.FAULTS}
    return of_sources | of_the_disk


def page(outcomes: Mapping[Case, Outcome | BaseException]) -> str:
    """The document. Raises what a fault raised that did not end as it must."""
    lines: list[str] = []
    for outcome in outcomes.values():
        if isinstance(outcome, BaseException):
            raise outcome
        lines.append(row(outcome))
    return HEAD + "".join(lines)


DISK = """
## The disk, the home folder, another version

The dashboard is started on a terminal of its own; each note is a line at its right edge, and goes away by itself. What
the journal could not take is kept and tried again, `✖ journal` stands on the strip meanwhile, and `S` says why.

| what is wrong | it opens | what the screen says |
|---|---|---|
"""


def disk_row(fault: DiskFault) -> str:
    """One line of the second table: the words that stood on the screen."""
    opens = "no, it ends with 2" if fault.exit_code else "yes"
    return f"| {fault.name} | {opens} | {' · '.join(fault.says) or 'nothing: it goes on as ever'} |\n"


def disk_page(outcomes: Mapping[DiskFault, BaseException | None]) -> str:
    """The second part of the document. Raises what went wrong."""
    for error in outcomes.values():
        if error is not None:
            raise error
    return DISK + "".join(map(disk_row, outcomes))


def main() -> None:
    """Play them all, and write."""
    with tempfile.TemporaryDirectory() as folder, real_servers(Path(folder)) as servers:
        text = page(play_all(servers, CASES))
    with tempfile.TemporaryDirectory() as folder:
        text += disk_page(disk_faults.run_all(disk_faults.FAULTS, Path(folder)))
    PAGE.write_text(text, encoding="utf-8")
    print(f"{len(FAULTS)} faults of sources in {len(CASES)} rows, {len(disk_faults.FAULTS)} of the disk: {PAGE}")


if __name__ == "__main__":
    main()
