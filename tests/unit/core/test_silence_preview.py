"""What a silence that is being written would come to."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from oncall_tui.core.alerts import Alert, Silence, SilenceState
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.catalogue import Catalogue, Service, ServiceKind
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.silence_preview import Preview, Typed, amtool_line, in_words, preview
from oncall_tui.core.silences import AlertIndex
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind

NOW = 1_795_500_000.0
ZONE = ZoneInfo("Europe/Berlin")
CATALOGUE = Catalogue((Service("ranker", ServiceKind.MODEL), Service("churn", ServiceKind.MODEL)))
TYPED = Typed('alertname="A"', "2h", "the index is rebuilt", "maria", ("am",))


def alert(name: str, service: str, source: str = "am") -> Alert:
    return Alert(source, f"{name}-{service}", {"alertname": name, "service": service}, starts_at=NOW - 60)


def known(*silences: Silence, answered: float = NOW) -> Assessment:
    alerts = (alert("A", "ranker"), alert("A", "churn"), alert("B", "ranker"), alert("A", "ranker", "other"))
    health = SourceHealth("am", SourceKind.ALERTMANAGER, "http://am:9093", 15, answered)
    other = replace(health, name="other", answered_at=NOW)
    return assess(Snapshot(NOW, CATALOGUE, {"am": health, "other": other}, alerts=alerts, silences=silences))


def seen(own: str = "", assessment: Assessment | None = None, **typed: object) -> Preview:
    assessment = assessment or known()
    return preview(replace(TYPED, **typed), assessment, AlertIndex(assessment.alerts), own=own, zone=ZONE)


def test_what_it_would_hide_is_counted_where_it_would_be_posted() -> None:
    assert in_words(seen()) == "hides 2 alerts now"
    assert in_words(seen(sources=("am", "other"))) == "hides 3 alerts now"
    assert in_words(seen(matchers='alertname="C"')) == "hides nothing now"
    assert seen(own="ranker").foreign == 1
    assert seen().faults == ()


def test_alerts_of_other_services_make_it_wide() -> None:
    assert seen(own="ranker").warnings == ("hides 1 alert that ranker has no part in: churn",)
    assert seen(own="ranker").wide
    assert not seen(matchers='alertname="A",service="ranker"', own="ranker").wide


def test_a_mistake_in_the_matchers_is_told_with_its_column() -> None:
    got = seen(matchers='alertname="A", service')
    assert got.faults[0].startswith("matchers: column 16: expected")
    assert got.hidden is None
    assert "once the matchers can be read" in in_words(got)
    assert seen(matchers='a=~"("').faults[0].startswith("matchers: column 4: expected a regular expression")


@pytest.mark.parametrize("matchers", ['severity!="page"', 'a=~".*"', 'a!~"x",b=""'])
def test_one_that_hides_everything_is_refused(matchers: str) -> None:
    got = seen(matchers=matchers)
    assert got.everything
    assert got.faults
    assert in_words(got) == "would hide EVERYTHING: refused"


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"matchers": ""}, "none yet"),
        ({"comment": "  "}, "needs a comment"),
        ({"author": ""}, "needs an author"),
        ({"sources": ()}, "choose at least one Alertmanager"),
        ({"end": "soon"}, "end: 'soon' is no end"),
        ({"end": ""}, "is no end"),
    ],
)
def test_what_is_missing_is_told(typed: dict[str, object], why: str) -> None:
    assert any(why in fault for fault in seen(**typed).faults)


def test_all_else_is_told_even_while_something_is_missing() -> None:
    assert in_words(seen(comment="", end="nonsense")) == "hides 2 alerts now"
    assert seen(matchers="x", end="3h").end is not None


def test_the_very_same_one_is_named_but_not_itself() -> None:
    twin = Silence("am", "s1", parse_matchers('alertname="A"'), NOW, NOW + 600, "joe", "x", SilenceState.ACTIVE)
    assessment = known(twin)
    [width, warning] = seen(assessment=assessment).warnings
    assert width.startswith("hides alerts of 2 services")
    assert warning == "joe has the very same one at am: it ends in 10m"
    itself = preview(TYPED, assessment, AlertIndex(assessment.alerts), editing=twin)
    assert all("very same" not in told for told in itself.warnings)


def test_where_an_alertmanager_does_not_answer_it_says_so() -> None:
    assert any("am does not answer" in told for told in seen(assessment=known(answered=NOW - 900)).warnings)


def test_an_absurd_length_and_changing_clocks_are_told() -> None:
    assert any("nobody will remember" in told for told in seen(end="90d").warnings)
    [note] = seen(end="2027-03-28 02:30").notes
    assert note.startswith("clocks skip 02:30")
    assert any("is a plain value" in note for note in seen(matchers='alertname=~"A"').notes)


def test_the_amtool_line_says_the_same() -> None:
    typed = replace(TYPED, matchers='alertname="A b",x=~"y|z"', comment="it's $(rm) work")
    line = amtool_line(typed, seen(matchers=typed.matchers, comment=typed.comment), "http://am:9093")
    assert shlex.split(line) == [
        "amtool", "silence", "add", "--alertmanager.url=http://am:9093", "--author=maria",
        "--comment=it's $(rm) work", "--duration=2h", 'alertname="A b"', 'x=~"y|z"',
    ]  # fmt: skip
    moment = replace(TYPED, end="until 2026-11-30 14:00Z")
    assert "--end=2026-11-30T14:00:00Z" in amtool_line(moment, seen(end=moment.end), "")
    assert amtool_line(TYPED, seen(matchers="("), "") == ""
    assert amtool_line(TYPED, seen(end="?"), "") == ""


@pytest.mark.skipif(shutil.which("amtool") is None, reason="no amtool")
def test_amtool_takes_the_line_apart_as_it_was_meant() -> None:
    """It gets as far as the network: its flags and matchers were understood."""
    typed = replace(TYPED, matchers='alertname="A b",x=~"y|z"')
    line = amtool_line(typed, seen(matchers=typed.matchers), "http://127.0.0.1:1")
    ran = subprocess.run(shlex.split(line), capture_output=True, text=True, timeout=20, check=False)
    assert "connection refused" in ran.stderr
