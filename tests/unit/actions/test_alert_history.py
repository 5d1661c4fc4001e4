"""What the journal tells of one alert."""

import pytest

from oncall_tui.actions.alert_history import AlertHistory
from oncall_tui.core.events import Event, EventKind
from oncall_tui.journal import Journal, JournalError


async def test_an_intent_and_its_outcome_are_one_deed_and_words_are_kept(journal):
    ack = journal.record(Event(10.0, EventKind.ACK_INTENDED, "maria", fingerprint="f", payload={"comment": "ACK! me"}))
    journal.record(Event(11.0, EventKind.ACK_DONE, "maria", fingerprint="f", intent=ack, payload={"confirmed": True}))
    step = journal.record(Event(20.0, EventKind.STEP_INTENDED, "jo", fingerprint="f", subject="gpu#drain"))
    journal.record(Event(25.0, EventKind.STEP_ENDED, "jo", fingerprint="f", intent=step, payload={"summary": "exit 1"}))
    journal.record(Event(26.0, EventKind.ACK_INTENDED, "jo", fingerprint="other"))
    last, first = await AlertHistory(journal)("f")
    assert (first.who, first.what, first.words, first.done, first.took) == (
        "maria",
        "acknowledged",
        "ACK! me",
        True,
        True,
    )
    assert (last.what, last.outcome, last.took) == ("ran gpu#drain", "exit 1", False)


async def test_what_failed_took_nothing_and_what_was_never_written_is_not_known(journal):
    ack = journal.record(Event(10.0, EventKind.ACK_INTENDED, "maria", fingerprint="f"))
    journal.record(
        Event(11.0, EventKind.ACK_FAILED, "maria", fingerprint="f", intent=ack, payload={"error": "refused"})
    )
    journal.record(Event(12.0, EventKind.ACK_INTENDED, "jo", fingerprint="f"))
    cut, failed = await AlertHistory(journal)("f")
    assert (failed.done, failed.took, failed.outcome) == (False, False, "refused")
    assert (cut.done, cut.took, cut.outcome) == (None, False, "how it went was not written down")


async def test_a_page_of_several_alerts_is_each_one_s_and_unknown_kinds_are_told_plainly(journal):
    page = {"pager": "night", "alerts": ["a", "f"]}
    intent = journal.record(Event(1.0, EventKind.PAGE_ACK_INTENDED, "m", fingerprint="a", payload=page))
    journal.record(Event(2.0, EventKind.PAGE_ACK_DONE, "m", fingerprint="a", intent=intent, payload=page))
    journal.record(Event(3.0, "tripwire.rang", "m", fingerprint="f"))
    journal.record(Event(4.0, EventKind.PAGE_ACK_FAILED, "m", fingerprint="f", payload={"error": "none found"}))
    told = await AlertHistory(journal)("f")
    assert [(one.what, one.done, one.outcome) for one in told] == [
        ("page ack failed", False, "none found"),
        ("tripwire rang", True, ""),
        ("acknowledged at night", True, ""),
    ]
    assert await AlertHistory(journal)("") == ()


async def test_what_was_seen_stands_among_what_was_done(journal):
    journal.record(Event(1.0, EventKind.ALERT_STATE, fingerprint="f", payload={"state": "firing"}))
    [seen] = await AlertHistory(journal)("f")
    assert (seen.who, seen.what, seen.took) == ("", "became firing", False)


async def test_a_journal_that_cannot_be_read_is_an_error(tmp_path):
    (tmp_path / "j").mkdir()
    with pytest.raises(JournalError):
        await AlertHistory(Journal(tmp_path / "j"))("f")


async def test_what_became_of_what_a_step_was_to_move_is_told_with_it(journal):
    journal.record(Event(9.0, EventKind.STEP_CLAIMED, "auto_diagnose", fingerprint="f", subject="Stale"))
    step = journal.record(Event(20.0, EventKind.STEP_INTENDED, "jo", fingerprint="f", subject="gpu#drain"))
    journal.record(Event(25.0, EventKind.STEP_ENDED, "jo", fingerprint="f", intent=step, payload={"summary": "exit 0"}))
    told = {"outcome": "worse", "why": "45m → 2h"}
    journal.record(Event(90.0, EventKind.STEP_VERIFIED, "jo", fingerprint="f", intent=step, payload=told))
    [deed] = await AlertHistory(journal)("f")
    assert deed.outcome == "exit 0; worse: 45m → 2h"
