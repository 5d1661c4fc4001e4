"""What a disk may do: the dashboard opens all the same, and says in a line what is wrong. Real processes on a pty."""

from __future__ import annotations

from pathlib import Path

import pytest
from disk_faults import COLUMNS, FAULTS, ROWS, DiskFault, Home, command, may_mount, run_all
from ptys import Terminal

from oncall_tui.journal import Journal


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[DiskFault, BaseException | None]:
    """What went wrong in each case that is to be tested now; they are run side by side."""
    here = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    return run_all([item.callspec.params["fault"] for item in here], tmp_path_factory.mktemp("disk"))


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_the_dashboard_opens_and_says_what_is_wrong(
    outcomes: dict[DiskFault, BaseException | None], fault: DiskFault
) -> None:
    if fault.mounted and not may_mount():
        pytest.skip("nothing can be mounted here")
    if (error := outcomes[fault]) is not None:
        raise error


def test_several_instances_share_the_files_and_each_change_is_written_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    argv, environment = command(home, tmp_path)
    running = [Terminal(argv, COLUMNS, ROWS, environment) for _ in range(3)]
    try:
        for terminal in running:
            terminal.until("CRIT 1", 30.0)
            assert "✖ journal" not in terminal.text()
        for terminal in running:
            terminal.press("q")
            assert terminal.ended() == 0
    finally:
        for terminal in running:
            terminal.close()
    journal = Journal(home.journal, only_to_read=True)
    assert journal.verify().sound
    told = [(event.kind, event.subject) for event in journal.events()]
    journal.close()
    assert told
    assert len(told) == len(set(told))
