"""An acknowledgement keeps the figures it was given under; what got clearly worse, old, or fires anew rings again."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.ack_figures import ANNOTATION, AckFigures, from_annotations, from_json
from oncall_tui.core.assess import AlertStatus, Assessment, assess
from oncall_tui.core.probes import Probe
from oncall_tui.core.tripwire import OLD_AFTER, figures_of, wired, worse

sys.path.insert(0, str(Path(__file__).parents[2] / "ui"))
import fleet

NOW = fleet.NOW
ACKED = replace(fleet.ALERTS[0], silenced_by=("s9",))
ACK = replace(
    fleet.SILENCES[0],
    id="s9",
    starts_at=NOW - 300,
    ends_at=NOW + 600,
    updated_at=NOW - 300,
    comment="ACK! on it (kept while firing)",
)


def assessed(alert=ACKED, ack=ACK, **more) -> Assessment:
    snapshot = fleet.snapshot(alerts=(alert, *fleet.ALERTS[1:]))
    return assess(replace(snapshot, silences=(ack,), **more))


def status_of(assessment: Assessment) -> AlertStatus:
    return next(one for one in assessment.alerts if one.alert.fingerprint == ACKED.fingerprint)


def now_figures(assessment: Assessment | None = None) -> AckFigures:
    assessment = assessment or assessed()
    return figures_of(assessment, status_of(assessment))


def rings(then: AckFigures | None, assessment: Assessment | None = None, old_after: float = OLD_AFTER) -> str:
    return status_of(wired(assessment or assessed(), lambda silence: then, old_after)).rings


def test_the_figures_are_those_of_the_slo_that_the_alert_names() -> None:
    figures = now_figures()
    assert (figures.slo, figures.state) == ("ranker/accuracy", "CRIT")
    assert figures.burn == pytest.approx(17.2, rel=0.1)
    assert figures.tier.startswith("page")
    assert figures.rank == 4, "the loudest of four tiers"
    assert figures.began == ACKED.starts_at
    assert figures.left is not None


def test_an_alert_of_no_service_has_no_figures_but_its_start() -> None:
    seen = assessed()
    stranger = next(one for one in seen.alerts if one.alert.name == "NodeReboot")
    assert figures_of(seen, stranger) == AckFigures(NOW, stranger.alert.starts_at)


def test_what_is_as_it_was_does_not_ring() -> None:
    assert rings(now_figures()) == ""


def test_the_next_tier_rings_and_says_both() -> None:
    then = replace(now_figures(), rank=1, tier="ticket 1×", burn=1.2)
    assert rings(then) == "burns page 14.4×, was ticket 1×"
    assert rings(replace(then, rank=0, tier="")) == "burns page 14.4×, was below any tier"


def test_what_got_better_does_not_ring() -> None:
    then = now_figures()
    assert rings(replace(then, rank=9)) == ""


def test_what_is_not_known_makes_nothing_ring() -> None:
    then = now_figures()
    assert rings(replace(then, rank=None, left=None, version="")) == ""
    assert rings(replace(then, slo="other/slo", rank=0, left=0.9)) == "", "other figures cannot be compared"
    blind = assessed(figures={})
    assert figures_of(blind, status_of(blind)).rank is None
    assert rings(replace(then, rank=0), blind) == ""


def test_a_budget_that_is_gone_since_rings() -> None:
    assert _worse_with(left=(0.2, -0.1)) == "the error budget is gone, 20% was left"
    assert _worse_with(left=(-0.1, -0.2)) == "", "it was gone then"


def _worse_with(**pairs: tuple[object, object]) -> str:
    base = replace(now_figures(), version="v1")
    then = replace(base, **{name: pair[0] for name, pair in pairs.items()})
    now = replace(base, **{name: pair[1] for name, pair in pairs.items()})
    return worse(then, now)


def test_another_version_rings() -> None:
    assert _worse_with(version=("v1", "v2")) == "version v2, was v1"
    assert _worse_with(version=("v1", "")) == ""
    assert _worse_with(version=("", "v2")) == ""


def test_the_version_is_what_the_probes_say() -> None:
    endpoint = "ranker/main"
    probe = Probe(endpoint, NOW - 2, latency=0.01, live=True, ready=True, version="v7")
    seen = assessed(probes={endpoint: probe})
    assert figures_of(seen, status_of(seen)).version == "v7"
    assert rings(replace(now_figures(seen), version="v6"), seen) == "version v7, was v6"


def test_where_there_is_no_slo_the_state_counts() -> None:
    assert _worse_with(slo=("", ""), state=("WARN", "CRIT")) == "CRIT, was WARN"
    assert _worse_with(slo=("", ""), state=("CRIT", "WARN")) == ""
    assert _worse_with(slo=("", ""), state=("OK", "UNKNOWN")) == "", "not known is not worse"
    assert _worse_with(slo=("", ""), state=("strange", "CRIT")) == ""


def test_a_kept_one_grows_old_and_one_with_an_end_of_its_own_does_not() -> None:
    then = replace(now_figures(), at=NOW - OLD_AFTER - 1)
    assert rings(then) == "acknowledged more than 4h ago"
    assert rings(replace(then, at=NOW - OLD_AFTER + 1)) == ""
    assert rings(then, assessed(ack=replace(ACK, comment="ACK! until then"))) == ""
    ancient = replace(ACK, starts_at=NOW - 20_000, updated_at=NOW - 300)
    assert rings(None, assessed(ack=ancient)) == "acknowledged more than 4h ago"
    assert rings(now_figures(), assessed(ack=ancient)) == "", "it was given anew since"


def test_an_old_one_never_covers_a_new_firing() -> None:
    then = replace(now_figures(), began=NOW - 5_000)
    anew = replace(ACKED, starts_at=NOW - 100)
    assert rings(then, assessed(anew)) == "began to fire after maria acknowledged"
    assert rings(None, assessed(anew)) == "began to fire after maria acknowledged"


def test_alerts_that_nobody_has_have_no_tripwire() -> None:
    seen = wired(assessed(), lambda silence: None)
    assert all((one.wire is not None) == (one.phase == "acked") for one in seen.listed)
    assert [one for one in seen.service("ranker").alerts if one.wire] == [status_of(seen)]  # type: ignore[union-attr]


def test_nothing_new_is_nothing_changed() -> None:
    seen = wired(assessed(), lambda silence: None)
    assert wired(seen, lambda silence: None) is seen
    again = assess(replace(seen.snapshot, at=NOW + 15), seen)
    assert wired(again, lambda silence: None).alerts is seen.alerts


def test_one_that_was_taken_back_has_its_tripwire_no_more() -> None:
    seen = wired(assessed(), lambda silence: None)
    freed = fleet.snapshot(alerts=fleet.ALERTS)
    assert status_of(wired(assess(freed, seen), lambda silence: None)).wire is None


# Kept beside the acknowledgement

FIGURES = st.builds(
    AckFigures,
    at=st.floats(0, 4e9),
    began=st.floats(0, 4e9),
    slo=st.text("abc/", max_size=9),
    burn=st.none() | st.floats(0, 1e6),
    rank=st.none() | st.integers(0, 9),
    tier=st.text("page 14.4×", max_size=9),
    left=st.none() | st.floats(-10, 1),
    state=st.sampled_from(["", "CRIT", "WARN"]),
    version=st.text("v0123.", max_size=9),
)


@given(FIGURES)
def test_what_is_written_down_is_read_back(figures: AckFigures) -> None:
    assert from_json(figures.as_json()) == figures
    assert from_annotations({"other": "x", **figures.annotations()}) == figures


@given(
    st.dictionaries(st.sampled_from(["at", "began", "burn", "rank", "slo", "x"]), st.text() | st.none() | st.floats())
)
def test_whatever_stands_there_is_figures_or_none(stored: dict[str, object]) -> None:
    found = from_json(stored)
    assert found is None or isinstance(found, AckFigures)
    texts = {f"{ANNOTATION}{name}": str(value) for name, value in stored.items()}
    assert from_annotations(texts) is None or "at" in stored


def test_text_in_it_is_made_safe_and_short() -> None:
    found = from_json({"at": 1, "began": 1, "version": "\x1b[31m" + "x" * 900})
    assert found is not None
    assert "\x1b" not in found.version
    assert len(found.version) <= 200
