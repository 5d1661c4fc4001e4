"""Bytes a minute to an SSH client, and how long keys take over a slow, far link.

    PYTHONPATH=tests/terminal python tests/bench/ssh.py [seconds]

The demo runs behind a real OpenSSH server on loopback and a link of 150 ms each way and 24 kB a second.
"""

import sys
import tempfile
import time
from pathlib import Path

from ptys import Terminal
from sshd_link import Link, Sshd
from test_over_ssh import remote


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    folder = Path(tempfile.mkdtemp())
    sshd = Sshd(folder)
    try:
        for columns, rows in ((80, 24), (200, 60)):
            link = Link(sshd.port, delay=0.15, rate=24_000)
            one = Terminal(sshd.client(remote(folder, "demo"), link.port), columns, rows)
            started = time.monotonic()
            one.until(lambda t: "DEMO" in t.text() and "ranker" in t.text(), 60)
            print(f"{columns}x{rows}: first data {time.monotonic() - started:.1f} s, {link.received / 1e3:.0f} kB")
            for key, seen in (("2", "AGE"), ("8", "ENDS"), ("1", "STATE")):
                pressed = time.monotonic()
                one.press(key)
                one.until(seen)
                print(f"{columns}x{rows}: key {key} seen after {time.monotonic() - pressed:.2f} s")
            one.quiet(1.0)
            before, until = link.received, time.monotonic() + seconds
            while time.monotonic() < until:
                one.read(0.2)
            print(f"{columns}x{rows}: at rest {(link.received - before) * 60 / seconds:,.0f} bytes a minute")
            one.press("q")
            one.ended(20)
            one.close()
            link.close()
    finally:
        sshd.close()


if __name__ == "__main__":
    main()
