"""`filters:` in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ConfigError


def loaded(tmp_path: Path, text: str) -> dict[str, str]:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return load_config(path).filters


def test_filters_are_kept_in_their_order_as_they_are_written(tmp_path: Path) -> None:
    filters = loaded(tmp_path, "filters:\n  z: 'severity=\"page\" @state=firing'\n  a: -canary\n")
    assert list(filters.items()) == [("z", 'severity="page" @state=firing'), ("a", "-canary")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("filters:\n  a: 'x @stat=firing'\n", "config.yaml:2:9: filters.a: expected a filter such as"),
        ("filters:\n  a: 'x @stat=firing'\n", "expected @state, where @stat stands\n    x @stat=firing\n      ^"),
        ("filters:\n  ok: x\n  a: ''\n", "config.yaml:3: filters.a: expected a filter such as"),
        ("filters:\n  a b: x\n", "config.yaml:2: filters['a b']: expected a name of letters"),
        ("filters: x\n", "config.yaml:1: filters: expected a mapping"),
    ],
)
def test_a_wrong_filter_is_told_with_line_and_column(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as slip:
        loaded(tmp_path, text)
    assert told in str(slip.value)
