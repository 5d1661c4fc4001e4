"""Generated rules under the real promtool and in a real Prometheus: checked, tested, evaluated, found, and believed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_fixture import RunningPrometheus, binary

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.loader import example_config
from oncall_tui.core.burn import DAY, HOUR, Severity, Tier
from oncall_tui.core.catalogue import Catalogue, Service
from oncall_tui.core.duration import format_duration
from oncall_tui.core.readings import Origin, Sample, SliReading
from oncall_tui.core.slo import (
    EventsSli,
    LatencySli,
    NativeLatencySli,
    NoDataPolicy,
    RatioSli,
    Side,
    Sli,
    SlicesSli,
    Slo,
    SloKind,
)
from oncall_tui.rules import RuleFiles, rule_files, rule_set, to_yaml
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.sources.prometheus.rule_queries import RuleQueries
from oncall_tui.wiring.rules import configured_rules

pytestmark = pytest.mark.live

QUERIES = RuleQueries()


def slo(service: str, name: str, sli: Sli, **changes: Any) -> Slo:
    return Slo(
        **({"kind": SloKind.OTHER, "objective": 0.99, "period": 30 * DAY} | changes),
        service=service,
        name=name,
        sli=sli,
    )


def events(service: str, function: str = "rate", errors: str = 'code=~"5.."') -> EventsSli:
    own = f'service="{service}"'
    return EventsSli(
        f"sum({function}(requests_total{{{own}}}[$window]))",
        f"sum({function}(requests_total{{{own},{errors}}}[$window]))",
    )


def each_kind() -> tuple[Slo, ...]:
    """One SLO of every SLI kind, and of everything that changes its rules."""
    split = EventsSli("sum(rate(all_total[$window]))", good="sum(rate(ok_total[$window]))")
    by_region = EventsSli("sum(rate(calls_total[$window]))", 'sum(rate(calls_total{code="500"}[$window]))')
    return (
        slo("a", "events", events("a")),
        slo("a", "good", split),
        slo("b", "increase", events("b", "increase", 'code!~"2..|3.."'), min_events=500),
        slo("a", "latency", LatencySli("d_seconds", 0.25, 'service="a"'), objective=0.999),
        slo("a", "native", NativeLatencySli("n_seconds", 0.25, 'service="a"'), min_events=10),
        slo("a", "accuracy", SlicesSli("accuracy", 0.9, Side.AT_LEAST)),
        slo("a", "freshness", SlicesSli("time() - max(newest_seconds)", 900, Side.AT_MOST)),
        slo("a", "throughput", SlicesSli("sum(rate(done_total[5m]))", 50, Side.AT_LEAST)),
        slo("a", "drift", SlicesSli("max by (feature) (psi) / 2", 0.25, Side.AT_MOST, 300)),
        slo("a", "ratio", RatioSli("1 - avg_over_time(probe_success[$window])")),
        slo("c", "division", RatioSli('sum(rate(q_total{ok="no"}[$window])) / sum(rate(q_total[$window]))')),
        slo("a", "grouped", by_region, by=("region",), labels={"region": "no", "tier": "1"}),
        slo("d", "bad", events("d"), no_data=NoDataPolicy.BAD, min_events=10),
        slo("e", "good-if-silent", events("e"), no_data=NoDataPolicy.GOOD),
        slo("f", "raw", events("f"), recorded=False, no_data=NoDataPolicy.BAD),
        slo(
            "g",
            "grouped-bad",
            EventsSli("sum(rate(g_total[$window]))", "sum(rate(ge_total[$window]))"),
            by=("region",),
            no_data=NoDataPolicy.BAD,
        ),
        slo("h", "weekly", events("h"), period=7 * DAY),
        slo("i", "own-tiers", events("i"), tiers=(Tier(Severity.TICKET, 2 * HOUR, 600, 0.1),), period=DAY),
        slo("j", "hopeless", events("j"), objective=0.5),
        slo("k-l", "m", events("k-l")),
        slo("k", "l-m", events("k")),
        slo("n", 'q"uo\\te', events("n"), description="{{ evil }} {{ template `x` }}\n", labels={"t": "{{ $x }}"}),
        slo("o", "free", RatioSli("quantile(0.5, avg_over_time(x[$window]))")),
    )


def catalogue(*slos: Slo) -> Catalogue:
    return Catalogue((Service("all", team="{{ team }}", slos=slos),))


def promtool(folder: Path, *arguments: str) -> str:
    done = subprocess.run([binary("promtool"), *arguments], cwd=folder, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4_000:]
    return done.stdout


def passes(folder: Path, files: RuleFiles) -> None:
    files.write(folder, force=False)
    promtool(folder, "check", "rules", f"{files.name}.rules.yaml")
    promtool(folder, "test", "rules", f"{files.name}.rules.test.yaml")


def test_the_examples_rules_pass_promtool_and_so_do_their_generated_tests(tmp_path: Path) -> None:
    files = configured_rules(example_config(), (), "prometheus")
    assert files.remarks == ()
    # What waits for labels is judged late, which the cases cannot say; it is named.
    assert [line.split()[1] for line in files.tests.splitlines() if "not tested" in line] == ["churn/accuracy"]
    passes(tmp_path, files)


def test_rules_of_every_kind_of_sli_pass_promtool_and_so_do_their_generated_tests(tmp_path: Path) -> None:
    files = rule_files(rule_set(catalogue(*each_kind()), QUERIES), QUERIES, "kinds", kubernetes=False)
    assert files.remarks == ()
    untested = [line for line in files.tests.splitlines() if "tested" in line and line.startswith("#")]
    assert [line.split()[1] for line in untested] == ["a/native", "o/free"]
    passes(tmp_path, files)


def test_a_generated_test_fails_where_the_rules_are_not_what_they_should_be(tmp_path: Path) -> None:
    made = rule_set(catalogue(slo("a", "events", events("a"))), QUERIES)
    files = rule_files(made, QUERIES, "broken", kubernetes=False)
    files.write(tmp_path, force=False)
    rules = tmp_path / "broken.rules.yaml"
    rules.write_text(rules.read_text().replace("(14.4 * 0.01)", "(140 * 0.01)").replace("(6 * 0.01)", "(140 * 0.01)"))
    with pytest.raises(AssertionError, match="page"):
        promtool(tmp_path, "test", "rules", "broken.rules.test.yaml")


# The period, by promtool: a light good day, an idle hour, a heavy bad hour, an idle hour.

DAY_ITSELF, IDLE, HEAVY = 22 * 60, 60, 60


def period_case(check: list[dict[str, Any]]) -> dict[str, Any]:
    """A request a minute for 22 hours, then 1,000 a minute that fail; in minutes."""
    good = f"0+1x{DAY_ITSELF} {DAY_ITSELF}+0x{IDLE + HEAVY + IDLE - 1}"
    bad = f"0+0x{DAY_ITSELF + IDLE} 1000+1000x{HEAVY - 1} {HEAVY * 1_000}+0x{IDLE - 1}"
    series = {'requests_total{service="a",code="200"}': good, 'requests_total{service="a",code="500"}': bad}
    return {
        "rule_files": ["period.rules.yaml"],
        "evaluation_interval": "4m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": check,
            }
        ],
    }


def test_the_period_weighs_by_traffic_and_hours_without_traffic_neither_count_nor_poison(tmp_path: Path) -> None:
    one = slo("a", "events", events("a"), period=7 * DAY)
    (tmp_path / "period.rules.yaml").write_text(to_yaml(rule_set(catalogue(one), QUERIES).document))
    total = HEAVY * 1_000 + DAY_ITSELF
    expected = HEAVY * 1_000 / total
    end = f"{DAY_ITSELF + IDLE + HEAVY + IDLE}m"
    idle = f"{DAY_ITSELF + 50}m"
    own = '{sloth_id="a-events"}'
    hit = [{"labels": "{}", "value": 1}]
    checks = [
        # In the idle hour nothing is known of the last 5 minutes, and the day before was good.
        {"expr": f"slo:sli_error:ratio_rate5m{own}", "eval_time": idle, "exp_samples": []},
        {"expr": f"sum(slo:sli_error:ratio_rate7d{own}) == bool 0", "eval_time": idle, "exp_samples": hit},
        {
            "expr": f"abs(sum(slo:sli_error:ratio_rate7d{own}) - {expected}) < bool 0.002",
            "eval_time": end,
            "exp_samples": hit,
        },
        {
            "expr": f"abs(sum(slo:period_burn_rate:ratio{own}) - {expected / 0.01}) < bool 0.2",
            "eval_time": end,
            "exp_samples": hit,
        },
        {"expr": f"slo:sli_error:ratio_rate5m{own}", "eval_time": end, "exp_samples": []},
    ]
    (tmp_path / "period.test.yaml").write_text(yaml.safe_dump(period_case(checks)))
    promtool(tmp_path, "test", "rules", "period.test.yaml")


def test_a_group_that_falls_silent_is_told_of_and_burns_where_no_data_counts_as_bad(tmp_path: Path) -> None:
    by_region = EventsSli("sum(rate(calls_total[$window]))", 'sum(rate(calls_total{code="500"}[$window]))')
    one = slo("a", "grouped", by_region, by=("region",), no_data=NoDataPolicy.BAD)
    series = {'calls_total{region="x",code="200"}': "0+60x240", 'calls_total{region="y",code="200"}': "0+60x60"}
    fires = 'count by (alertname, region, severity) (ALERTS{alertstate="firing"})'
    silent = [
        {"labels": f'{{alertname="{name}", region="y", severity="{severity}"}}', "value": 1}
        for name, severity in (("AGroupedNoData", "ticket"), ("AGroupedBurn", "page"))
    ]
    judge(tmp_path, one, series, [(fires, 50, []), (fires, 200, silent)])


@pytest.mark.parametrize(("every_minutes", "fires"), [(10, []), (1, ["page", "ticket"])])
def test_too_few_events_hold_an_alert_back_and_enough_do_not(
    tmp_path: Path, every_minutes: int, fires: list[str]
) -> None:
    one = slo("a", "events", events("a"), min_events=20)
    values = " ".join(str(minute // every_minutes) for minute in range(121))
    expected = [{"labels": f'{{severity="{severity}"}}', "value": 1} for severity in fires]
    burning = 'count by (severity) (ALERTS{alertname="AEventsBurn", alertstate="firing"})'
    judge(tmp_path, one, {'requests_total{service="a",code="500"}': values}, [(burning, 119, expected)])


def judge(folder: Path, one: Slo, series: dict[str, str], checks: list[tuple[str, int, list[dict[str, Any]]]]) -> None:
    """Run the SLO's rules over series by the minute; checks: expression, minute, samples."""
    (folder / "one.rules.yaml").write_text(to_yaml(rule_set(catalogue(one), QUERIES).document))
    case = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": e, "eval_time": f"{at}m", "exp_samples": found} for e, at, found in checks],
    }
    document = {"rule_files": ["one.rules.yaml"], "evaluation_interval": "1m", "tests": [case]}
    (folder / "one.test.yaml").write_text(yaml.safe_dump(document))
    promtool(folder, "test", "rules", "one.test.yaml")


# A real Prometheus, whose rules are a moment old and whose history is a week old


def watched() -> tuple[Slo, ...]:
    week: dict[str, Any] = {"period": 7 * DAY}
    return (
        slo("a", "events", events("a"), **week),
        slo("a", "latency", LatencySli("d_seconds", 0.25, 'service="a"'), **week, objective=0.8, labels={"tier": "1"}),
        slo("a", "accuracy", SlicesSli('accuracy{service="a"}', 0.9, Side.AT_LEAST), **week),
        slo("a", "ratio", RatioSli('1 - avg_over_time(probe_success{service="a"}[$window])'), **week),
        slo(
            "burning",
            "now",
            events("burning"),
            **week,
            description="{{ evil }}",
            consequences={Severity.PAGE: "freeze"},
        ),
        slo("silent", "idle", events("silent"), **week),
    )


def history(now: int) -> str:
    """Seven days by the minute: service a fails in one busy hour five days ago; 'burning' fails now; one is idle."""
    bad_hour = range(now - 5 * DAY, now - 5 * DAY + HOUR, 60)
    lines: dict[str, list[str]] = {}
    counts: dict[str, float] = {}

    def add(series: str, at: int, more: float) -> None:
        counts[series] = counts.get(series, 0) + more
        lines.setdefault(series, []).append(f"{series} {counts[series]} {at}")

    def gauge(series: str, at: int, value: float) -> None:
        lines.setdefault(series, []).append(f"{series} {value} {at}")

    for at in range(now - 7 * DAY - HOUR, now + 1, 60):
        bad, last_hours = at in bad_hour, at > now - 6 * HOUR
        add('requests_total{service="a",code="200"}', at, 0 if bad else 10)
        add('requests_total{service="a",code="500"}', at, 5_000 if bad else 0)
        add('requests_total{service="burning",code="200"}', at, 0 if last_hours else 10)
        add('requests_total{service="burning",code="500"}', at, 10 if last_hours else 0)
        add('requests_total{service="silent",code="200"}', at, 0)
        gauge('accuracy{service="a"}', at, 0.5 if bad else 0.95)
        gauge('probe_success{service="a"}', at, 0 if bad else 1)
        add('d_seconds_bucket{service="a",le="0.25"}', at, 0 if bad else 9)
        add('d_seconds_bucket{service="a",le="+Inf"}', at, 10)
        add('d_seconds_count{service="a"}', at, 10)
    kinds = {"requests": "counter", "accuracy": "gauge", "probe_success": "gauge", "d_seconds": "histogram"}
    text = []
    for family, kind in kinds.items():
        text.append(f"# TYPE {family} {kind}")
        text += [line for series, run in lines.items() if series.startswith(family) for line in run]
    return "\n".join(text) + "\n"


@pytest.fixture(scope="module")
def server(
    prometheus_server: Callable[..., RunningPrometheus], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningPrometheus]:
    rules = tmp_path_factory.mktemp("rules") / "made.rules.yaml"
    made = rule_set(catalogue(*watched()), QUERIES, long_interval=1, runbook_url=lambda _: "https://wiki/x")
    rules.write_text(to_yaml(made.document))
    config = f"global: {{evaluation_interval: 1s, scrape_interval: 1h}}\nrule_files: ['{rules}']\n"
    running = prometheus_server(history(int(time.time()) // 60 * 60), config)
    deadline = time.monotonic() + 60
    needed = {
        "slo:period_burn_rate:ratio": len(watched()) - 1,
        "slo:sli_error:ratio_rate3d": len(watched()) - 1,
        'ALERTS{alertstate="firing"}': 2,
        'ALERTS{alertstate="pending"}': 1,
    }
    while any(len(ask(running, query)) < count for query, count in needed.items()) and time.monotonic() < deadline:
        time.sleep(0.3)
    return running


def ask(server: RunningPrometheus, query: str, at: float | None = None) -> list[dict[str, Any]]:
    form = {"query": query} | ({} if at is None else {"time": f"{at:.3f}"})
    data = urllib.parse.urlencode(form).encode()
    with urllib.request.urlopen(f"{server.url}/api/v1/query", data, timeout=30) as answer:
        return list(json.load(answer)["data"]["result"])


def test_recorded_figures_are_the_raw_ones_of_the_same_moment_in_every_window(server: RunningPrometheus) -> None:
    compared = 0
    for one in watched():
        for window in one.windows:
            name = f'{{__name__=~"slo:sli_error:ratio_rate.*", sloth_id="{one.service}-{one.name}", sloth_window="{format_duration(window)}"}}'
            rows = ask(server, f"{name}[1m]")
            if not rows:
                continue
            at, value = rows[0]["values"][-1]
            (raw,) = ask(server, QUERIES.ratio(one, window), float(at))
            assert float(value) == pytest.approx(float(raw["value"][1]), rel=1e-9, abs=1e-12), (one.id, window)
            compared += 1
    assert compared == (len(watched()) - 1) * 8


def test_rules_a_moment_old_know_the_whole_period_by_its_traffic(server: RunningPrometheus) -> None:
    (row,) = ask(server, 'slo:sli_error:ratio_rate7d{sloth_id="a-events"}')
    bad = 60 * 5_000
    assert float(row["value"][1]) == pytest.approx(bad / (bad + 10 * (7 * 24 * 60 - 60)), rel=0.01)
    (slices,) = ask(server, 'slo:sli_error:ratio_rate7d{sloth_id="a-accuracy"}')
    assert float(slices["value"][1]) == pytest.approx(1 / (7 * 24), rel=0.02)


def test_without_traffic_there_is_no_recorded_figure(server: RunningPrometheus) -> None:
    assert ask(server, '{__name__=~"slo:sli_error:.*", sloth_id="silent-idle"}') == []
    assert ask(server, 'slo:objective:ratio{sloth_id="silent-idle"}') != []
    (alert,) = ask(server, 'ALERTS{alertname="SilentIdleNoData"}')
    assert alert["metric"]["alertstate"] == "pending"


def test_our_source_answers_from_what_is_recorded(server: RunningPrometheus) -> None:
    known = catalogue(*watched())
    source = PrometheusSource("p", server.url, HttpConfig(), known)
    readings = [SliReading(one.id, window) for one in known.slos() if one.service != "silent" for window in one.windows]

    async def read() -> dict[Any, Any]:
        try:
            return dict((await source.read(readings, time.time())).outcomes)
        finally:
            await source.close()

    outcomes = asyncio.run(read())
    for reading in readings:
        assert isinstance(outcomes[reading], Sample), (reading, outcomes[reading])
        assert outcomes[reading].provenance.origin is Origin.RECORDED


def test_sloths_own_discovery_finds_slos_windows_periods_burn_rates_and_firing_alerts(
    server: RunningPrometheus,
) -> None:
    ids = {f"{one.service}-{one.name}" for one in watched()}
    info = {row["metric"]["sloth_id"]: row["metric"] for row in ask(server, 'sloth_slo_info{sloth_id!=""}')}
    assert set(info) == ids
    assert info["a-latency"]["sloth_objective"] == "80"
    windows = ask(server, 'count({__name__=~"^slo:sli_error:ratio_rate.*"}) by (__name__, sloth_id)')
    found = {(row["metric"]["sloth_id"], row["metric"]["__name__"]) for row in windows}
    assert len(found) == (len(ids) - 1) * 8
    periods = {
        r["metric"]["sloth_id"]: r["value"][1]
        for r in ask(server, 'max(slo:time_period:days{sloth_id!=""}) by (sloth_id)')
    }
    assert set(periods.values()) == {"7"}
    for name, window in (("slo:current_burn_rate:ratio", "5m"), ("slo:period_error_budget_remaining:ratio", "7d")):
        rows = {row["metric"]["sloth_id"]: row["metric"] for row in ask(server, f'{name}{{sloth_id!=""}}')}
        assert set(rows) == ids - {"silent-idle"}
        assert rows["a-latency"]["sloth_window"] == window
        assert rows["a-latency"]["tier"] == "1"
    firing = ask(server, 'ALERTS{sloth_id!="", alertstate="firing", sloth_severity!=""}')
    assert {(row["metric"]["sloth_id"], row["metric"]["sloth_severity"]) for row in firing} == {
        ("burning-now", "page"),
        ("burning-now", "ticket"),
    }


def test_what_people_wrote_stands_in_the_alert_as_they_wrote_it(server: RunningPrometheus) -> None:
    with urllib.request.urlopen(f"{server.url}/api/v1/alerts", timeout=10) as answer:
        alerts = json.load(answer)["data"]["alerts"]
    (page,) = [one for one in alerts if one["labels"].get("sloth_severity") == "page"]
    assert page["annotations"]["description"].startswith(
        "{{ evil }} 100% bad in the short window; the objective is 99%"
    )
    assert page["annotations"]["consequence"] == "freeze"
    assert page["annotations"]["runbook_url"] == "https://wiki/x"
    assert page["labels"]["team"] == "{{ team }}"
