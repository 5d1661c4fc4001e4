"""Screen 6: incidents as they are told, and everything a person does to one with keys."""

import asyncio
import gc
from dataclasses import replace

import fleet
import pytest
from staging import settled

from oncall_tui.actions.incident_watch import IncidentWatch
from oncall_tui.actions.incidents import Incidents
from oncall_tui.actions.write_postmortem import WritePostmortem
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.incident import Severity, Status
from oncall_tui.journal import Journal, Outbox
from oncall_tui.poll.history import History

NOW = fleet.NOW


def told(journal):
    """An incident with a bit of everything, hostile text among it."""
    at = [NOW - 1_500]
    use = Incidents(journal, journal, "maria", clock=lambda: at[0])

    def event(seconds, kind, subject, payload, *, service="ranker", fingerprint="", actor="", intent=None):
        return journal.record(Event(NOW - seconds, kind, actor, service, fingerprint, subject, payload, intent=intent))

    async def write():
        event(1_700, EventKind.VERSION_STATE, "ranker/main", {"state": "4.3.0", "was": "4.2.1"})
        event(
            1_520,
            EventKind.ALERT_STATE,
            "ModelAccuracyLow",
            {"state": "firing", "urgency": "page", "summary": "[red]wrong\x1b[2J[/red] answers"},
            fingerprint="f1",
        )
        old = await use.open("[b]gateway[/b] timeouts\x1b]0;x\x07", ["gateway"], severity=Severity.SEV3)
        await use.set_status(old, Status.RESOLVED)
        one = await use.open("ranker answers wrong", ["ranker"], {"f1": NOW - 1_520}, Severity.SEV2)
        for seconds, left in ((1_490, 0.62), (600, 0.41)):
            event(
                seconds,
                EventKind.INCIDENT_FIGURES,
                one,
                {"slos": {"ranker/accuracy": {"left": left, "errors": 0.3}}},
                service="",
            )
        event(1_400, EventKind.SLO_STATE, "ranker/accuracy", {"state": "CRIT", "was": "OK", "reason": "burns 14.9x"})
        event(1_300, EventKind.ACK_DONE, "ModelAccuracyLow", {}, fingerprint="f1", actor="maria")
        intent = event(1_200, EventKind.STEP_INTENDED, "accuracy#look", {}, fingerprint="f1", actor="maria")
        event(
            1_190,
            EventKind.STEP_ENDED,
            "accuracy#look",
            {"summary": "exit 0 in 3s", "exit_code": 0, "tail": "zip_code is 7h old\nitem_emb is fresh"},
            fingerprint="f1",
            actor="maria",
            intent=intent,
        )
        at[0] = NOW - 900
        await use.set_role(one, "commander")
        await use.note(one, "the feature job hangs, platform is restarting it")
        await use.act("alert on the job, not on what it spoils", "li", one)

    asyncio.run(write())


@pytest.fixture
def journal(tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    yield journal
    journal.close()


@pytest.mark.parametrize("size", [(80, 24), (200, 60)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_how_it_looks(snap_compare, make_app, journal, size):
    told(journal)

    async def press(pilot):
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: pilot.app.incident_book.story is not None)
        await pilot.press("enter")
        await pilot.pause(0.3)
        await settled(pilot)

    assert snap_compare(make_app(), run_before=press, terminal_size=size)


def of_the_journal(journal):
    return asyncio.get_running_loop().run_in_executor(None, Incidents(journal, journal, "x", clock=lambda: NOW)._every)


async def test_with_no_incident_it_says_how_one_opens(make_app, shown):
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: "No incident. A page that fires opens one; I on an alert" in shown(app))


async def test_an_incident_is_opened_from_an_alert_and_noted_in_from_anywhere(make_app, shown, journal):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("2", "I")
        await settled(pilot, lambda: app.incident_book.going_on)
        await pilot.press("3", "n")
        await settled(pilot, lambda: ":" in shown(app))
        await pilot.press(*"hello [b]there[/b]", "enter")
        await settled(pilot, lambda: any("Noted in" in one.message for one in app._notifications))
        await pilot.press("6")
        await settled(pilot, lambda: "hello [b]there[/b]" in shown(app))
    [one] = await of_the_journal(journal)
    assert one.alerts


async def test_two_looks_at_once_leave_nothing_that_nobody_awaits(make_app, journal, recwarn):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, lambda: app.incident_book.read)
        app.incident_book.refresh()
        app.incident_book.refresh()
        await settled(pilot)
        gc.collect()
    assert not [str(one.message) for one in recwarn if "never awaited" in str(one.message)]


async def test_the_story_is_read_while_somebody_looks_at_it_and_not_otherwise(make_app, shown, journal):
    await asyncio.to_thread(told, journal)
    app = make_app()
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: app.incident_book.story is not None)
        one = app.incident_book.story.incident.id
        await pilot.press("1")
        await settled(pilot)
        reads, story = [], app.desk.incidents.story
        app.desk.incidents.story = lambda of: (reads.append(of), story(of))[1]
        await app.desk.incidents.note(one, "nobody looks")
        before = app.incident_book._version
        app.incident_book.refresh()
        await settled(pilot, lambda: app.incident_book._version > before)
        assert reads == []
        await pilot.press("6")
        await settled(pilot, lambda: "nobody looks" in shown(app))
        assert reads


async def test_a_note_with_no_incident_says_so_and_opens_no_prompt(make_app, journal):
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, lambda: app.incident_book.read)
        await pilot.press("n")
        await settled(pilot, lambda: any("no incident goes on" in one.message for one in app._notifications))
    assert await of_the_journal(journal) == ()


async def test_keys_set_status_severity_and_command(make_app, journal):
    await asyncio.to_thread(told, journal)
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: app.incident_book.story is not None)
        await pilot.press("m")
        await settled(pilot, lambda: app.incident_book.going_on[0].status is Status.MITIGATED)
        await pilot.press("v")
        await settled(pilot, lambda: app.incident_book.going_on[0].severity is Severity.SEV3)
        await pilot.press("c")
        await settled(pilot, lambda: app.incident_book.going_on[0].roles == {"commander": "sre"})
        for line in ("role scribe li", "title worse", "involve feature-store", "action a test @li", "severity sev1"):
            await pilot.press("colon", *line, "enter")
        await settled(pilot, lambda: app.incident_book.going_on[0].severity is Severity.SEV1)
        one = app.incident_book.going_on[0]
        assert (one.title, one.roles["scribe"], one.services) == ("worse", "li", ("ranker", "feature-store"))
        await settled(pilot, lambda: len(app.incident_book.story.actions) == 2)
        item = app.incident_book.story.actions[-1]
        assert (item.text, item.owner) == ("a test", "li")
        await pilot.press("colon", *f"done {item.id}", "enter")
        await settled(pilot, lambda: app.incident_book.story.actions[-1].closed_at is not None)


async def test_merging_is_asked_and_done_to_the_marked(make_app, journal):
    await asyncio.to_thread(told, journal)
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: app.incident_book.story is not None)
        await pilot.press("j", "space", "k", "M")
        await settled(pilot, lambda: type(app.screen).__name__ == "Confirm")
        await pilot.press("enter")
        await settled(pilot)
        assert type(app.screen).__name__ == "Confirm", "a reflex merges nothing"
        await pilot.press("y")
        await settled(pilot, lambda: len(app.incident_book.story.incident.merged) == 1)


async def test_read_only_changes_nothing_and_says_so(make_app, journal):
    await asyncio.to_thread(told, journal)
    before = journal.verify().last
    app = make_app(read_only="told to")
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: app.incident_book.story is not None)
        await pilot.press("m")
        await settled(pilot, lambda: any("read-only" in one.message for one in app._notifications))
    assert journal.verify().last == before


async def test_a_journal_that_cannot_be_read_is_told_where_incidents_would_stand(make_app, shown, tmp_path):
    (tmp_path / "damaged.db").write_bytes(b"no database" * 1_000)
    broken = Journal(tmp_path / "damaged.db")
    app = make_app(incidents=Incidents(broken, broken, "sre"))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: "Nobody can say: cannot read the journal" in shown(app))


async def test_a_page_opens_one_by_itself_and_it_is_told(make_app, shown, journal):
    outbox = Outbox(journal)
    watch = IncidentWatch(journal, outbox)
    app = make_app(scribe=History(journal, outbox, then=watch.follow, pause=0.01), incident_watch=watch)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot, lambda: any("opened:" in one.message for one in app._notifications))
        await pilot.press("6")
        await settled(pilot, lambda: "■ OPEN" in shown(app) and "fires (page)" in shown(app))
        pages = [one for one in fleet.snapshot().alerts if one.severity == "page"]
        gone = replace(fleet.snapshot(), at=NOW + 30, alerts=())
        assert pages
        app.desk.poller.publish(gone)
        await settled(pilot, lambda: "resolved" in shown(app))


async def test_e_writes_a_postmortem_and_says_where(make_app, shown, journal, tmp_path):
    await asyncio.to_thread(told, journal)
    use = Incidents(journal, journal, "sre", clock=lambda: NOW)
    write = WritePostmortem(use, tmp_path / "post", {}, lambda text: text)
    app = make_app(incidents=use, write_postmortem=write)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: app.incident_book.story is not None)
        await pilot.press("e")
        await settled(pilot, lambda: any("Written: " in one.message for one in app._notifications))
        await settled(pilot, lambda: "written down as md, html" in shown(app))
    assert {path.suffix for path in (tmp_path / "post").iterdir()} == {".md", ".html"}


async def test_where_there_is_no_place_for_a_postmortem_it_says_what_there_is(make_app, journal):
    await asyncio.to_thread(told, journal)
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot, lambda: app.incident_book.story is not None)
        await pilot.press("e")
        await settled(pilot, lambda: any("incident export" in one.message for one in app._notifications))
