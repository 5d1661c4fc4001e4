from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.catalogue import SignalKind
from oncall_tui.core.causes import Change, ChangeKind, Finding, Moved, find_causes
from oncall_tui.core.onset import Excursion
from oncall_tui.core.topology import Topology

FLEET = Topology(
    {
        "clickstream": (),
        "feature-store": ("clickstream",),
        "ranker": ("feature-store",),
        "fraud": ("feature-store",),
        "embedder": (),
        "gateway": ("ranker",),
    }
)
MINUTE = 60.0


def moved(
    service: str, minute: float, level: float = 8.0, *, signal: str = "x", until: float | None = None, off: float = 1.0
) -> Moved:
    when = Excursion(
        at=minute * MINUTE,
        earliest=(minute - off) * MINUTE,
        latest=(minute + off) * MINUTE,
        until=None if until is None else until * MINUTE,
        level=level,
        values=30,
    )
    return Moved(service, signal, SignalKind.OTHER, when)


def version(service: str, minute: float) -> Change:
    return Change(service, minute * MINUTE, ChangeKind.VERSION, "version v42")


def found(symptom: Moved, *others: Moved, changes: tuple[Change, ...] = (), affected: tuple[str, ...] = ()) -> Finding:
    return find_causes(symptom, (symptom, *others), changes, FLEET, affected)


def test_what_moved_first_upstream_is_the_cause_though_it_moved_less() -> None:
    finding = found(
        moved("ranker", 130, 40.0),
        moved("feature-store", 120, 9.0),
        moved("clickstream", 110, 5.0),
        affected=("fraud",),
    )
    assert [suspect.service for suspect in finding.suspects] == ["clickstream", "feature-store", "ranker"]
    assert finding.sure
    first = finding.suspects[0]
    assert "is upstream of, or is, all 2 services in trouble" in first.speaks_for
    assert "moved 20m before the symptom" in first.speaks_for
    assert not first.speaks_against


def test_a_release_right_before_is_named_with_its_lag() -> None:
    finding = found(moved("ranker", 130), changes=(version("ranker", 128), version("gateway", 129)))
    first, *rest = finding.suspects
    assert (first.service, first.change) == ("ranker", version("ranker", 128))
    assert "version v42 came 2m before" in first.speaks_for
    assert finding.sure
    assert all("nothing that is in trouble depends on it" in suspect.speaks_against for suspect in rest)


def test_a_release_before_what_moved_most_is_named_though_something_was_a_little_off_already() -> None:
    wobble, jump = moved("clickstream", 80, 4.0, signal="lag"), moved("clickstream", 121, 190.0, signal="quality")
    finding = found(moved("ranker", 130), wobble, jump, changes=(version("clickstream", 120),))
    first = finding.suspects[0]
    assert (first.service, first.change) == ("clickstream", version("clickstream", 120))
    assert "version v42 came 1m before" in first.speaks_for


def test_what_is_hardly_out_of_its_range_upstream_does_not_explain_a_release_away() -> None:
    finding = found(moved("fraud", 130, 200.0), moved("clickstream", 110, 2.5), changes=(version("fraud", 129),))
    first, second = finding.suspects
    assert (first.service, second.service) == ("fraud", "clickstream")
    assert finding.sure
    assert "x is so little out of its range that it may be chance" in second.speaks_against


def test_what_moved_after_the_symptom_is_no_cause() -> None:
    finding = found(moved("ranker", 130), moved("feature-store", 150))
    assert finding.suspects[0].service == "ranker"
    assert "moved 20m after the symptom" in finding.suspects[1].speaks_against


def test_what_was_over_before_the_symptom_began_speaks_against_itself() -> None:
    finding = found(moved("ranker", 130), moved("clickstream", 60, until=75))
    assert finding.suspects[0].service == "ranker"
    assert "was back in range 55m before the symptom" in finding.suspects[1].speaks_against


def test_two_that_moved_together_with_neither_above_the_other_are_not_told_apart() -> None:
    symptom = moved("gateway", 130)
    graph = Topology({"gateway": ("ranker", "embedder"), "ranker": (), "embedder": ()})
    finding = find_causes(symptom, (symptom, moved("ranker", 125), moved("embedder", 125)), (), graph, ())
    assert not finding.sure
    assert finding.doubt == "embedder and ranker are as likely"


def test_nothing_that_moved_is_said_and_no_cause_named() -> None:
    assert find_causes(moved("ranker", 1), (), (), FLEET, ()) == Finding(
        (), False, "nothing that is measured left its range"
    )


def test_a_service_outside_the_incident_does_not_lead() -> None:
    finding = found(moved("ranker", 130, 3.0), moved("embedder", 100, 50.0))
    assert finding.suspects[0].service == "ranker"


def test_an_old_release_of_a_service_that_did_not_move_is_a_weak_suspect() -> None:
    finding = found(moved("ranker", 600), changes=(version("feature-store", 100),))
    assert finding.suspects[0].service == "ranker"
    weak = finding.suspects[1]
    assert weak.moved == ()
    assert "it was 8h20m before the symptom" in weak.speaks_against


services = st.sampled_from(list(FLEET.depends_on))
moves = st.builds(moved, services, st.integers(5, 1_000), st.floats(-50, 50).filter(lambda level: abs(level) > 2))
changes = st.builds(version, services, st.integers(0, 1_000))


@given(moves, st.lists(moves, max_size=8), st.lists(changes, max_size=4), st.sets(services))
def test_every_service_is_ranked_once_and_best_first(
    symptom: Moved, others: list[Moved], done: list[Change], affected: set[str]
) -> None:
    finding = find_causes(symptom, (symptom, *others), done, FLEET, affected)
    scores = [suspect.score for suspect in finding.suspects]
    assert scores == sorted(scores, reverse=True)
    ranked = [suspect.service for suspect in finding.suspects if suspect.moved]
    assert sorted(ranked) == sorted({symptom.service, *(one.service for one in others)})
    assert finding.sure == (not finding.doubt)
