"""Keeping acknowledgements: one owner at a time, never one that is over, and nothing when read-only."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest
from changing_alertmanager import ChangingAlertmanager

from oncall_tui.actions.keep import Keeper
from oncall_tui.actions.silence import Silences
from oncall_tui.actions.silence_results import Ended, NotSilenced, Silenced
from oncall_tui.core.alerts import Alert, Silence, SilenceDraft, SilenceState, exact_matchers
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.errors import Refused, Unreachable
from oncall_tui.core.keeping import Fate, KeepRules
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.journal import EventKind, Journal

START = 100_000.0
STALE = Alert("am", "f1", {"alertname": "Stale"}, starts_at=START - 60)
KEPT = "ACK! on it (kept while firing)"


class World:
    """One Alertmanager, a clock, and instances that poll it."""

    def __init__(self, journal: Journal, *alerts: Alert) -> None:
        self.now = START
        self.am = ChangingAlertmanager(*alerts, now=START)
        self.journal = journal

    def clock(self) -> float:
        return self.now

    def keeper(self, actor: str = "maria", instance: str = "one", *, read_only: str = "") -> Keeper:
        sources = {"am": self.am}
        silences = Silences(sources, self.journal, actor, read_only=read_only, clock=self.clock, patience=(0.0, 0.0))
        return Keeper(sources, silences, actor, KeepRules(), read_only=read_only, clock=self.clock, instance=instance)

    def ack(self, ends_in: float = 900.0, author: str = "maria", comment: str = KEPT) -> Silence:
        made = SilenceDraft(exact_matchers(STALE.labels), self.now, self.now + ends_in, author, comment)
        silence = replace(self.am.add(made), updated_at=self.now)
        self.am.silences[silence.id] = silence
        return silence

    async def snapshot(self) -> Snapshot:
        for silence in list(self.am.silences.values()):
            if silence.ends_at <= self.now:
                self.am.silences[silence.id] = replace(silence, state=SilenceState.EXPIRED)
        board = await self.am.board()
        standing = tuple(one for one in board.silences if one.state is not SilenceState.EXPIRED)
        return Snapshot(self.now, Catalogue(()), alerts=board.alerts, silences=standing)

    async def poll(self, *keepers: Keeper):
        snapshot = await self.snapshot()
        return [kept for keeper in keepers for kept in await keeper(keeper.due(snapshot))]

    async def run(self, seconds: float, *keepers: Keeper, step: float = 15.0):
        done = []
        for _ in range(int(seconds / step)):
            self.now = self.am.now = self.now + step
            done += await self.poll(*keepers)
        return done


@pytest.fixture
def world(journal: Journal) -> World:
    return World(journal, STALE)


def active(world: World) -> list[str]:
    return [one.id for one in world.am.silences.values() if one.state is SilenceState.ACTIVE]


async def test_it_is_extended_before_it_ends_as_long_as_its_alert_fires(world: World) -> None:
    world.ack()
    keeper = world.keeper()
    done = await world.run(3_600, keeper)
    assert active(world) == ["s1"]
    assert all(kept.fate is Fate.EXTEND and kept.trouble == "" for kept in done)
    assert 4 <= len(done) <= 7, "not at every poll"
    kinds = [(event.kind, event.payload["what"]) for event in world.journal.events()]
    assert kinds[:2] == [(EventKind.SILENCE_INTENDED, "keep"), (EventKind.SILENCE_DONE, "keep")]
    [silence] = world.am.silences.values()
    assert (silence.author, silence.comment) == ("maria", KEPT)


async def test_it_is_let_go_when_the_alert_resolves_and_never_made_anew(world: World) -> None:
    world.ack()
    keeper = world.keeper()
    await world.run(600, keeper)
    world.am.alerts.clear()
    drafts = len(world.am.drafts)
    await world.run(2_400, keeper)
    assert active(world) == []
    world.am.alerts[STALE.fingerprint] = STALE
    await world.run(600, keeper)
    assert active(world) == []
    assert len(world.am.drafts) == drafts


async def test_it_ends_with_its_ceiling_which_is_said_once(world: World) -> None:
    world.ack()
    done = await world.run(12 * 3_600 + 600, world.keeper(), step=60)
    assert active(world) == []
    spent = [kept for kept in done if kept.fate is Fate.SPENT]
    assert len(spent) == 1
    [silence] = world.am.silences.values()
    assert silence.ends_at == pytest.approx(START + 12 * 3_600, abs=1)


async def test_what_fires_anew_is_not_covered_and_rings(world: World) -> None:
    world.ack()
    keeper = world.keeper()
    await world.run(300, keeper)
    world.am.alerts[STALE.fingerprint] = replace(STALE, starts_at=world.now)
    [kept] = await world.run(15, keeper)
    assert (kept.fate, type(kept.result)) == (Fate.OUTDATED, Ended)
    assert active(world) == []


async def test_read_only_never_extends(world: World) -> None:
    world.ack()
    keeper = world.keeper(read_only="told to")
    assert await world.run(1_200, keeper) == []
    assert active(world) == []
    assert world.am.drafts == []


async def test_what_is_not_kept_or_no_ack_is_left_alone(world: World) -> None:
    world.ack(comment="ACK! until then only")
    world.ack(comment="maintenance (kept while firing)")
    assert await world.run(1_200, world.keeper()) == []
    assert active(world) == []


async def test_of_several_instances_the_owners_does_it(world: World) -> None:
    world.ack(author="joe")
    keepers = {who: world.keeper(who, f"host-{who}") for who in ("maria", "joe", "ana")}
    await world.run(3_600, *keepers.values())
    assert active(world) == ["s1"]
    assert {event.actor for event in world.journal.events()} == {"joe"}


async def test_without_the_owner_exactly_one_other_does_it_each_time(world: World) -> None:
    world.ack(author="joe")
    keepers = [world.keeper("maria", "a"), world.keeper("ana", "b"), world.keeper("ben", "c")]
    done = await world.run(7_200, *keepers)
    assert active(world) == ["s1"]
    ends = [kept.result.silence.ends_at for kept in done]  # type: ignore[union-attr]
    assert all(later - sooner > 300 for sooner, later in pairwise(ends)), "never twice at a time"


async def test_one_instance_never_does_it_twice_at_once(world: World) -> None:
    silence = world.ack()
    world.now = world.am.now = START + 850
    world.am.slow.add("Stale")
    keeper = world.keeper()
    snapshot = await world.snapshot()
    assert keeper.due(snapshot) == (silence,)
    both = await asyncio.gather(keeper((silence,)), keeper((silence,)))
    assert sorted(map(len, both)) == [0, 1]
    assert len(world.am.drafts) == 1


class Kthxbye:
    """Extends every ACK! that ends within five minutes by a quarter of an hour."""

    def __init__(self, world: World) -> None:
        self.world, self.rules, self.turns = world, KeepRules(), 0

    def due(self, snapshot: Snapshot):
        return snapshot.silences

    async def __call__(self, silences):
        for silence in silences:
            if silence.is_ack and silence.ends_at - self.world.now < 120:
                self.turns += 1
                now = self.world.now
                self.world.am.silences[silence.id] = replace(silence, ends_at=now + 900, updated_at=now)
        return ()


async def test_kthxbye_at_work_is_noticed_and_left_to_it(world: World) -> None:
    world.ack(ends_in=130, comment="ACK! of karma")
    kthxbye, keeper = Kthxbye(world), world.keeper()
    await world.poll(keeper)
    await world.run(60, keeper, kthxbye)
    assert kthxbye.turns == 1
    ours = world.ack(comment=KEPT)
    assert keeper.others_at_work(ours)
    await world.run(3_600, keeper, kthxbye)
    assert kthxbye.turns > 5
    assert world.am.drafts == [], "not once by us"
    assert set(active(world)) == {"s1", ours.id}


async def test_where_kthxbye_stops_it_is_kept_all_the_same(world: World) -> None:
    world.ack(ends_in=130, comment="ACK! of karma")
    kthxbye, keeper = Kthxbye(world), world.keeper()
    await world.poll(keeper)
    await world.run(60, keeper, kthxbye)
    ours = world.ack(comment=KEPT)
    await world.run(1_800, keeper)
    assert active(world) == [ours.id]


async def test_somebody_elses_change_between_poll_and_look_is_seen(world: World) -> None:
    silence = world.ack()
    world.now = world.am.now = START + 850
    keeper = world.keeper()
    due = keeper.due(await world.snapshot())
    world.am.silences[silence.id] = replace(silence, ends_at=world.now + 900)
    assert await keeper(due) == ()
    assert world.am.drafts == []


async def test_one_that_ended_meanwhile_is_not_made_anew(world: World) -> None:
    silence = world.ack()
    world.now = world.am.now = START + 850
    keeper = world.keeper()
    due = keeper.due(await world.snapshot())
    world.am.silences[silence.id] = replace(silence, state=SilenceState.EXPIRED)
    assert await keeper(due) == ()
    assert world.am.drafts == []


async def test_one_that_a_late_change_made_anew_is_ended_at_once(world: World) -> None:
    silence = world.ack()
    world.now = world.am.now = START + 850
    post = world.am.post_silence

    async def late(draft: SilenceDraft) -> str:
        world.am.silences[silence.id] = replace(silence, starts_at=silence.starts_at - 100)
        return await post(draft)

    keeper = world.keeper()
    due = keeper.due(await world.snapshot())
    world.am.post_silence = late  # type: ignore[method-assign]
    [kept] = await keeper(due)
    assert kept.trouble == "it was over already"
    assert active(world) == []


@pytest.mark.parametrize("method", ["board", "post_silence"])
async def test_what_fails_is_told_and_tried_again_at_the_next_poll(world: World, method: str) -> None:
    world.ack()
    world.now = world.am.now = START + 850
    keeper = world.keeper()
    snapshot = await world.snapshot()
    world.am.broken[method] = Unreachable("am: connection refused")
    [kept] = await keeper(keeper.due(snapshot))
    assert kept.trouble == "am: connection refused"
    assert not isinstance(kept.result, Silenced)
    world.am.broken.clear()
    [kept] = await keeper(keeper.due(snapshot))
    assert isinstance(kept.result, Silenced)


async def test_what_a_member_tells_that_has_not_heard_of_the_change_is_not_done_again(world: World) -> None:
    world.ack()
    world.now = world.am.now = START + 850
    keeper = world.keeper()
    before = await world.snapshot()
    assert len(await keeper(keeper.due(before))) == 1
    world.now += 1
    assert keeper.due(before) == ()
    world.now += 5
    assert len(keeper.due(before)) == 1, "but it is not forgotten"


async def test_what_an_alertmanager_refuses_is_told_and_the_old_one_stands(world: World) -> None:
    silence = world.ack()
    world.now = world.am.now = START + 850
    world.am.broken["post_silence"] = Refused("am: 400 invalid")
    keeper = world.keeper()
    [kept] = await keeper(keeper.due(await world.snapshot()))
    assert isinstance(kept.result, NotSilenced)
    assert world.am.silences == {silence.id: silence}


async def test_a_twin_that_gossip_brought_later_is_ended_by_its_owner(world: World) -> None:
    world.ack(author="joe")
    world.now += 0.2
    twin = world.ack(author="maria")
    assert await world.poll(world.keeper("joe")) == []
    [kept] = await world.poll(world.keeper("maria"))
    assert (kept.silence.id, kept.elder.author if kept.elder else "") == (twin.id, "joe")
    assert active(world) == ["s1"]


async def test_a_silence_of_an_alertmanager_that_is_gone_from_the_config_is_left(world: World) -> None:
    world.ack()
    keeper = world.keeper()
    world.now += 850
    snapshot = await world.snapshot()
    strange = tuple(replace(one, source="other") for one in snapshot.silences)
    alerts = tuple(replace(one, source="other") for one in snapshot.alerts)
    assert await keeper(keeper.due(replace(snapshot, silences=strange, alerts=alerts))) == ()
