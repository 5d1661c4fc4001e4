"""Alerts as text to be pasted elsewhere: plain, Markdown, and commands that ask for them again.

Nothing of the configuration's credentials is in any of it: URLs are those that are shown, and commands carry none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.matchers import Matcher, MatchOp
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render import figures

_SUMMARY_FIRST = ("summary", "description", "message", "title")
_CLASSIC = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")


@dataclass(frozen=True, slots=True)
class CopyForm:
    """One way to copy. text: '' where it cannot be had; why: then the reason."""

    name: str
    text: str
    why: str = ""


def copy_forms(assessment: Assessment, statuses: Sequence[AlertStatus]) -> tuple[CopyForm, ...]:
    """The alerts in every form, in their order. Control characters are made visible in all of them."""
    plain = "\n\n".join("\n".join(_plain(assessment, one)) for one in statuses)
    markdown = "\n\n".join("\n".join(_markdown(assessment, one)) for one in statuses)
    return (
        CopyForm("text", plain),
        CopyForm("Markdown", markdown),
        _commands("amtool", (_amtool(assessment, one.alert) for one in statuses)),
        _commands("curl", (_curl(assessment, one.alert) for one in statuses)),
    )


# For people


def _plain(assessment: Assessment, status: AlertStatus) -> list[str]:
    alert = status.alert
    head = [status.phase.value.upper(), alert.name or "(no alertname)", alert.severity, status.service]
    lines = [" ".join(filter(None, map(clean_line, head))), _since(assessment, alert)]
    if status.ack is not None:
        lines.append(clean_line(f"acknowledged by {status.ack.author} until {figures.clock_both(status.ack.ends_at)}"))
    lines += [clean_line(f"{name}: {text}") for name, text in _annotations(alert)]
    lines.append(f"labels: {', '.join(_label(name, value) for name, value in sorted(alert.labels.items()))}")
    return [*lines, clean_line(f"source: {alert.source} {_url(assessment, alert)}".strip())]


def _markdown(assessment: Assessment, status: AlertStatus) -> list[str]:
    alert = status.alert
    head = " · ".join(_escaped(one) for one in (alert.severity, status.service) if one)
    lines = [f"**{status.phase.value.upper()}** {_code(alert.name or '(no alertname)')} {head}".strip()]
    lines += ["", f"- {_since(assessment, alert)}"]
    if status.ack is not None:
        lines.append(f"- acknowledged by {_escaped(status.ack.author)} until {figures.clock_both(status.ack.ends_at)}")
    lines += [f"- {_escaped(name)}: {_escaped(text)}" for name, text in _annotations(alert)]
    labels = " ".join(_code(_label(name, value)) for name, value in sorted(alert.labels.items()))
    return [
        *lines,
        f"- labels: {labels}",
        f"- source: {_escaped(alert.source)} {_escaped(_url(assessment, alert))}".strip(),
    ]


def _since(assessment: Assessment, alert: Alert) -> str:
    ago = figures.age(assessment.snapshot.at - alert.starts_at)
    return f"since {figures.clock_both(alert.starts_at)}, {ago} ago"


def _annotations(alert: Alert) -> list[tuple[str, str]]:
    order = {name: place for place, name in enumerate(_SUMMARY_FIRST)}
    return sorted(alert.annotations.items(), key=lambda one: (order.get(one[0], len(order)), one[0]))


def _label(name: str, value: str) -> str:
    return clean_line(str(Matcher(name, MatchOp.EQUAL, value)))


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKDOWN.sub(r"\\\1", clean_line(text))


def _code(text: str) -> str:
    """Text as code, between more backticks than it has in a row."""
    text = clean_line(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


# For a shell


def _commands(name: str, commands: Iterable[str]) -> CopyForm:
    told = list(commands)
    if all(told):
        return CopyForm(name, "\n".join(told))
    return CopyForm(name, "", "there is no server with a URL, or no label that a command can name")


def _amtool(assessment: Assessment, alert: Alert) -> str:
    url, matchers = _url(assessment, alert), _matchers(alert)
    if alert.pending or not url or not matchers:
        return ""
    # Unless it is told to, amtool shows neither silenced nor inhibited ones.
    every = ["--active", "--silenced", "--inhibited"]
    return shlex.join(["amtool", "alert", "query", f"--alertmanager.url={url}", *every, *matchers])


def _curl(assessment: Assessment, alert: Alert) -> str:
    url, matchers = _url(assessment, alert), _matchers(alert)
    if not url or not matchers:
        return ""
    if alert.pending:
        query = f"ALERTS{{{','.join(matchers)}}}"
        return shlex.join(["curl", "-sS", "--get", f"{url}/api/v1/query", "--data-urlencode", f"query={query}"])
    asked = [word for one in matchers for word in ("--data-urlencode", f"filter={one}")]
    return shlex.join(["curl", "-sS", "--get", f"{url}/api/v2/alerts", *asked])


def _matchers(alert: Alert) -> list[str]:
    """Those labels that every version reads alike, and that a terminal may be given: the others are left out."""
    return [
        str(Matcher(name, MatchOp.EQUAL, value))
        for name, value in sorted(alert.labels.items(), key=lambda one: (one[0] != "alertname", one[0]))
        if value and _CLASSIC.match(name) and value.isprintable() and clean_line(value) == value
    ]


def _url(assessment: Assessment, alert: Alert) -> str:
    """The address of who tells of it, as it is shown: one that answers first. '' where it has none."""
    sources, now = assessment.snapshot.sources.values(), assessment.snapshot.at
    own = [one for one in sources if alert.source in (one.cluster, one.name)]
    urls = [one.url.rstrip("/") for one in sorted(own, key=lambda one: not one.live(now))]
    return next((url for url in urls if url.startswith(("http://", "https://"))), "")
