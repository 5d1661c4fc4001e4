"""An acknowledged alert that rings again is seen in the list, with why; one key gives it anew."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller, settled
from test_ack_sheet import Grouped, on
from test_dashboard import notices

from oncall_tui.actions.given import Given
from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.alerts import exact_matchers
from oncall_tui.core.assess import assess
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.tripwire import figures_of
from oncall_tui.journal import Journal
from oncall_tui.ui.desk import Tripwires

NOW = fleet.NOW
ALERTS = (replace(fleet.ALERTS[0], silenced_by=("s9",)), *fleet.ALERTS[1:])
ACK = replace(fleet.SILENCES[0], id="s9", matchers=(), author="sre", starts_at=NOW - 300, updated_at=NOW - 300)


def snapshot():
    return replace(fleet.snapshot(alerts=ALERTS), silences=(ACK, *fleet.SILENCES))


def figures():
    seen = assess(snapshot())
    return figures_of(seen, next(one for one in seen.alerts if one.alert.fingerprint == ALERTS[0].fingerprint))


class Given9(Grouped):
    """The alert is acknowledged by s9, which is of its own labels."""

    def __init__(self):
        super().__init__()
        self.silences["s9"] = replace(ACK, matchers=exact_matchers(ALERTS[0].labels))


def dashboard(make_app, tmp_path, then: AckFigures | None, am=None, ack=ACK, **more):
    journal = Journal(tmp_path / "given.sqlite3")
    if then is not None:
        payload = {"silence": "s9", "to": "sre", "figures": then.as_json()}
        journal.record(Event(NOW - 300, EventKind.ACK_DONE, payload=payload))
    poller = StaticPoller(replace(snapshot(), silences=(ack, *fleet.SILENCES)))
    return make_app(poller, sources={"main-am": am or Given9()}, tripwires=Tripwires(Given(journal)), **more)


async def test_what_got_worse_rings_in_the_list_the_strip_and_the_detail(make_app, settle, shown, tmp_path):
    app = dashboard(make_app, tmp_path, replace(figures(), rank=1, tier="ticket 1×", burn=1.1))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await on(pilot, settle, ALERTS[0].fingerprint)
        await settle(pilot, lambda: "◉ rings" in shown(app))
        text = shown(app)
        assert "1 rings again" in text
        assert "rings again: burns page 14.4×, was ticket 1×" in text
        assert "burn 1.1 (ticket 1×)" in text
        status = app.screen.alerts_in_hand()[0]
        assert status.rings == "burns page 14.4×, was ticket 1×"


async def test_what_is_as_it_was_does_not_ring_and_shows_then_and_now(make_app, settle, shown, tmp_path):
    app = dashboard(make_app, tmp_path, figures())
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await on(pilot, settle, ALERTS[0].fingerprint)
        await settle(pilot, lambda: "then" in shown(app) and "now" in shown(app))
        assert "◉ rings" not in shown(app)
        assert "◐ acked" in shown(app)


async def test_figures_that_nobody_knows_are_said_to_be_so(make_app, settle, shown, tmp_path):
    old = replace(ACK, starts_at=NOW - 3_000, updated_at=NOW - 3_000)
    app = dashboard(make_app, tmp_path, None, ack=old)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await on(pilot, settle, ALERTS[0].fingerprint)
        await settle(pilot, lambda: "not known: it was not given here" in shown(app))


async def test_one_that_has_only_just_been_given_by_another_is_held_against_what_is_first_seen(
    make_app, settle, tmp_path
):
    theirs = replace(ACK, author="joe", starts_at=NOW - 20, updated_at=NOW - 20)
    app = dashboard(make_app, tmp_path, None, ack=theirs)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await on(pilot, settle, ALERTS[0].fingerprint)
        await settle(pilot, lambda: app.screen.alerts_in_hand()[0].wire.then is not None)
        assert app.screen.alerts_in_hand()[0].rings == ""


async def test_a_on_ones_own_that_rings_gives_it_anew(make_app, settle, tmp_path):
    am = Given9()
    app = dashboard(make_app, tmp_path, replace(figures(), rank=1, tier="ticket 1×"), am)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await on(pilot, settle, ALERTS[0].fingerprint)
        await settle(pilot, lambda: bool(app.screen.alerts_in_hand()[0].rings))
        await pilot.press("a")
        await settle(pilot, lambda: "RankerAccuracyBurn is yours" in notices(app))
        [draft] = am.posted
        assert (draft.id, draft.annotations["oncall_tui_rank"]) == ("s9", "4")


async def test_a_on_ones_own_that_does_not_ring_does_nothing(make_app, settle, tmp_path):
    am = Given9()
    app = dashboard(make_app, tmp_path, figures(), am)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await on(pilot, settle, ALERTS[0].fingerprint)
        await pilot.press("a")
        await settle(pilot, lambda: "is yours already" in notices(app))
        assert not am.posted


async def test_a_broken_journal_is_told_and_nothing_stops(make_app, settle, shown, tmp_path):
    (tmp_path / "given.sqlite3").mkdir()
    app = dashboard(make_app, tmp_path, None)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot, lambda: "journal" in notices(app))
        await pilot.press("2")
        await settle(pilot, lambda: "RankerAccuracyBurn" in shown(app))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_how_it_looks(snap_compare, make_app, tmp_path, size):
    async def press(pilot):
        await settled(pilot)
        await on(pilot, settled, ALERTS[0].fingerprint)
        await settled(pilot, lambda: bool(pilot.app.screen.alerts_in_hand()[0].rings))
        await pilot.pause(0.3)

    then = replace(figures(), rank=1, tier="ticket 1×", burn=1.1)
    assert snap_compare(dashboard(make_app, tmp_path, then), run_before=press, terminal_size=size)
