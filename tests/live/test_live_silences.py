"""Silences on a real Alertmanager: what 0.25 does to an invalid update, and that ours never gets there."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from alertmanager_fixture import AlertmanagerServer, running_alertmanager

from oncall_tui.actions import Ended, NotSilenced, Silenced, Silences, SilenceWish
from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Silence, SilenceDraft, SilenceState
from oncall_tui.core.matchers import Matcher, MatchOp, parse_matchers
from oncall_tui.journal import Journal
from oncall_tui.sources.alertmanager import AlertmanagerSource

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertmanagerServer]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


@pytest.fixture
async def source(server: AlertmanagerServer) -> AsyncIterator[AlertmanagerSource]:
    made = AlertmanagerSource("am", server.url, HttpConfig(timeout=5))
    yield made
    await made.close()


@pytest.fixture
def work(source: AlertmanagerSource, tmp_path: Path) -> Iterator[Silences]:
    journal = Journal(tmp_path / "journal.db")
    yield Silences({"am": source}, journal, "maria")
    journal.close()


def wish(matchers: str, seconds: float = 3_600, comment: str = "the index is rebuilt") -> SilenceWish:
    return SilenceWish(parse_matchers(matchers), time.time() + seconds, "maria", comment)


async def made(work: Silences, matchers: str) -> Silence:
    [result] = await work.create(wish(matchers), ["am"])
    assert isinstance(result, Silenced)
    assert result.confirmed, result.note
    assert result.silence is not None
    return result.silence


async def state_of(source: AlertmanagerSource, silence_id: str) -> SilenceState:
    found = await source.silence(silence_id)
    assert found is not None
    return found.state


async def test_a_silence_hides_its_alert_and_once_ended_is_told_among_the_expired(server, source, work):
    labels = {"alertname": "FeatureStale", "service": "feature-store"}
    server.fire(labels)
    silence = await made(work, 'alertname="FeatureStale", service=~"feature-.*"')
    [alert] = [alert for alert in (await source.board()).alerts if alert.name == "FeatureStale"]
    assert alert.silenced_by == (silence.id,)
    ended = await work.end("am", silence.id)
    assert isinstance(ended, Ended)
    assert ended.confirmed
    board = await source.board()
    assert silence.id not in {s.id for s in board.silences}
    assert silence.id == board.expired[0].id
    assert board.expired[0].matchers == silence.matchers


async def test_one_with_only_a_negative_matcher_is_refused_though_the_server_might_take_it(source, work):
    before = {s.id for s in (await source.board()).silences}
    for matchers in ('severity!="page"', 'a!~"b.+"', 'a=~".*"'):
        [result] = await work.create(wish(matchers), ["am"])
        assert isinstance(result, NotSilenced)
        assert "hide EVERY alert" in result.error
    assert {s.id for s in (await source.board()).silences} == before


async def test_an_invalid_update_sent_bare_may_end_the_old_one_and_ours_is_never_sent(server, source, work):
    """What is guarded against, first: on 0.25 the answer 400 to an update leaves the old silence expired."""
    doomed = await made(work, 'alertname="Doomed"')
    body = {
        "id": doomed.id,
        "matchers": [{"name": "a", "value": "(", "isRegex": True, "isEqual": True}],
        "startsAt": "2026-11-24T00:00:00Z",
        "endsAt": "2099-01-01T00:00:00Z",
        "createdBy": "maria",
        "comment": "x",
    }
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{server.url}/api/v2/silences", json=body, timeout=5)
    assert answer.status_code == 400
    version = (await source.board()).version
    if version.startswith("0.25"):
        assert await state_of(source, doomed.id) is SilenceState.EXPIRED

    kept = await made(work, 'alertname="Kept"')
    invalid = [
        SilenceWish((Matcher("a", MatchOp.REGEX, "("),), time.time() + 60, "maria", "x"),
        SilenceWish(parse_matchers('a!="b"'), time.time() + 60, "maria", "x"),
        SilenceWish(kept.matchers, time.time() - 60, "maria", "x"),
        SilenceWish((Matcher("not.classic", MatchOp.EQUAL, "x"),), time.time() + 60, "maria", "x"),
        SilenceWish((Matcher("\ud800", MatchOp.EQUAL, "x"),), time.time() + 60, "maria", "x"),
        SilenceWish((), time.time() + 60, "maria", "x"),
    ]
    for wrong in invalid if version < "0.27" else invalid[:3]:
        assert isinstance(await work.change("am", kept.id, wrong), NotSilenced)
    assert isinstance(await work.extend("am", kept.id, time.time() - 60), NotSilenced)
    assert await source.silence(kept.id) == kept


async def test_extending_keeps_the_id_and_all_else(source, work):
    silence = await made(work, 'alertname="Long"')
    result = await work.extend("am", silence.id, time.time() + 4 * 3_600)
    assert isinstance(result, Silenced)
    assert (result.silence_id, result.confirmed) == (silence.id, True)
    now = await source.silence(silence.id)
    assert now is not None
    assert abs(now.ends_at - time.time() - 4 * 3_600) < 5
    assert (now.matchers, now.comment, now.author) == (silence.matchers, silence.comment, silence.author)
    assert int(now.starts_at) == int(silence.starts_at)


async def test_other_matchers_give_a_new_id_and_end_the_old(server, source, work):
    server.fire({"alertname": "Wide", "service": "ranker"}, {"alertname": "Wide", "service": "churn"})
    silence = await made(work, 'alertname="Wide"')
    result = await work.change("am", silence.id, wish('alertname="Wide",service="ranker"'))
    assert isinstance(result, Silenced)
    assert (result.confirmed, result.replaced) == (True, silence.id)
    assert result.silence_id != silence.id
    assert await state_of(source, silence.id) is SilenceState.EXPIRED
    alerts = {
        alert.labels["service"]: alert.silenced_by for alert in (await source.board()).alerts if alert.name == "Wide"
    }
    assert alerts == {"ranker": (result.silence_id,), "churn": ()}


async def test_a_pending_silence_is_extended_and_changed_before_it_begins(source, work):
    start = time.time() + 3_600
    draft = SilenceDraft(parse_matchers('alertname="Later"'), start, start + 600, "maria", "the window")
    silence_id = await source.post_silence(draft)
    assert await state_of(source, silence_id) is SilenceState.PENDING
    result = await work.extend("am", silence_id, start + 3_600)
    assert isinstance(result, Silenced)
    assert (result.silence_id, result.confirmed) == (silence_id, True)
    other = await work.change("am", silence_id, wish('alertname="LaterStill"', 4 * 3_600))
    assert isinstance(other, Silenced)
    assert other.confirmed, other.note
    assert other.silence is not None
    assert other.silence.state is SilenceState.PENDING
    assert abs(other.silence.starts_at - start) < 2
    assert await state_of(source, silence_id) is SilenceState.EXPIRED


async def test_one_that_somebody_else_ended_meanwhile_is_not_brought_back_by_extending_it(source, work):
    silence = await made(work, 'alertname="Gone"')
    await source.expire_silence(silence.id)
    result = await work.extend("am", silence.id, time.time() + 9_000)
    assert isinstance(result, NotSilenced)
    assert await state_of(source, silence.id) is SilenceState.EXPIRED
