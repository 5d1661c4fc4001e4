"""The console script: run a command, and turn what a person can mend into one clear line and an exit code."""

from __future__ import annotations

import gc
import sys

from oncall_tui.core.errors import OncallError


def main() -> None:
    """Run the command line; never shows a traceback for a user's mistake."""
    from oncall_tui.cli import cli
    from oncall_tui.commands.output import give_up, is_full, ready, tell
    from oncall_tui.core.text import clean_block

    collect_seldom()
    ready()
    try:
        cli.main(standalone_mode=True, prog_name="oncall-tui")
    except OncallError as error:
        tell(clean_block(f"oncall-tui: {error}"))
        sys.exit(3 if "status" in sys.argv[1:2] else 2)
    except OSError as error:
        if not is_full(error):
            raise
        give_up()
        tell(f"oncall-tui: cannot be written: {error.strerror}")
        sys.exit(2)


def collect_seldom() -> None:
    """Look for garbage seldom: with thousands of SLOs nearly all that a poll makes stays, and a look takes long."""
    gc.set_threshold(50_000, 50, 50)


if __name__ == "__main__":
    main()
