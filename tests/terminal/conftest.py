"""Terminals for programs that take the whole screen; what the tests of screens stand on is at hand too."""

import sys
from pathlib import Path

import pytest
from ptys import Terminal

sys.path.insert(0, str(Path(__file__).parents[1] / "ui"))


@pytest.fixture
def terminal():
    """Starts programs in terminals of their own; none outlives the test."""
    started = []

    def start(*argv, **settings):
        started.append(Terminal(argv, **settings))
        return started[-1]

    yield start
    for one in started:
        one.close()
