"""Acknowledging: one result for each alert, and never a success that was not seen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_alertmanager import FakeAlertmanager

from oncall_tui.actions import (
    Acknowledge,
    Acknowledged,
    AckSettings,
    AckWish,
    AlreadyAcknowledged,
    NotAcknowledged,
)
from oncall_tui.core.alerts import Alert, SilenceDraft, exact_matchers
from oncall_tui.core.errors import ActionError, ConfigError, Malformed, Refused, TimedOut, Unreachable
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.journal import EventKind, Journal

NOW = 1_000.0
QUICK = (0.0, 0.0, 0.0)


def an_alert(name: str, **labels: str) -> Alert:
    return Alert("am", f"fp-{name}", {"alertname": name, "service": "ranker", **labels})


RANKER, FRAUD = an_alert("RankerAccuracyBurn", empty=""), an_alert("FraudAccuracyBurn")


def acknowledge(
    am: FakeAlertmanager,
    journal: Journal,
    *,
    read_only: str = "",
    skew_of: Callable[[str], float | None] = lambda name: None,
    patience: tuple[float, ...] = QUICK,
) -> Acknowledge:
    settings = AckSettings("maria")
    return Acknowledge(
        {am.name: am}, journal, settings, read_only=read_only, clock=lambda: NOW, skew_of=skew_of, patience=patience
    )


def ack_by(author: str, alert: Alert, comment: str = "ACK! on it", ends_at: float = 2_000.0) -> SilenceDraft:
    return SilenceDraft(exact_matchers(alert.labels), 900.0, ends_at, author, comment)


async def test_read_only_refuses_and_touches_nothing(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    with pytest.raises(ActionError, match="read-only"):
        await acknowledge(am, journal, read_only="told to")([RANKER])
    assert am.silences == {}
    assert journal.events() == ()


async def test_a_pending_alert_cannot_be_acknowledged(journal: Journal) -> None:
    am = FakeAlertmanager()
    pending = Alert("prom", "f", {"alertname": "Soon"}, pending=True)
    [result] = await acknowledge(am, journal)([pending])
    assert isinstance(result, NotAcknowledged)
    assert result.error == "Soon is only pending: no Alertmanager has it yet"
    assert result.hint


async def test_an_alert_of_an_unknown_source_cannot_be_acknowledged(journal: Journal) -> None:
    [result] = await acknowledge(FakeAlertmanager(), journal)([Alert("other", "f", {"alertname": "X"})])
    assert isinstance(result, NotAcknowledged)
    assert result.error == "X is from 'other'"


async def test_an_alert_that_fires_no_more_is_left_alone(journal: Journal) -> None:
    am = FakeAlertmanager()
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, NotAcknowledged)
    assert "fires no more" in result.error
    assert am.drafts == []


async def test_an_alert_without_labels_would_hide_everything_and_is_refused(journal: Journal) -> None:
    bare = Alert("am", "f", {"empty": ""})
    am = FakeAlertmanager(bare)
    [result] = await acknowledge(am, journal)([bare])
    assert isinstance(result, NotAcknowledged)
    assert am.drafts == []


async def test_one_refused_alert_fails_alone_and_in_its_place(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER, FRAUD)
    am.refuse["FraudAccuracyBurn"] = Refused("am: 400 silence invalid", "look at the labels")
    am.slow.add("RankerAccuracyBurn")
    results = await acknowledge(am, journal)([RANKER, FRAUD, RANKER])
    assert [type(result) for result in results] == [Acknowledged, NotAcknowledged, Acknowledged]
    assert results[0] is results[2], "asked twice, done once"
    failed = results[1]
    assert isinstance(failed, NotAcknowledged)
    assert (failed.error, failed.hint) == ("am: 400 silence invalid", "look at the labels")
    kinds = [event.kind for event in journal.events()]
    assert kinds.count(EventKind.ACK_DONE) == kinds.count(EventKind.ACK_FAILED) == 1


async def test_a_silence_the_alert_does_not_show_is_not_confirmed(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.lag = 99
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert not result.confirmed
    assert "still shows the alert as firing" in result.note
    assert journal.events()[-1].payload["confirmed"] is False


async def test_an_alert_marked_a_little_later_is_confirmed(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.lag = 2
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert (result.confirmed, result.note) == (True, "")


async def test_a_silence_that_cannot_be_read_back_is_not_confirmed(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.broken["silence"] = TimedOut("am: no answer in 10s")
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert (result.confirmed, result.silence, result.silence_id) == (False, None, "s1")
    assert "reading it back failed: am: no answer in 10s" in result.note


async def test_a_source_that_does_not_answer_is_an_error(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.broken["alert"] = Unreachable("am: connection refused", "is it running?")
    [result] = await acknowledge(am, journal)([RANKER])
    assert result == NotAcknowledged(RANKER, "am: connection refused", "is it running?")


@pytest.mark.parametrize("error", [TimedOut("am: no answer"), Malformed("am: not JSON"), Unreachable("am: reset")])
async def test_a_post_whose_answer_was_lost_is_found_again(journal: Journal, error: Exception) -> None:
    am = FakeAlertmanager(RANKER)
    am.lost = error  # type: ignore[assignment]
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert (result.silence_id, result.confirmed) == ("s1", True)
    assert len(am.silences) == 1


async def test_a_post_that_timed_out_and_made_nothing_is_an_error(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.add(ack_by("maria", FRAUD))
    am.broken["post_silence"] = TimedOut("am: no answer")
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, NotAcknowledged)
    assert result.error == "am: no answer"


async def test_when_nobody_can_tell_whether_it_was_made_the_hint_says_so(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.lost = TimedOut("am: no answer")
    am.broken["board"] = TimedOut("am: no answer")
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, NotAcknowledged)
    assert "may have been taken" in result.hint


async def test_somebody_elses_acknowledgement_is_told_and_nothing_is_done(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.add(ack_by("joe", RANKER))
    theirs = am.add(ack_by("ana", RANKER, ends_at=3_000.0))
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, AlreadyAcknowledged)
    assert (result.silence, result.silence.author) == (theirs, "ana")
    assert am.drafts == []
    assert journal.events() == ()


async def test_a_plain_silence_is_no_acknowledgement(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.add(ack_by("joe", RANKER, comment="maintenance, not ACK!"))
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert result.confirmed


async def test_a_journal_that_cannot_be_written_stops_no_acknowledgement_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    am = FakeAlertmanager(RANKER)
    [result] = await acknowledge(am, Journal(tmp_path / "file" / "journal.db"))([RANKER])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert result.journal.startswith("journal: not written: cannot write the journal")


async def test_being_cancelled_after_the_post_still_leaves_a_record(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    am.lag = 99
    task = asyncio.create_task(acknowledge(am, journal, patience=(0.0, 60.0))([RANKER]))
    for _ in range(500):
        await asyncio.sleep(0.01)
        if am.silences:
            break
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    done = journal.events(kinds=[EventKind.ACK_DONE])
    assert [event.payload["silence"] for event in done] == ["s1"]


async def test_the_silence_matches_the_full_label_set_and_is_written_down_before_and_after(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER)
    [result] = await acknowledge(am, journal)([RANKER], AckWish(" looking\nat it\x1b[31m "))
    [draft] = am.drafts
    assert draft.matchers == (
        Matcher("alertname", MatchOp.EQUAL, "RankerAccuracyBurn"),
        Matcher("service", MatchOp.EQUAL, "ranker"),
    )
    assert (draft.starts_at, draft.ends_at, draft.author) == (NOW, NOW + 900, "maria")
    assert draft.comment == "ACK! looking at it\u241b[31m"
    assert isinstance(result, Acknowledged)
    assert (result.silence, result.confirmed, result.journal) == (am.silences["s1"], True, "")
    intent, done = journal.events()
    assert (intent.kind, done.kind, done.intent) == (EventKind.ACK_INTENDED, EventKind.ACK_DONE, intent.id)
    assert (intent.actor, intent.service, intent.fingerprint, intent.subject) == (
        "maria",
        "ranker",
        "fp-RankerAccuracyBurn",
        "RankerAccuracyBurn",
    )
    assert intent.payload["matchers"] == ['alertname="RankerAccuracyBurn"', 'service="ranker"']
    figures = {"at": NOW, "began": 0.0}
    passed = {"from": "", "to": "maria", "alerts": ["fp-RankerAccuracyBurn"], "figures": figures}
    assert done.payload == {"source": "am", "silence": "s1", "confirmed": True, "note": "", **passed}


@pytest.mark.parametrize(
    ("skew", "starts_at", "ends_at"),
    [(None, 1_000, 1_900), (1.5, 1_000, 1_900), (60, 1_000, 1_960), (-60, 940, 1_840)],
)
async def test_it_lasts_as_long_by_the_alertmanagers_clock(
    journal: Journal, skew: float | None, starts_at: float, ends_at: float
) -> None:
    am = FakeAlertmanager(RANKER, now=NOW + (skew or 0))
    [result] = await acknowledge(am, journal, skew_of=lambda name: skew)([RANKER])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert (am.drafts[0].starts_at, am.drafts[0].ends_at) == (starts_at, ends_at)


async def test_a_silence_still_to_begin_is_not_confirmed(journal: Journal) -> None:
    am = FakeAlertmanager(RANKER, now=NOW - 60)
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert not result.confirmed
    assert "pending, not active: compare the clocks" in result.note


@pytest.mark.parametrize(
    ("author", "duration", "comment"), [("maria", 900, "on it"), ("maria", 0, "ACK! x"), (" ", 900, "ACK! x")]
)
def test_settings_that_others_would_not_understand_are_refused(author: str, duration: int, comment: str) -> None:
    with pytest.raises(ConfigError):
        AckSettings(author, duration, comment)
