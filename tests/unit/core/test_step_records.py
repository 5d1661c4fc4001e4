"""Runs of steps out of the journal's entries: what helped, and what is toil."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.events import Event, EventKind
from oncall_tui.core.step_records import Helped, Outcome, StepRecord, helped, step_records
from oncall_tui.core.toil import toil
from oncall_tui.reports.toil import NOTHING, as_json, as_lines, as_markdown


def intent(number: int, subject: str = "stale.md#replay", **payload: object) -> Event:
    told = {"step": "Replay", "risk": "mitigate", "environment": {"ALERT_ALERTNAME": "Stale"}} | payload
    return Event(100.0 + number, EventKind.STEP_INTENDED, "maria", "store", "f1", subject, told, id=number)


def after(number: int, kind: str, **payload: object) -> Event:
    return Event(110.0, kind, "maria", payload=payload, intent=number, id=1_000 + number)


def test_a_run_is_its_intent_its_end_and_what_came_of_it() -> None:
    [record] = step_records(
        [
            intent(1),
            after(1, EventKind.STEP_ENDED, exit_code=0, duration=2.5, summary="exit 0 after 2s", tail="done"),
            after(1, EventKind.STEP_VERIFIED, outcome="recovered", why="2700 -> 12"),
        ]
    )
    assert (record.runbook, record.step, record.alertname, record.ok) == ("stale.md", "replay", "Stale", True)
    assert (record.duration, record.outcome, record.why, record.tail) == (2.5, Outcome.RECOVERED, "2700 -> 12", "done")


def test_a_run_whose_end_was_never_written_is_neither_good_nor_bad() -> None:
    [record] = step_records([intent(1)])
    assert (record.ok, record.duration, record.summary) == (None, None, "how it ended was not written down")


def test_what_was_stopped_cut_short_or_never_began_did_not_go_well() -> None:
    for told in (
        {"exit_code": 0, "stopped": True},
        {"exit_code": 0, "timed_out": True},
        {"cut_short": "cancelled"},
        {},
    ):
        [record] = step_records([intent(1), after(1, EventKind.STEP_ENDED, **told)])
        assert record.ok is False
    [record] = step_records([intent(1), after(1, EventKind.STEP_FAILED, error="gone", exit_code=0)])
    assert (record.ok, record.summary) == (False, "gone")


@given(
    st.dictionaries(
        st.sampled_from(["environment", "step", "risk", "duration", "outcome", "exit_code", "automatic", "tail"]),
        st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2),
    )
)
def test_an_entry_of_any_shape_is_read(payload: dict[str, object]) -> None:
    event = Event(1.0, EventKind.STEP_INTENDED, payload=payload, id=1)
    records = step_records([event, Event(2.0, EventKind.STEP_ENDED, payload=payload, intent=1, id=2)])
    assert len(records) == 1
    as_json(toil(records, 0, 10))


def run(at: float, step: str = "replay", **more: object) -> StepRecord:
    told = {"title": "T", "kind": "mitigate", "actor": "maria", "service": "s", "alertname": "Stale", "ok": True}
    return StepRecord(at=at, runbook="stale.md", step=step, **{**told, "duration": 10.0, **more})  # type: ignore[arg-type]


def test_what_recovered_counts_for_its_alert_alone_and_what_only_looked_for_nothing() -> None:
    records = [
        run(1, outcome=Outcome.RECOVERED),
        run(2, outcome=Outcome.WORSE),
        run(3),
        run(4, ok=False),
        run(8, to_move="freshness"),
        run(5, kind="diagnose"),
        run(6, alertname="Other", outcome=Outcome.RECOVERED),
        run(7, alertname="", outcome=Outcome.RECOVERED),
    ]
    assert helped(records, "Stale") == {"stale.md": Helped(1, 1, 1, 3)}
    assert helped(records, "") == {}


def test_toil_is_what_people_did_and_not_what_ran_by_itself() -> None:
    records = [
        run(1),
        run(2, actor="joe", duration=30.0, ok=False),
        run(3, duration=None, ok=None),
        run(4, "look", kind="diagnose"),
        run(5, "look", kind="diagnose", automatic=True),
        run(99),
    ]
    found = toil(records, 1, 99)
    [first, second] = found.by_hand
    assert (first.step, first.runs, first.seconds, first.typical, first.failed, first.people) == (
        "replay",
        3,
        40,
        20,
        1,
        2,
    )
    assert (second.step, second.runs, found.automatic) == ("look", 1, 1)


def test_an_alert_that_ends_with_the_same_step_is_told_from_one_that_does_not() -> None:
    records = [
        *(run(n, fingerprint="f", starts_at=str(n)) for n in range(3)),
        run(3, "restart", fingerprint="f", starts_at="3"),
        run(4, "look", kind="diagnose", fingerprint="f", starts_at="2"),
        run(5, "other", ok=False, fingerprint="f", starts_at="2"),
        run(6, alertname="Rare", fingerprint="g"),
        *(run(10 + n, f"s{n}", alertname="Mixed", fingerprint=str(n)) for n in range(4)),
    ]
    [ending] = toil(records, 0, 99).endings
    assert (ending.alertname, ending.step, ending.times, ending.of) == ("Stale", "replay", 3, 4)


def test_the_report_says_when_there_is_nothing_and_lets_no_text_be_markup() -> None:
    assert NOTHING in as_lines(toil([], 0, 10))[0]
    hostile = toil([run(1, "a|b\x1b[2J`*", alertname="[x](javascript:y)\n# h")], 0, 10)
    text = "\n".join(as_markdown(hostile))
    assert "\x1b" not in text + "\n".join(as_lines(hostile))
    assert "a\\|b" in text
    assert "[x](" not in text.replace("\\[x\\](", "")
