"""Sloth's files as SLOs of ours: each form its documentation shows, and each thing that cannot be honoured named."""

from __future__ import annotations

from pathlib import Path

import pytest
from foreign_files import config_naming, config_of, notes_of, slo_of, slos_of

from oncall_tui.core.burn import MONTHLY, Severity, Tier
from oncall_tui.core.slo import EventsSli, RatioSli, SloKind
from oncall_tui.sources.prometheus.recorded import sloth_id

DAY = 86_400


def plain(body: str, top: str = "") -> str:
    return f"version: prometheus/v1\nservice: ranker\n{top}\nslos:\n  - name: availability\n    objective: 99.5\n    {body}\n"


RAW = "sli: {raw: {error_ratio_query: 'bad:ratio[{{.window}}]'}}".replace(
    "bad:ratio", "avg_over_time(bad:ratio"
).replace("]'", "])'")
SLO = plain(RAW)


def test_events_with_everything_a_beginner_writes(tmp_path: Path) -> None:
    slo = slo_of(
        tmp_path,
        """
        version: "prometheus/v1"
        service: "checkout"
        labels: {owner: payments, tier: "2"}
        slos:
          # One request in a thousand may fail.
          - name: "answers"
            objective: 99.9
            description: "Answers without a server error."
            labels: {tier: "1", region: eu}
            sli:
              events:
                error_query: sum(rate(answers_total{job="checkout",code=~"(5..|429)"}[{{.window}}]))
                total_query: sum(rate(answers_total{job="checkout"}[{{.window}}]))
            alerting:
              name: CheckoutFails
              labels: {category: availability}
              annotations: {summary: "Checkout fails"}
              page_alert: {labels: {severity: page, routing_key: payments}}
              ticket_alert: {labels: {severity: chat, channel: "#payments"}}
        """,
    )
    assert slo.id == "checkout/answers"
    assert slo.sli == EventsSli(
        error='sum(rate(answers_total{job="checkout",code=~"(5..|429)"}[$window]))',
        total='sum(rate(answers_total{job="checkout"}[$window]))',
    )
    assert (slo.objective, slo.period, slo.policy, slo.kind) == (0.999, 30 * DAY, MONTHLY, SloKind.AVAILABILITY)
    assert slo.labels == {"owner": "payments", "tier": "1", "region": "eu"}
    assert slo.description == "Answers without a server error."
    assert slo.origin == "slos.yaml (Sloth)"


def test_what_sloth_records_answers_for_the_raw_query(tmp_path: Path) -> None:
    slo = slo_of(tmp_path, SLO)
    assert slo.recorded
    assert sloth_id(slo) == "ranker-availability"


def test_under_another_service_than_sloth_records_it_for_it_is_asked_raw(tmp_path: Path) -> None:
    config = config_of(tmp_path, SLO, entry="{path: slos.yaml, service: search}")
    (slo,) = config.catalogue().slos()
    assert (slo.id, slo.recorded) == ("search/availability", False)


def test_many_documents_in_one_file(tmp_path: Path) -> None:
    text = "---\n" + SLO + "---\n" + SLO.replace("ranker", "embedder").replace("99.5", "99.95")
    assert {slo.id: slo.objective for slo in slos_of(tmp_path, text).values()} == {
        "ranker/availability": 0.995,
        "embedder/availability": 0.9995,
    }


@pytest.mark.parametrize("key", ["error_ratio_query", "errorRatioQuery"])
def test_a_raw_error_ratio(tmp_path: Path, key: str) -> None:
    text = plain(
        f"sli: {{raw: {{{key}: '1 - sum(sum_over_time(ok[{{{{ .window }}}}])) / sum(count_over_time(ok[{{{{.window}}}}]))'}}}}"
    )
    assert slo_of(tmp_path, text).sli == RatioSli(
        "1 - sum(sum_over_time(ok[$window])) / sum(count_over_time(ok[$window]))"
    )


@pytest.mark.parametrize(
    ("off", "left"),
    [
        ("page_alert: {disable: true}", MONTHLY[2:]),
        ("ticket_alert: {disable: true}", MONTHLY[:2]),
        ("page_alert: {disable: true}, ticket_alert: {disable: true}", ()),
        ("page_alert: {disable: false}", MONTHLY),
    ],
)
def test_an_alert_that_is_turned_off_has_no_tiers(tmp_path: Path, off: str, left: tuple[Tier, ...]) -> None:
    assert slo_of(tmp_path, plain(f"{RAW}\n    alerting: {{{off}}}")).policy == left


def test_the_kubernetes_form(tmp_path: Path) -> None:
    slo = slo_of(
        tmp_path,
        """
        apiVersion: sloth.slok.dev/v1
        kind: PrometheusServiceLevel
        metadata: {name: checkout-slos, namespace: monitoring}
        spec:
          service: checkout
          labels: {owner: payments}
          slos:
            - name: fast-answers-latency
              objective: 99
              sli:
                events:
                  errorQuery: sum(rate(slow_total[{{.window}}]))
                  totalQuery: sum(rate(all_total[{{.window}}]))
              alerting:
                name: CheckoutSlow
                pageAlert: {labels: {severity: page}}
                ticketAlert: {disable: true}
        """,
    )
    assert slo.sli == EventsSli(total="sum(rate(all_total[$window]))", error="sum(rate(slow_total[$window]))")
    assert slo.kind is SloKind.LATENCY
    assert slo.policy == MONTHLY[:2]
    assert slo.labels == {"owner": "payments"}


def test_a_query_summed_by_a_label_makes_a_grouped_slo(tmp_path: Path) -> None:
    events = "sli: {events: {error_query: 'sum by (a, b) (rate(e[{{.window}}]))', total_query: '(sum by (b, a) (rate(t[{{.window}}])))'}}"
    assert slo_of(tmp_path, plain(events)).by == ("b", "a")


WEEK = """
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""


def test_alert_windows_give_the_tiers_and_the_period_of_the_slos_beside_them(tmp_path: Path) -> None:
    folder = tmp_path / "slos"
    folder.mkdir()
    (folder / "a.yaml").write_text(SLO, encoding="utf-8")
    (folder / "windows.yaml").write_text(WEEK, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(SLO.replace("ranker", "other"), encoding="utf-8")
    config = config_naming(tmp_path, "slos, other.yaml")
    ranker, other = config.catalogue().slos()
    assert config.notes == ()
    assert ranker.period == 7 * DAY
    assert [round(tier.factor(ranker.period), 2) for tier in ranker.policy] == [13.44, 3.5, 1.4, 0.98]
    assert ranker.policy[1] == Tier(Severity.PAGE, 21_600, 1_800, 0.125)
    assert (other.period, other.policy) == (30 * DAY, MONTHLY)


def test_of_several_alert_windows_those_of_sloths_own_period_are_taken(tmp_path: Path) -> None:
    month = WEEK.replace("7d", "30d").replace("42,", "5,")
    config = config_of(tmp_path, WEEK + "---" + month + "---\n" + SLO)
    (slo,) = config.catalogue().slos()
    assert slo.period == 30 * DAY
    assert slo.policy[3].budget_spent == 0.05
    assert [note.told() for note in config.notes] == [
        "slos.yaml:2: AlertWindows not honoured: those of slos.yaml:13 are"
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("sloPeriod: 7d", ""), "slos.yaml:4: AlertWindows left out: spec.sloPeriod: required, but not there"),
        (("longWindow: 3d", "longWindow: 9d"), "slos.yaml:11: AlertWindows left out: spec.ticket.slow: its long window is longer than the period"),
        (("errorBudgetPercent: 42", "errorBudgetPercent: 142"), "slos.yaml:11: AlertWindows left out: spec.ticket.slow: expected a short window, a longer one, and a percentage of the budget"),
        (("shortWindow: 5m", "shortWindow: soon"), "slos.yaml:7: AlertWindows left out: spec.page.quick.shortWindow: expected a duration such as 5m or 6h, got 'soon'"),
    ],
)  # fmt: skip
def test_wrong_alert_windows_are_told_and_sloths_own_apply(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    config = config_of(tmp_path, WEEK.replace(*change) + "---\n" + SLO)
    assert [note.told() for note in config.notes] == [told]
    (slo,) = config.catalogue().slos()
    assert slo.policy == MONTHLY


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (plain("sli: {plugin: {id: getting_started, options: {job: x}}}"), "slos.yaml:7: SLO 'availability' left out: slos[0].sli.plugin.id: it is worked out by the plugin getting_started, a program that is not run here"),
        (plain("sli: {}"), "slos.yaml:7: SLO 'availability' left out: slos[0].sli: expected exactly one of events, raw and plugin, got none"),
        (plain("sli: {events: {total_query: 'sum(rate(t[{{.window}}]))'}}"), "slos.yaml:7: SLO 'availability' left out: slos[0].sli.events.error_query: required, but not there"),
        (plain("sli: {raw: {error_ratio_query: 'rate(x{job=\"{{.job}}\"}[{{.window}}])'}}"), "slos.yaml:7: SLO 'availability' left out: slos[0].sli.raw.error_ratio_query: a template other than {{.window}}, which cannot be worked out here"),
        (plain("sli: {raw: {error_ratio_query: 'rate(x{[{{.window}}])'}}"), "slos.yaml:7: SLO 'availability' left out: slos[0].sli.raw.error_ratio_query: expected PromQL with $window, got 'rate(x{[{{.window}}])': left brace closed by ')'"),
        (plain("sli: {raw: {error_ratio_query: 'rate(x[5m])'}}"), "slos.yaml:7: SLO 'availability' left out: slos[0].sli.raw.error_ratio_query: expected PromQL with $window where the window goes"),
        (SLO.replace("99.5", "199.5"), "slos.yaml:6: SLO 'availability' left out: slos[0].objective: expected an objective such as 99.9% or 0.999, above 0% and below 100%, got '199.5'"),
        (SLO.replace("99.5", "100"), "slos.yaml:6: SLO 'availability' left out: slos[0].objective: expected an objective such as 99.9% or 0.999: at 100% there is no error budget to spend"),
        (SLO.replace("99.5", "1e9999999"), "slos.yaml:6: SLO 'availability' left out: slos[0].objective: expected an objective"),
        (SLO.replace("objective: 99.5", "goal: 99.5"), "slos.yaml:5: SLO 'availability' left out: slos[0].objective: required, but not there"),
        (SLO.replace("service: ranker", "service: two words"), "slos.yaml:2: SLO 'availability' left out: service: expected a name of letters"),
        (SLO.replace("name: availability", "name: {}"), "slos.yaml:5: SLO left out: slos[0].name: expected text, got a mapping"),
        (plain(RAW, top="labels: {not-a-label: x}"), "slos.yaml:5: SLO 'availability' left out: slos[0].labels: expected a label name"),
        (plain(RAW + "\n    alerting: {page_alert: {disable: perhaps}}"), "slos.yaml:8: SLO 'availability' left out: slos[0].alerting.page_alert.disable: expected true or false, got 'perhaps'"),
        ("version: prometheus/v1\nservice: x\nslos: {a: b}\n", "slos.yaml:3: document left out: slos: expected a list, got a mapping"),
        ("version: prometheus/v2\nslos: []\n", "slos.yaml:1: document left out: not a kind that is known here: prometheus/v2"),
        ("apiVersion: sloth.slok.dev/v1\nkind: Elsewise\n", "slos.yaml:1: document left out: not a kind that is known here: sloth.slok.dev/v1 Elsewise"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_over_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    config = config_of(tmp_path, text + "---\n" + SLO.replace("ranker", "good"))
    first = config.notes[-1].told() if "goal" in text else config.notes[0].told()
    assert first.startswith(told)
    assert config.notes[-1].left_out
    assert [slo.id for slo in config.catalogue().slos()] == ["good/availability"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (plain(RAW, top="slo_plugins: {chain: [{id: sloth.dev/contrib/alert_for/v1}, {id: sloth.dev/core/debug/v1}]}"), "slos.yaml:3: slo_plugins: plugins are not run here: sloth.dev/contrib/alert_for/v1"),
        (plain(RAW + "\n    plugins: {chain: [{id: ours/v1, config: {a: 1}}]}"), "slos.yaml:8: slos[0].plugins: plugins are not run here: ours/v1"),
        (plain(RAW + "\n    alerting: {page_alert: {for: 5m}}"), "slos.yaml:8: slos[0].alerting.page_alert: not honoured: for"),
        (plain(RAW + "\n    weight: 3\n    mood: bad"), "slos.yaml:8: slos[0]: not honoured: weight, mood"),
        (SLO + "\nextra: 1", "slos.yaml:9: not honoured: extra"),
    ],
)  # fmt: skip
def test_what_is_not_honoured_is_named_and_the_slo_stands(tmp_path: Path, text: str, told: str) -> None:
    assert notes_of(tmp_path, text) == (told,)
    assert list(slos_of(tmp_path, text)) == ["ranker/availability"]


def test_sloths_own_plugins_and_rule_intervals_change_nothing(tmp_path: Path) -> None:
    body = RAW + "\n    interval: {slierror: 4m}\n    plugins: {chain: [{id: sloth.dev/core/debug/v1}]}"
    assert slo_of(tmp_path, plain(body)).sli == RatioSli("avg_over_time(bad:ratio[$window])")


def test_dollars_are_never_filled_in_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOB", "secret")
    text = plain("sli: {raw: {error_ratio_query: 'rate(x{job=~\"${JOB}|a$\"}[{{.window}}])'}}")
    assert slo_of(tmp_path, text).sli == RatioSli('rate(x{job=~"${JOB}|a$"}[$window])')
