"""When a version came into service: never at the left edge, never because of a gap."""

from __future__ import annotations

from oncall_tui.core.readings import Provenance, Series
from oncall_tui.core.versions import MOST_CHANGES, version_changes


def series(**lines: tuple[int, ...]) -> Series:
    """Versions by name, each with the steps at which it served."""
    points = {name.replace("_", "."): tuple((60.0 * step, 1.0) for step in steps) for name, steps in lines.items()}
    return Series(points, 0.0, Provenance("prom", "model_info"))


def test_a_version_comes_where_it_first_serves_and_the_one_that_was_there_does_not() -> None:
    assert version_changes(series(v2_3=(0, 1, 2), v2_4=(2, 3, 4))) == ((120.0, "v2.4"),)


def test_a_version_that_comes_back_after_a_rollback_has_come_again() -> None:
    assert version_changes(series(v1=(0, 1, 4, 5), v2=(2, 3))) == ((120.0, "v2"), (240.0, "v1"))


def test_a_gap_in_which_nothing_is_known_is_no_change() -> None:
    assert version_changes(series(v1=(0, 1, 9, 10))) == ()


def test_a_version_that_changed_during_a_gap_comes_at_its_end() -> None:
    assert version_changes(series(v1=(0, 1), v2=(9, 10))) == ((540.0, "v2"),)


def test_two_versions_that_serve_side_by_side_come_once_each() -> None:
    assert version_changes(series(v1=(0, 1, 2, 3), v2=(1, 2, 3), v3=(1, 2, 3))) == ((60.0, "v2"), (60.0, "v3"))


def test_nothing_known_is_no_change() -> None:
    assert version_changes(None) == ()
    assert version_changes(series(v1=(3,))) == ()


def test_a_label_that_is_no_version_does_not_bury_the_chart() -> None:
    changes = version_changes(series(**{f"pod{i:02}": (i,) for i in range(40)}))
    assert len(changes) == MOST_CHANGES
    assert changes[-1] == (39 * 60.0, "pod39")
