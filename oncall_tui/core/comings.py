"""What one answer of an Alertmanager has that the one before had not, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from oncall_tui.core.alerts import Alert, AlertBoard


@dataclass(frozen=True, slots=True)
class Comings:
    """began: alerts that began to fire, those of the first answer among them. left: those that fire no more.

    lost: whether nothing is left of an answer that had alerts, as after a restart, which forgets them for a while.
    """

    began: tuple[Alert, ...] = ()
    left: tuple[Alert, ...] = ()
    lost: bool = False


def settled(before: AlertBoard | None, board: AlertBoard) -> tuple[AlertBoard, Comings]:
    """The board with every alert that is as it was before being the very same object, and what came and went.

    Whoever keeps something for an alert need look only at other objects then. Long for thousands of alerts. The
    sources of both boards' alerts must be alike.
    """
    if before is None:
        return board, Comings(began=board.alerts)
    if before.alerts is board.alerts:
        return board, Comings()
    known = {alert.fingerprint: alert for alert in before.alerts}
    alerts = tuple(_same(known, alert) for alert in board.alerts)
    began = tuple(alert for alert in alerts if _began(known.get(alert.fingerprint), alert))
    here = {alert.fingerprint for alert in alerts}
    left = tuple(alert for alert in before.alerts if alert.fingerprint not in here)
    return replace(board, alerts=alerts), Comings(began, left, lost=bool(known) and len(left) == len(known))


def _same(known: Mapping[str, Alert], alert: Alert) -> Alert:
    old = known.get(alert.fingerprint)
    return old if old is not None and old == alert else alert


def _began(old: Alert | None, alert: Alert) -> bool:
    return old is None or alert.starts_at > old.starts_at
