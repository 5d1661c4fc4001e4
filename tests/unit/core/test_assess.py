from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert, Phase, Silence, SilenceState
from oncall_tui.core.assess import Assessment, assess, assess_endpoint, assess_signal
from oncall_tui.core.burn import DAY, HOUR
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service, Signal, SignalKind
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import Failed, Members, NoData, Provenance, Reading, Sample, SignalReading, SliReading
from oncall_tui.core.slo import RatioSli, Side, Slo, SloKind
from oncall_tui.core.slo_status import SloStatus, assess_slo
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State

NOW = 1_000_000.0
HERE = Provenance("prom", "x")
MONTH = 30 * DAY
SLO = Slo("ranker", "availability", SloKind.AVAILABILITY, 0.99, MONTH, RatioSli("x"))
DRIFT = Signal("ranker", "drift", SignalKind.DRIFT, "x", by="feature", warn=0.1, crit=0.25)
ENDPOINT = Endpoint("ranker", "eu", Protocol.KSERVE_V2, "http://127.0.0.1:1")
RANKER = Service("ranker", slos=(SLO,), signals=(DRIFT,), endpoints=(ENDPOINT,))
PROM = SourceHealth("prom", SourceKind.PROMETHEUS, "http://p", 15, NOW)
CALM = dict.fromkeys(SLO.windows, 0.001)


def sampled(value: float) -> Figure:
    return Figure(15, "prom", Sample(value, NOW, HERE))


def measured(values: dict[str, float]) -> Figure:
    return Figure(15, "prom", Members(values, NOW, HERE))


def ratios(by_window: dict[int, float], slo: Slo = SLO) -> dict[Reading, Figure]:
    return {SliReading(slo.id, window): sampled(value) for window, value in by_window.items()}


def probe(live: bool | None = True, ready: bool | None = True, at: float = NOW, error: str = "") -> Probe:
    return Probe(ENDPOINT.id, at, live, ready, error=error)


def view(
    figures: dict[Reading, Figure] | None = None,
    services: tuple[Service, ...] = (RANKER,),
    alerts: tuple[Alert, ...] = (),
    silences: tuple[Silence, ...] = (),
    probes: tuple[Probe, ...] = (),
    source: SourceHealth = PROM,
) -> Snapshot:
    return Snapshot(
        NOW,
        Catalogue(services),
        {"prom": source},
        figures or {},
        alerts=alerts,
        silences=silences,
        probes={each.endpoint: each for each in probes},
    )


GREEN: dict[Reading, Figure] = {**ratios(CALM), SignalReading("ranker", "drift"): measured({"age": 0.01})}


def judged(by_window: dict[int, float], slo: Slo = SLO) -> SloStatus:
    return assess_slo(view(ratios(by_window, slo)), slo)


def alert(severity: str = "page", service: str = "ranker", **fields: object) -> Alert:
    labels = {"alertname": "Slow", "severity": severity, "service": service}
    return Alert("am", "f1", labels, **fields)  # type: ignore[arg-type]


def whole(*alerts: Alert, silences: tuple[Silence, ...] = ()) -> Assessment:
    """A fleet where everything is well but for these alerts."""
    return assess(view(GREEN, alerts=alerts, silences=silences, probes=(probe(),)))


# --- SLOs


def test_nothing_measured_yet_is_unknown() -> None:
    status = judged({})
    assert (status.state, status.reason, status.doubt) == (State.UNKNOWN, "not asked yet", "not asked yet")
    assert (status.remaining, status.exhausted_in, status.burn(HOUR), status.sli(MONTH)) == (None, None, None, None)


@pytest.mark.parametrize("missing", SLO.windows)
def test_one_missing_window_is_unknown_and_not_ok(missing: int) -> None:
    status = judged({window: ratio for window, ratio in CALM.items() if window != missing})
    assert (status.state, status.reason) == (State.UNKNOWN, "not asked yet")


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        (Figure(15, "prom", None, NoData("no traffic", NOW, HERE)), "no traffic"),
        (Figure(15, "prom", None, Failed("bad query", "", NOW, HERE)), "bad query"),
        (Figure(15, "prom", Sample(0.0, NOW - 46, HERE)), "stale"),
        (sampled(math.nan), "error ratio nan is not in 0..1"),
        (sampled(math.inf), "error ratio inf is not in 0..1"),
        (sampled(-0.5), "error ratio -0.5 is not in 0..1"),
        (sampled(30), "error ratio 30 is not in 0..1"),
        (measured({"": 0.0}), "not a single number"),
    ],
)
def test_a_figure_that_cannot_be_believed_is_unknown_and_says_why(figure: Figure, reason: str) -> None:
    status = assess_slo(view(ratios(CALM) | {SliReading(SLO.id, 300): figure}), SLO)
    assert (status.state, status.reason) == (State.UNKNOWN, reason)
    assert status.burn(300) is None
    assert status.burn(HOUR) == pytest.approx(0.1)


@pytest.mark.parametrize(("value", "ratio"), [(1.004, 1.0), (-0.004, 0.0)])
def test_a_ratio_a_hair_outside_its_range_is_rounded_into_it(value: float, ratio: float) -> None:
    assert judged(CALM | {300: value}).error_ratio(300) == ratio


def test_every_window_known_and_calm_is_ok() -> None:
    status = judged(CALM)
    assert (status.state, status.reason, status.doubt) == (State.OK, "within budget", "")
    assert status.remaining == pytest.approx(0.9)
    assert status.exhausted_in == pytest.approx(0.9 * MONTH / 0.1)
    assert status.sli(MONTH) == pytest.approx(0.999)


def test_no_errors_at_all_exhaust_nothing() -> None:
    status = judged(dict.fromkeys(SLO.windows, 0.0))
    assert (status.state, status.remaining, status.exhausted_in) == (State.OK, 1, None)


def test_a_page_burn_is_critical() -> None:
    status = judged(CALM | {300: 0.2, HOUR: 0.2})
    assert (status.state, status.reason) == (State.CRIT, "burns 20.0x over 1h")


def test_a_page_burn_is_critical_though_other_windows_are_missing() -> None:
    status = judged({300: 0.2, HOUR: 0.2})
    assert (status.state, status.remaining) == (State.CRIT, None)
    assert status.doubt == "not asked yet"


def test_a_burn_in_the_short_window_alone_is_no_alert() -> None:
    assert judged(CALM | {300: 1.0}).state is State.OK


def test_a_ticket_burn_is_a_warning() -> None:
    status = judged(CALM | {2 * HOUR: 0.04, DAY: 0.04})
    assert (status.state, status.reason) == (State.WARN, "burns 4.0x over 1d")


def test_a_page_burn_comes_before_a_ticket_burn() -> None:
    assert judged(dict.fromkeys(SLO.windows, 0.2)).reason == "burns 20.0x over 1h"


@pytest.mark.parametrize("spent", [0.01, 0.02])
def test_a_budget_that_is_gone_is_critical_with_nothing_burning_now(spent: float) -> None:
    status = judged(CALM | {MONTH: spent + 1e-9})
    assert (status.state, status.reason, status.exhausted_in) == (State.CRIT, "budget spent", 0)


def test_a_slower_burn_than_a_ticket_with_budget_left_is_ok() -> None:
    assert judged(CALM | {MONTH: 0.0099}).state is State.OK


def test_the_verdicts_are_those_of_the_slos_own_tiers() -> None:
    bare = replace(SLO, tiers=())
    assert assess_slo(view(ratios({MONTH: 0.001})), bare).state is State.OK
    assert [verdict.tier for verdict in judged(CALM).verdicts] == list(SLO.policy)


known_or_not = st.none() | st.floats(0, 1) | st.just(math.nan)


@given(st.tuples(*[known_or_not] * len(SLO.windows)))
def test_an_slo_with_any_missing_figure_is_never_ok(values: tuple[float | None, ...]) -> None:
    given_ = dict(zip(SLO.windows, values, strict=True))
    status = judged({window: value for window, value in given_.items() if value is not None})
    if any(value is None or math.isnan(value) for value in values):
        assert status.state is not State.OK
        assert status.doubt


@given(st.tuples(*[st.floats(0, 1)] * len(SLO.windows)), st.sampled_from(SLO.windows))
def test_losing_a_figure_never_makes_things_look_better(values: tuple[float, ...], lost: int) -> None:
    full = dict(zip(SLO.windows, values, strict=True))
    before = judged(full).state
    after = judged({window: value for window, value in full.items() if window != lost}).state
    assert after is not State.OK
    if before is State.OK:
        assert after is State.UNKNOWN


# --- signals


def signalled(value: float | dict[str, float] | None, signal: Signal = DRIFT) -> tuple[State, str]:
    values = value if isinstance(value, dict) else {"": value}
    figures = {} if value is None else {SignalReading(signal.service, signal.name): measured(values)}  # type: ignore[arg-type]
    status = assess_signal(view(figures), signal)
    return status.state, status.reason


ACCURACY = replace(DRIFT, name="accuracy", kind=SignalKind.ACCURACY, by="", good=Side.AT_LEAST, warn=0.95, crit=0.9)


@pytest.mark.parametrize(
    ("signal", "value", "state", "reason"),
    [
        (DRIFT, None, State.UNKNOWN, "not asked yet"),
        (DRIFT, {}, State.UNKNOWN, "not a number"),
        (DRIFT, {"age": math.nan, "sex": 0.0}, State.UNKNOWN, "not a number"),
        (DRIFT, {"sex": 0.0, "age": math.nan}, State.UNKNOWN, "not a number"),
        (DRIFT, 0.1, State.OK, "in bounds"),
        (DRIFT, 0.11, State.WARN, "0.11 > 0.1"),
        (DRIFT, 0.25, State.WARN, "0.25 > 0.1"),
        (DRIFT, 0.26, State.CRIT, "0.26 > 0.25"),
        (DRIFT, math.inf, State.CRIT, "inf > 0.25"),
        (DRIFT, {"age": 0.01, "income": 0.3, "sex": 0.2}, State.CRIT, "income 0.3 > 0.25"),
        (ACCURACY, 0.95, State.OK, "in bounds"),
        (ACCURACY, 0.949, State.WARN, "0.949 < 0.95"),
        (ACCURACY, 0.9, State.WARN, "0.9 < 0.95"),
        (ACCURACY, 0.89, State.CRIT, "0.89 < 0.9"),
        (ACCURACY, {"eu": 0.99, "us": 0.91}, State.WARN, "us 0.91 < 0.95"),
        (replace(DRIFT, warn=None), 0.2, State.OK, "in bounds"),
        (replace(DRIFT, crit=None), 9.0, State.WARN, "9 > 0.1"),
        (replace(DRIFT, warn=None, crit=None), 9.0, State.OK, ""),
        (replace(DRIFT, unit="s"), 0.2, State.WARN, "0.2s > 0.1s"),
        (replace(DRIFT, unit="s", warn=21_600.0, crit=None), 25_200.0, State.WARN, "7h > 6h"),
        (replace(DRIFT, unit="s", warn=21_600.0, crit=None), 21_610.0, State.WARN, "21610 s > 21600 s"),
        (replace(DRIFT, unit="s"), 1e300, State.CRIT, "999y+ > 0.25s"),
        (replace(ACCURACY, unit="ratio"), 0.86, State.CRIT, "86% < 90%"),
        (replace(ACCURACY, unit="ratio"), 0.89999, State.CRIT, "0.89999 < 0.9"),
        (replace(DRIFT, unit="%"), 0.2, State.WARN, "0.2% > 0.1%"),
        (replace(DRIFT, unit="req/s"), 0.2, State.WARN, "0.2 req/s > 0.1 req/s"),
    ],
)
def test_a_signal_is_judged_by_its_worst_member_on_the_bad_side_of_its_bounds(
    signal: Signal, value: float | dict[str, float] | None, state: State, reason: str
) -> None:
    assert signalled(value, signal) == (state, reason)


def test_a_signal_answered_with_a_single_sample_is_not_understood() -> None:
    status = assess_signal(view({SignalReading("ranker", "drift"): sampled(0.0)}), DRIFT)
    assert (status.state, status.reason, status.worst) == (State.UNKNOWN, "not values by member", None)


@given(st.dictionaries(st.sampled_from("abc"), st.floats()))
def test_a_signal_is_ok_only_when_every_member_is_in_bounds(values: dict[str, float]) -> None:
    in_bounds = bool(values) and all(value <= 0.1 for value in values.values())
    assert (signalled(values)[0] is State.OK) is in_bounds


# --- endpoints


@pytest.mark.parametrize(
    ("look", "state", "reason"),
    [
        (None, State.UNKNOWN, "not asked yet"),
        (probe(at=NOW - 46), State.UNKNOWN, "stale"),
        (probe(False, None, at=NOW - 46), State.UNKNOWN, "stale"),
        (probe(False, None, error="connection refused"), State.CRIT, "connection refused"),
        (probe(False, False), State.CRIT, "down"),
        (probe(True, False), State.WARN, "not ready"),
        (probe(True, False, error="loading"), State.WARN, "loading"),
        (probe(None, None, error="not a KServe server"), State.UNKNOWN, "not a KServe server"),
        (probe(True, None), State.UNKNOWN, "it does not tell"),
        (probe(None, True), State.OK, "ready"),
        (probe(), State.OK, "ready"),
        (probe(at=NOW - 45), State.OK, "ready"),
    ],
)
def test_an_endpoint_is_ok_only_when_it_was_just_seen_ready(look: Probe | None, state: State, reason: str) -> None:
    status = assess_endpoint(view(probes=(look,) if look else ()), ENDPOINT)
    assert (status.state, status.reason, status.probe) == (state, reason, look)


# --- services and the whole


def test_a_service_where_nothing_is_measured_is_unknown() -> None:
    (status,) = assess(view(services=(Service("bare"),))).services
    assert (status.state, status.reason, status.worst_slo) == (State.UNKNOWN, "nothing is measured here", None)


def test_a_fleet_of_nothing_is_unknown() -> None:
    assert assess(view(services=())).state is State.UNKNOWN
    assert assess(Snapshot(NOW, Catalogue())).state is State.UNKNOWN


def test_everything_known_and_well_is_ok() -> None:
    assessment = whole()
    assert (assessment.state, assessment.services[0].reason) == (State.OK, "availability: within budget")
    assert assessment.count(State.OK) == 1


@pytest.mark.parametrize("missing", list(GREEN))
def test_a_service_with_any_missing_figure_is_never_ok(missing: Reading) -> None:
    figures = {reading: figure for reading, figure in GREEN.items() if reading != missing}
    assessment = assess(view(figures, probes=(probe(),)))
    assert assessment.state is State.UNKNOWN
    assert assessment.services[0].reason.endswith("not asked yet")


@given(st.sets(st.sampled_from([*GREEN, "probe"])))
def test_only_a_service_whose_every_part_is_known_is_ok(known: set[Reading | str]) -> None:
    figures = {reading: figure for reading, figure in GREEN.items() if reading in known}
    assessment = assess(view(figures, probes=(probe(),) if "probe" in known else ()))
    assert assessment.state is (State.OK if len(known) == len(GREEN) + 1 else State.UNKNOWN)


def test_a_dead_source_turns_its_figures_and_the_whole_unknown() -> None:
    dead = replace(PROM, answered_at=NOW - 46, error="connection refused")
    assessment = assess(view(GREEN, probes=(probe(),), source=dead))
    assert assessment.state is State.UNKNOWN
    assert assessment.services[0].reason == "availability: prom: connection refused"


def test_a_dead_source_that_measures_nothing_still_leaves_the_whole_unknown() -> None:
    lone = Service("lone", endpoints=(replace(ENDPOINT, service="lone"),))
    up = replace(probe(), endpoint="lone/eu")
    assert assess(view(services=(lone,), probes=(up,))).state is State.OK
    assert assess(view(services=(lone,), probes=(up,), source=replace(PROM, answered_at=None))).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("severity", "state"),
    [("page", State.CRIT), ("critical", State.CRIT), ("ticket", State.WARN), ("odd", State.WARN), ("info", State.OK)],
)
@pytest.mark.parametrize("service", ["ranker", "nobody's"])
def test_a_firing_alert_counts_by_its_severity_whosever_it_is(severity: str, state: State, service: str) -> None:
    assert whole(alert(severity, service)).state is state


def test_a_firing_alert_is_the_reason_of_its_service() -> None:
    (status,) = whole(alert()).services
    assert (status.state, status.reason) == (State.CRIT, "alert Slow")
    assert [mine.service for mine in status.alerts] == ["ranker"]


def test_an_alert_of_nobodys_leaves_the_services_alone() -> None:
    assert whole(alert(service="nobody's")).services[0].state is State.OK


ACK = Silence("am", "ack", parse_matchers("a=b"), 0, NOW + 900, "maria", "ACK! mine", SilenceState.ACTIVE)


def test_an_acknowledged_alert_still_counts_and_says_who_has_it() -> None:
    assessment = whole(alert(silenced_by=("ack",)), silences=(ACK,))
    assert assessment.state is State.CRIT
    assert (assessment.alerts[0].phase, assessment.alerts[0].ack) == (Phase.ACKNOWLEDGED, ACK)


@pytest.mark.parametrize("service", ["ranker", "nobody's"])
@pytest.mark.parametrize("fields", [{"silenced_by": ("maintenance",)}, {"inhibited_by": ("f2",)}, {"pending": True}])
def test_silenced_inhibited_and_pending_alerts_do_not_raise_the_state(fields: dict[str, object], service: str) -> None:
    assert whole(alert(service=service, **fields)).state is State.OK


@pytest.mark.parametrize("service", ["bare", "nobody's"])
def test_an_alert_that_merely_informs_makes_nothing_green(service: str) -> None:
    assessment = assess(view(services=(Service("bare"),), alerts=(alert("info", service),)))
    assert (assessment.state, assessment.services[0].state) == (State.UNKNOWN, State.UNKNOWN)
    assert assess(view(services=(), alerts=(alert("info"),))).state is State.UNKNOWN


def test_an_endpoint_that_is_down_is_critical_for_its_service() -> None:
    (status,) = assess(view(GREEN, probes=(probe(False, None, error="connection refused"),))).services
    assert (status.state, status.reason) == (State.CRIT, "endpoint eu: connection refused")


def test_services_come_worst_first_and_then_by_name() -> None:
    services = (Service("b"), RANKER, Service("a"), Service("down", endpoints=(replace(ENDPOINT, service="down"),)))
    down = replace(probe(False), endpoint="down/eu")
    assessment = assess(view(GREEN, services, probes=(probe(), down)))
    assert [status.service.name for status in assessment.services] == ["down", "a", "b", "ranker"]


def test_alerts_come_loudest_first_and_then_newest() -> None:
    order = [
        alert("page", starts_at=20, updated_at=1),
        alert("page", starts_at=10, updated_at=2),
        alert("ticket", starts_at=99, updated_at=3),
        alert("page", silenced_by=("ack",), starts_at=99, updated_at=4),
        alert("page", pending=True, starts_at=99, updated_at=5),
        alert("page", silenced_by=("plain",), updated_at=6),
        alert("page", inhibited_by=("f2",), updated_at=7),
    ]
    seen = whole(*reversed(order), silences=(ACK,)).alerts
    assert [status.alert.updated_at for status in seen] == [1, 2, 3, 4, 5, 6, 7]


def test_the_worst_slo_of_a_service_has_the_least_budget_among_equals() -> None:
    slos = tuple(replace(SLO, name=name) for name in ("rich", "poor", "unknown"))
    figures = ratios(CALM, slos[0]) | ratios(CALM | {MONTH: 0.009}, slos[1])
    (ranker,) = assess(view(figures, (replace(RANKER, slos=slos[:2]),))).services
    assert ranker.worst_slo is not None
    assert ranker.worst_slo.slo.name == "poor"
    (ranker,) = assess(view(figures, (replace(RANKER, slos=slos),))).services
    assert ranker.worst_slo is not None
    assert ranker.worst_slo.slo.name == "unknown"


def test_an_assessment_is_asked_by_name() -> None:
    assessment = whole()
    assert assessment.service("ranker") is assessment.services[0]
    assert assessment.slo("ranker/availability") is assessment.services[0].slos[0]
    assert assessment.service("fraud") is None
    assert assessment.slo("fraud/availability") is None


def test_an_alert_belongs_to_the_member_of_a_grouped_slo_whose_values_it_carries() -> None:
    members = tuple(replace(SLO, by=("region",), group={"region": name}) for name in ("eu", "us"))
    other = replace(SLO, name="latency")
    labels = {"alertname": "Burn", "severity": "page", "service": "ranker", "sloth_slo": "availability"}
    europe = Alert("am", "1", {**labels, "region": "eu"})
    anywhere = Alert("am", "2", labels)
    seen = assess(view(services=(Service("ranker", slos=(*members, other)),), alerts=(europe, anywhere)))
    assert {s.alert.fingerprint for s in seen.alerts_of_slo(members[0].id)} == {"1"}
    assert seen.alerts_of_slo(members[1].id) == ()
    assert seen.alerts_of_slo(other.id) == ()
    assert seen.alerts_of_slo("ranker/nothing") == ()
    named = seen.slo_of(next(s for s in seen.alerts if s.alert.fingerprint == "1"))
    assert named is not None
    assert named.slo.id == "ranker/availability{region=eu}"


def test_what_resolved_is_listed_after_all_alerts_and_counts_nowhere_else():
    gone = Alert("am", "gone", {"alertname": "Gone", "service": "ranker", "severity": "page"}, resolved_at=NOW)
    whole = assess(replace(view(ratios(CALM)), resolved=(gone,)))
    assert [status.phase for status in whole.listed] == [*(s.phase for s in whole.alerts), Phase.RESOLVED]
    assert all(status.alert is not gone for status in whole.alerts)
    assert whole.state == assess(view(ratios(CALM))).state


def test_an_assessment_takes_over_what_did_not_change_and_nothing_else():
    fires = Alert("am", "f", {"alertname": "F", "severity": "page"})
    before = assess(view(alerts=(fires,)))
    assert assess(replace(before.snapshot, at=NOW + 15), before).listed is before.listed
    elsewhere = view(services=(Service("s", matchers=parse_matchers('severity="page"')),), alerts=(fires,))
    assert [status.service for status in assess(elsewhere, before).listed] == ["s"]
    flaps = assess(replace(before.snapshot, begun={fires.key: 4}), before)
    assert [status.begun for status in flaps.listed] == [4]
    acked = replace(fires, silenced_by=("s",))
    by_whom = Silence("am", "s", (), 0, 9, "maria", "ACK! mine", SilenceState.ACTIVE)
    later = assess(replace(before.snapshot, alerts=(acked,), silences=(by_whom,)), before)
    assert [status.phase for status in later.listed] == [Phase.ACKNOWLEDGED]
    given_up = assess(replace(later.snapshot, silences=()), later)
    assert [status.phase for status in given_up.listed] == [Phase.SILENCED]
