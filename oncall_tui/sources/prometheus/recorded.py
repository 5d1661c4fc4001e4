"""Error ratios that recording rules have worked out already, under Sloth's names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.duration import parse_duration
from oncall_tui.core.readings import Origin, Outcome, Reading, Sample, Series, SeriesReading, SliReading
from oncall_tui.core.slo import Slo
from oncall_tui.sources.prometheus.asks import Ask, Key, Request, Row, Unit
from oncall_tui.sources.prometheus.planner import MOST_TEXT
from oncall_tui.sources.prometheus.printing import quote, quote_regex
from oncall_tui.sources.prometheus.questions import Question, slo_of

PREFIX = "slo:sli_error:ratio_rate"
IDENTITY = ("sloth_id", "sloth_service", "sloth_slo")
"""The labels that tell whose a recorded series is. The id alone does not: c of a-b and b-c of a have the same."""

EXISTENCE = f'count by (__name__, {", ".join(IDENTITY)}) ({{__name__=~"{PREFIX}.+", sloth_id!=""}})'
ASK_AGAIN = 300.0
"""Seconds for which it is taken as known which recorded series exist."""

ENOUGH = 0.95
"""The part of a span that recorded points must cover, lest a rule added yesterday hide last month."""

LABELS = ("__name__", *IDENTITY)
"""What recorded series are told apart by."""

_SUFFIX = re.compile(re.escape(PREFIX) + r"(\w+)\Z")


class Recorded:
    """Which recorded series exist."""

    def __init__(self) -> None:
        self._names: Mapping[tuple[Key, int], tuple[str, ...]] = {}
        self._asked_at: float | None = None

    @property
    def any(self) -> bool:
        """Whether any series exist, as far as is known."""
        return bool(self._names)

    def due(self, now: float) -> bool:
        """Whether to ask again what exists."""
        return self._asked_at is None or not 0 <= now - self._asked_at < ASK_AGAIN

    def learn(self, rows: Iterable[Row], now: float) -> None:
        """Take the answer to EXISTENCE."""
        names: dict[tuple[Key, int], list[str]] = defaultdict(list)
        for row in rows:
            name = row.labels.get("__name__", "")
            match = _SUFFIX.match(name)
            if match is None:
                continue
            try:
                window = parse_duration(match[1])
            except ValueError:
                continue
            names[tuple(row.labels.get(label, "") for label in IDENTITY), window].append(name)
        self._names = {key: tuple(sorted(found)) for key, found in names.items()}
        self._asked_at = now

    def put_off(self, now: float) -> None:
        """Take what was known for still true: it could not be found out."""
        self._asked_at = now

    def question(self, reading: Reading, catalogue: Catalogue) -> Question | None:
        """The recorded question for a reading, None when nothing recorded can answer it."""
        slo = slo_of(reading, catalogue)
        of = reading.of if isinstance(reading, SeriesReading) else reading
        # A recorded ratio of a grouped SLO has a series for each group: those are asked raw. So is what waits for
        # labels, for no recording's name tells whether it does.
        if slo is None or slo.group or slo.label_delay or not slo.recorded or not isinstance(of, SliReading):
            return None
        # Two names for one window (4w, 28d) would be two answers: neither is believed.
        identity = identity_of(slo)
        names = self._names.get((identity, of.window), ())
        if len(names) != 1:
            return None
        matchers = (f"{label}={quote(value)}" for label, value in zip(IDENTITY, identity, strict=True))
        query = f"{names[0]}{{{','.join(matchers)}}}"
        return Question(reading, slo, (Ask(reading, query, names[0]),), query, Origin.RECORDED)


def sloth_id(slo: Slo) -> str:
    """The name under which Sloth records an SLO."""
    return f"{slo.service}-{slo.name}"


def identity_of(slo: Slo) -> Key:
    """The values of IDENTITY under which Sloth records an SLO."""
    return sloth_id(slo), slo.service, slo.name


def requests(questions: Iterable[Question], most_text: int = MOST_TEXT) -> list[Request]:
    """All recorded questions of now in one request, whatever their window; those of one span and step in another.

    most_text: characters in one request.
    """
    lanes: dict[tuple[int, int], dict[Key, list[Ask]]] = defaultdict(lambda: defaultdict(list))
    for one in questions:
        (ask,) = one.asks
        reading = one.reading
        lane = (reading.span, reading.step) if isinstance(reading, SeriesReading) else (0, 0)
        assert isinstance(one.of, Slo)
        lanes[lane][ask.part, *identity_of(one.of)].append(ask)
    return [
        Request((Unit(LABELS, lot, _write),), span, step)
        for (span, step), members in lanes.items()
        for lot in _fitting(members, most_text)
    ]


def _fitting(members: Mapping[Key, list[Ask]], most_text: int) -> Iterator[dict[Key, tuple[Ask, ...]]]:
    """The asks in lots whose query, which tells every SLO once, stays within most_text."""
    lot: dict[Key, tuple[Ask, ...]] = {}
    told: set[tuple[int, str]] = set()
    size = 0
    for key, asks in sorted(members.items(), key=lambda item: item[0][1:]):
        words = set(enumerate(key))
        cost = sum(len(quote(quote_regex(word))) for _, word in words - told)
        if lot and size + cost > most_text:
            yield lot
            lot, told, size = {}, set(), 0
            cost = sum(len(quote(quote_regex(word))) for _, word in words)
        lot[key] = tuple(asks)
        told |= words
        size += cost
    yield lot


def _write(keys: Iterable[Key]) -> str:
    wanted = list(keys)
    values = ("|".join(dict.fromkeys(map(quote_regex, column))) for column in zip(*wanted, strict=True))
    return f"{{{', '.join(f'{label}=~{quote(value)}' for label, value in zip(LABELS, values, strict=True))}}}"


def trusted(reading: Reading, outcome: Outcome) -> bool:
    """Whether a recorded outcome stands. What does not is asked raw: a rule that died must not hide good data."""
    if isinstance(outcome, Series) and isinstance(reading, SeriesReading):
        wanted = reading.span // reading.step + 1
        return all(len(line) >= ENOUGH * wanted for line in outcome.lines.values())
    return isinstance(outcome, Sample)
