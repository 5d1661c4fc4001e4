from dataclasses import replace

import pytest

from oncall_tui.core.alerts import ACK_PREFIX, Phase, SilenceDraft, SilenceState, ack_of, exact_matchers, phase_of
from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.sources.simulated.rules import fingerprint

EPOCH = 1_700_000_000.0

PAGE = "RankerAccuracyBurn"


def named(board, name, severity="page"):
    return [alert for alert in board.alerts if alert.name == name and alert.severity == severity]


async def burning(stage):
    staged = stage("feature-stale")
    await staged.at(300)
    return staged, staged.world.alerts


def draft(labels, *, since, seconds, comment="ACK! looking into it"):
    return SilenceDraft(exact_matchers(labels), since, since + seconds, "kim", comment)


@pytest.mark.parametrize("matchers", [(), (Matcher("job", MatchOp.REGEX, ".*"),), (Matcher("x", MatchOp.EQUAL, ""),)])
async def test_a_silence_that_would_hide_everything_is_refused(stage, matchers):
    alerts = stage("quiet").world.alerts
    with pytest.raises(Refused, match="empty string"):
        await alerts.post_silence(SilenceDraft(matchers, EPOCH, EPOCH + 60, "kim", ""))
    assert len((await alerts.board()).silences) == 2


@pytest.mark.parametrize(("since", "seconds"), [(0, 0), (0, -5), (-600, 300)])
async def test_a_silence_that_is_over_before_it_begins_is_refused(stage, since, seconds):
    with pytest.raises(Refused):
        await stage("quiet").world.alerts.post_silence(draft({"a": "b"}, since=EPOCH + since, seconds=seconds))


async def test_a_silence_there_is_not_is_none_and_cannot_be_expired(stage):
    alerts = stage("quiet").world.alerts
    assert await alerts.silence("no-such") is None
    with pytest.raises(Refused):
        await alerts.expire_silence("no-such")


async def test_an_alert_that_fires_no_more_reads_back_as_none(stage):
    assert await stage("quiet").world.alerts.alert("0" * 16, {}) is None


async def test_an_acknowledgement_really_suppresses_and_its_take_back_frees(stage):
    staged, alerts = await burning(stage)
    [page] = named(await alerts.board(), PAGE)
    assert phase_of(page, ()) is Phase.FIRING
    silence_id = await alerts.post_silence(draft(page.labels, since=staged.now, seconds=900))
    board = await alerts.board()
    [held] = named(board, PAGE)
    assert held.silenced_by == (silence_id,)
    assert phase_of(held, board.silences) is Phase.ACKNOWLEDGED
    assert ack_of(held, board.silences).author == "kim"
    assert (await alerts.alert(page.fingerprint, page.labels)).silenced_by == (silence_id,)
    await alerts.expire_silence(silence_id)
    assert (await alerts.silence(silence_id)).state is SilenceState.EXPIRED
    board = await alerts.board()
    assert phase_of(named(board, PAGE)[0], board.silences) is Phase.FIRING
    assert silence_id not in {silence.id for silence in board.silences}
    await alerts.expire_silence(silence_id)  # once more is no error


async def test_a_silence_touches_no_other_alert(stage):
    staged, alerts = await burning(stage)
    before = {alert.fingerprint: alert.silenced_by for alert in (await alerts.board()).alerts}
    [page] = named(await alerts.board(), PAGE)
    await alerts.post_silence(draft(page.labels, since=staged.now, seconds=900))
    after = {alert.fingerprint: alert.silenced_by for alert in (await alerts.board()).alerts}
    del before[page.fingerprint], after[page.fingerprint]
    assert after == before


async def test_a_silence_ends_by_itself(stage):
    staged, alerts = await burning(stage)
    [page] = named(await alerts.board(), PAGE)
    silence_id = await alerts.post_silence(draft(page.labels, since=staged.now, seconds=60))
    staged.now += 61
    assert named(await alerts.board(), PAGE)[0].silenced_by == ()
    assert (await alerts.silence(silence_id)).state is SilenceState.EXPIRED


async def test_one_that_ended_lately_is_told_apart_for_a_day(stage):
    staged, alerts = await burning(stage)
    [page] = named(await alerts.board(), PAGE)
    silence_id = await alerts.post_silence(draft(page.labels, since=staged.now, seconds=60))
    assert silence_id not in {silence.id for silence in (await alerts.board()).expired}
    staged.now += 61
    assert silence_id in {silence.id for silence in (await alerts.board()).expired}
    staged.now += 86_400
    assert silence_id not in {silence.id for silence in (await alerts.board()).expired}


async def test_a_longer_end_keeps_the_id_and_other_matchers_make_another(stage):
    staged, alerts = await burning(stage)
    [page] = named(await alerts.board(), PAGE)
    made = draft(page.labels, since=staged.now, seconds=60)
    silence_id = await alerts.post_silence(made)
    longer = replace(made, id=silence_id, ends_at=staged.now + 900)
    assert await alerts.post_silence(longer) == silence_id
    assert (await alerts.silence(silence_id)).ends_at == staged.now + 900
    other = await alerts.post_silence(replace(longer, matchers=made.matchers[:1]))
    assert other != silence_id
    assert (await alerts.silence(silence_id)).state is SilenceState.EXPIRED
    with pytest.raises(Refused, match="no silence"):
        await alerts.post_silence(replace(longer, id="unknown"))


async def test_a_silence_for_later_suppresses_nothing_yet(stage):
    staged, alerts = await burning(stage)
    [page] = named(await alerts.board(), PAGE)
    silence_id = await alerts.post_silence(draft(page.labels, since=staged.now + 60, seconds=60))
    assert named(await alerts.board(), PAGE)[0].silenced_by == ()
    assert (await alerts.silence(silence_id)).state is SilenceState.PENDING
    staged.now += 61
    assert named(await alerts.board(), PAGE)[0].silenced_by == (silence_id,)


async def test_at_the_beginning_one_alert_is_silenced_by_maria_and_one_acknowledged(stage):
    board = await stage("feature-stale").world.alerts.board()
    phases = {alert.labels.get("service"): phase_of(alert, board.silences) for alert in board.alerts}
    assert phases == {None: Phase.FIRING, "churn": Phase.ACKNOWLEDGED, "retriever": Phase.SILENCED}
    assert {silence.author for silence in board.silences} == {"maria", "jonas"}
    assert sum(silence.comment.startswith(ACK_PREFIX) for silence in board.silences) == 1


@pytest.mark.parametrize("scenario", ["quiet", "feature-stale"])
async def test_the_watchdog_always_fires(stage, scenario):
    staged = stage(scenario)
    for seconds in (0, 120, 3_600):
        staged.now = EPOCH + seconds
        assert named(await staged.world.alerts.board(), "Watchdog", "none")


async def test_a_page_is_pending_before_it_fires_and_then_no_more(stage):
    staged = stage("feature-stale")
    seen = []
    for seconds in range(0, 240, 15):
        staged.now = EPOCH + seconds
        pending = {alert.name for alert in await staged.world.metrics.pending_alerts()}
        firing = {alert.name for alert in (await staged.world.alerts.board()).alerts}
        seen.append("pending" if PAGE in pending else "firing" if PAGE in firing else "-")
        assert not (PAGE in pending and PAGE in firing)
    assert list(dict.fromkeys(seen)) == ["-", "pending", "firing"]


async def test_a_page_inhibits_the_ticket_of_its_own_slo_only(stage):
    staged = stage("feature-stale")
    await staged.at(3 * 3_600)
    board = await staged.world.alerts.board()
    [page], [ticket] = named(board, "FeatureStoreFreshnessBurn"), named(board, "FeatureStoreFreshnessBurn", "ticket")
    assert ticket.inhibited_by == (page.fingerprint,)
    assert phase_of(ticket, board.silences) is Phase.INHIBITED
    assert page.inhibited_by == ()
    assert all(not alert.inhibited_by for alert in board.alerts if alert.name == "FeatureDrift")


async def test_an_alert_carries_what_a_person_needs(stage):
    staged, alerts = await burning(stage)
    [page] = named(await alerts.board(), PAGE)
    assert page.labels == {
        "alertname": PAGE, "severity": "page", "service": "ranker", "slo": "accuracy", "team": "ranking",
    }  # fmt: skip
    assert "accuracy" in page.annotations["summary"]
    assert "1h" in page.annotations["description"]
    assert EPOCH < page.starts_at < staged.now
    assert page.fingerprint == fingerprint(page.labels)


async def test_groups_are_by_alertname_and_service_and_leave_nobody_out(stage):
    _, alerts = await burning(stage)
    board = await alerts.board()
    assert sorted(f for group in board.groups for f in group.fingerprints) == sorted(
        a.fingerprint for a in board.alerts
    )
    drift = [g for g in board.groups if g.labels == {"alertname": "FeatureDrift", "service": "ranker"}]
    assert len(drift) == 1
    assert len(drift[0].fingerprints) == 2


async def test_after_a_long_sleep_the_alerts_are_those_of_now(stage):
    staged = stage("feature-stale")
    await staged.at(0)
    staged.now = EPOCH + 8 * 3_600
    assert named(await staged.world.alerts.board(), PAGE)


@pytest.mark.parametrize("one", [{"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}])
def test_a_fingerprint_tells_label_sets_apart(one):
    others = [{"a": "bc"}, {"ab": "c"}, {"a": "b", "c": ""}]
    assert [fingerprint(one) == fingerprint(other) for other in others].count(True) == 1
    assert fingerprint(dict(reversed(one.items()))) == fingerprint(one)
