"""The filter of alerts: matchers, words, and conditions on what is no label: '@state=firing', '@age>10m'."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from oncall_tui.core.alerts import Phase, Urgency
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.duration import parse_duration
from oncall_tui.core.matchers import (
    Condition,
    Filter,
    Matcher,
    MatcherSyntaxError,
    MatchOp,
    parse_conditional,
    searchable,
)

NEW, FLAPPING, SNOOZED = "new", "flapping", "snoozed"
"""States an alert may have beside its phase."""
STATES = (*(phase.value for phase in Phase), NEW, FLAPPING, SNOOZED)
AGE = "age"
AGE_OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
OPERATORS = tuple(op.value for op in MatchOp)

Test = Callable[[AlertStatus], bool]


class AlertFacts:
    """What filters ask of a set of alerts beside themselves; what takes long is found out once, when it is asked.

    alerts: all there are, those that inhibit among them. now: unix seconds. marks: states beside the phase (NEW,
    FLAPPING). has_runbook: whether a runbook is known to fit. before: facts of which the texts of alerts that did not
    change are taken over.
    """

    def __init__(
        self,
        alerts: Sequence[AlertStatus],
        now: float,
        marks: Callable[[AlertStatus], Collection[str]] = lambda _: (),
        has_runbook: Callable[[AlertStatus], bool] = lambda _: False,
        before: AlertFacts | None = None,
    ) -> None:
        self.alerts = alerts
        self.now = now
        self.marks = marks
        self.has_runbook = has_runbook
        # By identity, with what it is of: what is looked at ten thousand times a key must cost next to nothing.
        self._texts: dict[int, tuple[AlertStatus, str]] = {}
        self._texts_before = before._texts if before is not None else {}
        self._names: dict[tuple[str, str], str] | None = None

    def text(self, status: AlertStatus) -> str:
        """Everything about an alert that words are looked for in, casefolded."""
        known = self._texts.get(id(status))
        if known is None:
            known = self._texts_before.get(id(status))
            if known is None or known[0] is not status:
                alert = status.alert
                values = (status.service, status.phase.value, *alert.labels.values(), *alert.annotations.values())
                known = (status, searchable(values))
            self._texts[id(status)] = known
        return known[1]

    def name(self, source: str, fingerprint: str) -> str:
        """The alertname of another alert; '' if it is not among them."""
        if self._names is None:
            self._names = {status.alert.key: status.alert.name for status in self.alerts}
        return self._names.get((source, fingerprint), "")


@dataclass(frozen=True, slots=True)
class Facet:
    """Something to ask of an alert that is no label. choices: the only values it has, () for any text."""

    what: str
    values: Callable[[AlertStatus, AlertFacts], Collection[str]]
    choices: tuple[str, ...] = ()


def _inhibitors(status: AlertStatus, facts: AlertFacts) -> Collection[str]:
    alert = status.alert
    names = (facts.name(alert.source, fingerprint) for fingerprint in alert.inhibited_by)
    return (*alert.inhibited_by, *(name for name in names if name))


def _silencers(status: AlertStatus, _: AlertFacts) -> Collection[str]:
    return (*status.alert.silenced_by, *(silence.author for silence in status.silences))


FACETS = {
    "state": Facet("what became of it", lambda s, facts: (s.phase.value, *facts.marks(s)), STATES),
    "urgency": Facet("page, ticket or info", lambda s, _: (s.alert.urgency.value,), tuple(u.value for u in Urgency)),
    "ack": Facet("who acknowledged it", lambda s, _: (s.ack.author,) if s.ack else ()),
    "service": Facet("the service it belongs to", lambda s, _: (s.service,)),
    "receiver": Facet("who is told of it", lambda s, _: s.alert.receivers),
    "severity": Facet("its severity, in whatever label", lambda s, _: (s.alert.severity,)),
    "source": Facet("the Alertmanager or Prometheus that tells of it", lambda s, _: (s.alert.source,)),
    "cluster": Facet("the same as @source", lambda s, _: (s.alert.source,)),
    "silenced_by": Facet("a silence's id or author", _silencers),
    "inhibited_by": Facet("the inhibiting alert's name or fingerprint", _inhibitors),
    "muted_by": Facet("the time interval that mutes it", lambda s, _: s.alert.muted_by),
    "runbook": Facet("whether one fits", lambda s, facts: ("yes" if facts.has_runbook(s) else "no",), ("yes", "no")),
    "fingerprint": Facet("Alertmanager's id of it", lambda s, _: (s.alert.fingerprint,)),
}
"""By what stands after the @; AGE is told apart, as it is compared."""
NAMES = (*FACETS, AGE)


class AlertFilter:
    """What alerts must satisfy, compiled once: every matcher, condition and word. One of nothing keeps every alert."""

    def __init__(self, parsed: Filter, conditions: Iterable[Callable[[AlertFacts], Test]] = ()) -> None:
        self._parsed = parsed
        self._matchers = tuple(map(_label_test, parsed.matchers))
        self._conditions = tuple(conditions)
        self._bound: tuple[AlertFacts, tuple[Test, ...]] | None = None
        self._last: tuple[Sequence[AlertStatus], AlertFacts, list[AlertStatus]] | None = None

    def accepts(self, status: AlertStatus, facts: AlertFacts) -> bool:
        """Whether the alert satisfies it."""
        return all(test(status) for test in self._tests(facts))

    def kept(
        self, alerts: Sequence[AlertStatus], facts: AlertFacts, before: AlertFilter | None = None
    ) -> list[AlertStatus]:
        """Those that satisfy it, in their order; the very list of the last call where that asked the same.

        Milliseconds for ten thousand, of which a screen asks several times in a row. before: a filter that may have
        been asked about the same alerts: where this one only lets less through, as when a word is typed on, no others
        are looked at.
        """
        if self._last is None or self._last[0] is not alerts or self._last[1] is not facts:
            last = before._last if before is not None and self._narrows(before) else None
            kept = last[2] if last is not None and last[0] is alerts and last[1] is facts else list(alerts)
            for test in self._tests(facts):
                kept = [status for status in kept if test(status)]
            self._last = (alerts, facts, kept)
        return self._last[2]

    def _narrows(self, other: AlertFilter) -> bool:
        """Whether whatever it lets through, the other does as well; False where that is not plain to see."""
        mine, theirs = self._parsed, other._parsed
        return (
            set(theirs.matchers) <= set(mine.matchers)
            and set(theirs.without) <= set(mine.without)
            and not other._conditions
            and all(any(word in longer for longer in mine.words) for word in theirs.words)
        )

    def _tests(self, facts: AlertFacts) -> tuple[Test, ...]:
        """The tests on these facts, the quickest first."""
        if self._bound is None or self._bound[0] is not facts:
            tests = [*self._matchers, *(condition(facts) for condition in self._conditions)]
            tests += [_word_test(word, facts.text) for word in self._parsed.words]
            tests += [_word_test(word, facts.text, wanted=False) for word in self._parsed.without]
            self._bound = (facts, tuple(tests))
        return self._bound[1]


def parse_alert_filter(text: str) -> AlertFilter:
    """A filter of alerts from what was typed: parse_filter's syntax, and conditions.

    '@name' is followed by one of = != =~ !~ and a value or several with commas between ('@state=firing,acked'), or
    by > >= < <= and a duration ('@age>10m'). The empty value is that of nobody and nothing: '@ack=""'. Raises
    MatcherSyntaxError with the column and what is expected there.
    """
    parsed, conditions = parse_conditional(text)
    return AlertFilter(parsed, [_compiled(condition) for condition in conditions])


def _word_test(word: str, text: Callable[[AlertStatus], str], *, wanted: bool = True) -> Test:
    return lambda status: (word in text(status)) is wanted


def _label_test(matcher: Matcher) -> Test:
    """The matcher on an alert's labels; `service` is the catalogue's where the alert has no such label."""
    name, wanted = matcher.name, matcher.value
    if name == "service":
        return lambda status: matcher.matches({name: status.alert.labels.get(name, status.service)})
    if matcher.op is MatchOp.EQUAL:
        return lambda status: status.alert.labels.get(name, "") == wanted
    return lambda status: matcher.matches(status.alert.labels)


def _compiled(condition: Condition) -> Callable[[AlertFacts], Test]:
    if condition.name not in NAMES:
        raise MatcherSyntaxError(_instead(f"@{condition.name}", [f"@{name}" for name in NAMES]), condition.column)
    operators = tuple(AGE_OPERATORS) if condition.name == AGE else OPERATORS
    if condition.op not in operators:
        column = condition.column + len(condition.name) + 1
        raise MatcherSyntaxError(f"one of {' '.join(operators)} after @{condition.name}", column)
    if condition.name == AGE:
        return _older_or_younger(condition)
    facet = FACETS[condition.name]
    if condition.op in ("=~", "!~"):
        return _matching(condition, facet)
    for value in condition.values if facet.choices else ():
        if value not in facet.choices:
            raise MatcherSyntaxError(_instead(value, facet.choices), condition.value_column)
    values, wanted, among = facet.values, frozenset(condition.values), condition.op == "="
    return lambda facts: lambda status: wanted.isdisjoint(values(status, facts) or _NOTHING) is not among


_NOTHING = ("",)


def _matching(condition: Condition, facet: Facet) -> Callable[[AlertFacts], Test]:
    """Like a label's regular expression; of several values one that matches is enough."""
    matcher = Matcher(condition.name, MatchOp.REGEX, condition.values[0])
    try:
        matcher.check()
    except ValueError as error:
        raise MatcherSyntaxError(f"a regular expression: {error}", condition.value_column) from None
    name, values, wanted = condition.name, facet.values, condition.op == "=~"
    return lambda facts: (
        lambda status: any(matcher.matches({name: value}) for value in values(status, facts) or _NOTHING) is wanted
    )


def _older_or_younger(condition: Condition) -> Callable[[AlertFacts], Test]:
    try:
        seconds = parse_duration(",".join(condition.values))
    except ValueError:
        raise MatcherSyntaxError("a duration such as 30s, 10m, 1h30m or 2d", condition.value_column) from None
    compare = AGE_OPERATORS[condition.op]
    return lambda facts: lambda status: compare(facts.now - status.alert.starts_at, seconds)


def _instead(wrong: str, known: Sequence[str]) -> str:
    """What should stand there: the nearest, else all."""
    near = get_close_matches(wrong, known, 1) or [one for one in known if len(wrong) > 1 and one.startswith(wrong)]
    return f"{near[0] if near else 'one of ' + ' '.join(known)}, where {wrong or 'nothing'} stands"
