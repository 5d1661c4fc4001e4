"""A dashboard over a fixed fleet, and one over the demo's."""

import fleet
import pytest
from staging import desk_over, settled

from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.desk import opened


@pytest.fixture
def make_app(tmp_path):
    """An app over a fixed snapshot; its Alertmanagers and its journal are real enough to be acted on."""

    def make(*args, **desk):
        app = OncallApp(opened(desk_over(tmp_path, *args, **desk)), clock=desk.get("clock", lambda: fleet.NOW))
        app.animation_level = "none"
        return app

    return make


@pytest.fixture
def settle():
    """The helper above, for tests."""
    return settled


@pytest.fixture
def shown():
    """What stands on the screen, as text."""

    def text(app):
        strips = app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    return text
