"""What changes goes into the journal, once, whoever of several saw it; what cannot be written waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service
from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Provenance, Sample, SliReading
from oncall_tui.core.slo import EventsSli, Slo, SloKind
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.journal import Journal, Outbox
from oncall_tui.poll.history import History

T = 1_000_000.0
SLO = Slo("ranker", "accuracy", SloKind.ACCURACY, 0.99, 30 * 86_400, EventsSli("t", error="e"))
ENDPOINT = Endpoint("ranker", "main", Protocol.HTTP, "http://127.0.0.1:1")
CATALOGUE = Catalogue((Service("ranker", slos=(SLO,), endpoints=(ENDPOINT,)),))
ALERT = Alert(
    "am",
    "f1",
    {"alertname": "AccuracyLow", "service": "ranker", "severity": "page"},
    {"summary": "it is wrong"},
    starts_at=T - 50,
)


def seen(
    at: float = T,
    ratio: float | None = 0.0,
    alerts: tuple[Alert, ...] = (),
    *,
    version: str = "v1",
    answers: bool = True,
    silences: tuple[Silence, ...] = (),
    paused: bool = False,
) -> Assessment:
    sources = {
        "prom": SourceHealth("prom", SourceKind.PROMETHEUS, "", 15.0, answered_at=at),
        "am": SourceHealth("am", SourceKind.ALERTMANAGER, "", 15.0, answered_at=at if answers else at - 500),
    }
    told = Provenance("prom", "q")
    figures = {}
    if ratio is not None:
        figures = {SliReading(SLO.id, w): Figure(15.0, "prom", Sample(ratio, at, told)) for w in SLO.windows}
    probes = {ENDPOINT.id: Probe(ENDPOINT.id, at, True, True, version)}
    return assess(
        Snapshot(at, CATALOGUE, sources, figures, alerts=alerts, silences=silences, probes=probes, paused=paused),
    )


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db", "here")
    yield journal
    journal.close()


def history(journal: Journal, **more: object) -> History:
    return History(journal, Outbox(journal), **more)  # type: ignore[arg-type]


def told(journal: Journal, kind: str = "") -> list[tuple[str, str, object]]:
    return [(str(e.kind), e.subject, e.payload["state"]) for e in journal.events() if kind in ("", e.kind)]


def test_what_is_as_it_should_be_is_no_news_at_first_but_its_return_is(journal: Journal) -> None:
    keeper = history(journal)
    keeper.look(seen())
    assert told(journal) == [("version.state", "ranker/main", "v1")]
    keeper.look(seen(T + 15, 0.5))
    keeper.look(seen(T + 30, 0.5))
    keeper.look(seen(T + 45))
    assert told(journal, EventKind.SLO_STATE) == [
        ("slo.state", "ranker/accuracy", "CRIT"),
        ("slo.state", "ranker/accuracy", "OK"),
    ]
    [bad, good] = journal.events(kinds=[EventKind.SLO_STATE])
    assert (bad.at, bad.service, bad.payload["left"]) == (T + 15, "ranker", -49.0)
    assert good.payload["was"] == "CRIT"


def test_an_alert_begins_when_it_began_is_acknowledged_when_it_was_and_ends_when_it_is_gone(journal: Journal) -> None:
    keeper = history(journal)
    keeper.look(seen(T, alerts=(ALERT,)))
    ack = Silence("am", "s", exact_matchers(ALERT.labels), T + 5, T + 900, "maria", "ACK! mine", SilenceState.ACTIVE)
    keeper.look(seen(T + 15, alerts=(replace(ALERT, silenced_by=("s",)),), silences=(ack,)))
    keeper.look(seen(T + 30))
    keeper.look(seen(T + 45))
    events = journal.events(fingerprint="f1")
    assert [(e.at, e.payload["state"]) for e in events] == [
        (T - 50, "firing"),
        (T + 5, "acked by maria"),
        (T + 30, "resolved"),
    ]
    assert events[0].payload["labels"] == dict(ALERT.labels)
    assert events[0].payload["summary"] == "it is wrong"
    assert "by" not in events[2].payload


def test_an_alert_that_begins_anew_between_two_looks_is_another_entry(journal: Journal) -> None:
    keeper = history(journal)
    keeper.look(seen(T, alerts=(ALERT,)))
    keeper.look(seen(T + 15, alerts=(replace(ALERT, starts_at=T + 10),)))
    assert [e.at for e in journal.events(fingerprint="f1")] == [T - 50, T + 10]


def test_an_alert_is_not_called_resolved_while_its_alertmanager_is_silent(journal: Journal) -> None:
    keeper = history(journal)
    keeper.look(seen(T, alerts=(ALERT,)))
    keeper.look(seen(T + 15, answers=False))
    assert [e.payload["state"] for e in journal.events(fingerprint="f1")] == ["firing"]


def test_an_alert_that_ended_while_nobody_watched_is_found_to_have_ended(journal: Journal) -> None:
    history(journal).look(seen(T, alerts=(ALERT,)))
    history(journal).look(seen(T + 5_000))
    assert [(e.at, e.payload["state"]) for e in journal.events(fingerprint="f1")][1:] == [(T + 5_000, "resolved")]


def test_alerts_that_are_long_over_are_forgotten_and_written_like_any_other_when_they_fire_again(
    journal: Journal,
) -> None:
    keeper = history(journal)
    for number in range(50):
        pod = replace(ALERT, fingerprint=f"pod{number}", starts_at=T + number * 600)
        keeper.look(seen(pod.starts_at + 5, alerts=(pod,)))
        keeper.look(seen(pod.starts_at + 300))
    after = T + 50 * 600
    assert len(keeper._known) < 20
    again = history(journal)  # nor does the next run learn of all that ever was
    again.look(seen(after))
    assert len(again._known) < 20
    keeper.look(seen(after, alerts=(replace(ALERT, fingerprint="pod0", starts_at=after - 5),)))
    assert [e.payload["state"] for e in journal.events(fingerprint="pod0")] == ["firing", "resolved", "firing"]


def test_unknown_is_an_entry_only_once_it_lasts(journal: Journal) -> None:
    keeper = history(journal)
    keeper.look(seen(T, 0.5))
    for seconds in (15, 30, 60):
        keeper.look(seen(T + seconds, None))
    assert [state for _, _, state in told(journal, EventKind.SLO_STATE)] == ["CRIT"]
    keeper.look(seen(T + 75, None))
    assert [state for _, _, state in told(journal, EventKind.SLO_STATE)] == ["CRIT", "UNKNOWN"]


def test_two_instances_write_a_change_once(journal: Journal) -> None:
    one, other = history(journal), history(journal)
    for keeper in (one, other):
        keeper.look(seen(T, 0.5, (ALERT,)))
    for keeper in (one, other):
        keeper.look(seen(T + 15, version="v2"))
    assert told(journal) == [
        ("alert.state", "AccuracyLow", "firing"),
        ("slo.state", "ranker/accuracy", "CRIT"),
        ("version.state", "ranker/main", "v1"),
        ("slo.state", "ranker/accuracy", "OK"),
        ("version.state", "ranker/main", "v2"),
        ("alert.state", "AccuracyLow", "resolved"),
    ]


def test_who_can_tell_speaks_for_who_cannot(journal: Journal) -> None:
    sees, blind = history(journal), history(journal)
    sees.look(seen(T, 0.5))
    blind.look(seen(T, None))
    blind.look(seen(T + 61, None))
    assert told(journal, EventKind.SLO_STATE)[-1][2] == "UNKNOWN"
    sees.look(seen(T + 62, 0.5))
    assert told(journal, EventKind.SLO_STATE)[-1][2] == "CRIT"
    blind.look(seen(T + 75, None))
    assert told(journal, EventKind.SLO_STATE)[-1][2] == "CRIT", "it does not insist"


def test_while_the_journal_takes_nothing_changes_wait_and_are_written_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    journal = Journal(tmp_path / "state" / "journal.db")
    keeper = history(journal)
    keeper.look(seen(T, 0.5))
    keeper.look(seen(T + 15))
    assert "3 entries wait: cannot write the journal" in keeper.trouble
    (tmp_path / "state").unlink()
    keeper.look(seen(T + 30, 0.5))
    assert keeper.trouble == ""
    assert [(e.at, e.payload["state"]) for e in journal.events(kinds=[EventKind.SLO_STATE])] == [
        (T, "CRIT"),
        (T + 15, "OK"),
        (T + 30, "CRIT"),
    ]
    journal.close()


def test_what_could_never_be_written_is_saved_beside_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "state").write_text("in the way")
    journal = Journal(tmp_path / "state" / "journal.db")
    keeper = history(journal)
    keeper.look(seen(T, 0.5))
    said = keeper.close()
    [file] = tmp_path.glob("*.jsonl")
    assert str(file) in said
    assert file.stat().st_mode & 0o777 == 0o600
    assert '"ranker/accuracy"' in file.read_text()
    assert history(Journal(tmp_path / "fine.db")).close() == ""


def test_nothing_is_written_while_paused_and_what_follows_is_called(journal: Journal) -> None:
    followed: list[float] = []
    keeper = history(journal, then=lambda assessment: followed.append(assessment.snapshot.at), pause=0.0)

    async def run() -> None:
        task = asyncio.create_task(keeper.run())
        keeper.show(seen(T, 0.5, paused=True))
        await asyncio.sleep(0.05)
        assert journal.events() == ()
        keeper.show(seen(T + 1, 0.5))
        for _ in range(200):
            await asyncio.sleep(0.01)
            if followed:
                break
        task.cancel()

    asyncio.run(run())
    assert followed == [T + 1]


def test_secrets_never_get_into_the_journal(journal: Journal) -> None:
    outbox = Outbox(journal, lambda text: text.replace("hunter2", "[redacted]"))
    outbox.record(Event(T, "note", subject="hunter2", payload={"a": ["x hunter2", {"hunter2": 1}], "n": 1, "z": None}))
    [event] = journal.events()
    assert event.subject == "[redacted]"
    assert event.payload == {"a": ["x [redacted]", {"[redacted]": 1}], "n": 1, "z": None}
    assert b"hunter2" not in journal.path.read_bytes()


def test_an_entry_that_can_never_be_written_does_not_stand_in_the_way_of_others(journal: Journal) -> None:
    outbox = Outbox(journal)
    with pytest.raises(Exception, match="not a number"):
        outbox.record(Event(float("nan"), "note"))
    assert outbox.trouble == ""
    assert outbox.record(Event(T, "note")) == 1
