"""Where the dashboard's preferences are kept, and that the demo has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.preferences import Memory, PreferencesFile, default_path
from oncall_tui.wiring.dashboard import dashboard, demo


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "oncall-tui" / "preferences.json"


async def test_the_dashboard_writes_what_was_set_when_it_is_left(tmp_path: Path, state: Path) -> None:
    config = tmp_path / "prod.yaml"
    config.write_text("filters:\n  pages: severity=page\n")
    async with dashboard(config) as desk:
        desk.preferences.here("filters").set("alerts", "ranker")
        assert desk.filters == {"pages": "severity=page"}
    assert default_path() == state
    assert Memory(PreferencesFile(state), str(config)).here("filters").texts() == {"alerts": "ranker"}
    async with dashboard(config) as desk:
        assert desk.preferences.here("filters").text("alerts") == "ranker"
    other = tmp_path / "staging.yaml"
    other.write_text("read_only: true\n")
    async with dashboard(other) as desk:
        assert desk.preferences.here("filters").texts() == {}


async def test_what_is_practised_in_the_demo_is_nobodys_record(state: Path) -> None:
    async with demo("quiet") as desk:
        desk.preferences.here("filters").set("alerts", "ranker")
        await desk.preferences.close()
    assert PreferencesFile(state).load() == ({}, "")
