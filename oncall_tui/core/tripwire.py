"""Whether an acknowledged alert is to ring again: it got clearly worse, it has grown old, or it is another firing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from oncall_tui.core.ack_figures import AckFigures, Tripwire
from oncall_tui.core.alerts import Alert, Phase, Silence
from oncall_tui.core.assess import AlertStatus, Assessment, ServiceStatus
from oncall_tui.core.burn import HOUR, Severity, Tier, TierVerdict
from oncall_tui.core.duration import humanize
from oncall_tui.core.keeping import is_newer
from oncall_tui.core.silences import time_at
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.core.snapshot import Snapshot
from oncall_tui.core.state import State

OLD_AFTER = 14_400.0
"""Seconds after which a kept acknowledgement has grown old."""

Given = Callable[[Silence], AckFigures | None]


class Moment:
    """The figures of one assessment, by what alerts are about; each is found out once."""

    def __init__(self, assessment: Assessment) -> None:
        self._snapshot = assessment.snapshot
        self._services = {status.service.name: status for status in assessment.services}
        self._known: dict[tuple[str, str], AckFigures] = {}
        self._worst: dict[str, SloStatus | None] = {}

    def figures(self, status: AlertStatus) -> AckFigures:
        """What is known now of what an alert is about; began is that of some alert, and says nothing."""
        service = self._services.get(status.service)
        if service is None:
            return AckFigures(self._snapshot.at, status.alert.starts_at)
        slo = next((slo for slo in service.slos if slo.slo.raised(status.alert.labels)), None)
        if slo is None:
            slo = self._worst.get(status.service) or self._worst.setdefault(status.service, service.worst_slo)
        key = (status.service, slo.slo.id if slo else "")
        found = self._known.get(key)
        if found is None:
            found = AckFigures(
                self._snapshot.at, 0.0, state=service.state.name, version=_version(self._snapshot, service)
            )
            found = self._known[key] = found if slo is None else _of_slo(found, slo)
        return found


def _of_slo(figures: AckFigures, slo: SloStatus) -> AckFigures:
    tier = _tier(slo.loudest, slo)
    return replace(figures, slo=slo.slo.id, burn=slo.burn(HOUR), rank=_rank(slo), tier=tier, left=slo.remaining)


def figures_of(assessment: Assessment, status: AlertStatus, alerts: Sequence[Alert] = ()) -> AckFigures:
    """What is known now of what an alert is about. alerts: all that the acknowledgement is of, if it is of more."""
    began = max(alert.starts_at for alert in (status.alert, *alerts))
    return replace(Moment(assessment).figures(status), began=began)


def wired(assessment: Assessment, given: Given, old_after: float = OLD_AFTER) -> Assessment:
    """The assessment with a tripwire on every acknowledged alert; itself where nothing about them is another.

    given: the figures an acknowledgement was given under, None where nobody knows. Alerts that are not acknowledged
    have none.
    """
    moment = Moment(assessment)
    changed = {
        id(status): replace(status, wire=wire)
        for status in assessment.listed or assessment.alerts
        if (status.phase is Phase.ACKNOWLEDGED or status.wire is not None)
        and (wire := _wire(moment, assessment.snapshot, status, given, old_after)) != status.wire
    }
    if not changed:
        return assessment

    def new(statuses: Iterable[AlertStatus]) -> tuple[AlertStatus, ...]:
        return tuple(changed.get(id(status), status) for status in statuses)

    services = tuple(
        replace(service, alerts=new(service.alerts)) if any(id(one) in changed for one in service.alerts) else service
        for service in assessment.services
    )
    return replace(assessment, alerts=new(assessment.alerts), listed=new(assessment.listed), services=services)


def _wire(moment: Moment, snapshot: Snapshot, status: AlertStatus, given: Given, old_after: float) -> Tripwire | None:
    if status.phase is not Phase.ACKNOWLEDGED or status.ack is None:
        return None
    then = given(status.ack)
    rings = _newer(status.alert, status.ack, then)
    if not rings and then is not None:
        rings = worse(then, moment.figures(status))
    return Tripwire(then, rings or _old(snapshot, status.ack, then, old_after))


def _newer(alert: Alert, ack: Silence, then: AckFigures | None) -> str:
    if not is_newer(alert, ack, then.began if then else None):
        return ""
    return f"began to fire after {ack.author or 'somebody'} acknowledged"


def worse(then: AckFigures, now: AckFigures) -> str:
    """Why it is clearly worse; '' where it is not, or nobody can say: what is not known makes nothing ring."""
    if then.slo == now.slo and then.rank is not None and now.rank is not None and now.rank > then.rank:
        return f"burns {now.tier}, was {then.tier or 'below any tier'}"
    if then.slo == now.slo and then.left is not None and now.left is not None and then.left > 0 >= now.left:
        return f"the error budget is gone, {then.left:.0%} was left"
    if then.version and now.version and then.version != now.version:
        return f"version {now.version}, was {then.version}"
    if not then.slo and then.state in State.__members__ and now.state in State.__members__:
        worse = State[now.state] < State[then.state] and State[now.state] in (State.CRIT, State.WARN)
        return f"{now.state}, was {then.state}" if worse else ""
    return ""


def _old(snapshot: Snapshot, ack: Silence, then: AckFigures | None, old_after: float) -> str:
    """Only what is kept grows old: any other ends by itself, when its author said."""
    age = snapshot.at - then.at if then else time_at(snapshot, ack.source) - ack.starts_at
    return f"acknowledged more than {humanize(old_after)} ago" if ack.is_kept and age > old_after else ""


def _rank(slo: SloStatus) -> int | None:
    """How loud the loudest tier that fires is, 1 the least loud; 0 for none, None where nobody can say."""
    if slo.loudest is not None:
        order = sorted((verdict.tier for verdict in slo.verdicts), key=lambda tier: _loudness(tier, slo))
        return order.index(slo.loudest.tier) + 1
    return None if slo.doubt else 0


def _loudness(tier: Tier, slo: SloStatus) -> tuple[bool, float]:
    return (tier.severity is Severity.PAGE, tier.factor(slo.slo.period))


def _tier(verdict: TierVerdict | None, slo: SloStatus) -> str:
    return "" if verdict is None else f"{verdict.tier.severity.value} {verdict.tier.factor(slo.slo.period):.3g}×"


def _version(snapshot: Snapshot, service: ServiceStatus) -> str:
    """What its endpoints say they serve; '' where one does not say: half of it is no version to compare."""
    told = [snapshot.probes.get(one.endpoint.id) for one in service.endpoints]
    versions = {probe.version if probe is not None else "" for probe in told}
    return "" if "" in versions else ", ".join(sorted(versions))
