"""Acknowledging among several people, and whole groups: one has it in the end, and who had it is said."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from changing_alertmanager import ChangingAlertmanager
from fake_alertmanager import FakeAlertmanager

from oncall_tui.actions import (
    Acknowledge,
    Acknowledged,
    AckSettings,
    AckWish,
    AlreadyAcknowledged,
    NotAcknowledged,
)
from oncall_tui.core.alerts import ACK_PREFIX, KEPT_MARK, Alert, Silence, SilenceDraft, SilenceState, exact_matchers
from oncall_tui.core.errors import ActionError, TimedOut, Unreachable
from oncall_tui.core.matchers import Matcher, parse_matchers
from oncall_tui.core.text import clean_line
from oncall_tui.journal import EventKind, Journal

NOW = 1_000.0
STALE = parse_matchers('alertname="Stale"')


def an_alert(name: str, service: str = "ranker") -> Alert:
    return Alert("am", f"fp-{name}-{service}", {"alertname": name, "service": service})


RANKER, FRAUD, CHURN = an_alert("Stale"), an_alert("Stale", "fraud"), an_alert("Drift", "churn")


def acknowledge(am: FakeAlertmanager, journal: Journal, author: str = "maria", **more: object) -> Acknowledge:
    settings = AckSettings(author, **more)  # type: ignore[arg-type]
    return Acknowledge({am.name: am}, journal, settings, clock=lambda: NOW, patience=(0.0, 0.0))


def stands(
    am: FakeAlertmanager,
    author: str,
    matchers: Sequence[Matcher] = exact_matchers(RANKER.labels),
    *,
    starts_at: float = 900.0,
    ends_at: float = 2_000.0,
    comment: str = "ACK! on it",
) -> Silence:
    return am.add(SilenceDraft(tuple(matchers), starts_at, ends_at, author, comment))


class Racing(ChangingAlertmanager):
    """Somebody else's silence arrives together with ours. first: whether theirs came before ours."""

    def __init__(self, *alerts: Alert, first: bool) -> None:
        super().__init__(*alerts)
        self.first = first

    async def post_silence(self, draft: SilenceDraft) -> str:
        self.rival = self.add(replace(draft, author="joe", starts_at=draft.starts_at + (-0.01 if self.first else 0.01)))
        return await super().post_silence(draft)


# Two at once


async def test_of_two_at_the_same_moment_the_first_has_it_and_the_other_is_ended(journal: Journal) -> None:
    am = Racing(RANKER, first=True)
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, AlreadyAcknowledged)
    assert (result.silence.author, result.withdrawn) == ("joe", True)
    active = [one.author for one in am.silences.values() if one.state is SilenceState.ACTIVE]
    assert active == ["joe"]
    intent, failed = journal.events()
    assert failed.kind is EventKind.ACK_FAILED
    assert failed.payload["error"] == "joe was first: ours was ended"
    assert failed.intent == intent.id


async def test_whoever_was_first_stays_and_leaves_the_others_to_them(journal: Journal) -> None:
    am = Racing(RANKER, first=False)
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert all(one.state is SilenceState.ACTIVE for one in am.silences.values())


async def test_one_that_cannot_be_withdrawn_is_no_success(journal: Journal) -> None:
    am = Racing(RANKER, first=True)
    am.broken["expire_silence"] = Unreachable("am: connection refused")
    [result] = await acknowledge(am, journal)([RANKER])
    assert isinstance(result, Acknowledged)
    assert not result.confirmed
    assert result.note == "joe was first, and ending yours failed: am: connection refused"


async def test_two_instances_that_race_for_real_end_with_one(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    am.slow.add("Stale")
    both = await asyncio.gather(*(acknowledge(am, journal, who)([RANKER]) for who in ("maria", "joe")))
    assert sorted(type(result).__name__ for (result,) in both) == ["Acknowledged", "AlreadyAcknowledged"]
    assert sum(one.state is SilenceState.ACTIVE for one in am.silences.values()) == 1


# Take-over, hand-over, renewal


async def test_taking_over_changes_theirs_in_place_so_that_never_two_stand(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    stands(am, "joe")
    [result] = await acknowledge(am, journal)([RANKER], AckWish("mine now", take_over=True))
    assert isinstance(result, Acknowledged)
    assert (result.silence_id, result.confirmed, result.had) == ("s1", True, "joe")
    [silence] = am.silences.values()
    assert (silence.author, silence.comment) == ("maria", "ACK! mine now (taken over from joe)")
    assert silence.ends_at == 2_000.0, "nothing is shortened that nobody asked to shorten"
    done = journal.events()[-1]
    assert (done.payload["from"], done.payload["to"]) == ("joe", "maria")


async def test_taking_over_from_one_who_has_more_leaves_them_the_rest(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER, FRAUD)
    wide = stands(am, "joe", STALE)
    [result] = await acknowledge(am, journal)([RANKER], AckWish(take_over=True))
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert result.note == "joe's acknowledgement stands beside it"
    assert am.silences[wide.id] == wide


async def test_two_who_take_over_at_once_are_told_who_has_it(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    stands(am, "joe")
    post = am.post_silence

    async def ana_too(draft: SilenceDraft) -> str:
        made = await post(draft)
        am.silences[made] = replace(am.silences[made], author="ana")
        return made

    am.post_silence = ana_too  # type: ignore[method-assign]
    [result] = await acknowledge(am, journal)([RANKER], AckWish(take_over=True))
    assert isinstance(result, Acknowledged)
    assert (result.confirmed, result.note) == (False, "ana has it: both took it at the same moment")


async def test_handing_over_says_to_whom_and_by_whom(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    stands(am, "maria")
    [result] = await acknowledge(am, journal)([RANKER], AckWish(owner="joe", renew=True, ends_at=NOW + 60))
    assert isinstance(result, Acknowledged)
    assert (result.confirmed, result.had) == (True, "maria")
    [silence] = am.silences.values()
    assert (silence.author, silence.ends_at) == ("joe", NOW + 60)
    assert silence.comment == "ACK! acknowledged with oncall-tui (handed over by maria)"


async def test_ones_own_is_left_alone_unless_it_is_to_be_renewed(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    stands(am, "maria", ends_at=NOW + 10)
    ack = acknowledge(am, journal)
    [again] = await ack([RANKER])
    assert isinstance(again, AlreadyAcknowledged)
    [renewed] = await ack([RANKER], AckWish(renew=True))
    assert isinstance(renewed, Acknowledged)
    [silence] = am.silences.values()
    assert (silence.ends_at, silence.author) == (NOW + 900, "maria")
    assert "over" not in silence.comment


async def test_an_end_that_is_past_is_never_sent(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    before = stands(am, "joe")
    [result] = await acknowledge(am, journal)([RANKER], AckWish(take_over=True, ends_at=NOW - 1))
    assert isinstance(result, NotAcknowledged)
    assert am.drafts == []
    assert am.silences == {"s1": before}


async def test_one_that_was_kept_for_long_is_renewed_by_a_new_one_so_that_it_can_be_kept_again(
    journal: Journal,
) -> None:
    am = ChangingAlertmanager(RANKER)
    stands(am, "joe", starts_at=NOW - 300, comment=f"ACK! x {KEPT_MARK})")
    [result] = await acknowledge(am, journal, at_most=500)([RANKER], AckWish(take_over=True, keep=True))
    assert isinstance(result, Acknowledged)
    assert (result.silence_id, result.confirmed, result.had, result.note) == ("s2", True, "joe", "")
    assert [one.state for one in am.silences.values()] == [SilenceState.EXPIRED, SilenceState.ACTIVE]
    assert am.silences["s2"].starts_at == NOW


async def test_an_old_one_that_cannot_be_ended_after_its_renewal_is_no_success(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    stands(am, "maria", starts_at=NOW - 300, comment=f"ACK! x {KEPT_MARK})")
    am.broken["expire_silence"] = Unreachable("am: connection refused")
    [result] = await acknowledge(am, journal, at_most=500)([RANKER], AckWish(renew=True))
    assert isinstance(result, Acknowledged)
    assert not result.confirmed
    assert result.note == "the old acknowledgement s1 may still stand: am: connection refused"


# A group


async def test_a_group_is_one_silence_of_its_labels(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER, FRAUD, CHURN)
    result = await acknowledge(am, journal).group(STALE, [RANKER, FRAUD])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert {alert.fingerprint for alert in result.alerts} == {RANKER.fingerprint, FRAUD.fingerprint}
    assert result.note == ""
    [draft] = am.drafts
    assert draft.matchers == STALE
    assert set(journal.events()[-1].payload["alerts"]) == {RANKER.fingerprint, FRAUD.fingerprint}  # type: ignore[call-overload]


async def test_what_began_to_fire_since_it_was_shown_is_told(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER, FRAUD)
    result = await acknowledge(am, journal).group(STALE, [RANKER])
    assert isinstance(result, Acknowledged)
    assert result.note.startswith("it hides 1 more than were shown")


async def test_a_group_that_hides_everything_or_nothing_is_refused(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER, FRAUD)
    ack = acknowledge(am, journal)
    for matchers in ((), parse_matchers('severity!="page"'), parse_matchers('a=~".*"')):
        result = await ack.group(matchers, [RANKER])
        assert isinstance(result, NotAcknowledged)
        assert "EVERY alert" in result.error or "at least one matcher" in result.error
    nothing = await ack.group(parse_matchers('alertname="Gone"'), [RANKER])
    assert isinstance(nothing, NotAcknowledged)
    assert am.drafts == []


async def test_a_group_of_which_some_still_ring_is_not_confirmed(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER, FRAUD)
    am.lag = 99
    result = await acknowledge(am, journal).group(STALE, [RANKER, FRAUD])
    assert isinstance(result, Acknowledged)
    assert not result.confirmed
    assert "2 of 2 alerts as firing" in result.note


async def test_a_group_that_somebody_has_is_theirs_and_one_they_have_a_part_of_is_not(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER, FRAUD)
    stands(am, "joe")
    part = await acknowledge(am, journal).group(STALE, [RANKER, FRAUD])
    assert isinstance(part, Acknowledged)
    assert part.confirmed
    whole = await acknowledge(am, journal, "ana").group(STALE, [RANKER, FRAUD])
    assert isinstance(whole, AlreadyAcknowledged)
    assert whole.silence.author == "maria"


async def test_a_group_is_refused_read_only_and_fails_with_its_source(journal: Journal) -> None:
    am = ChangingAlertmanager(RANKER)
    locked = Acknowledge({"am": am}, journal, AckSettings("maria"), read_only="told to")
    with pytest.raises(ActionError, match="read-only"):
        await locked.group(STALE, [RANKER])
    am.broken["board"] = TimedOut("am: no answer")
    result = await acknowledge(am, journal).group(STALE, [RANKER])
    assert result == NotAcknowledged(RANKER, "am: no answer", "")
    elsewhere = await acknowledge(am, journal).group(STALE, [replace(RANKER, source="other")])
    assert isinstance(elsewhere, NotAcknowledged)


# The comment


@pytest.mark.parametrize(
    ("wish", "had", "comment"),
    [
        (AckWish(), "", "ACK! on it (kept while firing)"),
        (AckWish(keep=False), "", "ACK! on it"),
        (AckWish("ACK! the index"), "", "ACK! the index (kept while firing)"),
        (AckWish(owner="joe", keep=False), "", "ACK! on it (handed over by maria)"),
        (AckWish(owner="joe", keep=False), "ana", "ACK! on it (taken from ana by maria)"),
        (AckWish(owner="ana", keep=False), "ana", "ACK! on it"),
        (AckWish(keep=False), "a\x1b[31m\nna", "ACK! on it (taken over from a␛[31m na)"),
    ],
)
def test_the_comment_says_who_had_it_and_that_it_is_kept(wish: AckWish, had: str, comment: str) -> None:
    assert AckSettings("maria", 900, "ACK! on it", keep=True).comment_for(wish, had) == comment


def test_however_long_the_words_are_what_others_look_for_stays_whole() -> None:
    settings = AckSettings("maria", 900, "ACK! on it", keep=True)
    comment = settings.comment_for(AckWish("x" * 2_000), "j" * 2_000)
    assert comment.startswith(ACK_PREFIX)
    assert comment.endswith(f"{KEPT_MARK})")
    assert "(taken over from jjj" in comment
    assert len(comment) <= 500
    assert clean_line(comment) == comment
