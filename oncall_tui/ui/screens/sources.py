"""`S`: how each source does, what is the matter with it, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from oncall_tui.core.snapshot import SourceHealth
from oncall_tui.ui.render import figures
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.render.strip import source_lines
from oncall_tui.ui.screens.sheet import Sheet
from oncall_tui.ui.widgets.lines import Lines


class SourcesScreen(Sheet[None]):
    """A sheet over the screen."""

    DEFAULT_CSS = """
    SourcesScreen > VerticalScroll { padding: 0 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,S", "dismiss(None)", "Close", show=False)]

    def __init__(
        self, sources: tuple[SourceHealth, ...], now: float, journal: str = "", own: Sequence[Line] = ()
    ) -> None:
        super().__init__()
        self._sources, self._now, self._journal, self._own = sources, now, journal, tuple(own)

    def compose(self) -> ComposeResult:
        """The sheet."""
        with VerticalScroll():
            yield Lines()

    def on_mount(self) -> None:
        """Write it."""
        lines: list[Line] = [span("SOURCES", Role.HEADING)]
        for cluster, members in _by_cluster(self._sources):
            if cluster:
                lines.append(
                    join([span("cluster", Role.MUTED), outside(cluster, Role.STRONG), _answering(members, self._now)])
                )
            for health in members:
                lines += [_facts(health, self._now), *source_lines((health,), self._now), ()]
        if self._journal:
            lines += [join([span("journal", Role.STRONG), outside(self._journal, Role.CRIT)]), ()]
        if self._own:
            lines += [*self._own, ()]
        self.query_one(Lines).show([*lines, span("esc closes this sheet", Role.MUTED)])
        self.query_one(VerticalScroll).focus()


def _by_cluster(sources: Sequence[SourceHealth]) -> list[tuple[str, list[SourceHealth]]]:
    """The sources with the members of a cluster under its name; '' for those that stand alone."""
    groups: dict[str, list[SourceHealth]] = {}
    for health in sources:
        groups.setdefault(health.cluster or health.name, []).append(health)
    return [(name if len(members) > 1 else "", members) for name, members in groups.items()]


def _answering(members: Sequence[SourceHealth], now: float) -> Line:
    live = sum(health.live(now) for health in members)
    role = Role.OK if live == len(members) else Role.WARN if live else Role.CRIT
    return span(f"{live} of {len(members)} members answer", role)


def _facts(health: SourceHealth, now: float) -> Line:
    live = span("live", Role.OK) if health.live(now) else span("not answering", Role.CRIT)
    answered = span(
        f"answered {figures.age(now - health.answered_at)} ago" if health.answered_at else "never answered", Role.TEXT
    )
    cost = span(f"{health.requests} requests a poll", Role.MUTED) if health.requests else ()
    pace = span(f"every {health.interval:g}s", Role.MUTED)
    failing = span(f"failed {health.failures} times in a row", Role.WARN) if health.failures else ()
    version = outside(f"version {health.version}", Role.MUTED) if health.version else ()
    return join(
        [
            outside(health.name, Role.STRONG),
            live,
            outside(health.url, Role.MUTED),
            answered,
            pace,
            cost,
            version,
            failing,
        ],
        "  ",
    )
