"""The filter of alerts: conditions on what is no label, beside matchers and words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alert_filter import AlertFacts, parse_alert_filter
from oncall_tui.core.alerts import Alert, Phase, Silence, SilenceState
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.matchers import MatcherSyntaxError, parse_filter

NOW = 100_000.0


def silence(author: str, comment: str = "") -> Silence:
    return Silence("main", f"id-{author}", (), 0, NOW + 60, author, comment, SilenceState.ACTIVE)


def status(name: str, phase: Phase = Phase.FIRING, age: float = 60, service: str = "", **alert: object) -> AlertStatus:
    severity = alert.pop("severity", "page")
    silences = alert.pop("silences", ())
    labels = {"alertname": name, "severity": severity, **alert.pop("labels", {})}
    whole = Alert("main", f"fp-{name}", labels, {"summary": f"{name} is bad"}, NOW - age, **alert)
    ack = next((one for one in silences if one.is_ack), None)
    return AlertStatus(whole, phase, ack, service, silences)


ALERTS = (
    status("Burn", receivers=("ml-page", "audit"), service="ranker"),
    status("Stale", Phase.ACKNOWLEDGED, 3_600, silences=(silence("maria", "ACK! mine"),), silenced_by=("id-maria",)),
    status("Quiet", Phase.SILENCED, 86_400, silences=(silence("bot"),), silenced_by=("id-bot",), severity="ticket"),
    status("Follows", Phase.INHIBITED, 600, inhibited_by=("fp-Burn",), labels={"service": "fraud"}, severity="info"),
    status("Night", Phase.MUTED, 601, muted_by=("nights",)),
)
MARKS = {"Burn": ("new", "flapping")}
FACTS = AlertFacts(
    ALERTS, NOW, marks=lambda s: MARKS.get(s.alert.name, ()), has_runbook=lambda s: s.alert.name == "Burn"
)


def kept(text: str) -> list[str]:
    wanted = parse_alert_filter(text)
    names = [one.alert.name for one in wanted.kept(ALERTS, FACTS)]
    assert names == [one.alert.name for one in ALERTS if wanted.accepts(one, FACTS)]
    return names


EVERY = [one.alert.name for one in ALERTS]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", EVERY),
        ("@state=firing", ["Burn"]),
        ("@state!=firing", EVERY[1:]),
        ("@state=acked,silenced", ["Stale", "Quiet"]),
        ("@state!=acked,silenced", ["Burn", "Follows", "Night"]),
        ("@state=~.*ed", ["Stale", "Quiet", "Follows", "Night"]),
        ("@state=new", ["Burn"]),
        ("@state=flapping,muted", ["Burn", "Night"]),
        ("@state!~new|acked", ["Quiet", "Follows", "Night"]),
        ("@state=resolved", []),
        ("@state = firing", ["Burn"]),
        ("@age>10m", ["Stale", "Quiet", "Night"]),
        ("@age>=10m", ["Stale", "Quiet", "Follows", "Night"]),
        ("@age<1h @age>1m", ["Follows", "Night"]),
        ("@age<=1h30m", ["Burn", "Stale", "Follows", "Night"]),
        ("@receiver=audit", ["Burn"]),
        ("@receiver!=audit", EVERY[1:]),
        ("@receiver=~ml-.*", ["Burn"]),
        ("@receiver!~ml-.*", EVERY[1:]),
        ('@receiver=""', EVERY[1:]),
        ("@ack=maria", ["Stale"]),
        ("@ack!=maria", ["Burn", "Quiet", "Follows", "Night"]),
        ('@ack=""', ["Burn", "Quiet", "Follows", "Night"]),
        ('@ack!=""', ["Stale"]),
        ("@service=ranker", ["Burn"]),
        ("service=ranker", ["Burn"]),
        ("service=fraud", ["Follows"]),
        ("@service=fraud", []),
        ("@source=main", EVERY),
        ("@cluster!=main", []),
        ("@urgency=page", ["Burn", "Stale", "Night"]),
        ("@urgency!=page,info", ["Quiet"]),
        ("@severity=~t.*", ["Quiet"]),
        ("@silenced_by=maria", ["Stale"]),
        ("@silenced_by=id-bot", ["Quiet"]),
        ('@silenced_by!=""', ["Stale", "Quiet"]),
        ("@inhibited_by=Burn", ["Follows"]),
        ("@inhibited_by=fp-Burn", ["Follows"]),
        ("@muted_by=nights", ["Night"]),
        ("@fingerprint=fp-Burn", ["Burn"]),
        ("@runbook=yes", ["Burn"]),
        ("@runbook!=yes", EVERY[1:]),
        ("bad", EVERY),
        ("-burn", EVERY[1:]),
        ("!burn !quiet", ["Stale", "Follows", "Night"]),
        ('-"burn is" bad', EVERY[1:]),
        ("ranker", ["Burn"]),
        ("@state=firing,severity=page", ["Burn"]),
        ("@state=firing,@age<1h", ["Burn"]),
        ('{@state!=firing, severity="page"} -night', ["Stale"]),
        ('severity="page" @age>10m @state=acked stale', ["Stale"]),
    ],
)
def test_conditions_ask_what_no_label_tells(text: str, names: list[str]) -> None:
    assert kept(text) == names


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("@", 1, "one of @state"),
        ("@stat=firing", 1, "@state, where @stat stands"),
        ("x @recv=a", 3, "@receiver, where @recv stands"),
        ("@nothing_like_it=x", 1, "one of @state"),
        ("@state", 7, "one of = != =~ !~ after @state"),
        ("@state>firing", 7, "one of = != =~ !~ after @state"),
        ("@state=", 8, "a value"),
        ("@state=fring", 8, "firing, where fring stands"),
        ("@state=firing,zzz", 8, "one of firing acked"),
        ("@state=~(", 9, "a regular expression: RE2 refuses '('"),
        ("@age=10m", 5, "one of > >= < <= after @age"),
        ("@age>", 6, "a value"),
        ("@age>10", 6, "a duration such as"),
        ("@age>10m,1h", 6, "a duration such as"),
        ("@urgency=critical", 10, "one of page ticket info"),
        ("-severity=page", 1, "a word after -"),
        ("-@state=firing", 1, "a word after -"),
        ('@ack="mar', 10, 'a closing "'),
    ],
)
def test_a_condition_that_is_not_right_says_where_and_what_is_expected(text: str, column: int, expected: str) -> None:
    with pytest.raises(MatcherSyntaxError) as slip:
        parse_alert_filter(text)
    assert slip.value.column == column
    assert slip.value.expected.startswith(expected)


def test_where_there_are_no_alerts_a_condition_is_refused_and_a_negated_word_is_not() -> None:
    with pytest.raises(MatcherSyntaxError, match="column 3: expected a word or a matcher: @state is for alerts"):
        parse_filter("x @state=firing")
    assert not parse_filter("-ranker").accepts({"service": "ranker"})
    assert parse_filter('"@state"').words == ("@state",)
    assert parse_filter("a@b - -- !").words == ("a@b", "-", "--", "!")


def slip_of(text: str) -> int:
    """The column of what is wrong with the text; 1 when nothing is."""
    try:
        kept(text)
    except MatcherSyntaxError as slip:
        return slip.column
    return 1


PIECES = [
    "@state",
    "@age",
    "@ack",
    "=",
    "!=",
    "=~",
    ">",
    "firing",
    "acked",
    "10m",
    ",",
    " ",
    '"',
    "-",
    "!",
    "{",
    "(",
    "\\",
]


@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_any_text_gives_a_filter_or_a_slip_within_the_text(text: str) -> None:
    assert 1 <= slip_of(text) <= len(text) + 1


@given(st.text())
def test_any_text_at_all_gives_a_filter_or_a_slip(text: str) -> None:
    assert 1 <= slip_of(text) <= len(text) + 1


def test_ten_thousand_alerts_are_filtered_while_a_key_is_pressed() -> None:
    many = [status(f"A{n % 50}", labels={"pod": f"ranker-{n}"}, age=n) for n in range(10_000)]
    facts = AlertFacts(many, NOW)
    wanted = parse_alert_filter('severity="page" @state=firing @age>1h pod!~".*7" bad')
    wanted.kept(many, facts)
    started = time.process_time()
    kept = wanted.kept(many, facts)
    assert time.process_time() - started < 0.2  # measured: 0.015 s; a quadratic slip takes far longer
    assert len(kept) == 5_759


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("burn", "burns"),
        ("b", 'burn severity="page"'),
        ("-stale", "-stale burn"),
        ("burn", "urn"),
        ('severity="page"', ""),
        ("@state=firing", "@state=acked"),
        ("-stale", "burn"),
        ("burn", "-burn"),
    ],
)
def test_what_a_filter_keeps_does_not_depend_on_the_one_before(before, after):
    first = parse_alert_filter(before)
    first.kept(ALERTS, FACTS)
    assert parse_alert_filter(after).kept(ALERTS, FACTS, first) == parse_alert_filter(after).kept(ALERTS, FACTS)
