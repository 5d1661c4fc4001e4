"""Silences that must never be sent, and those that may."""

import math
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import SilenceDraft, exact_matchers
from oncall_tui.core.errors import Refused
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.sources.alertmanager.drafts import silence_body

NOW = 1_795_000_000.0
ALERTNAME = Matcher("alertname", MatchOp.EQUAL, "HighLatency")
DRAFT = SilenceDraft((ALERTNAME,), NOW, NOW + 900, "maria", "ACK! mine")


def body(**changes: object):
    return silence_body(replace(DRAFT, **changes), now=NOW)


@pytest.mark.parametrize(
    "matchers",
    [
        (Matcher("a", MatchOp.NOT_EQUAL, "x"),),
        (Matcher("a", MatchOp.NOT_REGEX, "x.*"),),
        (Matcher("a", MatchOp.EQUAL, ""),),
        (Matcher("a", MatchOp.REGEX, ".*"),),
        (Matcher("a", MatchOp.REGEX, "x?"), Matcher("b", MatchOp.NOT_EQUAL, "y")),
    ],
)
def test_a_silence_that_would_hide_every_alert_is_refused(matchers):
    with pytest.raises(Refused, match="hide every alert"):
        body(matchers=matchers)


def test_a_negative_matcher_beside_a_positive_one_is_fine():
    made = body(matchers=(ALERTNAME, Matcher("env", MatchOp.NOT_EQUAL, "dev")))
    assert made["matchers"] == [
        {"name": "alertname", "value": "HighLatency", "isRegex": False, "isEqual": True},
        {"name": "env", "value": "dev", "isRegex": False, "isEqual": False},
    ]


def test_a_silence_without_matchers_is_refused():
    with pytest.raises(Refused, match="at least one matcher"):
        body(matchers=())


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "[z-a]", "(?=x)", r"\1", "*"])
def test_a_pattern_that_re2_refuses_is_refused_in_one_clean_line(pattern):
    with pytest.raises(Refused) as caught:
        body(matchers=(ALERTNAME, Matcher("pod", MatchOp.REGEX, pattern)))
    assert "pod" in caught.value.message
    assert caught.value.message.isprintable()


def test_a_matcher_without_a_label_name_is_refused():
    with pytest.raises(Refused, match="no label name"):
        body(matchers=(Matcher("", MatchOp.EQUAL, "x"),))


def test_text_that_utf8_cannot_carry_is_refused_in_a_matcher_and_mended_in_a_comment():
    with pytest.raises(Refused, match="Unicode"):
        body(matchers=(Matcher("a", MatchOp.EQUAL, "\ud800"),))
    assert body(author="m\ud800a")["createdBy"] == "m?a"


@pytest.mark.parametrize("version", ["0.25.0", "0.26.0", "v0.22.1", "0.25.0+ds"])
@pytest.mark.parametrize("name", ["a.b", "1a", "höhe", "a b", "a\n"])
def test_a_label_name_that_an_old_server_does_not_know_is_refused(version, name):
    draft = replace(DRAFT, matchers=(Matcher(name, MatchOp.EQUAL, "x"),))
    with pytest.raises(Refused, match="does not take the label name"):
        silence_body(draft, version=version, now=NOW)


@pytest.mark.parametrize("version", ["0.27.0", "0.34.1", "1.0.0", "", "mimir"])
def test_a_newer_or_unknown_server_judges_label_names_itself(version):
    draft = replace(DRAFT, matchers=(Matcher("service.name", MatchOp.EQUAL, "x"),))
    assert silence_body(draft, version=version, now=NOW)["matchers"]


@pytest.mark.parametrize("ends_at", [NOW, NOW - 1, NOW + 0.0001])
def test_a_silence_that_does_not_end_after_its_start_is_refused(ends_at):
    with pytest.raises(Refused, match="end after it starts"):
        body(ends_at=ends_at)


@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf, 1e300, 1e12])
@pytest.mark.parametrize("which", ["starts_at", "ends_at"])
def test_what_is_no_time_is_refused(which, time):
    with pytest.raises(Refused, match="not a time"):
        body(**{which: time})


def test_a_silence_already_over_by_the_servers_clock_is_refused_and_the_clocks_are_blamed():
    assert silence_body(DRAFT, now=NOW, skew=899)
    with pytest.raises(Refused, match="already be over") as caught:
        silence_body(DRAFT, now=NOW, skew=1_200)
    assert caught.value.hint == "this machine's clock is 20m behind the Alertmanager's"


def test_a_silence_over_by_everyones_clock_blames_no_clock():
    with pytest.raises(Refused, match="already be over") as caught:
        silence_body(DRAFT, now=NOW + 901, skew=1.0)
    assert caught.value.hint == ""


_UNICODE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    labels=st.dictionaries(st.from_regex(r"[a-z_][a-z0-9_]*", fullmatch=True), _UNICODE, min_size=1),
    starts=st.floats(0, 4e9),
    lasts=st.floats(0.01, 1e9),
)
def test_the_full_label_set_of_any_alert_makes_a_valid_silence(labels, starts, lasts):
    made = silence_body(SilenceDraft(exact_matchers(labels), starts, starts + lasts, "", ""), now=starts)
    assert [(m["name"], m["value"]) for m in made["matchers"]] == sorted(labels.items())
    assert abs(datetime.fromisoformat(made["endsAt"]).timestamp() - starts - lasts) < 0.002


def test_an_update_names_the_silence_it_changes_and_annotations_go_only_where_they_are_kept() -> None:
    draft = SilenceDraft(
        matchers=(Matcher("alertname", MatchOp.EQUAL, "A"),),
        starts_at=1_000.0,
        ends_at=2_000.0,
        author="maria",
        comment="ACK! mine",
        id="2fffbe0c-1111-2222-3333-444455556666",
        annotations={"burn": "14.9"},
    )
    new = silence_body(draft, version="0.32.1", now=1_000.0)
    assert (new["id"], new["annotations"]) == (draft.id, {"burn": "14.9"})
    for version in ("0.31.0", "0.25.0", ""):
        old = silence_body(draft, version=version, now=1_000.0)
        assert old["id"] == draft.id
        assert "annotations" not in old
