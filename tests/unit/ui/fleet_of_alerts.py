"""Assessments of a few alerts of one Alertmanager, for tests."""

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind

NOW = 1_800_000_000.0


def alert(name, severity="page"):
    return Alert("am", name, {"alertname": name, "severity": severity}, starts_at=NOW - 600)


def assessed(*alerts, answered=True, live=True, snoozed=None, silences=()):
    at = None if not answered else NOW - 1 if live else NOW - 900
    sources = {"am": SourceHealth("am", SourceKind.ALERTMANAGER, "http://am", 15, at)}
    return assess(Snapshot(NOW, Catalogue(()), sources, alerts=alerts, silences=silences, snoozed=snoozed or {}))
