"""Screen 2: Alerts in groups, loudest first, with what becomes of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import ClassVar

from textual.binding import BindingType
from textual.timer import Timer
from textual.widget import Widget

from oncall_tui.core.alert_filter import AlertFilter, parse_alert_filter
from oncall_tui.core.alert_groups import ROUTED, UNGROUPED, Group, GroupKey, Order
from oncall_tui.core.assess import AlertStatus, Assessment
from oncall_tui.core.completion import Vocabulary
from oncall_tui.core.slo_status import SloStatus
from oncall_tui.ui.alert_knowledge import AlertView
from oncall_tui.ui.alert_listing import AlertListing, Gone, Item
from oncall_tui.ui.keys import ALERT_KEYS, ALERTS_KEYS
from oncall_tui.ui.render import alerts as alerts_render
from oncall_tui.ui.render.alert_rows import Drawing, columns, group_detail
from oncall_tui.ui.render.columns import LazyRows, Row, Table
from oncall_tui.ui.render.empties import nobody_knows
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.alert_actions import AlertActions
from oncall_tui.ui.widgets.bars import TabBar
from oncall_tui.ui.widgets.lines import Lines
from oncall_tui.ui.widgets.live_table import LiveTable

CHOOSING, MARKING = 4.0, 30.0
"""Seconds after the cursor was moved, and with marked rows after the last mark, for which rows keep their places."""


class AlertsScreen(AlertActions):
    """Every alert, those that resolved a moment ago among them; below, the selected one in full."""

    NAME = "alerts"
    ROWS = ("alerts", "firing pages")
    HELP_TEXT = (
        "● firing  ◐ acked (by whom, since and until when)  ◉ rings again although acked: worse, old, or fires anew  "
        "◌ pending (holds, not yet long enough)  ∅ silenced  "
        "⊘ inhibited (by what)  ◇ muted by a time interval  ✓ resolved a moment ago (nothing is left to acknowledge)  "
        "↻ flaps: began several times within an hour  ✦ new since `N` said that all is seen. "
        "`v` groups them as Alertmanager does, not at all, or by a label (`:group LABEL` by any), `z` sorts, ← and → "
        "shut and open a group, `H` and `L` all of them. ↯ STORM: many that began together and share a label, in one "
        "line; enter opens it. While you move or mark, no row changes its place. "
        "`a` posts a silence of this very label set, whose comment starts with ACK!; space marks several, on a heading "
        "its group. "
        "`A` asks first: why, until when, the whole group; it takes over what another has, and hands over your own. "
        "kept: it is extended while the alert fires, by an oncall-tui that runs, or by kthxbye. "
        "Where pagers are configured, the page is acknowledged there, too; `:page` shows first which. "
        "The filter knows labels, words, -words, and @state= @age> @ack= @urgency= @receiver= @service= @source= "
        "@silenced_by= @inhibited_by= @runbook=; tab completes. `f` offers saved filters, `F` saves this one. "
        "`s` opens a silence of its labels, `x` ends the one that hides it."
        " `Z` snoozes it on this machine only; `enter` opens it, `o` its links, `y` copies it."
    )
    HINTS = (
        ("acknowledge", "ack"),
        ("take_back", "un-ack"),
        ("silence", "silence"),
        ("runbook", "runbook"),
        ("mark", "mark"),
        ("group", "group"),
        ("all_seen", "all seen"),
        ("open", "detail"),
    )
    DEFAULT_CSS = """
    AlertsScreen #detail { height: auto; max-height: 45%; padding: 0 1; border-top: solid $surface-lighten-1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*ALERTS_KEYS, *ALERT_KEYS]
    AUTO_FOCUS: ClassVar[str | None] = "LiveTable"

    def __init__(self) -> None:
        super().__init__()
        self._listing: AlertListing
        self._drawn_for: tuple[object, int] | None = None
        self._settling: Timer | None = None

    def body(self) -> Iterable[Widget]:
        """The table, and the selected alert below it."""
        desk = self.oncall.desk
        self._listing = AlertListing(desk.preferences.section("alerts"), desk.storm.alerts)
        yield LiveTable(marking=True, id="alerts")
        yield Lines(id="detail")

    # Drawing

    def draw(self, assessment: Assessment) -> None:
        """One row an alert or a group. Rows keep their places while somebody chooses among them, if there are any."""
        view, listing, table = self._view(assessment), self._listing, self.query_one(LiveTable)
        keys, items = listing.keys, listing.items
        listing.arrange(self.kept(assessment.listed), assessment.snapshot.groups, view.storms)
        asked, self._drawn_for = self._drawn_for, (self._filter, listing.choices)
        patience = self._patience(table) if asked == self._drawn_for else 0.0
        if held := bool(keys) and patience > 0 and keys != listing.keys:
            listing.hold(keys, items, view.by_key)
        self._settle_in(patience if held else 0.0)
        empty = self.empty(nobody_knows(assessment.snapshot) or "No alert is firing, pending or silenced.")
        rows = LazyRows(listing.keys, partial(self._row, Drawing(assessment, view.facts), listing.items))
        table.show(Table(columns(assessment), rows, empty, view.by_key))
        self._draw_rest()

    def _row(self, drawing: Drawing, items: Sequence[Item], place: int) -> Row:
        item = items[place]
        if isinstance(item, Group):
            cell = partial(drawing.heading, item, self._listing.is_open(item.key))
            return Row(item.key, cell, whole=True, members=item.keys)
        if isinstance(item, Gone):
            return Row(item.status.alert.key, partial(drawing.gone, item.status))
        return Row(item.alert.key, partial(drawing.cell, item))

    def _patience(self, table: LiveTable) -> float:
        """Seconds for which rows still keep their places."""
        return (MARKING if table.marked else CHOOSING) - table.quiet_for

    def _settle_in(self, seconds: float) -> None:
        """Draw again after so many seconds, when rows may move; 0: nothing waits for that."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(seconds + 0.05, self.update) if seconds > 0 else None

    def _draw_rest(self) -> None:
        """What follows the cursor: the detail, and what the tabs' line says."""
        assessment, item = self.oncall.assessment, self._item()
        lines: Sequence[Line] = ()
        if assessment is not None and isinstance(item, AlertStatus):
            lines = alerts_render.detail(assessment, item)
        elif assessment is not None and isinstance(item, Group):
            lines = group_detail(assessment, item)
        self.query_one("#detail", Lines).show(lines)
        self.query_one(TabBar).show(self._note())

    def _note(self) -> Line:
        if not self.is_mounted:
            return super()._note()
        listing, marked = self._listing, len(self.query_one(LiveTable).marked)
        grouping = {ROUTED: "", UNGROUPED: "no groups"}.get(listing.grouping, f"by {listing.grouping}")
        order = "" if listing.order is Order.LOUDEST else f"{listing.order.value} first"
        told = [
            span(f"{listing.waiting} more wait", Role.WARN) if listing.waiting else (),
            span(f"{marked} marked", Role.ACCENT) if marked else (),
            outside(grouping, Role.ACCENT) if grouping else (),
            span(order, Role.ACCENT) if order else (),
        ]
        return join([*told, super()._note()], "  ")

    # What the filter looks at

    def parsed(self, text: str) -> AlertFilter:
        """Matchers, words, and conditions."""
        return parse_alert_filter(text)

    def rows(self, assessment: Assessment) -> Sequence[AlertStatus]:
        """Every alert, those that resolved a moment ago among them."""
        return assessment.listed

    def loud_among(self, rows: Sequence[AlertStatus]) -> int:
        """How many of them are pages that fire and nobody has; thousands are counted at a key."""
        assessment = self.oncall.assessment
        pages = self._view(assessment).pages if assessment is not None else frozenset()
        return sum(id(row) in pages for row in rows)

    def kept(self, rows: Sequence[AlertStatus], wanted: AlertFilter | None = None) -> list[AlertStatus]:
        """Those that a filter (None: the one that is on) lets through."""
        assessment = self.oncall.assessment
        assert assessment is not None, "rows come from one"
        chosen: AlertFilter = self._filter if wanted is None else wanted
        return chosen.kept(rows, self._view(assessment).facts, self._filter)

    def keeps_alert(self, status: AlertStatus) -> bool:
        """Whether the filter lets an alert through."""
        assessment = self.oncall.assessment
        return assessment is not None and self._filter.accepts(status, self._view(assessment).facts)

    def words_now(self, assessment: Assessment | None) -> Vocabulary:
        """The labels and states of the alerts there are."""
        return super().words_now(None) if assessment is None else self._view(assessment).words

    def _view(self, assessment: Assessment) -> AlertView:
        return self.oncall.knowledge.view(assessment)

    # Order and groups

    def sort_words(self) -> Sequence[str]:
        """Every order."""
        return tuple(Order)

    def group_words(self) -> Sequence[str]:
        """As Alertmanager does, not at all, and every label there is."""
        assessment = self.oncall.assessment
        labels = sorted(self._view(assessment).words.labels()) if assessment is not None else ()
        return (ROUTED, UNGROUPED, *labels)

    def sort_by(self, name: str) -> str:
        """Stand in the order of that name, '' for the next; returns what is wrong with the name, '' if nothing."""
        complaint = self._listing.sort_by(name)
        self.update()
        return complaint

    def group_by(self, name: str) -> str:
        """Stand in the groups of that name, '' for the next; a label no alert has is refused."""
        if name and name not in self.group_words():
            return f"no alert has a label {name!r}: {ROUTED}, {UNGROUPED}, or the name of a label"
        self._listing.group_by(name)
        self.update()
        return ""

    def action_fold(self, is_open: bool) -> None:
        """Open or shut the group under the cursor, or the one that the alert under it is in."""
        table = self.query_one(LiveTable)
        group = self._listing.group_of(table.cursor)
        if group is not None and self._listing.is_open(group.key) != is_open:
            self._listing.fold(group.key, is_open=is_open)
            table.move_to(group.key)
            self.update()

    def action_fold_all(self, is_open: bool) -> None:
        """Open or shut every group."""
        table = self.query_one(LiveTable)
        group = self._listing.group_of(table.cursor)
        self._listing.fold_all(is_open=is_open)
        if group is not None and not is_open:
            table.move_to(group.key)
        self.update()

    def action_all_seen(self) -> None:
        """Nothing that is listed is new any more."""
        new = self.oncall.knowledge.see_all(self.oncall.clock())
        self.oncall.say(f"{new} new: all seen" if new else "nothing was new")
        self.update()

    # The row under the cursor

    def on_live_table_highlighted(self) -> None:
        """Another row: its detail."""
        self._draw_rest()

    def on_live_table_opened(self, event: LiveTable.Opened) -> None:
        """Open or shut a group; open an alert in full."""
        if isinstance(event.key, GroupKey):
            self._listing.fold(event.key, is_open=not self._listing.is_open(event.key))
            self.update()
        else:
            for status in self._under_cursor():
                self.oncall.open_alert(status)

    def _item(self) -> Item | None:
        """What the row under the cursor shows, as it is known now."""
        table, items, assessment = self.query_one(LiveTable), self._listing.items, self.oncall.assessment
        if assessment is None or table.cursor is None or table.place >= len(items):
            return None
        item = items[table.place]
        if isinstance(item, Group):
            return item
        return self._view(assessment).by_key.get((item.status if isinstance(item, Gone) else item).alert.key)

    def _under_cursor(self) -> tuple[AlertStatus, ...]:
        item = self._item()
        if isinstance(item, Group):
            return tuple(item.alerts)
        return (item,) if isinstance(item, AlertStatus) else ()

    def slo_in_hand(self) -> SloStatus | None:
        """The SLO the alert under the cursor names, else its service's worst."""
        assessment = self.oncall.assessment
        status = next(iter(self.alerts_in_hand()), None)
        return assessment.slo_of(status) if assessment and status else None

    def alerts_in_hand(self) -> tuple[AlertStatus, ...]:
        """The marked alerts, else the one under the cursor, or those of the group under it."""
        marked = self.query_one(LiveTable).marked
        assessment = self.oncall.assessment
        if marked and assessment is not None:
            return tuple(status for status in assessment.listed if status.alert.key in marked)
        return self._under_cursor()

    def group_in_hand(self) -> tuple[Mapping[str, str], tuple[AlertStatus, ...]] | None:
        """The group under the cursor; of alerts that lack a label none: no labels say which they are."""
        item = self._item()
        if not isinstance(item, Group) or not any(item.labels.values()):
            return None
        return item.labels, tuple(item.alerts)

    def service_in_hand(self) -> str:
        """The service of the alert under the cursor, or that all of a group's alerts belong to."""
        services = {status.service for status in self._under_cursor()}
        return services.pop() if len(services) == 1 else ""

    def acted(self) -> None:
        """Let go of the marks."""
        self.query_one(LiveTable).clear_marks()
