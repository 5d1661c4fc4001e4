"""The socket through which a demo's runbook steps heal its fleet."""

import asyncio
import stat
from pathlib import Path

import pytest

from oncall_tui.core.errors import ActionError
from oncall_tui.sources.simulated.control import control_socket, heal_over_socket
from oncall_tui.sources.simulated.fleet import Fleet


def fleet():
    return Fleet("feature-stale", epoch=1_000_000.0)


async def test_the_right_mitigation_heals_and_says_so():
    subject = fleet()
    async with control_socket(subject, lambda: 1_000_100.0) as path:
        said = await asyncio.to_thread(heal_over_socket, path, subject.scenario.mitigation)
    assert "heals" in said
    assert subject.healed_at == 1_000_100.0


async def test_the_wrong_mitigation_is_refused_with_the_right_one_named():
    subject = fleet()
    async with control_socket(subject) as path:
        with pytest.raises(ActionError, match="does not mend"):
            await asyncio.to_thread(heal_over_socket, path, "rm -rf; $(reboot)\x1b[2J")
    assert subject.healed_at is None


async def test_the_socket_is_private_and_gone_afterwards():
    async with control_socket(fleet()) as path:
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert not path.parent.exists()


def test_no_demo_is_one_clear_line():
    with pytest.raises(ActionError, match="does not answer"):
        heal_over_socket(Path("/nonexistent/fleet.sock"), "restart-clickstream")
