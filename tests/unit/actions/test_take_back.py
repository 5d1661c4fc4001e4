"""Taking back: only acknowledgements end, and what did not end is not called ended."""

from __future__ import annotations

import pytest
from fake_alertmanager import FakeAlertmanager

from oncall_tui.actions import NotTakenBack, TakeBack, TakenBack
from oncall_tui.core.alerts import Alert, SilenceDraft, SilenceState, exact_matchers
from oncall_tui.core.errors import ActionError, Refused, TimedOut
from oncall_tui.journal import EventKind, Journal

ALERT = Alert("am", "f1", {"alertname": "RankerAccuracyBurn", "service": "ranker"})
QUICK = (0.0, 0.0)


def take_back(am: FakeAlertmanager, journal: Journal, *, read_only: str = "") -> TakeBack:
    return TakeBack({"am": am}, journal, "maria", read_only=read_only, clock=lambda: 5.0, patience=QUICK)


def silenced(author: str = "maria", comment: str = "ACK! mine") -> FakeAlertmanager:
    am = FakeAlertmanager(ALERT)
    am.add(SilenceDraft(exact_matchers(ALERT.labels), 900.0, 2_000.0, author, comment))
    return am


async def test_read_only_refuses(journal: Journal) -> None:
    am = silenced()
    with pytest.raises(ActionError, match="read-only"):
        await take_back(am, journal, read_only="told to").of_alert(ALERT)
    with pytest.raises(ActionError, match="read-only"):
        await take_back(am, journal, read_only="told to").by_id("am", "s1")
    assert am.silences["s1"].state is SilenceState.ACTIVE


async def test_a_silence_that_is_no_acknowledgement_stays(journal: Journal) -> None:
    am = silenced(comment="maintenance")
    by_id = await take_back(am, journal).by_id("am", "s1")
    of_alert = await take_back(am, journal).of_alert(ALERT)
    assert isinstance(by_id, NotTakenBack)
    assert "is no acknowledgement" in by_id.error
    assert of_alert == NotTakenBack("RankerAccuracyBurn is not acknowledged")
    assert am.silences["s1"].state is SilenceState.ACTIVE
    assert journal.events() == ()


async def test_somebody_elses_is_ended_only_by_its_id(journal: Journal) -> None:
    am = silenced(author="joe")
    refused = await take_back(am, journal).of_alert(ALERT)
    assert isinstance(refused, NotTakenBack)
    assert refused.error == "RankerAccuracyBurn is acknowledged by joe, not by maria"
    done = await take_back(am, journal).by_id("am", "s1", ALERT)
    assert isinstance(done, TakenBack)
    assert done.confirmed


async def test_an_alertmanager_that_refuses_leaves_it_standing(journal: Journal) -> None:
    am = silenced()
    am.broken["expire_silence"] = Refused("am: 500", "look at its log")
    result = await take_back(am, journal).of_alert(ALERT)
    assert result == NotTakenBack("am: 500", "look at its log")
    assert [event.kind for event in journal.events()] == [EventKind.TAKE_BACK_INTENDED, EventKind.TAKE_BACK_FAILED]


async def test_an_answer_that_was_lost_after_it_ended_is_no_failure(journal: Journal) -> None:
    am = silenced()
    am.lost = TimedOut("am: no answer")
    result = await take_back(am, journal).of_alert(ALERT)
    assert isinstance(result, TakenBack)
    assert result.confirmed
    assert journal.events()[-1].kind == EventKind.TAKE_BACK_DONE


async def test_one_that_cannot_be_read_back_is_not_confirmed(journal: Journal) -> None:
    am = silenced()
    silence = am.silences["s1"]
    work = take_back(am, journal)
    am.broken["silence"] = TimedOut("am: no answer")
    result = await work._expire(am, silence, ALERT)
    assert isinstance(result, TakenBack)
    assert not result.confirmed
    assert "reading it back failed" in result.note


async def test_unknown_sources_and_silences_are_errors(journal: Journal) -> None:
    work = take_back(silenced(), journal)
    assert isinstance(await work.by_id("other", "s1"), NotTakenBack)
    assert isinstance(await work.by_id("am", "s9"), NotTakenBack)
    assert isinstance(await work.of_alert(Alert("other", "f", {})), NotTakenBack)


async def test_one_that_is_over_already_is_done(journal: Journal) -> None:
    am = silenced()
    await am.expire_silence("s1")
    result = await take_back(am, journal).by_id("am", "s1")
    assert isinstance(result, TakenBack)
    assert (result.confirmed, result.note) == (True, "it was over already")


async def test_an_alert_another_silence_still_hides_is_told(journal: Journal) -> None:
    am = silenced()
    am.add(SilenceDraft(exact_matchers(ALERT.labels), 900.0, 2_000.0, "joe", "maintenance"))
    result = await take_back(am, journal).of_alert(ALERT)
    assert isinstance(result, TakenBack)
    assert (result.confirmed, result.note) == (True, "still silenced by 1 other silence")


async def test_every_one_of_ones_own_is_ended_and_written_down(journal: Journal) -> None:
    am = silenced()
    am.add(SilenceDraft(exact_matchers(ALERT.labels), 900.0, 2_000.0, "maria", "ACK! again"))
    result = await take_back(am, journal).of_alert(ALERT)
    assert isinstance(result, TakenBack)
    assert (result.confirmed, result.note, result.journal) == (True, "", "")
    assert {silence.state for silence in am.silences.values()} == {SilenceState.EXPIRED}
    intent, done, *_ = journal.events()
    assert (intent.kind, done.kind, done.intent) == (
        EventKind.TAKE_BACK_INTENDED,
        EventKind.TAKE_BACK_DONE,
        intent.id,
    )
    assert (done.actor, done.service, done.subject, done.payload["silence"]) == (
        "maria",
        "ranker",
        "RankerAccuracyBurn",
        "s1",
    )
