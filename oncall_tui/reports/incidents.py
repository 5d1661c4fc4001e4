"""Incidents and action items as JSON for programs, or as lines for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from oncall_tui.core.duration import humanize
from oncall_tui.core.incident import ActionItem, Incident
from oncall_tui.core.redaction import through
from oncall_tui.core.story import Story
from oncall_tui.core.text import clean_line
from oncall_tui.reports.columns import columns
from oncall_tui.reports.moments import Json, moment

Clean = Callable[[str], str]
"""Takes secrets out of a text."""


def as_it_is(text: str) -> str:
    """Nothing is a secret."""
    return text


def to_the_second(at: float | None) -> str:
    """Date and time in UTC; a dash for no time."""
    return "–" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def times(story: Story) -> list[tuple[str, str, str]]:
    """What, when, and how long after its beginning."""
    one, cost = story.incident, story.impact

    def after(seconds: float | None) -> str:
        return "" if seconds is None else f"after {humanize(seconds)}"

    who = f" by {cost.acknowledged_by}" if cost.acknowledged_by else ""
    return [
        ("Began", to_the_second(cost.began), ""),
        ("Incident opened", to_the_second(one.opened_at), after(max(0.0, one.opened_at - cost.began))),
        (f"Acknowledged{clean_line(who)}", to_the_second(cost.acknowledged_at), after(cost.to_acknowledge)),
        ("Mitigated", to_the_second(cost.mitigated_at), after(cost.to_mitigate)),
        ("Resolved", to_the_second(cost.ended), after(cost.to_resolve)),
    ]


def as_json(story: Story, clean: Clean = as_it_is) -> Json:
    """The incident with everything in it. Times are RFC 3339 in UTC, durations seconds; null: not known."""
    told = through(clean, _story_json(story))
    assert isinstance(told, dict)
    return told


def _story_json(story: Story) -> Json:
    one, cost = story.incident, story.impact
    return {
        **incident_json(one, story.at),
        "impact": {
            "lasted_s": cost.lasted,
            "acknowledged_at": moment(cost.acknowledged_at),
            "acknowledged_by": cost.acknowledged_by or None,
            "to_acknowledge_s": cost.to_acknowledge,
            "to_mitigate_s": cost.to_mitigate,
            "to_resolve_s": cost.to_resolve,
            "budgets": [
                {"slo": b.slo, "spent": b.spent, "left_before": b.before, "left_after": b.after} for b in cost.budgets
            ],
            "budgets_unknown": list(cost.unknown),
        },
        "timeline": [
            {
                "at": moment(m.at),
                "what": m.what,
                "text": m.text,
                "who": m.who or None,
                "state": m.state.name if m.state is not None else None,
                "details": list(m.details),
            }
            for m in story.moments
        ],
        "slos": [
            {"slo": c.slo, "errors": [list(p) for p in c.errors], "budget_left": [list(p) for p in c.left]}
            for c in story.courses
        ],
        "actions": [action_json(item) for item in story.actions],
    }


def incident_json(one: Incident, now: float) -> Json:
    """What an incident is, without what happened."""
    return {
        "id": one.id,
        "title": one.title,
        "severity": one.severity.value,
        "status": one.status.value,
        "merged_into": one.into or None,
        "merged": list(one.merged),
        "services": list(one.services),
        "alerts": list(one.alerts),
        "roles": dict(one.roles),
        "opened_by": one.opened_by,
        "began": moment(one.began),
        "opened_at": moment(one.opened_at),
        "mitigated_at": moment(one.mitigated_at),
        "resolved_at": moment(one.resolved_at),
        "lasted_s": one.lasted(now),
    }


def action_json(item: ActionItem) -> Json:
    """An action item."""
    return {
        "id": item.id,
        "text": item.text,
        "owner": item.owner or None,
        "incident": item.incident or None,
        "opened_at": moment(item.opened_at),
        "opened_by": item.opened_by,
        "closed_at": moment(item.closed_at),
        "closed_by": item.closed_by or None,
    }


def list_lines(every: Sequence[Incident], now: float) -> list[str]:
    """The incidents as a table, the newest first. Safe to print."""
    if not every:
        return ["no incident"]
    head = ("STATUS", "SEV", "ID", "BEGAN", "LASTED", "SERVICES", "COMMANDER", "WHAT")
    rows = [
        (
            f"into {one.into}" if one.into else one.status.value,
            one.severity.value,
            one.id,
            to_the_second(one.began),
            humanize(one.lasted(now)),
            ", ".join(one.services) or "-",
            one.roles.get("commander", "-"),
            one.title,
        )
        for one in every
    ]
    return [line.rstrip() for line in columns([head, *rows])]


def story_lines(story: Story) -> list[str]:
    """One incident with its timeline, oldest first. Safe to print."""
    one = story.incident
    lines = [clean_line(f"{one.id}  {one.severity.value}  {one.status.value}  {one.title}"), ""]
    lines += [line.rstrip() for line in columns([(what, at, after) for what, at, after in times(story)])]
    lines += [
        clean_line(f"{b.slo}: {b.spent:.1%} of its error budget spent, {b.after:.1%} left")
        for b in story.impact.budgets
    ]
    lines += [clean_line(f"{name}: budget not known") for name in story.impact.unknown]
    lines.append("")
    lines += [line.rstrip() for line in columns([(to_the_second(m.at), m.what, m.text, m.who) for m in story.moments])]
    if story.actions:
        lines += ["", *action_lines(story.actions)]
    return lines


def action_lines(items: Sequence[ActionItem]) -> list[str]:
    """Action items as a table. Safe to print."""
    if not items:
        return ["no action item"]
    rows = [
        (
            "done" if i.closed_at else "open",
            i.id,
            i.owner or "nobody",
            i.incident or "-",
            to_the_second(i.opened_at),
            i.text,
        )
        for i in items
    ]
    return [line.rstrip() for line in columns([("STATE", "ID", "OWNER", "INCIDENT", "SINCE", "WHAT"), *rows])]
