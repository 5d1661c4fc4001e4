"""Silences: what is made is read back, what is refused changes nothing, and each place has its own result."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changing_alertmanager import ChangingAlertmanager

from oncall_tui.actions import Ended, NotEnded, NotSilenced, Silenced, Silences, SilenceWish
from oncall_tui.core.alerts import Silence, SilenceDraft, SilenceState
from oncall_tui.core.errors import ActionError, OncallError, Refused, TimedOut, Unreachable
from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.journal import EventKind, Journal

NOW = 1_000.0
QUICK = (0.0, 0.0)
WISH = SilenceWish(parse_matchers('alertname="A",service="ranker"'), NOW + 3_600, "maria", "the index is rebuilt")


def silences(journal: Journal, *ams: ChangingAlertmanager, read_only: str = "", skew: float | None = None):
    sources = {am.name: am for am in ams}
    return Silences(
        sources, journal, "maria", read_only=read_only, clock=lambda: NOW, patience=QUICK, skew_of=lambda _: skew
    )


def standing(am: ChangingAlertmanager, **changes: object) -> Silence:
    draft = SilenceDraft(WISH.matchers, NOW - 60, NOW + 600, "joe", "why\nnot", annotations={"incident": "7"})
    made = am.add(draft)
    am.silences[made.id] = replace(made, annotations={"incident": "7"}, **changes)
    return am.silences[made.id]


def kinds(journal: Journal) -> list[str]:
    return [event.kind for event in journal.events()]


async def test_read_only_refuses_everything(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    work = silences(journal, am, read_only="told to")
    for attempt in (
        work.create(WISH, ["am"]),
        work.extend("am", old.id, NOW + 9_000),
        work.change("am", old.id, WISH),
        work.end("am", old.id),
    ):
        with pytest.raises(ActionError, match="read-only"):
            await attempt
    assert am.silences == {old.id: old}
    assert journal.events() == ()


async def test_a_silence_is_posted_once_read_back_and_journaled(journal: Journal) -> None:
    am = ChangingAlertmanager()
    [result] = await silences(journal, am).create(WISH, ["am"])
    assert isinstance(result, Silenced)
    assert result.confirmed
    assert result.silence == am.silences[result.silence_id]
    [draft] = am.drafts
    assert (draft.matchers, draft.author, draft.comment) == (WISH.matchers, "maria", "the index is rebuilt")
    assert kinds(journal) == [EventKind.SILENCE_INTENDED, EventKind.SILENCE_DONE]
    before, after = journal.events()
    assert (before.service, before.subject, after.intent) == ("ranker", "A", before.id)
    assert before.payload["matchers"] == ['alertname="A"', 'service="ranker"']


async def test_every_place_has_its_own_result(journal: Journal) -> None:
    good, bad = ChangingAlertmanager(name="good"), ChangingAlertmanager(name="bad")
    bad.broken = {"post_silence": Refused("bad: 500", "look at its log")}
    results = await silences(journal, good, bad).create(WISH, ["bad", "good", "gone"])
    assert [type(result) for result in results] == [NotSilenced, Silenced, NotSilenced]
    assert isinstance(results[0], NotSilenced)
    assert (results[0].error, results[0].hint) == ("bad: 500", "look at its log")
    assert isinstance(results[2], NotSilenced)
    assert "no Alertmanager is called 'gone'" in results[2].error


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"matchers": ()}, "at least one matcher"),
        ({"matchers": parse_matchers('severity!="page"')}, "hide EVERY alert"),
        ({"matchers": parse_matchers('severity=~".*"')}, "hide EVERY alert"),
        ({"matchers": (Matcher("a", MatchOp.REGEX, "("),)}, "RE2 refuses"),
        ({"ends_at": NOW}, "over before it begins"),
        ({"comment": " \n"}, "needs a comment"),
        ({"author": ""}, "needs an author"),
    ],
)
async def test_what_must_not_be_is_refused_unsent_and_unwritten(journal: Journal, changes, why: str) -> None:
    am = ChangingAlertmanager()
    [result] = await silences(journal, am).create(replace(WISH, **changes), ["am"])
    assert isinstance(result, NotSilenced)
    assert why in result.error
    assert am.drafts == []
    assert journal.events() == ()


async def test_an_invalid_change_is_never_sent_and_leaves_the_old_one(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    work = silences(journal, am)
    for wish in (
        replace(WISH, ends_at=NOW - 5),
        replace(WISH, matchers=parse_matchers('a!="b"')),
        replace(WISH, matchers=(Matcher("a", MatchOp.REGEX, "["),)),
    ):
        assert isinstance(await work.change("am", old.id, wish), NotSilenced)
    assert isinstance(await work.extend("am", old.id, NOW - 5), NotSilenced)
    assert am.drafts == []
    assert am.silences == {old.id: old}


async def test_extending_changes_the_end_alone_and_keeps_the_id(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    result = await silences(journal, am).extend("am", old.id, NOW + 9_000)
    assert isinstance(result, Silenced)
    assert (result.silence_id, result.confirmed, result.note) == (old.id, True, "")
    assert am.silences == {old.id: replace(old, ends_at=NOW + 9_000)}


async def test_a_change_of_comment_and_end_is_in_place(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    result = await silences(journal, am).change("am", old.id, replace(WISH, comment="longer than thought"))
    assert isinstance(result, Silenced)
    assert (result.silence_id, result.replaced) == (old.id, "")
    now = am.silences[old.id]
    assert (now.comment, now.author, now.annotations) == ("longer than thought", "maria", {"incident": "7"})


async def test_other_matchers_make_a_new_one_before_the_old_one_ends(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    narrower = replace(WISH, matchers=parse_matchers('alertname="A"'))
    result = await silences(journal, am).change("am", old.id, narrower)
    assert isinstance(result, Silenced)
    assert (result.confirmed, result.replaced) == (True, old.id)
    assert result.silence_id != old.id
    assert am.silences[old.id].state is SilenceState.EXPIRED
    assert am.silences[result.silence_id].state is SilenceState.ACTIVE
    assert [draft.id for draft in am.drafts] == [""]  # never as an update, which 0.25 answers by ending the old one
    assert kinds(journal) == [
        EventKind.SILENCE_INTENDED,
        EventKind.SILENCE_DONE,
        EventKind.SILENCE_END_INTENDED,
        EventKind.SILENCE_END_DONE,
    ]


async def test_where_the_new_one_is_refused_the_old_one_stands(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    am.broken = {"post_silence": Refused("am: 400 too big")}
    result = await silences(journal, am).change("am", old.id, replace(WISH, matchers=parse_matchers("a=b")))
    assert isinstance(result, NotSilenced)
    assert am.silences == {old.id: old}


async def test_where_the_old_one_does_not_end_it_is_partly_done(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    am.broken = {"expire_silence": TimedOut("am: no answer")}
    result = await silences(journal, am).change("am", old.id, replace(WISH, matchers=parse_matchers("a=b")))
    assert isinstance(result, Silenced)
    assert not result.confirmed
    assert old.id in result.note
    assert "no answer" in result.note


@pytest.mark.parametrize("gone", [True, False])
async def test_one_that_is_over_or_gone_is_not_extended(journal: Journal, gone: bool) -> None:
    am = ChangingAlertmanager()
    old = standing(am, state=SilenceState.EXPIRED)
    if gone:
        am.silences.clear()
    result = await silences(journal, am).extend("am", old.id, NOW + 9_000)
    assert isinstance(result, NotSilenced)
    assert "nothing to extend" in result.error
    assert am.drafts == []


async def test_an_answer_that_was_lost_is_looked_for_not_posted_again(journal: Journal) -> None:
    am = ChangingAlertmanager()
    am.lost = TimedOut("am: no answer")
    [result] = await silences(journal, am).create(WISH, ["am"])
    assert isinstance(result, Silenced)
    assert result.confirmed
    assert len(am.silences) == 1


async def test_one_that_cannot_be_read_back_is_not_confirmed(journal: Journal) -> None:
    am = ChangingAlertmanager()
    am.broken = {"silence": Unreachable("am: refused")}
    [result] = await silences(journal, am).create(WISH, ["am"])
    assert isinstance(result, Silenced)
    assert not result.confirmed
    assert "reading it back failed" in result.note


async def test_the_end_is_told_in_the_alertmanagers_time(journal: Journal) -> None:
    am = ChangingAlertmanager()
    await silences(journal, am, skew=300.0).create(WISH, ["am"])
    await silences(journal, am, skew=-300.0).create(WISH, ["am"])
    assert [draft.ends_at - WISH.ends_at for draft in am.drafts] == [300.0, -300.0]
    assert [draft.starts_at - NOW for draft in am.drafts] == [0.0, -300.0]


async def test_any_silence_can_be_ended_and_is_seen_to_be_over(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    result = await silences(journal, am).end("am", old.id)
    assert isinstance(result, Ended)
    assert result.confirmed
    assert kinds(journal) == [EventKind.SILENCE_END_INTENDED, EventKind.SILENCE_END_DONE]
    again = await silences(journal, am).end("am", old.id)
    assert isinstance(again, Ended)
    assert again.note == "it was over already"


async def test_one_that_does_not_end_is_said_to_stand(journal: Journal) -> None:
    am = ChangingAlertmanager()
    old = standing(am)
    am.broken = {"expire_silence": Refused("am: 500", "look at its log")}
    result = await silences(journal, am).end("am", old.id)
    assert result == NotEnded("am", old.id, "am: 500", "look at its log")
    assert kinds(journal)[-1] == EventKind.SILENCE_END_FAILED
    for source, silence_id in (("am", "nope"), ("gone", old.id)):
        assert isinstance(await silences(journal, am).end(source, silence_id), NotEnded)


async def test_a_journal_that_fails_stops_nothing_and_is_told() -> None:
    class Broken:
        def record(self, event: object) -> int:
            raise OncallError("the disk is full")

    am = ChangingAlertmanager()
    work = Silences({"am": am}, Broken(), "maria", clock=lambda: NOW, patience=QUICK)
    [result] = await work.create(WISH, ["am"])
    assert isinstance(result, Silenced)
    assert result.confirmed
    assert "the disk is full" in result.journal
    assert "the disk is full" in (await work.end("am", result.silence_id)).journal
