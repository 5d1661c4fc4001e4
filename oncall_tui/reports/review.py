"""The review and the handoff as text and Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from oncall_tui.core.alerts import Urgency
from oncall_tui.core.assess import AlertStatus
from oncall_tui.core.duration import humanize
from oncall_tui.core.review.alert_tally import AlertTally
from oncall_tui.core.review.budgets import BudgetLine
from oncall_tui.core.review.handoff import Handoff
from oncall_tui.core.review.review import Review
from oncall_tui.core.silences import SilenceStatus
from oncall_tui.reports.markdown_text import inline
from oncall_tui.reports.sections import Section, section_lines, section_markdown, section_page
from oncall_tui.reports.toil import NOTHING as NO_TOIL

NOTHING_OUTSTANDING = "Nothing outstanding: no alert is open, no incident, no action item, and nothing is unknown."
_URGENT = {Urgency.PAGE.value: "page", Urgency.TICKET.value: "ticket", Urgency.INFO.value: "info"}


def review_sections(found: Review) -> tuple[Section, ...]:
    """A review, in the order in which to read it."""
    return (
        _unknown(found.unknown),
        Section(
            "Error budgets",
            ("SLO", "SPENT", "LEFT", "TREND 7D", "STATE", ""),
            tuple(_budget(one) for one in found.budgets),
            "No SLO is configured.",
        ),
        Section(
            "Budgets that leak",
            (),
            tuple(
                (f"{one.slo.id}: {_share(one.trend, sign=True)} of the budget in a week, and no alert",)
                for one in found.leaks
            ),
            "None: no budget shrank by a tenth in a week without an alert.",
            alarm=True,
        ),
        Section(
            "Alerts",
            ("ALERT", "SERVICE", "", "FIRED", "IN ALL", "LONGEST", "TAKEN", "BY", "AFTER", ""),
            tuple(_alert(one) for one in found.alerts),
            "None fired.",
            lead="" if found.time_to_take is None else f"Taken after {humanize(found.time_to_take)} in the mean.",
        ),
        Section(
            "Noisy alerts",
            (),
            tuple(
                (f"{one.name} of {one.service or 'nobody'}: fired {one.fired} times and resolved alone",)
                for one in found.noisy
            ),
            "None.",
            alarm=True,
        ),
        Section(
            "Pages that nobody took",
            (),
            tuple((f"{one.name} of {one.service or 'nobody'}: {one.fired} times",) for one in found.never_taken),
            "None, as far as it is known.",
            alarm=True,
        ),
        Section(
            "Silent degradation",
            ("SIGNAL", "SINCE", "FOR", "WHY"),
            tuple(
                (
                    one.subject,
                    _moment(one.began),
                    humanize(one.lasted(found.until)) + (" and on" if one.ended is None else ""),
                    one.reason,
                )
                for one in found.silent
            ),
            "No signal left its own past without an alert.",
            alarm=True,
        ),
        Section(
            "Drift that moved most",
            ("SERVICE", "FEATURE", "THEN", "NOW", "STATE"),
            tuple(
                (one.service, one.member or one.signal, f"{one.then:.3f}", f"{one.now:.3f}", one.state.name)
                for one in found.drift
            ),
            "None moved.",
        ),
        Section(
            "Stale features",
            ("SERVICE", "FEATURE", "AGE", "STATE"),
            tuple((one.service, one.worst or one.signal, humanize(one.seconds), one.state.name) for one in found.stale),
            "None.",
            alarm=True,
        ),
        Section(
            "Endpoints",
            ("ENDPOINT", "UP", "DOWN FOR", "TIMES"),
            tuple(
                (
                    one.endpoint,
                    "not watched" if one.share is None else f"{100 * one.share:.2f}%",
                    humanize(one.down),
                    str(one.downs),
                )
                for one in found.endpoints
            ),
            "None was seen by a dashboard in this time.",
            lead="As far as a dashboard watched them.",
        ),
        Section(
            "Silences left open", ("MATCHERS", "BY", "ENDS IN", "HIDES"), tuple(map(_silence, found.silences)), "None."
        ),
        Section(
            "Incidents",
            ("ID", "", "STATUS", "BEGAN", "LASTED", "TITLE"),
            tuple(
                (
                    one.id,
                    one.severity.value,
                    one.status.value,
                    _moment(one.began),
                    humanize(one.lasted(found.until)),
                    one.title,
                )
                for one in found.incidents
            ),
            "None.",
        ),
        Section(
            "Action items",
            ("ID", "OWNER", "OPEN FOR", "INCIDENT", "WHAT"),
            tuple(
                (
                    one.id,
                    one.owner or "nobody",
                    "done" if one.closed_at is not None else humanize(found.until - one.opened_at),
                    one.incident or "-",
                    one.text,
                )
                for one in found.actions
            ),
            "None is open.",
        ),
        _toil(found),
    )


def handoff_sections(found: Handoff) -> tuple[Section, ...]:
    """What goes over to the next shift; one section alone where that is nothing."""
    if found.nothing_outstanding:
        return (Section("Handoff", (), ((NOTHING_OUTSTANDING,),), ""),)
    none = f"Nobody can say: {found.doubt}" if found.doubt else "Nothing."
    return (
        Section(
            "Nobody has it",
            ("ALERT", "SERVICE", "", "SINCE"),
            _open(found.unacknowledged, found.at),
            none,
            alarm=True,
        ),
        Section("Somebody has it", ("ALERT", "SERVICE", "", "SINCE", "WHO"), _held(found.held, found.at), none),
        Section(
            "Incidents that go on",
            ("ID", "STATUS", "TITLE"),
            tuple((one.id, one.status.value, one.title) for one in found.incidents),
            "None.",
        ),
        Section(
            "Silences that end within the next shift",
            ("MATCHERS", "BY", "ENDS IN", "HIDES"),
            tuple(map(_silence, found.ending)),
            "None.",
        ),
        Section(
            "Changes of the last hours",
            ("AT", "SERVICE", "WHAT"),
            tuple((_moment(one.at), one.service, one.what) for one in found.changes),
            "None was seen.",
        ),
        Section("Fragile", (), tuple((_fragile(one),) for one in found.fragile), "No budget is low, and none leaks."),
        Section(
            "Action items",
            ("ID", "OWNER", "WHAT"),
            tuple((one.id, one.owner or "nobody", one.text) for one in found.actions),
            "None is open.",
        ),
        Section(
            "Notes",
            ("AT", "WHO", "NOTE"),
            tuple((_moment(one.at), one.author, one.text) for one in found.notes),
            "None.",
        ),
        _unknown(found.unknown),
    )


def as_lines(found: Review, over: Handoff | None = None) -> list[str]:
    """For a terminal."""
    handed = section_lines(handoff_sections(over)) if over else []
    return [f"REVIEW  {period(found)}", *handed, *section_lines(_rest(found, over))]


def as_markdown(found: Review, over: Handoff | None = None) -> list[str]:
    """For a page."""
    lines = [f"# Review {inline(period(found))}"]
    if over:
        lines += ["", "## Handoff", *section_markdown(handoff_sections(over), 3)]
    return lines + section_markdown(_rest(found, over))


def as_page(found: Review, over: Handoff | None = None) -> str:
    """A whole HTML page."""
    handed = [("Handoff", handoff_sections(over))] if over else []
    return section_page(f"Review {period(found)}", [*handed, ("Review" if over else "", _rest(found, over))])


def _rest(found: Review, over: Handoff | None) -> tuple[Section, ...]:
    """The review without what the handoff said already."""
    sections = review_sections(found)
    return sections[1:] if over else sections


def period(found: Review) -> str:
    """'2026-11-25 09:30Z to 2026-11-26 09:30Z'."""
    return f"{_day(found.since)} to {_day(found.until)}"


def _unknown(lines: Iterable[str]) -> Section:
    return Section(
        "Unknown",
        (),
        tuple((line,) for line in lines),
        "Nothing: every source and every service could be told.",
        alarm=True,
    )


def _budget(one: BudgetLine) -> tuple[str, ...]:
    left = "?" if one.left is None else _share(one.left)
    return (
        one.slo.id,
        "?" if one.spent is None else _share(one.spent),
        left,
        _share(one.trend, sign=True),
        one.state.name,
        one.why,
    )


def _share(share: float | None, *, sign: bool = False) -> str:
    # Rounded first, and with +0.0 added, or a hair less than nothing would be -0.0.
    return "?" if share is None else f"{round(100 * share, 1) + 0.0:{'+' if sign else ''}.1f}%"


def _alert(one: AlertTally) -> tuple[str, ...]:
    remarks = (
        ["noisy"] * one.noisy + ["fires"] * bool(one.firing) + [f"{one.unwatched} unwatched"] * bool(one.unwatched)
    )
    return (
        one.name,
        one.service or "-",
        _URGENT.get(one.urgency, ""),
        str(one.fired),
        humanize(one.total),
        humanize(one.longest),
        f"{one.acked} of {one.fired}",
        ", ".join(one.by) or "-",
        "-" if one.taken_after is None else humanize(one.taken_after),
        ", ".join(remarks),
    )


def _open(alerts: Iterable[AlertStatus], now: float) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (one.alert.name, one.service or "-", one.alert.severity, humanize(max(0.0, now - one.alert.starts_at)))
        for one in alerts
    )


def _held(alerts: Iterable[AlertStatus], now: float) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (*row, one.ack.author if one.ack else "?") for one, row in zip(alerts, _open(alerts, now), strict=True)
    )


def _silence(one: SilenceStatus) -> tuple[str, ...]:
    hides = "nobody can say" if one.hidden is None else str(len(one.hidden))
    matchers = ", ".join(map(str, one.silence.matchers))
    return (matchers, one.silence.author, "kept while it fires" if one.kept else humanize(max(0.0, one.left)), hides)


def _fragile(one: BudgetLine) -> str:
    left = "nobody knows what is left" if one.left is None else f"{_share(one.left)} of the budget is left"
    return f"{one.slo.id}: {left}" + (f", {_share(one.trend, sign=True)} in a week with no alert" if one.leaks else "")


def _toil(found: Review) -> Section:
    steps = found.toil.by_hand if found.toil else ()
    rows = tuple(
        (str(one.runs), humanize(one.seconds), f"{one.runbook}#{one.step}", ", ".join(one.alerts[:3]) or "-")
        for one in steps
    )
    return Section("Toil", ("RUNS", "IN ALL", "STEP", "FOR"), rows, f"None: {NO_TOIL}.")


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%m-%d %H:%MZ")


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%MZ")
