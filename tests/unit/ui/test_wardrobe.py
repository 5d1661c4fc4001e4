"""The theme of the first frame, which is not read from its file."""

from oncall_tui.ui.theming import read_theme, shipped_themes_folder
from oncall_tui.ui.wardrobe import FIRST_THEME


def test_the_first_frame_wears_what_its_file_says():
    assert read_theme(shipped_themes_folder() / f"{FIRST_THEME.name}.yaml").theme == FIRST_THEME
