"""A dashboard over a fixed fleet, and one over the demo's."""

from pathlib import Path

import fleet
import pytest
from staging import StaticPoller, settled

from oncall_tui.actions import Acknowledge, AckSettings, RunStep, Silences, TakeBack
from oncall_tui.actions.alert_history import AlertHistory
from oncall_tui.actions.incidents import Incidents
from oncall_tui.actions.step_history import StepHistory
from oncall_tui.actions.verify_step import Verifications
from oncall_tui.journal import Journal
from oncall_tui.poll.alert_lookup import AlertLookup
from oncall_tui.poll.investigate import Investigate
from oncall_tui.poll.read_review import ReadReview
from oncall_tui.runbooks import RunbookLibrary
from oncall_tui.sources.pages import Pages
from oncall_tui.ui.app import OncallApp
from oncall_tui.ui.desk import AlertView, Desk, Silencing, opened

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"


@pytest.fixture
def make_app(tmp_path):
    """An app over a fixed snapshot; its Alertmanagers and its journal are real enough to be acted on."""

    def make(poller=None, sources=None, read_only=False, clock=lambda: fleet.NOW, metrics=(), **desk):
        journal = Journal(tmp_path / "journal.sqlite3")
        sources = sources or {}
        whole = Desk(
            poller=poller or StaticPoller(),
            acknowledge=Acknowledge(
                sources, journal, AckSettings("sre"), read_only=read_only, clock=clock, patience=(0.0, 0.01)
            ),
            take_back=TakeBack(sources, journal, "sre", read_only=read_only, patience=(0.0, 0.01)),
            run_step=desk.pop("run_step", None) or RunStep(journal, "sre", read_only=read_only),
            investigate=desk.pop("investigate", None) or Investigate(metrics, clock=clock),
            review=ReadReview(metrics, journal, clock=clock),
            silencing=Silencing(
                Silences(sources, journal, "sre", read_only=read_only, clock=clock, patience=(0.0, 0.01)),
                "sre",
                tuple(sources) or ("main-am",),
            ),
            alert_view=AlertView(AlertLookup(metrics, clock=clock), AlertHistory(journal)),
            incidents=desk.pop("incidents", None)
            or Incidents(journal, journal, "sre", read_only=read_only, clock=clock),
            library=desk.pop("library", None) or RunbookLibrary([RUNBOOKS]),
            step_history=StepHistory(journal),
            web_pages=desk.pop("web_pages", None) or Pages(tmp_path / "pages", clock),
            verifications=Verifications(journal, "sre", clock),
            title="prod",
            read_only=read_only,
            **desk,
        )
        app = OncallApp(opened(whole), clock=clock)
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
