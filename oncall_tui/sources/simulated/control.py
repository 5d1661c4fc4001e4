"""How a runbook step reaches the fleet it heals: a socket in a private folder, one word a connection.

The demo's fleet lives in the dashboard's own process, and its runbooks run in others: `oncall-tui fleet heal`
speaks to the socket that the demo names in the step's environment.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from oncall_tui.core.errors import ActionError, OncallError
from oncall_tui.sources.simulated.fleet import Fleet

SOCKET_VARIABLE = "ONCALL_DEMO_SOCKET"
"""The environment variable that names the socket."""

_LIMIT = 256
_PATIENCE = 5.0


@contextlib.asynccontextmanager
async def control_socket(fleet: Fleet, clock: Callable[[], float] = time.time) -> AsyncIterator[Path]:
    """Listen while the context lasts; gives the socket's path, in a folder that only this user can enter."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            word = (await asyncio.wait_for(reader.readline(), _PATIENCE))[:_LIMIT].decode("utf-8", "replace").strip()
            fleet.heal(word, clock())
            answer = f"ok {word}: {fleet.scenario.name} heals from now on"
        except OncallError as error:
            answer = f"error {error}"
        except TimeoutError:
            answer = "error nothing was asked"
        writer.write(answer.encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    with tempfile.TemporaryDirectory(prefix="oncall-tui-demo-") as folder:
        path = Path(folder) / "fleet.sock"
        server = await asyncio.start_unix_server(serve, path)
        try:
            yield path
        finally:
            server.close()


def heal_over_socket(path: Path, action: str) -> str:
    """Ask the demo behind the socket to do this mitigation; what it says. Raises ActionError."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_PATIENCE)
            connection.connect(str(path))
            connection.sendall(action.encode("utf-8", "replace")[:_LIMIT] + b"\n")
            answer = connection.makefile(encoding="utf-8", errors="replace").readline().strip()
    except OSError as error:
        raise ActionError(f"the demo at {path} does not answer: {error}", "is it still running?") from None
    verdict, _, words = answer.partition(" ")
    if verdict != "ok":
        raise ActionError(words or "the demo gave no answer")
    return words
