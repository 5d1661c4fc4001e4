"""A fleet in trouble at one fixed moment, for screens that must look the same every time."""

import math
from dataclasses import replace
from functools import cache

from oncall_tui.core.alerts import Alert, Silence, SilenceState, exact_matchers
from oncall_tui.core.burn import Severity
from oncall_tui.core.catalogue import Catalogue, Endpoint, Protocol, Service, ServiceKind, Signal, SignalKind
from oncall_tui.core.probes import Probe
from oncall_tui.core.readings import (
    CountsReading,
    HistoryReading,
    Members,
    NoData,
    Origin,
    Provenance,
    Sample,
    Series,
    SeriesReading,
    SignalReading,
    SliReading,
)
from oncall_tui.core.slo import EventsSli, LatencySli, NoDataPolicy, Side, SlicesSli, Slo, SloKind
from oncall_tui.core.snapshot import Figure, Snapshot, SourceHealth, SourceKind

NOW = 1_795_500_000.0  # 2026-11-24T05:20:00Z
DAY = 86_400
MONTH = 30 * DAY


def events(service):
    return EventsSli(
        total=f'sum(rate(http_requests_total{{service="{service}"}}[$window]))',
        error=f'sum(rate(http_requests_total{{service="{service}",code=~"5.."}}[$window]))',
    )


def availability(service, objective=0.999):
    return Slo(service, "availability", SloKind.AVAILABILITY, objective, MONTH, events(service))


def latency(service, objective=0.99, threshold=0.1):
    sli = LatencySli("http_request_duration_seconds", threshold, f'service="{service}"')
    return Slo(service, "latency", SloKind.LATENCY, objective, MONTH, sli)


def accuracy(service, bound):
    sli = SlicesSli(f'model_accuracy_ratio{{service="{service}"}}', bound, Side.AT_LEAST)
    return Slo(service, "accuracy", SloKind.ACCURACY, 0.95, MONTH, sli)


def freshness(service):
    sli = SlicesSli(f'feature_freshness_seconds{{service="{service}"}}', 900, Side.AT_MOST)
    return Slo(service, "freshness", SloKind.FRESHNESS, 0.995, MONTH, sli)


def signals(service, *kinds):
    made = {
        "accuracy": Signal(
            service, "accuracy", SignalKind.ACCURACY, "model_accuracy_ratio", unit="ratio", good=Side.AT_LEAST, warn=0.9
        ),
        "drift": Signal(service, "drift", SignalKind.DRIFT, "feature_drift_psi", by="feature", warn=0.1),
        "freshness": Signal(
            service,
            "freshness",
            SignalKind.FRESHNESS,
            "feature_freshness_seconds",
            by="feature_view",
            unit="s",
            warn=900,
        ),
        "p99": Signal(service, "p99", SignalKind.LATENCY, "p99", unit="s"),
        "requests": Signal(service, "requests", SignalKind.THROUGHPUT, "requests", unit="/s"),
    }
    return tuple(made[kind] for kind in kinds)


def endpoint(service, port, protocol=Protocol.KSERVE_V2):
    return (Endpoint(service, "main", protocol, f"http://127.0.0.1:{port}", service),)


CATALOGUE = Catalogue(
    (
        Service(
            "gateway",
            ServiceKind.GATEWAY,
            "edge",
            depends_on=("ranker",),
            slos=(availability("gateway"), latency("gateway")),
            endpoints=endpoint("gateway", 19101, Protocol.HTTP),
        ),
        Service(
            "ranker",
            ServiceKind.MODEL,
            "ranking",
            depends_on=("feature-store",),
            slos=(availability("ranker"), latency("ranker"), accuracy("ranker", 0.9)),
            signals=signals("ranker", "accuracy", "drift", "p99", "requests"),
            endpoints=endpoint("ranker", 19102),
        ),
        Service(
            "feature-store",
            ServiceKind.FEATURE_STORE,
            "platform",
            slos=(freshness("feature-store"),),
            signals=signals("feature-store", "freshness"),
        ),
        Service(
            "embedder",
            ServiceKind.MODEL,
            "search",
            slos=(availability("embedder"),),
            endpoints=endpoint("embedder", 19104, Protocol.TRITON),
        ),
        Service(
            "churn",
            ServiceKind.MODEL,
            "growth",
            slos=(accuracy("churn", 0.75),),
            signals=signals("churn", "accuracy", "drift"),
            endpoints=endpoint("churn", 19106, Protocol.TORCHSERVE),
        ),
        Service(
            "fraud",
            ServiceKind.MODEL,
            "risk",
            slos=(availability("fraud"), latency("fraud")),
            signals=signals("fraud", "drift"),
            endpoints=endpoint("fraud", 19105, Protocol.TF_SERVING),
        ),
    )
)

# error ratio by SLO: over the short windows, and over the period
BURNING = {"ranker/accuracy": (0.86, 0.031), "feature-store/freshness": (0.018, 0.0021)}
SILENT_SOURCE = "churn/accuracy"


def ratio(slo, window):
    short, period = BURNING.get(slo.id, (0.0002, 0.00012))
    if window == slo.period:
        return period
    return max(period, short * (1.0 if window <= 3_600 else 0.55 if window <= 21_600 else 0.1))


def provenance(query="up", origin=Origin.RAW):
    return Provenance("main", query, origin)


@cache
def figures():
    made = {}
    for slo in CATALOGUE.slos():
        for window in slo.windows:
            reading = SliReading(slo.id, window)
            query = getattr(slo.sli, "error", None) or getattr(slo.sli, "query", "histogram")
            origin = Origin.RECORDED if slo.service == "ranker" and window < DAY else Origin.RAW
            if slo.id == SILENT_SOURCE:
                made[reading] = Figure(15, "main", None, NoData("no series", NOW - 4, provenance(query)))
            else:
                made[reading] = Figure(60, "main", Sample(ratio(slo, window), NOW - 4, provenance(query, origin)))
            series = tuple((NOW - 3_600 + 60 * i, ratio(slo, window) * min(1.0, i / 40)) for i in range(61))
            made[SeriesReading(reading, 3_600, 60)] = Figure(
                60, "main", Series({"": series}, NOW - 4, provenance(query))
            )
        step = slo.period // 120
        times = [NOW - slo.period + step * (i + 1) for i in range(120)]
        spent = ratio(slo, slo.period) * 10_000 * 120
        bad = tuple((t, spent * (0.4 / 110 if i < 110 else 0.06)) for i, t in enumerate(times))
        total = tuple((t, 10_000.0) for t in times)
        made[CountsReading(slo.id, slo.period, step)] = Figure(
            300, "main", Series({"bad": bad, "total": total}, NOW - 4, provenance())
        )
    values = {
        ("ranker", "accuracy"): {"": 0.842},
        ("ranker", "drift"): {"user_ctr_7d": 0.41, "item_age": 0.03, "price_bucket": 0.02, "session_len": 0.14},
        ("ranker", "p99"): {"": 0.081},
        ("ranker", "requests"): {"": 812.0},
        ("feature-store", "freshness"): {"user_features": 2_700.0, "item_features": 140.0, "txn_features": 180.0},
        ("fraud", "drift"): {"amount": 0.04, "device_age": 0.02},
        ("churn", "drift"): {"tenure": 0.05, "plan": 0.01},
    }
    for (service, signal), members in values.items():
        reading = SignalReading(service, signal)
        made[reading] = Figure(15, "main", Members(members, NOW - 4, provenance(f"{signal}_query")))
        lines = {
            member: tuple((NOW - 3_600 + 60 * i, value * (0.2 + 0.8 / (1 + math.exp((35 - i) / 4)))) for i in range(61))
            for member, value in members.items()
        }
        made[SeriesReading(reading, 3_600, 60)] = Figure(60, "main", Series(lines, NOW - 4, provenance()))
    churn = SignalReading("churn", "accuracy")
    made[churn] = Figure(15, "main", None, NoData("no series: labels are late", NOW - 4, provenance()))
    return made


def alert(name, service, severity, age, **more):
    labels = {"alertname": name, "service": service, "severity": severity, **more.pop("labels", {})}
    notes = {"summary": f"{service}: {name}", **more.pop("annotations", {})}
    return Alert("main-am", name.lower(), labels, notes, starts_at=NOW - age, receivers=("page",), **more)


ALERTS = (
    alert(
        "RankerAccuracyBurn",
        "ranker",
        "page",
        720,
        labels={"slo": "accuracy"},
        annotations={"runbook_url": "https://runbooks.example/ranker"},
    ),
    alert("FeatureStale", "feature-store", "ticket", 2_820, silenced_by=("s1",)),
    alert("FeatureDrift", "ranker", "ticket", 600, labels={"feature": "user_ctr_7d"}),
    alert("NodeReboot", "infra", "warning", 9_000, silenced_by=("s2",)),
    alert("RankerAccuracyBurn2", "ranker", "ticket", 300, inhibited_by=("rankeraccuracyburn",)),
    alert(
        "[red]Hostile[/red] \x1b[2J",
        "nobody",
        "page",
        60,
        annotations={"summary": "\u202e[@click=app.quit]x[/] [/nope"},
    ),
    Alert(
        "main",
        "p1",
        {"alertname": "EmbedderSlow", "service": "embedder", "severity": "ticket"},
        starts_at=NOW - 45,
        pending=True,
    ),
)

SILENCES = (
    Silence(
        "main-am",
        "s1",
        exact_matchers(ALERTS[1].labels),
        NOW - 300,
        NOW + 600,
        "maria",
        "ACK! on it",
        SilenceState.ACTIVE,
    ),
    Silence(
        "main-am",
        "s2",
        exact_matchers(ALERTS[3].labels),
        NOW - 300,
        NOW + 6_000,
        "ops",
        "maintenance",
        SilenceState.ACTIVE,
    ),
)


def probes():
    made = {
        e.id: Probe(e.id, NOW - 5, True, True, "3.2.0", 0.011, requests=("GET /v2/health/ready",))
        for e in CATALOGUE.endpoints()
    }
    made["embedder/main"] = Probe("embedder/main", NOW - 5, True, False, "1.0.1", None, error="503: loading the model")
    return made


def snapshot(**changes):
    whole = {
        "at": NOW,
        "catalogue": CATALOGUE,
        "sources": {
            "main": SourceHealth("main", SourceKind.PROMETHEUS, "http://prom:9090", 15, NOW - 3, requests=9),
            "main-am": SourceHealth("main-am", SourceKind.ALERTMANAGER, "http://am:9093", 15, NOW - 2),
            "endpoints": SourceHealth("endpoints", SourceKind.ENDPOINTS, "", 15, NOW - 5),
        },
        "figures": dict(figures()),
        "alerts": ALERTS,
        "silences": SILENCES,
        "probes": probes(),
    }
    return Snapshot(**(whole | changes))


def doubtful():
    """The same fleet, with what is known less well: the ranker's page is frozen and its consequence agreed; fraud burns
    on seven requests; the gateway is asked by handler, has no traffic on one of them, and is three days old."""
    whole = snapshot()
    agreed = {Severity.PAGE: "freeze deploys, roll the model back"}
    frozen = replace(accuracy("ranker", 0.9), consequences=agreed, origin="slos/ranker.yaml (Sloth)")
    thin = replace(availability("fraud"), min_events=100)
    template = replace(availability("gateway"), by=("handler",), no_data=NoDataPolicy.GOOD)
    members = tuple(replace(template, group={"handler": handler}) for handler in ("/rank", "/embed"))
    changed = {"ranker": frozen, "fraud": thin}
    services = []
    for service in whole.catalogue.services:
        kept = [
            changed[service.name] if slo.name == getattr(changed.get(service.name), "name", "") else slo
            for slo in service.slos
        ]
        services.append(replace(service, slos=(*members, *kept[1:]) if service.name == "gateway" else tuple(kept)))
    made = dict(whole.figures)
    nothing = NoData("no slice has a value", NOW - 4, provenance(frozen.sli.query))
    for window in frozen.windows:
        made[SliReading(frozen.id, window)] = replace(made[SliReading(frozen.id, window)], trouble=nothing)
    for window in thin.windows:
        value = 2 / 7 if window <= 3_600 else 0.0002
        seen = Sample(value, NOW - 4, provenance(thin.sli.error), 7.0 if window <= 3_600 else 41_000.0)
        made[SliReading(thin.id, window)] = Figure(60, "main", seen)
    for member in members:
        made[HistoryReading(member.id)] = Figure(300, "main", Sample(3 * DAY + 7_200.0, NOW - 4, provenance()))
        for window in member.windows:
            idle = member.group["handler"] == "/embed" and window <= 3_600
            quiet = NoData("no traffic", NOW - 4, provenance())
            seen = Sample(0.0004, NOW - 4, provenance(member.sli.error), window * 25.0)
            made[SliReading(member.id, window)] = Figure(60, "main", None if idle else seen, quiet if idle else None)
    return replace(whole, catalogue=Catalogue(tuple(services)), figures=made)
