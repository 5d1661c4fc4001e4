"""Notices as they are written, and what is told of mistakes in them."""

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.config.notices import Desktop, Notices
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.quiet_hours import QuietHours


def loaded(tmp_path, text):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return load_config(file).notices


def test_everything_is_on_unless_it_is_switched_off(tmp_path):
    assert loaded(tmp_path, "read_only: true\n") == Notices()
    text = "notices:\n  bell: false\n  desktop: none\n  title: false\n  quiet: [22:00-07:00]\n"
    off = loaded(tmp_path, text)
    assert (off.bell, off.desktop, off.title) == (False, Desktop.NONE, False)
    assert off.quiet_hours() == (QuietHours(22 * 60, 7 * 60),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("notices:\n  quiet: [22:00-25:00]\n", "2: notices.quiet[0]: expected hours such as 22:00-07:00"),
        ("notices:\n  desktop: growl\n", "2: notices.desktop:"),
        ("notices:\n  bells: true\n", "bell"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path, text, said):
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert said in str(error.value)
