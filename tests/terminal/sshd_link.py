"""An OpenSSH server of the test's own on loopback, and a slow, far link to it."""

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest

SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if os.path.exists("/usr/sbin/sshd") else None)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Link:
    """A TCP link with a delay each way (seconds) and a rate (bytes a second); counts what goes to the client."""

    def __init__(self, port, delay, rate):
        self.port, self.received, self._to, self._delay, self._rate = free_port(), 0, port, delay, rate
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda *_: None)  # asyncio's streams complain of being cancelled
        self._writers = []
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        ready.wait(5)

    def _run(self, ready):
        asyncio.set_event_loop(self._loop)
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        ready.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        far, out = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers += [writer, out]
        await asyncio.gather(self._carry(reader, out, False), self._carry(far, writer, True))

    async def _carry(self, reader, writer, down):
        waiting = asyncio.Queue(64)

        async def deliver():
            while True:
                due, chunk = await waiting.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                writer.write(chunk)
                with contextlib.suppress(OSError):
                    await writer.drain()

        task = asyncio.ensure_future(deliver())
        try:
            while chunk := await reader.read(2_048):
                self.received += len(chunk) if down else 0
                await waiting.put((time.monotonic() + self._delay, chunk))
                await asyncio.sleep(len(chunk) / self._rate)
        except OSError:
            pass
        finally:
            task.cancel()

    def cut(self):
        """As when the train enters the tunnel: no word to either side but the end of the connection."""
        self._loop.call_soon_threadsafe(lambda: [one.transport.abort() for one in self._writers])

    def close(self):
        self.cut()
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self):
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Sshd:
    """sshd as a plain process, with keys of its own, for the user who runs the test."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
        shutil.copy(folder / "user.pub", folder / "authorized")
        with contextlib.suppress(OSError):
            os.makedirs("/run/sshd", exist_ok=True)
        settings = {
            "ListenAddress": "127.0.0.1", "Port": self.port, "HostKey": folder / "host", "PidFile": "none",
            "AuthorizedKeysFile": folder / "authorized", "StrictModes": "no", "UsePAM": "no",
            "PasswordAuthentication": "no", "PermitRootLogin": "prohibit-password", "PermitUserEnvironment": "no",
        }  # fmt: skip
        argv = [SSHD, "-D", "-e", "-f", "/dev/null"]
        for name, value in settings.items():
            argv += ["-o", f"{name}={value}"]
        with (folder / "sshd.log").open("wb") as log:
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=log)
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError((folder / "sshd.log").read_text())

    def client(self, command, port):
        """The arguments of an ssh that runs command in a terminal, by that port."""
        options = {
            "StrictHostKeyChecking": "no",
            "UserKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "LogLevel": "ERROR",
        }
        flags = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        return [
            "ssh",
            "-F",
            "none",
            "-tt",
            "-i",
            str(self.folder / "user"),
            "-p",
            str(port),
            *flags,
            f"{getpass.getuser()}@127.0.0.1",
            command,
        ]

    def close(self):
        self._process.terminate()
        self._process.wait(10)


def need_sshd():
    """Skip where there is no OpenSSH server, unless the live tests are required."""
    if SSHD and shutil.which("ssh-keygen"):
        return
    if os.environ.get("ONCALL_TUI_LIVE") == "required":
        pytest.fail("openssh-server is missing")
    pytest.skip("openssh-server is missing")
