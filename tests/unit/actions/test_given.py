"""Where the figures of an acknowledgement are found: on the silence, in the journal, or as first seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changing_alertmanager import ChangingAlertmanager

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings, AckWish
from oncall_tui.actions.given import Given
from oncall_tui.core.ack_figures import AckFigures
from oncall_tui.core.alerts import Alert, Silence
from oncall_tui.core.errors import OncallError
from oncall_tui.journal import Journal

NOW = 1_000.0
STALE = Alert("am", "f1", {"alertname": "Stale", "service": "ranker"}, starts_at=900.0)
FIGURES = AckFigures(1.0, 1.0, "ranker/accuracy", 3.1, 2, "ticket 3×", 0.62, "WARN", "v12")


async def acked(journal: Journal, am: ChangingAlertmanager, wish: AckWish, author: str = "maria") -> Silence:
    ack = Acknowledge({"am": am}, journal, AckSettings(author), clock=lambda: NOW, patience=(0.0,))
    [result] = await ack([STALE], wish)
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    return am.silences[result.silence_id]


async def test_the_journal_and_the_silence_keep_what_was_known_when_it_was_given(journal: Journal) -> None:
    am = ChangingAlertmanager(STALE)
    silence = await acked(journal, am, AckWish(figures={STALE.key: FIGURES}))
    kept = replace(FIGURES, at=NOW, began=900.0)
    assert am.drafts[0].annotations == kept.annotations()
    given = Given(journal)
    assert given.of(silence) is None, "not looked up yet"
    assert given.unknown([silence]) == (silence,)
    await given.look_up([silence])
    assert given.of(silence) == kept
    assert given.began(silence) == 900.0
    assert given.unknown([silence]) == ()


async def test_what_stands_on_the_silence_itself_is_believed_first(journal: Journal) -> None:
    am = ChangingAlertmanager(STALE)
    silence = await acked(journal, am, AckWish())
    there = replace(FIGURES, at=5.0)
    assert Given(journal).of(replace(silence, annotations=there.annotations())) == there
    await (given := Given(journal)).look_up([silence])
    assert given.of(replace(silence, annotations={"oncall_tui_at": "nonsense"})) == AckFigures(NOW, 900.0)


async def test_anothers_figures_are_not_theirs_who_took_over(journal: Journal) -> None:
    am = ChangingAlertmanager(STALE)
    silence = await acked(journal, am, AckWish())
    await (given := Given(journal)).look_up([silence])
    assert given.of(replace(silence, author="joe")) is None


async def test_one_given_anew_has_new_figures(journal: Journal) -> None:
    am = ChangingAlertmanager(STALE)
    silence = await acked(journal, am, AckWish())
    await (given := Given(journal)).look_up([silence])
    worse = {STALE.key: replace(FIGURES, rank=4)}
    again = await acked(journal, am, AckWish(renew=True, figures=worse))
    assert again.id == silence.id
    given.forget(silence.id)
    await given.look_up(given.unknown([again]))
    found = given.of(again)
    assert found is not None
    assert found.rank == 4


async def test_what_is_first_seen_counts_unless_something_is_known(journal: Journal) -> None:
    am = ChangingAlertmanager(STALE)
    silence = await acked(journal, am, AckWish())
    given = Given(journal)
    theirs = replace(silence, id="elsewhere", author="joe")
    await given.look_up([silence, theirs])
    given.take(theirs, FIGURES)
    given.take(silence, FIGURES)
    assert given.of(theirs) == FIGURES
    assert given.of(silence) == AckFigures(NOW, 900.0)


class Broken:
    def events(self, *args: object, **more: object) -> tuple[()]:
        raise OncallError("the journal is gone")


async def test_a_journal_that_cannot_be_read_is_told_once() -> None:
    silence = Silence("am", "s1", (), 0, 1, "maria", "ACK! x", "active")  # type: ignore[arg-type]
    given = Given(Broken())
    with pytest.raises(OncallError, match="the journal is gone"):
        await given.look_up([silence])
    assert given.unknown([silence]) == ()
    assert given.of(silence) is None
