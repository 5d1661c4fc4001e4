"""Pagers on the screen: each result by itself, beside the silence's, and a choice where it is not certain."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import fleet
import pytest
from test_dashboard import Alertmanager, notices

from oncall_tui.actions import AcknowledgePages, Assigned
from oncall_tui.core.errors import Refused, Unreachable
from oncall_tui.core.pagers import Found, IncidentState, PagedIncident, PagerOutcome, match_incidents
from oncall_tui.journal import Journal
from oncall_tui.ui.screens.choose_incident import ChooseIncident
from oncall_tui.ui.screens.confirm import Confirm

PAGE = fleet.ALERTS[0]


def incident(id="I1", **changes):
    text = "\n".join(f"{name} = {value}" for name, value in PAGE.labels.items())
    one = PagedIncident(id, id.replace("I", "142"), "[red]accuracy[/red]", text=text, created_at=fleet.NOW - 60)
    return replace(one, **changes)


class Pager:
    kind = "fake"

    def __init__(self, *incidents, name="night", trouble=None, confirms=True, hang=False):
        self.name, self.incidents, self.trouble, self.confirms, self.hang = name, incidents, trouble, confirms, hang
        self.done = []
        self.gate = None

    async def find(self, alerts):
        if self.hang:
            await asyncio.sleep(60)
        if self.gate:
            await self.gate.wait()
        return tuple(Found(match_incidents(paged, self.incidents)) for paged in alerts)

    async def acknowledge(self, incident, paged, author, note):
        if self.trouble:
            raise self.trouble
        self.done.append(incident.id)
        if not self.confirms:
            return PagerOutcome(False, None, "accepted, not confirmed")
        return PagerOutcome(True, replace(incident, state=IncidentState.ACKNOWLEDGED))

    async def close(self):
        pass


@pytest.fixture
def paged(make_app, tmp_path):
    """An app whose first alert, a page, goes to these pagers; they get it, whatever its Alertmanager does."""

    def make(*pagers, trouble=None, **given):
        journal = Journal(tmp_path / "pages.sqlite3")
        pages = AcknowledgePages([Assigned(one) for one in pagers], journal, "sre", "on it", **given)
        return make_app(sources={"main-am": Alertmanager(trouble)}, pages=pages, **given)

    return make


async def select_page(pilot, settle):
    await settle(pilot)
    await pilot.press("2", "slash", *PAGE.name, "enter")
    await settle(pilot, lambda: pilot.app.screen.alerts_in_hand())
    assert pilot.app.screen.alerts_in_hand()[0].alert == PAGE


def severities(app, words):
    return [one.severity for one in app._notifications if words in one.message]


async def test_a_tells_the_silence_and_each_pager(paged, settle):
    good, broken = Pager(incident()), Pager(incident(), name="broken", trouble=Refused("broken: HTTP 500", "try again"))
    app = paged(good, broken)
    async with app.run_test(size=(120, 40)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: "is yours" in notices(app) and "HTTP 500" in notices(app))
        assert "night: #1421 [red]accuracy[/red] acknowledged (likely: its details" in notices(app)
        assert severities(app, "HTTP 500") == ["error"]
        assert good.done == ["I1"]


async def test_a_silence_that_fails_does_not_keep_the_pager_from_ringing_no_more(paged, settle):
    pager = Pager(incident())
    app = paged(pager, trouble=Unreachable("main-am: connection refused"))
    async with app.run_test(size=(120, 40)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: "connection refused" in notices(app) and "night: #1421" in notices(app))
        assert pager.done == ["I1"]


async def test_a_hung_pager_delays_no_word(paged, settle):
    app = paged(Pager(hang=True, name="hung"), Pager(incident()))
    async with app.run_test(size=(120, 40)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: "is yours" in notices(app) and "night: #1421" in notices(app))


async def test_what_nobody_confirms_never_looks_done(paged, settle):
    app = paged(Pager(incident(), confirms=False))
    async with app.run_test(size=(120, 40)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: "accepted, not confirmed" in notices(app))
        assert severities(app, "not confirmed") == ["warning"]


async def test_nothing_that_fits_is_said(paged, settle):
    app = paged(Pager())
    async with app.run_test(size=(120, 40)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: f"no open incident fits {PAGE.name}" in notices(app))
        assert severities(app, "no open incident") == ["warning"]


async def test_of_two_alike_the_person_chooses(paged, settle, shown):
    pager = Pager(incident("I1"), incident("I2", created_at=fleet.NOW - 4_000))
    app = paged(pager)
    async with app.run_test(size=(80, 24)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: isinstance(app.screen, ChooseIncident))
        await settle(pilot, lambda: "> #142" in shown(app))
        text = shown(app)
        assert "2 incidents fit alike" in text
        assert "[red]accuracy[/red]" in text
        await pilot.press("enter", "2", "a")
        assert pager.done == [], "no reflex acknowledges"
        chosen = "I2" if "> #1421" in text else "I1"
        await pilot.press("j", "j", "y")
        await settle(pilot, lambda: pager.done == [chosen])
        await settle(pilot, lambda: "acknowledged" in notices(app))


async def test_none_of_them_leaves_all_alone(paged, settle):
    pager = Pager(incident("I1"), incident("I2"))
    app = paged(pager)
    async with app.run_test(size=(60, 15)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: isinstance(app.screen, ChooseIncident))
        await pilot.press("escape")
        await settle(pilot, lambda: not isinstance(app.screen, ChooseIncident))
        assert pager.done == []


async def test_no_choice_opens_over_another_sheet(paged, settle):
    pager = Pager(incident("I1"), incident("I2"))
    pager.gate = asyncio.Event()
    app = paged(pager)
    async with app.run_test(size=(100, 30)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a", "question_mark")
        pager.gate.set()
        await settle(pilot, lambda: "not certain which" in notices(app))
        await pilot.pause(0.3)
        assert not isinstance(app.screen, ChooseIncident)
        await pilot.press("escape")
        await settle(pilot, lambda: isinstance(app.screen, ChooseIncident))


async def test_page_shows_first_what_it_would_acknowledge(paged, settle, shown):
    pager = Pager(incident())
    app = paged(pager)
    async with app.run_test(size=(100, 30)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("colon", *"page", "enter")
        await settle(pilot, lambda: isinstance(app.screen, Confirm) and "likely: its details" in shown(app))
        assert "#1421" in shown(app)
        assert pager.done == []
        await pilot.press("y")
        await settle(pilot, lambda: pager.done == ["I1"])


async def test_page_with_nothing_to_acknowledge_says_so(paged, settle):
    app = paged(Pager(), Pager(name="other"))
    async with app.run_test(size=(100, 30)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("colon", *"page", "enter")
        await settle(pilot, lambda: "night: no open incident fits | other: no open incident fits" in notices(app))


async def test_read_only_acknowledges_no_page(paged, settle):
    pager = Pager(incident())
    app = paged(pager, read_only="told to")
    async with app.run_test(size=(100, 30)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await pilot.press("colon", *"page", "enter")
        await settle(pilot, lambda: "no page is acknowledged" in notices(app))
        assert pager.done == []


async def test_without_pagers_nothing_is_said_of_them(make_app, settle):
    app = make_app(sources={"main-am": Alertmanager()})
    async with app.run_test(size=(100, 30)) as pilot:
        await select_page(pilot, settle)
        await pilot.press("a")
        await settle(pilot, lambda: "is yours" in notices(app))
        await pilot.press("colon", *"page", "enter")
        await settle(pilot, lambda: "goes to no pager" in notices(app))
