"""What can come of acknowledging alerts' pages, one result for each pager and incident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Alert
from oncall_tui.core.matchers import Matcher
from oncall_tui.core.pagers import Found, Match, PagedIncident, goes_to
from oncall_tui.core.ports import Pager


@dataclass(frozen=True, slots=True)
class Assigned:
    """A pager and the alerts that are its own. matchers: none means every page.

    patience: seconds for one search, and for one acknowledgement.
    """

    pager: Pager
    matchers: tuple[Matcher, ...] = ()
    patience: float = 30.0


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What would be acknowledged at one pager for one alert; nothing is done yet. error: why nobody can tell."""

    pager: str
    alert: Alert
    found: Found
    error: str = ""


@dataclass(frozen=True, slots=True)
class PageAcknowledged:
    """An incident was acknowledged. confirmed: its pager shows it so; when it does not, note says why.

    alerts: those it is about. match: how it was found. incident: as read back, or as found. journal: '' or why the
    journal was not written.
    """

    pager: str
    alerts: tuple[Alert, ...]
    match: Match
    incident: PagedIncident
    confirmed: bool
    note: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class PageSettled:
    """Nothing was left to do: somebody has acknowledged the incident, or it was resolved meanwhile."""

    pager: str
    alerts: tuple[Alert, ...]
    incident: PagedIncident
    journal: str = ""


@dataclass(frozen=True, slots=True)
class PageUncertain:
    """Nothing was done: it is not certain which incident it is. matches: those to choose from, the best first."""

    pager: str
    alerts: tuple[Alert, ...]
    matches: tuple[Match, ...]
    why: str
    note: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class PageNotFound:
    """Nothing was done: the pager has no open incident that fits. note: what to know of the search."""

    pager: str
    alerts: tuple[Alert, ...]
    note: str = ""
    journal: str = ""


@dataclass(frozen=True, slots=True)
class PageFailed:
    """It was not done, or nobody can tell. incident: None where it failed before one was found."""

    pager: str
    alerts: tuple[Alert, ...]
    error: str
    hint: str = ""
    incident: PagedIncident | None = None
    journal: str = ""


PageResult = PageAcknowledged | PageSettled | PageUncertain | PageNotFound | PageFailed


def fitting(assigned: Assigned, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """The alerts that are the pager's own, each once."""
    return tuple({alert.key: alert for alert in alerts if goes_to(alert, assigned.matchers)}.values())
