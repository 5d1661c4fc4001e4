"""The readers of all protocols against any answer at all."""

import json

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.catalogue import Endpoint, Protocol
from oncall_tui.core.errors import Malformed, Refused, TimedOut, Unauthorized, Unreachable
from oncall_tui.sources.endpoints.look import Look
from oncall_tui.sources.endpoints.prober import STEPS
from oncall_tui.sources.endpoints.steps import Answer, Finding, Step, Verdict, health, newest
from oncall_tui.sources.limits import TooLarge

KEYS = [
    "version",
    "versions",
    "ready",
    "live",
    "data",
    "id",
    "status",
    "workers",
    "modelVersion",
    "state",
    "error",
    "models",
    "name",
]
VERDICTS = st.sampled_from([*Verdict, None])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("AVAILABLE"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*KEYS, "model_version_status"]) | st.text(), inner, max_size=5)
    ),
    max_leaves=15,
)
bodies = st.binary(max_size=50) | json_values.map(lambda value: json.dumps(value).encode())
answers = st.builds(Answer, st.integers(100, 599), bodies, whole=st.booleans())
steps = st.sampled_from([step for table in STEPS.values() for step in table])


def finding_of(step: Step, answer: Answer) -> Finding | Malformed:
    try:
        return step.read(answer, "ranker")
    except Malformed as error:
        return error


@given(steps, answers)
def test_any_answer_is_a_finding_or_malformed_and_nothing_else(step, answer):
    finding = finding_of(step, answer)
    if isinstance(finding, Finding):
        assert finding.version.isprintable()
        assert all(name.isprintable() for name in finding.models)


@given(steps, answers)
def test_nothing_but_a_2xx_is_ever_ready(step, answer):
    finding = finding_of(step, answer)
    if isinstance(finding, Finding) and finding.ready is Verdict.YES:
        assert answer.ok


@given(steps, answers)
def test_whatever_is_not_well_says_why(step, answer):
    finding = finding_of(step, answer)
    if isinstance(finding, Finding) and {finding.live, finding.ready} & {Verdict.NO, Verdict.UNCLEAR}:
        assert finding.error


def test_every_protocol_has_its_steps():
    assert set(STEPS) == set(Protocol)
    assert all(any(step.applies("ranker") for step in table) for table in STEPS.values())


@given(st.integers(100, 599))
def test_health_by_status_alone(status):
    found = health(Answer(status))
    assert (found.live is Verdict.YES) == (200 <= status < 300 or status == 503)
    assert (found.ready is Verdict.YES) == (200 <= status < 300)
    assert (found.live is Verdict.NO) == (status >= 500 and status != 503)


@given(st.lists(st.tuples(VERDICTS, VERDICTS), max_size=5))
def test_the_worst_of_several_answers_stands(verdicts):
    look = Look(Endpoint("s", "e", Protocol.HTTP, "http://x"), 0.0)
    for live, ready in verdicts:
        look.asking(Step("", lambda *_: Finding()), "GET /")
        look.found(Finding(live, ready), Answer(200))
    probe = look.probe()
    for told, answers_given in ((probe.live, [v[0] for v in verdicts]), (probe.ready, [v[1] for v in verdicts])):
        assert (told is False) == (Verdict.NO in answers_given)
        assert (told is True) == (set(answers_given) - {None} == {Verdict.YES})


def after(error, *, first: bool, vital: bool = True):
    look = Look(Endpoint("s", "e", Protocol.HTTP, "http://x"), 0.0)
    if not first:
        look.asking(Step("", lambda *_: Finding()), "GET /live")
        look.found(Finding(Verdict.YES, Verdict.YES), Answer(200))
    look.asking(Step("", lambda *_: Finding(), vital=vital), "GET /next")
    look.failed(error)
    probe = look.probe()
    return probe.live, probe.ready


def test_no_answer_at_first_is_down_later_not_ready_and_for_metadata_nothing():
    for error in (Unreachable("refused"), TimedOut("slow"), Malformed("garbled")):
        assert after(error, first=True) == (False, None)
        assert after(error, first=False) == (True, False)
        assert after(error, first=False, vital=False) == (True, True)


def test_trouble_of_our_own_is_not_blamed_on_the_endpoint():
    for error in (Unauthorized("the file with the credentials"), Refused("no url"), TooLarge("large")):
        assert after(error, first=True) == (None, None)
        assert after(error, first=False) == (True, None)


@given(st.lists(st.integers(0, 10**30), min_size=1))
def test_the_newest_of_numbers_is_the_highest(numbers):
    assert newest([str(number) for number in numbers]) == str(max(numbers)) or max(numbers) == 0
