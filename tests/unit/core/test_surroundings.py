"""Deploys, alerts, runs, labels and versions around an onset."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.beside import (
    ALERTED,
    BY_VERSION,
    DEPLOYS,
    MOST_MARKS,
    alerted_signal,
    began,
    deploys,
    deploys_signal,
    labels_in,
    labels_signal,
)
from oncall_tui.core.by_version import versions_of
from oncall_tui.core.catalogue import VERSIONS, Catalogue, Service, Signal, SignalKind
from oncall_tui.core.causes import ChangeKind
from oncall_tui.core.investigation import conclude
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.questions import questions
from oncall_tui.core.readings import Failed, NoData, Provenance, Series
from oncall_tui.core.slo import Side
from oncall_tui.core.surroundings import Occurrence, OccurrenceKind
from oncall_tui.core.what_changed import Held, shift

FROM = Provenance("main", "q")
T0, STEP = 1_000_000.0, 15.0


def at(n):
    return T0 + n * STEP


def series(**lines):
    made = {
        name.replace("_", "."): tuple((at(n), v) for n, v in enumerate(values) if v is not None)
        for name, values in lines.items()
    }
    return Series({name: line for name, line in made.items() if line}, at(20), FROM)


def deployed(of):
    return deploys(of, at(0), STEP)


def test_alerts_are_asked_by_matchers_or_by_the_usual_labels():
    assert alerted_signal("ranker").query == (
        'max by (alertname) (ALERTS{alertstate="firing",service="ranker"} or '
        'ALERTS{alertstate="firing",sloth_service="ranker"} or ALERTS{alertstate="firing",model="ranker"})'
    )
    matched = alerted_signal("ranker", parse_matchers('team="a\\"b",job=~"r.*"'))
    assert matched.query == r'max by (alertname) (ALERTS{alertstate="firing",team="a\"b",job=~"r.*"})'


def test_a_query_with_a_comment_keeps_its_bracket():
    assert deploys_signal("m", "x # y", "version").query == "max by (version) (x # y\n)"
    assert labels_signal("m", "x # y", ["image"]).query.startswith(
        'count by (oncall_labels) (label_join(x # y\n, "oncall_labels"'
    )


def test_a_deploy_is_a_new_member_or_a_new_value():
    told = deployed(series(v1=[1] * 10, v2=[None] * 5 + [1] * 5))
    assert told == ((at(5), "v2"),)
    assert deployed(Series({"": tuple((at(n), 3.0 + (n >= 4)) for n in range(9))}, at(9), FROM)) == ((at(4), "deploy"),)


def test_a_timestamp_is_the_moment_itself_where_it_lies_in_the_span():
    moment = at(4) - 7
    line = tuple((at(n), at(-500) if n < 5 else moment) for n in range(9))
    assert deployed(Series({"": line}, at(9), FROM)) == ((moment, "deploy"),)


def test_what_was_there_at_the_first_step_was_not_deployed_in_the_span_and_there_are_bounds():
    assert deployed(series(v1=[1] * 9)) == ()
    assert deployed(None) == ()
    many = Series({"": tuple((at(n), float(n)) for n in range(50))}, at(50), FROM)
    assert len(deployed(many)) == MOST_MARKS
    assert deployed(many)[-1][0] == at(49)


def test_an_annotation_that_is_there_for_a_while_is_a_deploy_also_where_nothing_was_before():
    assert deployed(Series({"v2": ((at(5), 1.0), (at(6), 1.0))}, at(9), FROM)) == ((at(5), "v2"),)


def test_a_gap_in_everything_is_no_deploy_and_a_new_start_of_an_alert():
    gap = series(v1=[1, 1, None, None, None, 1, 1])
    assert deployed(gap) == ()
    assert began(gap, at(0), STEP) == ((at(5), "v1"),)


def test_alerts_begin_where_they_were_not_a_step_before():
    told = began(series(Old=[1] * 9, New=[None] * 4 + [1] * 5, Twice=[None, None, 1, None, None, 1]), at(0), STEP)
    assert told == ((at(2), "Twice"), (at(4), "New"), (at(5), "Twice"))
    assert began(Series({"Alone": ((at(6), 1.0),)}, at(9), FROM), at(0), STEP) == ((at(6), "Alone"),)
    assert began(None, at(0), STEP) == ()


def test_labels_that_are_asked_together_are_told_apart():
    signal = labels_signal("m", "i", ["image", "node"])
    told = labels_in(
        signal, Series({"a␟n1": ((at(0), 2.0),), "a␟n2": ((at(0), 1.0),), "b␟": ((at(0), 4.0),)}, at(1), FROM)
    )
    assert told["image"].lines == {"a": ((at(0), 3.0),), "b": ((at(0), 4.0),)}
    assert told["node"].lines == {"n1": ((at(0), 2.0),), "n2": ((at(0), 1.0),), "": ((at(0), 4.0),)}
    assert labels_in(signal, None) == {}
    assert labels_in(signal, Series({"a␟b␟c": ((at(0), 2.0),)}, at(1), FROM)) == {}


def test_labels_before_and_after_with_how_many_replicas_have_each():
    one = shift("m", "image", series(a=[4, 4, 4, 1, 1], b=[None, None, None, 3, 3]), at(2.5), at(4))
    assert one.before == (Held("a", 4),)
    assert one.after == (Held("b", 3), Held("a", 1))
    assert (one.changed, one.split, one.moved_at) == (True, True, at(3))


def test_what_is_the_same_is_not_changed_and_a_label_that_nothing_has_is_no_shift():
    same = shift("m", "image", series(a=[2, 2, 2]), at(1), at(2))
    assert not same.changed
    assert same.moved_at is None
    assert shift("m", "image", Series({"": ((at(0), 1.0),)}, at(0), FROM), at(1), at(2)) is None


def test_what_is_no_longer_exported_is_gone_not_what_it_was():
    gone = shift("m", "image", series(a=[2, 2, 2]), at(1), at(15))
    assert gone.before == (Held("a", 2),)
    assert gone.after == ()
    assert gone.changed


def test_before_the_first_step_nothing_is_known():
    early = shift("m", "image", series(a=[2, 2, 2]), at(0), at(2))
    assert early.before == ()
    assert early.moved_at is None


@given(
    st.dictionaries(st.text(min_size=1, max_size=3), st.lists(st.integers(0, 3), min_size=8, max_size=8), max_size=9)
)
def test_a_shift_never_invents_a_value(counts):
    lines = {
        name: tuple((at(n), float(v)) for n, v in enumerate(values) if v)
        for name, values in counts.items()
        if any(values)
    }
    found = shift("m", "l", Series(lines, at(8), FROM), at(3.5), at(7)) if lines else None
    if found is not None:
        for held in (*found.before, *found.after):
            assert held.count in counts[held.value]


ERRORS = Signal("m", "errors", SignalKind.ERRORS, "q")
ACCURACY = Signal("m", "accuracy", SignalKind.ACCURACY, "q", good=Side.AT_LEAST)


def served(**lines):
    return series(**lines)


def test_this_version_against_the_last_before_it():
    found = versions_of(
        "m",
        served(v1=[1] * 5, v2=[None] * 5 + [1] * 5),
        [ERRORS, ACCURACY],
        {
            "errors": series(v1=[0.01] * 5, v2=[None] * 5 + [0.2] * 5),
            "accuracy": series(v1=[0.9] * 5, v2=[None] * 5 + [0.95] * 5),
        },
    )
    assert (found.last, found.this, found.since, found.together, found.trouble) == ("v1", "v2", at(5), False, "")
    errors, accuracy = found.figures
    assert (errors.last, errors.this) == (pytest.approx(0.01), pytest.approx(0.2))
    assert errors.worse
    assert not accuracy.worse


def test_two_that_serve_at_once_are_compared_over_the_same_time():
    found = versions_of(
        "m",
        served(v1=[1] * 10, v2=[None] * 5 + [1] * 5),
        [ERRORS],
        {"errors": series(v1=[9.0] * 5 + [0.1] * 5, v2=[None] * 5 + [0.1] * 5)},
    )
    assert found.together
    assert (found.figures[0].last, found.figures[0].this) == (pytest.approx(0.1), pytest.approx(0.1))
    assert not found.figures[0].worse


def test_after_a_rollback_the_version_that_came_back_is_this_one():
    found = versions_of("m", served(v1=[1, 1, None, None, 1, 1], v2=[None, None, 1, 1, None, None]), [], {})
    assert (found.last, found.this, found.since) == ("v2", "v1", at(4))


def test_series_that_do_not_say_their_version_are_said_to():
    found = versions_of(
        "m",
        served(v1=[1] * 5, v2=[None] * 5 + [1] * 5),
        [ERRORS],
        {"errors": Series({"": ((at(1), 1.0),)}, at(9), FROM)},
    )
    assert "do not say which version" in found.trouble
    missing = versions_of("m", served(v1=[1] * 5, v2=[None] * 5 + [1] * 5), [ERRORS], {"errors": series(v0=[1.0] * 10)})
    assert "no points of these two" in missing.trouble


def test_without_a_change_there_is_nothing_to_compare():
    assert versions_of("m", served(v1=[1] * 9), [ERRORS], {}) is None
    assert versions_of("m", None, [ERRORS], {}) is None


# Together


VERSION = Signal("m", VERSIONS, SignalKind.OTHER, "q", by="version")


def investigated(**answers):
    by_version = Signal("m", f"{BY_VERSION}errors", SignalKind.ERRORS, "q", by="version")
    beside = (alerted_signal("m"), deploys_signal("m", "d", ""), labels_signal("m", "i", ["image"]), by_version)
    service = Service("m", source="main", signals=(ERRORS,), versions=VERSION, beside=beside)
    catalogue = Catalogue((service,))
    asked = questions(catalogue, "m", span=300)
    given = {
        reading: answers[reading.of.signal]
        for readings in asked.readings.values()
        for reading in readings
        if reading.of.signal in answers
    }
    run = Occurrence("m", at(7), OccurrenceKind.RUN, "restart#1")
    return conclude(asked, catalogue, given, at(20), ["m"], [run])


def test_everything_around_an_onset_is_in_the_investigation():
    found = investigated(
        **{
            "errors": series(**{"": [0.01, 0.011] * 5 + [0.5] * 10}),
            VERSIONS: series(v1=[1] * 10 + [None] * 10, v2=[None] * 10 + [1] * 10),
            ALERTED: series(Burn=[None] * 12 + [1] * 8, Old=[1] * 20),
            DEPLOYS: series(**{"": [1.0] * 9 + [2.0] * 11}),
            "@labels:image": series(a=[2] * 10 + [None] * 10, b=[None] * 10 + [2] * 10),
            f"{BY_VERSION}errors": series(v1=[0.01] * 10, v2=[None] * 10 + [0.5] * 10),
        }
    )
    assert [(one.kind, one.what) for one in found.occurrences] == [("run", "restart#1"), ("alert", "Burn")]
    assert [(c.kind, c.what) for c in found.changes] == [
        (ChangeKind.DEPLOY, "deploy"),
        (ChangeKind.VERSION, "version v2"),
    ]
    (image,) = found.shifts
    assert (image.before, image.after) == ((Held("a", 2),), (Held("b", 2),))
    (versions,) = found.versions
    assert versions.figures[0].worse
    assert found.finding.suspects[0].change is not None


def test_where_nothing_moved_it_says_that_an_alert_has_only_just_begun():
    calm, burns = series(**{"": [0.01, 0.011] * 10}), series(Burn=[None] * 12 + [1] * 8)
    none = "nothing measured of m is out of its range"
    young = investigated(**{"errors": calm, ALERTED: burns})
    assert young.finding.doubt == f"{none} yet, and its alert began within the last 5m: ask again in a minute"
    old = investigated(**{"errors": calm, ALERTED: series(Burn=[1] * 20)})
    assert old.finding.doubt == none


def test_a_label_that_changed_alone_is_a_change_and_one_with_a_version_is_said_once():
    alone = investigated(**{"@labels:image": series(a=[2] * 10 + [None] * 10, b=[None] * 10 + [2] * 10)})
    assert [(c.kind, c.what) for c in alone.changes] == [(ChangeKind.CONFIG, "image b")]


def test_what_could_not_be_asked_is_told_and_what_there_is_none_of_is_not():
    failed = Failed("boom", "", at(20), FROM)
    found = investigated(**{DEPLOYS: failed, ALERTED: NoData("none", at(20), FROM)})
    assert "m deploys: boom" in found.unanswered
    assert not any("alerted" in words for words in found.unanswered)
    assert found.versions == ()
    assert not math.isnan(found.at)
