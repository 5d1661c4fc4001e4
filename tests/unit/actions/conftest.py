from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.journal import Journal


@pytest.fixture
def journal(tmp_path: Path):
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()
