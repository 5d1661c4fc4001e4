"""A cluster whose members die, hang and answer late."""

from __future__ import annotations

import pytest
from fake_alertmanager import FakeAlertmanager

from oncall_tui.actions import Acknowledge, Acknowledged, AckSettings, NotAcknowledged, TakeBack, TakenBack
from oncall_tui.actions.failover import Clusters, landing
from oncall_tui.core.alerts import Alert, SilenceDraft, SilenceState, exact_matchers
from oncall_tui.core.errors import (
    BadGateway,
    Busy,
    Cut,
    Malformed,
    Refused,
    SourceError,
    TimedOut,
    Unauthorized,
    Unreachable,
)

NOW = 1_000.0
FIRING = Alert("prod", "f1", {"alertname": "Down", "service": "ranker"})
DRAFT = SilenceDraft(exact_matchers(FIRING.labels), NOW, NOW + 900, "kim", "ACK! on it")
QUICK = (0.0, 0.0)


class Pair:
    """Two members of the cluster prod that share what they know, and lab, which stands alone."""

    def __init__(self) -> None:
        self.one = FakeAlertmanager(FIRING, name="am-1", now=NOW)
        self.two = FakeAlertmanager(FIRING, name="am-2", now=NOW)
        self.two.silences = self.one.silences
        self.lab = FakeAlertmanager(FIRING, name="lab", now=NOW)
        self.order = ["am-1", "am-2"]
        self.monotonic = 0.0
        self.clusters = Clusters(
            [self.one, self.two, self.lab],
            lambda name: {"prod": self.order, "am-2": self.order, "lab": ["lab"]}.get(name, ()),
            lambda: ("prod", "lab"),
            gossip=QUICK,
            clock=lambda: self.monotonic,
        )
        self.prod = self.clusters["prod"]

    def gone(self, member: FakeAlertmanager, error: SourceError | None = None) -> None:
        error = error or Unreachable(f"{member.name}: connection refused")
        member.broken = dict.fromkeys(("board", "post_silence", "silence", "expire_silence", "alert"), error)

    @property
    def drafts(self) -> list[SilenceDraft]:
        return self.one.drafts + self.two.drafts


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_clusters_are_found_by_their_names_and_by_those_of_their_members(pair):
    assert list(pair.clusters) == ["prod", "lab"]
    assert pair.clusters["am-2"].name == "am-2"
    assert pair.clusters.get("nowhere") is None
    assert (pair.prod.name, pair.prod.url) == ("prod", "http://am")


async def test_with_all_well_the_first_member_is_asked_and_nothing_is_to_be_told(pair):
    posted = await pair.prod.post_silence(DRAFT)
    assert (posted, posted.member, landing(posted)) == ("s1", "am-1", "")
    assert (len(pair.one.drafts), len(pair.two.drafts)) == (1, 0)


@pytest.mark.parametrize(
    "error", [Unreachable("am-1: connection refused"), Busy("am-1: HTTP 503"), Unauthorized("am-1: HTTP 401")]
)
async def test_where_it_was_certainly_not_taken_the_next_member_gets_it_unlooked(pair, error):
    pair.gone(pair.one, error)
    pair.two.broken = {"board": Refused("nobody is to look")}
    posted = await pair.prod.post_silence(DRAFT)
    assert landing(posted) == f"on am-2 ({error.message})"
    assert len(pair.two.drafts) == 1


@pytest.mark.parametrize(
    "error", [TimedOut("am-1: late"), Cut("am-1: reset"), Malformed("am-1: cut"), BadGateway("am-1: 504")]
)
async def test_what_a_member_took_without_saying_so_is_found_on_the_other_and_not_posted_twice(pair, error):
    pair.one.lost = error
    posted = await pair.prod.post_silence(DRAFT)
    assert posted == "s1"
    assert len(pair.drafts) == len(pair.one.silences) == 1


async def test_what_gossip_brings_late_is_waited_for(pair):
    pair.one.lost = TimedOut("am-1: late")
    pair.two.silences = {}
    looks = []

    async def board(told=pair.two.board):
        looks.append(1)
        pair.two.silences = pair.one.silences if len(looks) > 1 else {}
        return await told()

    pair.two.board = board
    assert await pair.prod.post_silence(DRAFT) == "s1"
    assert len(pair.drafts) == 1


async def test_what_a_member_did_not_take_is_posted_to_the_other_once_it_was_looked_for(pair):
    pair.gone(pair.one, TimedOut("am-1: late"))
    posted = await pair.prod.post_silence(DRAFT)
    assert landing(posted) == "on am-2 (am-1: late)"
    assert (len(pair.one.drafts), len(pair.two.drafts)) == (0, 1)


async def test_where_nobody_can_look_nothing_is_posted_again(pair):
    pair.one.lost = TimedOut("am-1: late")
    pair.two.broken = {"board": Unreachable("am-2: connection refused")}
    with pytest.raises(TimedOut, match="prod: no member did it: am-1: late; am-2: connection refused"):
        await pair.prod.post_silence(DRAFT)
    assert len(pair.drafts) == 1


async def test_what_a_member_refuses_is_not_tried_on_another(pair):
    pair.one.broken = {"post_silence": Refused("am-1: end time can't be in the past")}
    with pytest.raises(Refused, match="am-1: end time"):
        await pair.prod.post_silence(DRAFT)
    assert not pair.drafts


@pytest.mark.parametrize("method", ["board", "silence", "alert", "expire_silence", "post_silence"])
async def test_with_all_members_gone_every_one_of_them_is_named(pair, method):
    pair.gone(pair.one)
    pair.gone(pair.two)
    arguments = {"alert": (FIRING.fingerprint, FIRING.labels), "board": (), "post_silence": (DRAFT,)}
    with pytest.raises(Unreachable, match="prod: no member did it: am-1: connection refused; am-2: connection refused"):
        await getattr(pair.prod, method)(*arguments.get(method, ("s1",)))


async def test_a_member_that_stands_alone_fails_in_its_own_words(pair):
    pair.gone(pair.lab)
    with pytest.raises(Unreachable, match=r"^lab: connection refused$"):
        await pair.clusters["lab"].post_silence(DRAFT)


async def test_what_is_read_is_the_clusters_whoever_tells_it(pair):
    pair.one.add(DRAFT)
    pair.gone(pair.one)
    alert = await pair.prod.alert(FIRING.fingerprint, FIRING.labels)
    silence = await pair.prod.silence("s1")
    board = await pair.prod.board()
    assert (alert.source, silence.source) == ("prod", "prod")
    assert {one.source for one in (*board.alerts, *board.silences)} == {"prod"}


async def test_an_alert_is_gone_only_when_no_member_that_answers_has_it(pair):
    pair.one.alerts = {}
    assert (await pair.prod.alert("f1", FIRING.labels)).fingerprint == "f1"
    pair.gone(pair.two)
    assert await pair.prod.alert("f1", FIRING.labels) is None


async def test_a_silence_is_ended_on_a_member_that_knows_it(pair):
    silence = pair.one.add(DRAFT)
    pair.one.broken = {"expire_silence": Refused("am-1: there is no silence")}
    await pair.prod.expire_silence(silence.id)
    assert pair.two.silences[silence.id].state is SilenceState.EXPIRED


async def test_a_member_that_failed_is_asked_last_for_a_while(pair):
    pair.gone(pair.one)
    await pair.prod.board()
    pair.one.broken = {}
    await pair.clusters["prod"].post_silence(DRAFT)
    assert (len(pair.one.drafts), len(pair.two.drafts)) == (0, 1)
    pair.monotonic = 61.0
    await pair.clusters["prod"].post_silence(DRAFT)
    assert (len(pair.one.drafts), len(pair.two.drafts)) == (1, 1)


async def test_who_took_the_silence_is_asked_for_it_first(pair):
    pair.order = ["am-2", "am-1"]
    prod = pair.clusters["prod"]
    await prod.post_silence(DRAFT)
    pair.order = ["am-1", "am-2"]
    pair.one.broken = {"silence": AssertionError("it is not to be asked")}
    assert await prod.silence("s1")


async def test_who_is_in_the_cluster_is_asked_for_each_time(pair):
    pair.order = ["am-1"]
    pair.gone(pair.one)
    prod = pair.clusters["prod"]
    with pytest.raises(Unreachable, match=r"^am-1: connection refused$"):
        await prod.post_silence(DRAFT)
    pair.order = ["am-1", "am-2"]
    assert (await prod.post_silence(DRAFT)).member == "am-2"


async def test_an_acknowledgement_lands_on_the_member_that_lives_says_so_and_can_be_taken_back(pair, journal):
    pair.gone(pair.one)
    settings = AckSettings("kim")
    acknowledge = Acknowledge(pair.clusters, journal, settings, clock=lambda: NOW, patience=QUICK)
    (result,) = await acknowledge([FIRING])
    assert isinstance(result, Acknowledged)
    assert result.confirmed
    assert result.silence.source == "prod"
    back = await TakeBack(pair.clusters, journal, "kim", clock=lambda: NOW, patience=QUICK).of_alert(FIRING)
    assert isinstance(back, TakenBack)
    assert back.confirmed


async def test_alerts_of_several_clusters_are_acknowledged_each_on_its_own_with_its_own_result(pair, journal):
    pair.gone(pair.one)
    pair.gone(pair.two)
    acknowledge = Acknowledge(pair.clusters, journal, AckSettings("kim"), clock=lambda: NOW, patience=QUICK)
    there = Alert("lab", "f1", FIRING.labels)
    failed, done = await acknowledge([FIRING, there])
    assert isinstance(failed, NotAcknowledged)
    assert "am-1: connection refused; am-2: connection refused" in failed.error
    assert isinstance(done, Acknowledged)
    assert done.confirmed
    assert len(pair.lab.drafts) == 1
