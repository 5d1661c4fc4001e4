"""What a person waits for before the first frame stands: nothing of what only the desk, a command or a screen needs."""

import subprocess
import sys

import pytest

LIGHT = {
    "oncall_tui.core.duration",
    "oncall_tui.core.errors",
    "oncall_tui.core.state",
    "oncall_tui.core.text",
}
"""All of the core that may be imported."""
CODE = """
import sys
import oncall_tui.commands.terminal, oncall_tui.ui.app

async def show(*arguments):
    print(*sorted(sys.modules), sep="\\n")
    return 0

oncall_tui.commands.terminal.need_terminal = lambda: None
oncall_tui.ui.app.show = show
from oncall_tui.__main__ import main
sys.argv = ["oncall-tui", *sys.argv[1:]]
main()
"""


def loaded(*arguments):
    command = [sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


@pytest.mark.parametrize("arguments", [("demo",), ("--config", "config.example.yaml")])
def test_nothing_heavy_is_imported_before_the_first_frame(arguments):
    modules = loaded(*arguments)
    heavy = {
        "pydantic",
        "yaml",
        "httpx",
        "requests",
        "sqlite3",
        "plotext",
        "promql_parser",
        "cattrs",
        "jinja2",
        "markdown_it",
    }
    assert not heavy & modules
    assert {name for name in modules if name.startswith("oncall_tui.core.")} <= LIGHT
    below = (
        "oncall_tui.sources",
        "oncall_tui.actions",
        "oncall_tui.poll",
        "oncall_tui.journal",
        "oncall_tui.config",
        "oncall_tui.runbooks",
        "oncall_tui.debugging",
    )
    assert not [name for name in modules if name.startswith(below)]
