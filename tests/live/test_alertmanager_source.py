"""AlertmanagerSource against a real Alertmanager."""

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from alertmanager_fixture import AlertmanagerServer, free_port, running_alertmanager

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Phase, SilenceDraft, SilenceState, ack_of, exact_matchers, phase_of
from oncall_tui.core.errors import Refused, SourceError, Unreachable
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.sources.alertmanager import AlertmanagerSource

pytestmark = pytest.mark.live
HTTP = HttpConfig(timeout=5)
UNKNOWN_ID = "12345678-1234-4234-8234-123456789abc"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AlertmanagerServer]:
    with running_alertmanager(tmp_path_factory.mktemp("alertmanager")) as running:
        yield running


@pytest.fixture
async def source(server: AlertmanagerServer) -> AsyncIterator[AlertmanagerSource]:
    made = AlertmanagerSource("am", server.url, HTTP)
    yield made
    await made.close()


def draft(labels: dict[str, str], **changes: object) -> SilenceDraft:
    now = time.time()
    made = SilenceDraft(exact_matchers(labels), now, now + 900, "maria", "ACK! on it")
    return replace(made, **changes)


async def named(source: AlertmanagerSource, name: str):
    board = await source.board()
    return next(alert for alert in board.alerts if alert.name == name), board


async def test_the_board_tells_alerts_with_their_labels_annotations_and_receivers(server, source):
    labels = {"alertname": "ModelAccuracyLow", "service": "ranker", "severity": "page"}
    before = time.time()
    server.fire(labels, annotations={"summary": "accuracy 0.91"}, generatorURL="http://prom/graph?g0")
    alert, board = await named(source, "ModelAccuracyLow")
    assert dict(alert.labels) == labels
    assert dict(alert.annotations) == {"summary": "accuracy 0.91"}
    assert sorted(alert.receivers) == ["chat", "pager"]
    assert alert.generator_url == "http://prom/graph?g0"
    assert before - 2 < alert.starts_at < time.time() + 2
    assert phase_of(alert, board.silences) is Phase.FIRING
    assert board.version.startswith("0.")
    assert board.skew is not None
    assert abs(board.skew) < 2


async def test_an_alert_routed_twice_is_one_alert_in_two_groups(server, source):
    server.fire({"alertname": "TwoRoutes", "service": "gateway", "severity": "page"})
    alert, board = await named(source, "TwoRoutes")
    groups = [group for group in board.groups if alert.fingerprint in group.fingerprints]
    assert sorted(group.receiver for group in groups) == ["chat", "pager"]
    assert dict(groups[0].labels) == {"alertname": "TwoRoutes", "service": "gateway"}


async def test_an_alert_without_generator_or_annotations_is_read(server, source):
    server.fire({"alertname": "Bare"})
    alert, _ = await named(source, "Bare")
    assert alert.generator_url == ""
    assert dict(alert.annotations) == {}


async def test_an_acknowledgement_suppresses_the_alert_and_its_take_back_frees_it(server, source):
    labels = {"alertname": "FeatureStale", "service": "feature-store"}
    server.fire(labels)
    silence_id = await source.post_silence(draft(labels))
    alert, board = await named(source, "FeatureStale")
    assert alert.silenced_by == (silence_id,)
    assert phase_of(alert, board.silences) is Phase.ACKNOWLEDGED
    ack = ack_of(alert, board.silences)
    assert ack is not None
    assert (ack.author, ack.comment, ack.state) == ("maria", "ACK! on it", SilenceState.ACTIVE)
    assert ack.matchers == exact_matchers(labels)
    assert abs(ack.ends_at - time.time() - 900) < 5

    await source.expire_silence(silence_id)
    again = await source.alert(alert.fingerprint, alert.labels)
    assert again is not None
    assert again.silenced_by == ()
    read_back = await source.silence(silence_id)
    assert read_back is not None
    assert read_back.state is SilenceState.EXPIRED
    assert silence_id not in {silence.id for silence in (await source.board()).silences}


async def test_ending_an_ended_silence_is_no_error(server, source):
    silence_id = await source.post_silence(draft({"alertname": "Ended"}))
    await source.expire_silence(silence_id)
    await source.expire_silence(silence_id)


async def test_an_inhibited_alert_names_what_inhibits_it(server, source):
    server.fire({"alertname": "FeatureStoreDown", "cluster": "c1"}, {"alertname": "ModelStale", "cluster": "c1"})
    inhibitor, _ = await named(source, "FeatureStoreDown")
    alert, board = await named(source, "ModelStale")
    assert alert.inhibited_by == (inhibitor.fingerprint,)
    assert phase_of(alert, board.silences) is Phase.INHIBITED


HOSTILE = [
    'quote " and \\ backslash',
    "line\nbreak\ttab",
    '{a="b"}, c!~"d"',
    "\x1b[31mred\x1b[0m \u202eevil",
    "Zürich 東京 🚨",
    "$(reboot) `id` ; %s {{ .Labels }}",
    "=~.*",
    "x" * 5_000,
]


@pytest.mark.parametrize("value", HOSTILE)
async def test_hostile_label_values_are_acknowledged_read_back_and_freed_exactly(server, source, value):
    labels = {"alertname": f"Hostile{HOSTILE.index(value)}", "service": value, "only": value}
    server.fire(labels)
    alert, _ = await named(source, labels["alertname"])
    assert dict(alert.labels) == labels
    silence_id = await source.post_silence(draft(labels))
    read = await source.alert(alert.fingerprint, alert.labels)
    assert read is not None
    assert read.silenced_by == (silence_id,)
    await source.expire_silence(silence_id)
    freed = await source.alert(alert.fingerprint, alert.labels)
    assert freed is not None
    assert freed.silenced_by == ()


async def test_an_alert_with_only_hostile_labels_is_still_read_back(server, source):
    server.fire({"alertname": 'a"b\\\n'})
    alert, _ = await named(source, 'a"b\\\n')
    assert (await source.alert(alert.fingerprint, alert.labels)) == alert


async def test_an_alert_that_fires_no_more_reads_back_as_none(server, source):
    assert await source.alert("0123456789abcdef", {"alertname": "NeverFired"}) is None


async def test_reading_back_tells_siblings_apart(server, source):
    server.fire({"alertname": "Sibling"}, {"alertname": "Sibling", "pod": "a"}, {"alertname": "Sibling", "pod": "b"})
    siblings = [alert for alert in (await source.board()).alerts if alert.name == "Sibling"]
    assert len(siblings) == 3
    for alert in siblings:
        read = await source.alert(alert.fingerprint, alert.labels)
        assert read is not None
        assert dict(read.labels) == dict(alert.labels)


async def test_a_silence_with_every_operator_reads_back_as_it_was_posted(server, source):
    matchers = (
        Matcher("alertname", MatchOp.EQUAL, "Ops"),
        Matcher("pod", MatchOp.NOT_EQUAL, "a"),
        Matcher("service", MatchOp.REGEX, "rank.*|gate.*"),
        Matcher("env", MatchOp.NOT_REGEX, "dev|test"),
    )
    silence_id = await source.post_silence(draft({}, matchers=matchers))
    read = await source.silence(silence_id)
    assert read is not None
    assert set(read.matchers) == set(matchers)


async def test_a_silence_that_starts_later_is_pending(server, source):
    now = time.time()
    silence_id = await source.post_silence(draft({"alertname": "Later"}, starts_at=now + 3_600, ends_at=now + 7_200))
    read = await source.silence(silence_id)
    assert read is not None
    assert read.state is SilenceState.PENDING
    assert abs(read.starts_at - now - 3_600) < 0.01


@pytest.mark.parametrize(
    "changes",
    [
        {"matchers": (Matcher("a", MatchOp.NOT_EQUAL, "x"),)},
        {"matchers": (Matcher("a", MatchOp.REGEX, ".*"), Matcher("b", MatchOp.NOT_REGEX, "x"))},
        {"matchers": ()},
        {"matchers": (Matcher("a", MatchOp.REGEX, "("),)},
        {"ends_at": 1.0},
    ],
)
async def test_a_dangerous_or_invalid_silence_never_reaches_the_server(server, source, changes):
    before = (await source.board()).silences
    with pytest.raises(Refused):
        await source.post_silence(draft({"alertname": "x"}, **changes))
    assert (await source.board()).silences == before


async def test_a_utf8_label_name_is_refused_by_a_server_too_old_for_it(server, source):
    version = (await source.board()).version
    labels = draft({"service.name": "ranker"})
    if tuple(int(part) for part in version.split(".")[:2]) < (0, 27):
        with pytest.raises(Refused, match=r"service\.name"):
            await source.post_silence(labels)
    else:
        assert await source.post_silence(labels)


async def test_what_the_server_refuses_is_one_clean_line(server, source):
    # The end is past for the server alone: as if its clock were an hour ahead of ours, and we did not know yet.
    lagging = AlertmanagerSource("am", server.url, HTTP, clock=lambda: time.time() - 3_600)
    late = draft({"alertname": "x"}, starts_at=time.time() - 3_600, ends_at=time.time() - 1_800)
    with pytest.raises(Refused) as caught:
        await lagging.post_silence(late)
    assert caught.value.message == "am: POST /silences: Failed to create silence: end time can't be in the past"
    # Now it has seen the server's clock, and does not even ask.
    with pytest.raises(Refused, match="already be over") as caught:
        await lagging.post_silence(late)
    assert "clock is 1h behind" in caught.value.hint or "clock is 59m behind" in caught.value.hint
    await lagging.close()


@pytest.mark.parametrize("unknown", [UNKNOWN_ID, "nope", "", "../status", "a/b", "é"])
async def test_an_unknown_silence_reads_as_none_and_cannot_be_expired(server, source, unknown):
    assert await source.silence(unknown) is None
    with pytest.raises(Refused, match="there is no silence"):
        await source.expire_silence(unknown)


async def test_a_path_prefix_is_kept(tmp_path):
    with running_alertmanager(tmp_path, "/team/am") as prefixed:
        for url in (prefixed.url, prefixed.url + "/"):
            source = AlertmanagerSource("am", url, HTTP)
            prefixed.fire({"alertname": "Prefixed"})
            assert (await source.board()).alerts
            await source.close()
        wrong = AlertmanagerSource("am", prefixed.url.removesuffix("/team/am"), HTTP)
        with pytest.raises(SourceError) as caught:
            await wrong.board()
        assert "prefix" in caught.value.hint
        await wrong.close()


async def test_a_server_that_dies_is_unreachable_and_its_return_heals_the_source(tmp_path):
    port = free_port()
    with running_alertmanager(tmp_path, port=port) as server:
        source = AlertmanagerSource("am", server.url, HTTP)
        silence_id = await source.post_silence(draft({"alertname": "Kept"}))
    with pytest.raises(Unreachable):
        await source.board()
    with running_alertmanager(tmp_path, port=port):
        assert [silence.id for silence in (await source.board()).silences] == [silence_id]
    await source.close()


async def test_two_thousand_alerts_are_read(tmp_path):
    with running_alertmanager(tmp_path) as server:
        server.fire(*({"alertname": "Many", "instance": f"i{number}", "service": "s"} for number in range(2_000)))
        source = AlertmanagerSource("am", server.url, HTTP)
        board = await source.board()
        await source.close()
    assert len(board.alerts) == 2_000
    assert sum(len(group.fingerprints) for group in board.groups) == 2_000


async def test_a_long_answer_that_did_not_change_is_the_very_same_one_and_one_that_did_is_not(tmp_path):
    with running_alertmanager(tmp_path) as server:
        server.fire(*({"alertname": f"Long{number}", "filler": "x" * 200} for number in range(300)))
        source = AlertmanagerSource("am", server.url, HttpConfig())
        try:
            first, second = await source.board(), await source.board()
            assert len(first.alerts) == 300
            assert second.alerts is first.alerts
            assert second.groups is first.groups
            server.fire({"alertname": "Another"})
            third = await source.board()
            assert {alert.name for alert in third.alerts} - {alert.name for alert in first.alerts} == {"Another"}
        finally:
            await source.close()
