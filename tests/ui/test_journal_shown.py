"""A journal that cannot be written is told on the screen, and nothing of it is lost."""

import sqlite3

import fleet
from staging import settled

from oncall_tui.actions.incidents import Incidents
from oncall_tui.core.events import EventKind
from oncall_tui.journal import Journal, Outbox
from oncall_tui.poll.history import History


def keeper_at(path):
    journal = Journal(path)
    return History(journal, Outbox(journal), pause=0.01)


async def test_a_journal_that_cannot_be_written_stands_on_the_strip_until_it_can(make_app, shown, tmp_path):
    (tmp_path / "state").write_text("in the way")
    keeper = keeper_at(tmp_path / "state" / "journal.db")
    app = make_app(scribe=keeper)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, lambda: "✖ journal" in shown(app))
        await settled(pilot, lambda: any("Nothing is lost" in one.message for one in app._notifications))
        await pilot.press("S")
        await settled(pilot, lambda: "cannot write the journal" in shown(app))
        await pilot.press("escape")
        (tmp_path / "state").unlink()
        app.desk.poller.publish(fleet.snapshot())
        await settled(pilot, lambda: "✖ journal" not in shown(app))
    kept = Journal(tmp_path / "state" / "journal.db")
    assert {event.subject for event in kept.events()} >= {"ranker/accuracy", "feature-store/freshness"}


async def test_a_damaged_journal_is_no_traceback(make_app, shown, tmp_path):
    path = tmp_path / "damaged.db"
    path.write_bytes(b"not a database at all" * 400)
    app = make_app(scribe=keeper_at(path))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot, lambda: "✖ journal" in shown(app))
        await pilot.press("2")
        await settled(pilot, lambda: "✖ journal" in shown(app))
    assert path.read_bytes().startswith(b"not a database")


async def test_a_note_while_another_process_holds_the_journal_is_kept_and_written_later(make_app, shown, tmp_path):
    journal = Journal(tmp_path / "journal.sqlite3")
    outbox = Outbox(journal)
    use = Incidents(journal, outbox, "sre")
    one = await use.open("ranker answers wrong", ["ranker"])
    app = make_app(scribe=History(journal, outbox, pause=0.01), incidents=use)
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot, lambda: app.incident_book.going_on)
        holder = sqlite3.connect(journal.path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        try:
            await pilot.press("n", *"it is the features", "enter")
            await settled(pilot, lambda: any("locked" in each.message for each in app._notifications), seconds=20)
            app.desk.poller.publish(fleet.snapshot())
            await settled(pilot, lambda: "✖ journal" in shown(app), seconds=20)
            assert app.is_running
        finally:
            holder.rollback()
            holder.close()
        app.desk.poller.publish(fleet.snapshot())
        await settled(pilot, lambda: "✖ journal" not in shown(app), seconds=20)
        await pilot.press("6")
        await settled(pilot, lambda: "it is the features" in shown(app), seconds=20)
    notes = journal.events(kinds=[EventKind.INCIDENT_NOTE])
    assert [(note.subject, note.payload["text"]) for note in notes] == [(one, "it is the features")]
    journal.close()
