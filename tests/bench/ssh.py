"""Bytes to an SSH client at rest, in an incident and while scrolling, and how long keys take over a slow, far link.

    PYTHONPATH=tests/terminal python tests/bench/ssh.py [seconds]

The demo runs behind a real OpenSSH server on loopback and a link of 150 ms each way and 24 kB a second. Each key is
timed until words stand that only its screen says. Bytes are those on the link, SSH's own among them; a minute's are
counted over so many seconds (60).
"""

import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from ptys import HEADINGS, Terminal
from sshd_link import Link, Sshd
from test_over_ssh import remote

RESTS = (("at rest", ("demo",)), ("in an incident", ("demo", "--scenario", "bad-release", "--into", "4m")))
SIZES = ((80, 24), (200, 60))


@contextmanager
def dashboard(sshd, folder, size, arguments):
    """It, with its first figures on the screen, and the link to it."""
    link = Link(sshd.port, delay=0.15, rate=24_000)
    one = Terminal(sshd.client(remote(folder, *arguments), link.port), *size)
    started = time.monotonic()
    try:
        one.until(lambda t: "DEMO" in t.text() and "ranker" in t.text(), 60)
        print(f"  first figures after {time.monotonic() - started:.1f} s and {link.received / 1e3:.0f} kB")
        one.quiet(1.0)
        yield one, link
        one.press("q")
        one.ended(20)
    finally:
        one.close()
        link.close()


def keys(one, link):
    """Every screen, until its words stand."""
    for key in "23456781":
        pressed, before = time.monotonic(), link.received
        one.press(key)
        one.until(HEADINGS[key])
        seconds = time.monotonic() - pressed
        one.quiet(0.6)
        print(f"  key {key}: seen after {seconds:.2f} s, {(link.received - before) / 1e3:.1f} kB")


def scrolling(one, link):
    """The cursor down and up the list of SLOs, ten rows a second, as a held key does it."""
    one.press("3")
    one.until(HEADINGS["3"])
    one.quiet(1.0)
    before, presses = link.received, 0
    for key in "jjjjjkkkkk" * 10:
        one.press(key)
        presses += 1
        one.read(0.1)
        time.sleep(0.05)
    one.quiet(1.0)
    print(f"  scrolling: {(link.received - before) / presses:.0f} bytes a row")


def minute(one, link, seconds, what):
    """What comes while nobody types."""
    before, until = link.received, time.monotonic() + seconds
    while time.monotonic() < until:
        one.read(0.2)
    print(f"  {what}: {(link.received - before) * 60 / seconds:,.0f} bytes a minute")


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    folder = Path(tempfile.mkdtemp())
    sshd = Sshd(folder)
    try:
        for size in SIZES:
            for what, arguments in RESTS:
                print(f"{size[0]}x{size[1]}, {' '.join(arguments)}")
                with dashboard(sshd, folder, size, arguments) as (one, link):
                    time.sleep(2 * (what != "at rest"))
                    keys(one, link)
                    minute(one, link, seconds, what)
                    if what == "at rest":
                        scrolling(one, link)
    finally:
        sshd.close()


if __name__ == "__main__":
    main()
