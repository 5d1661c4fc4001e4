"""The pictures of the documentation: the same bytes every time, and none missing."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "tests" / "pictures.py"


def test_a_picture_is_the_same_whenever_it_is_taken(tmp_path):
    taken = []
    for place in ("one", "two"):
        subprocess.run([sys.executable, PROGRAM, tmp_path / place, "fleet"], check=True, timeout=120, cwd=ROOT)
        taken.append((tmp_path / place / "fleet.svg").read_text())
    assert taken[0] == taken[1]
    assert "DEMO" in taken[0]
    assert "ranker" in taken[0]
    assert str(tmp_path) not in taken[0]


@pytest.mark.parametrize("page", ["README.md", "docs/screens.md"])
def test_every_picture_that_a_page_shows_is_there(page):
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / page).read_text())
    assert len(shown) >= 2
    assert [one for one in shown if not ((ROOT / page).parent / one).is_file()] == []
