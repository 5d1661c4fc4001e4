"""An incident written down: Markdown or HTML, from a template that can be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncall_tui.core.duration import humanize
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.impact import SloCourse
from oncall_tui.core.incident import WATCHMAN, ActionItem
from oncall_tui.core.story import Story
from oncall_tui.core.text import clean_block, clean_line
from oncall_tui.core.timeline import Moment
from oncall_tui.reports import markdown_text
from oncall_tui.reports.incidents import Clean, as_it_is, times, to_the_second
from oncall_tui.reports.page import POLICY, STYLE_SHEET
from oncall_tui.reports.slo_chart import blocks, svg

if TYPE_CHECKING:
    from jinja2 import Environment

PROMPTS = {
    "summary": "In two or three sentences, for somebody who was not there: what did users notice, and what ended it?",
    "factors": "What about the system, not about a person, made this possible, and what made it worse?",
    "well": "What worked as it should: alerts, runbooks, people finding each other?",
    "badly": "What took longer than it had to? What was missing, misleading, or known to nobody?",
    "luck": "Where were we lucky?",
    "actions": "What would have prevented it, shown it sooner, or shortened it? Each with one owner.",
}


def postmortem(story: Story, style: str, template: Path | None = None, clean: Clean = as_it_is) -> str:
    """The incident as a document. style: 'md' or 'html'. clean: takes secrets out of a text.

    template: a Jinja2 file in place of ours, which it may extend as `postmortem.md.j2` or `postmortem.html.j2`. It runs
    in a sandbox: it reads no other file and reaches nothing but what it is given. Raises ConfigError for one that
    cannot be read or is wrong, with its line.
    """
    from jinja2 import TemplateError

    environment = _environment(style, template)
    name = "own" if template is not None else f"postmortem.{style}.j2"
    try:
        return environment.get_template(name).render(_context(story, style, clean)).strip() + "\n"
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        place = f"{template}{f':{line}' if line else ''}"
        raise ConfigError(
            f"{clean_line(place)}: {clean_line(str(error))}", "mend the template, or leave it out"
        ) from None
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        what = f"{type(error).__name__}: {clean_line(str(error), 200)}"
        raise ConfigError(f"{clean_line(str(template))}: {what}", "mend the template, or leave it out") from None


def _environment(style: str, template: Path | None) -> Environment:
    from jinja2 import ChoiceLoader, DictLoader, PackageLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    own: dict[str, str] = {}
    if template is not None:
        try:
            own["own"] = template.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{clean_line(str(template))}: cannot be read: {error}") from None
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([DictLoader(own), PackageLoader("oncall_tui.reports", "templates")]),
        autoescape=style == "html",
        finalize=_shown if style == "md" else None,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Verbatim(str):
    """Text that is safe where it is going: made here, or escaped already."""

    __slots__ = ()


def _shown(value: object) -> str:
    """What a Markdown template writes: everything escaped but what was made for it."""
    return value if isinstance(value, Verbatim) else markdown_text.inline(str(value))


def _context(story: Story, style: str, clean: Clean) -> dict[str, Any]:
    from markupsafe import Markup

    safe: Callable[[str], str] = Markup if style == "html" else Verbatim
    line = partial(_line, clean)
    one, cost = story.incident, story.impact
    return {
        "id": line(one.id),
        "title": line(one.title),
        "severity": one.severity.value,
        "status": one.status.value,
        "services": [line(name) for name in one.services],
        "roles": [(line(role), line(who)) for role, who in sorted(one.roles.items())],
        "merged": [line(name) for name in one.merged],
        "written_at": to_the_second(story.at),
        "times": [(line(what), at, after) for what, at, after in times(story)],
        "lasted": humanize(cost.lasted),
        "over": cost.ended is not None,
        "detection": [line(text) for text in _detection(story)],
        "budgets": [
            (line(b.slo), f"{b.spent:.1%}", f"{b.after:.1%}", to_the_second(b.from_at), to_the_second(b.to_at))
            for b in cost.budgets
        ],
        "unknown": [line(name) for name in cost.unknown],
        "moments": [_moment_row(m, clean, safe, style) for m in story.moments],
        "charts": [chart for course in story.courses if (chart := _chart(course, story, line, safe))],
        "actions": [_action_row(item, line) for item in story.actions],
        "prompts": PROMPTS,
        "policy": safe(POLICY),
        "style_sheet": safe(STYLE_SHEET),
    }


def _line(clean: Clean, text: str) -> str:
    return clean_line(clean(text))


def _detection(story: Story) -> Iterator[str]:
    one = story.incident
    if one.opened_by == WATCHMAN:
        yield f"A page opened it {humanize(max(0.0, one.opened_at - one.began))} after it began."
    else:
        yield f"{one.opened_by or 'Somebody'} opened it {humanize(max(0.0, one.opened_at - one.began))} after it began."
    if first := next((m for m in story.moments if m.what == "alert"), None):
        yield f"First alert: {first.text}, {to_the_second(first.at)}."
    signs = [m for m in story.moments if m.at < one.began and m.what in ("version", "slo", "signal", "endpoint")]
    if signs:
        sign = signs[0]
        yield f"First sign in the journal: {sign.text}, {humanize(one.began - sign.at)} before it began."


def _moment_row(one: Moment, clean: Clean, safe: Callable[[str], str], style: str) -> dict[str, object]:
    details: str = ""
    if one.details:
        lines = tuple(clean(line) for line in one.details)
        details = safe(markdown_text.block(lines, "  ")) if style == "md" else clean_block("\n".join(lines))
    return {
        "at": to_the_second(one.at),
        "what": one.what,
        "text": _line(clean, one.text),
        "who": _line(clean, one.who),
        "state": one.state.name if one.state is not None else "",
        "details": details,
    }


def _action_row(item: ActionItem, line: Callable[[str], str]) -> dict[str, object]:
    return {
        "id": line(item.id),
        "text": line(item.text),
        "owner": line(item.owner),
        "closed": item.closed_at is not None,
        "closed_at": to_the_second(item.closed_at),
    }


def _chart(
    course: SloCourse, story: Story, line: Callable[[str], str], safe: Callable[[str], str]
) -> dict[str, object] | None:
    """An SLO's SLI over its shortest window, and its budget; None where there are no two figures of either."""
    sli = [(at, 1.0 - errors) for at, errors in course.errors]
    if len(sli) < 2 and len(course.left) < 2:
        return None
    one = story.incident
    told = ((one.began, "began"), (one.mitigated_at, "mitigated"), (one.resolved_at, "resolved"))
    marks = [(at, word) for at, word in told if at is not None]
    worst = min((value for _, value in sli), default=None)
    return {
        "slo": line(course.slo),
        "svg": safe(svg(sli, f"{line(course.slo)}: good events or time", marks)),
        "budget_svg": safe(svg(course.left, f"{line(course.slo)}: budget left", marks)),
        "text": safe(blocks(sli)),
        "budget_text": safe(blocks(course.left)),
        "worst": "not known" if worst is None else f"{worst:.2%}",
        "left": "not known" if not course.left else f"{course.left[-1][1]:.1%}",
    }
