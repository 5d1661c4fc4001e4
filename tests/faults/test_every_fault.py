"""Every fault on every kind of source: told, alone, and over by itself."""

from __future__ import annotations

import pytest
import report
from every_fault import CASES, Fault
from fault_stage import Case, Outcome, play_all, real_servers

from oncall_tui.core.snapshot import SourceKind

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[Case, Outcome | BaseException]:
    """What came of every fault that is to be tested now, played side by side."""
    here = [item for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    cases = [(item.callspec.params["fault"], item.callspec.params["kind"]) for item in here]
    with real_servers(tmp_path_factory.mktemp("faults")) as servers:
        return play_all(servers, cases)


@pytest.mark.parametrize(("fault", "kind"), CASES, ids=[f"{kind}: {fault.name}" for fault, kind in CASES])
def test_a_fault_is_told_darkens_nothing_else_and_heals(
    outcomes: dict[Case, Outcome | BaseException], fault: Fault, kind: SourceKind
) -> None:
    """The figures of how fast are in docs/reliability.md: how busy this machine is says nothing of that."""
    outcome = outcomes[fault, kind]
    if isinstance(outcome, BaseException):
        raise outcome


def test_the_page_tells_of_every_fault() -> None:
    told = report.rows_of(report.PAGE.read_text(encoding="utf-8"))
    assert told == report.wanted(), "write it anew: python -m tests.faults.report"
