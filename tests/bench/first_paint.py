"""First paint of the dashboard beside an empty Textual app, both in a pty, alternating, in one run.

    python tests/bench/first_paint.py [runs]

Prints the median seconds from process start to the first painted text, and the ratio (goal: at most 1.3).
The dashboard is started on the demo fleet and, where `--config` is given, on a configuration of yours.
"""

import os
import pty
import select
import signal
import statistics
import sys
import time

EMPTY = """
from textual.app import App
from textual.widgets import Static
class Empty(App):
    def compose(self):
        yield Static("painted")
Empty().run()
"""

ROWS, COLUMNS = 24, 80


def first_paint(argv, needle, limit=20.0):
    """Seconds from fork to the moment needle has been written to the terminal."""
    started = time.perf_counter()
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", LINES=str(ROWS), COLUMNS=str(COLUMNS))
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode cached
        os.execv(argv[0], argv)
    seen = b""
    try:
        while needle not in seen:
            left = limit - (time.perf_counter() - started)
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise SystemExit(f"{argv}: no {needle!r} within {limit}s; the terminal got {seen[-400:]!r}")
            try:
                seen += os.read(fd, 65536)
            except OSError:
                raise SystemExit(f"{argv} ended: {seen[-800:]!r}") from None
        return time.perf_counter() - started
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    python = sys.executable
    subjects = {
        "empty Textual app": ([python, "-c", EMPTY], b"painted"),
        "oncall-tui demo": ([python, "-m", "oncall_tui", "demo"], b"Fleet"),
        "oncall-tui --config": ([python, "-m", "oncall_tui", "--config", "config.example.yaml"], b"Fleet"),
    }
    times = {name: [] for name in subjects}
    for _ in range(runs + 1):
        for name, (argv, needle) in subjects.items():
            times[name].append(first_paint(argv, needle))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}  # the first warms the caches
    base = medians["empty Textual app"]
    for name, seconds in medians.items():
        print(f"{name:22} {seconds:6.3f} s   {seconds / base:5.2f}x")


if __name__ == "__main__":
    main()
