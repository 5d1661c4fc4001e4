"""The lists of alerts and silences as programs and people get them."""

from __future__ import annotations

import json
from dataclasses import replace

from oncall_tui.core.alerts import Alert, Silence, SilenceState
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.silences import survey
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind
from oncall_tui.reports import alerts as alerts_report
from oncall_tui.reports import silences as silences_report
from oncall_tui.reports.listing import listing

NOW = 1_795_500_000.0
LIVE = SourceHealth("am", SourceKind.ALERTMANAGER, "http://am", 15, NOW)
GONE = replace(LIVE, name="gone", answered_at=None, error="connection refused")
ALERT = Alert(
    "am", "f1", {"alertname": "A", "service": "ranker"}, {"summary": "\x1b[2J red"}, NOW - 60, silenced_by=("s1",)
)
SILENCE = Silence(
    "am", "s1", parse_matchers('a=~"x",b!="y"'), NOW - 9_000, NOW + 600, "maria", "w\u202ehy", SilenceState.ACTIVE
)


def known(*sources: SourceHealth) -> Assessment:
    by_name = {source.name: source for source in sources}
    return assess(Snapshot(NOW, Catalogue(()), by_name, alerts=(ALERT,), silences=(SILENCE,)))


def test_a_list_is_one_json_object_with_an_entry_a_line() -> None:
    for count in range(4):
        entries = [{"n": n, "text": "a\n"} for n in range(count)]
        lines = list(listing({"at": None}, "rows", entries))
        assert json.loads("\n".join(lines)) == {"at": None, "rows": entries}
        assert len(lines) == count + 2


def test_alerts_say_whether_all_sources_answered() -> None:
    whole = known(LIVE)
    told = json.loads("\n".join(alerts_report.as_json(whole, whole.alerts)))
    assert told["complete"] is True
    assert told["alerts"][0]["silenced_by"] == ["s1"]
    assert alerts_report.exit_code(whole) == 0
    part = known(LIVE, GONE)
    assert json.loads("\n".join(alerts_report.as_json(part, ())))["complete"] is False
    assert alerts_report.exit_code(part) == 1
    assert alerts_report.exit_code(known(GONE)) == 2


def test_silences_tell_what_they_hide_and_what_is_doubtful() -> None:
    [told] = json.loads("\n".join(silences_report.as_json(known(LIVE), survey(known(LIVE)))))["silences"]
    assert (told["id"], told["state"], told["hides"], told["left_s"]) == ("s1", "active", 1, 600.0)
    assert told["ending_soon"] is True
    assert told["hidden"] == [{"alert": "A", "service": "ranker", "fingerprint": "f1"}]
    assert told["matchers"][1] == {"name": "b", "value": "y", "isRegex": False, "isEqual": False}
    assert told["warnings"] == ["ends in 10m while 1 alert it hides still fires"]
    assert told["notes"]


def test_of_an_alertmanager_that_does_not_answer_nothing_is_claimed() -> None:
    silent = replace(LIVE, answered_at=NOW - 900)
    [told] = json.loads("\n".join(silences_report.as_json(known(silent), survey(known(silent)))))["silences"]
    assert told["hides"] is None
    assert told["hidden"] is None


def test_lines_are_safe_to_print() -> None:
    assessment = known(LIVE)
    lines = alerts_report.as_lines(assessment, assessment.alerts) + silences_report.as_lines(survey(assessment))
    assert not any("\x1b" in line or "\u202e" in line for line in lines)
    assert silences_report.as_lines(()) == ["no silence"]
