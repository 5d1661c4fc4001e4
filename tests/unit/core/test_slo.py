from __future__ import annotations

from dataclasses import replace

from oncall_tui.core.burn import DAY, HOUR, MONTHLY, WEEKLY, Severity, Tier
from oncall_tui.core.slo import RatioSli, Slo, SloKind


def slo(period: int = 30 * DAY, tiers: tuple[Tier, ...] | None = None) -> Slo:
    return Slo("ranker", "availability", SloKind.AVAILABILITY, 0.999, period, RatioSli("x[$window]"), tiers=tiers)


def test_an_slo_is_named_by_its_service_and_its_name() -> None:
    assert slo().id == "ranker/availability"


def test_an_slo_without_tiers_of_its_own_takes_those_of_its_period() -> None:
    assert slo().policy is MONTHLY
    assert slo(7 * DAY).policy is WEEKLY


def test_an_slo_that_wants_no_tiers_has_none() -> None:
    assert slo(tiers=()).policy == ()
    assert slo(tiers=()).windows == (30 * DAY,)


def test_the_windows_of_an_slo_end_with_its_period() -> None:
    assert slo().windows == (300, 1_800, HOUR, 2 * HOUR, 6 * HOUR, DAY, 3 * DAY, 30 * DAY)
    own = (Tier(Severity.PAGE, 2 * HOUR, 600, 0.1),)
    assert slo(28 * DAY, own).windows == (600, 2 * HOUR, 28 * DAY)


def test_an_alert_speaks_of_the_slo_it_names_and_of_its_group() -> None:
    whole = slo(2_592_000)
    eu = replace(whole, by=("region",), group={"region": "eu"})
    assert whole.raised({"slo": "availability"})
    assert whole.raised({"sloth_slo": "availability"})
    assert not whole.raised({"slo": "latency"})
    assert eu.raised({"slo": "availability", "region": "eu"})
    assert not eu.raised({"slo": "availability", "region": "us"})
    assert not eu.raised({"slo": "availability"})
