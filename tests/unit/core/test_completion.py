"""What is offered while a filter is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alert_filter import AlertFacts, parse_alert_filter
from oncall_tui.core.alert_words import AlertWords
from oncall_tui.core.alerts import Alert, Phase
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.completion import Words, complete
from oncall_tui.core.matchers import MatcherSyntaxError

ROWS = (
    {"alertname": "Low", "severity": "page", "service": "ranker"},
    {"alertname": "Low", "severity": "page", "service": "ranker.eu"},
    {"alertname": "High", "severity": "ticket", "service": 'we"ird one', "server": "a"},
)


def words(rows=ROWS) -> AlertWords:
    statuses = [
        AlertStatus(Alert("main", str(n), row, receivers=("team-ml", "all of us")), Phase.FIRING, None, "ranker")
        for n, row in enumerate(rows)
    ]
    return AlertWords(AlertFacts(statuses, 0.0))


def offered(text: str, place: int | None = None) -> list[tuple[str, str]]:
    completion = complete(text, len(text) if place is None else place, words())
    return [(completion.applied(text, one)[0], one.note) for one in completion.candidates]


def test_names_of_labels_come_first_the_most_frequent_on_top() -> None:
    assert offered("se") == [("service", "×3"), ("severity", "×3"), ("server", "×1")]
    assert [text for text, _ in offered("")][:3] == ["alertname", "service", "severity"]
    assert "@state" in [text for text, _ in offered("")]


def test_a_part_in_the_middle_of_a_name_is_enough() -> None:
    assert offered("name") == [("alertname", "×3")]


def test_after_a_name_come_the_operators_and_the_longer_names() -> None:
    assert [text for text, _ in offered("severity")] == ["severity=", "severity!=", "severity=~", "severity!~"]
    assert [text for text, _ in offered("severity!")] == ["severity!=", "severity!~"]
    assert [text for text, _ in offered("@age")] == ["@age>", "@age>=", "@age<", "@age<="]


def test_after_an_operator_come_the_values_in_quotes_the_most_frequent_first() -> None:
    assert offered("severity=") == [('severity="page" ', "×2"), ('severity="ticket" ', "×1")]
    assert offered('x severity != "t') == [('x severity != "ticket" ', "×1")]
    assert ('service="we\\"ird one" ', "×1") in offered("service=we")


def test_in_a_regular_expression_a_value_stands_for_itself_and_others_may_stand_beside_it() -> None:
    assert ('service=~"ranker\\\\.eu" ', "×1") in offered("service=~ranker")
    assert offered('severity=~"page|t') == [('severity=~"page|ticket" ', "×1")]
    assert offered('severity=~"(page|t') == []


def test_conditions_offer_their_choices_with_how_many_there_are_now() -> None:
    assert ("@state=firing ", "×3") in offered("@state=")
    assert ("@state=acked ", "×0") in offered("@state=")
    assert offered("@state=firing,ac") == [("@state=firing,acked ", "×0")]
    assert ("@state=firing,acked ", "×0") in offered("@state=firing,")
    assert ('@receiver="all of us" ', "×3") in offered("@receiver=a")
    assert [text for text, _ in offered("@receiver=team-ml,")] == ["@receiver=team-ml,team-ml "]
    assert ("@age>10m", "") not in offered("@age>")
    assert ("@age>15m ", "") in offered("@age>")


@pytest.mark.parametrize(
    "text", ['severity="page"', "-sev", "!sev", "=", 'severity="page" x=y,=', "@nosuch=", "severity>", "@age="]
)
def test_nothing_is_offered_where_nothing_is_known_to_fit(text: str) -> None:
    assert offered(text) == []


def test_a_value_is_taken_in_the_middle_and_its_closing_quote_is_not_doubled() -> None:
    assert offered('severity="pa" ranker', 12)[0][0] == 'severity="page" ranker'
    assert offered("sever ranker", 5)[0][0] == "severity ranker"
    assert offered("severity ranker", 5) == []


def test_a_slip_further_on_does_not_keep_one_from_the_term_before_it() -> None:
    assert offered("sev service=~(", 3)[0][0] == "severity service=~("
    assert offered('service=~"(" sev')[0][0] == 'service=~"(" severity'


def test_other_rows_than_alerts_have_no_conditions() -> None:
    vocabulary = Words(lambda: ROWS)
    assert complete("@", 1, vocabulary).candidates == ()
    assert [one.text for one in complete("sev", 3, vocabulary).candidates] == ["severity"]


def test_words_are_counted_once_however_many_keys_are_pressed() -> None:
    counted: list[int] = []

    def rows() -> tuple[dict[str, str], ...]:
        counted.append(1)
        return ROWS

    vocabulary = Words(rows)
    for text in ("s", "se", "sev", "severity=", "severity=p"):
        complete(text, len(text), vocabulary)
    assert counted == [1]


PIECES = [
    "severity",
    "service",
    "=",
    "!=",
    "=~",
    '"',
    "page",
    ",",
    " ",
    "@state",
    "@age",
    ">",
    "|",
    "(",
    "\\",
    "-",
    "ra",
]
ODD_LABELS = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=3)


@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join), st.lists(ODD_LABELS, max_size=2), st.data())
def test_what_is_accepted_is_a_filter_or_the_beginning_of_one(text: str, rows: list[dict[str, str]], data) -> None:
    place = data.draw(st.integers(0, len(text)))
    completion = complete(text, place, words((*ROWS, *rows)))
    before = text[: completion.start]
    for candidate in completion.candidates:
        after, cursor = completion.applied(before, candidate)
        assert cursor == len(after)
        if slip_of(before) is None:
            assert slip_of(after) in (None, len(after) + 1), after


def slip_of(text: str) -> int | None:
    """The column of what is wrong with the text, None when nothing is."""
    try:
        parse_alert_filter(text)
    except MatcherSyntaxError as slip:
        return slip.column
    return None
