"""What a person waits for before the first frame stands: nothing of what only the desk, a command or a screen needs."""

import subprocess
import sys

LIGHT = {
    "oncall_tui.core.duration",
    "oncall_tui.core.errors",
    "oncall_tui.core.state",
    "oncall_tui.core.text",
}
"""All of the core that may be imported."""
CODE = """
import sys
import oncall_tui.cli, oncall_tui.commands.terminal, oncall_tui.ui.app
for name in sorted(sys.modules):
    print(name)
"""


def loaded():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split())


def test_nothing_heavy_is_imported_before_the_first_frame():
    modules = loaded()
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
    )
    assert not [name for name in modules if name.startswith(below)]
