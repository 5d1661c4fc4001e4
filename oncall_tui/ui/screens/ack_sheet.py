"""Acknowledge with more than one key: what it is of, why, until when, who has it, and what it would hide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from oncall_tui.core.ack_scope import AckPreview, AckScope, preview
from oncall_tui.core.duration import humanize
from oncall_tui.core.text import clean_line
from oncall_tui.core.until import End, parse_end
from oncall_tui.ui.render.ack_form import form_lines
from oncall_tui.ui.render.silence_form import end_line
from oncall_tui.ui.render.spans import Role, span
from oncall_tui.ui.screens.form_sheet import FormSheet
from oncall_tui.ui.widgets.choices import Choices
from oncall_tui.ui.widgets.lines import Lines


@dataclass(frozen=True, slots=True)
class AckTyped:
    """What a person wants. scope: place of the chosen one. end: as typed. keep: while firing."""

    scope: int = 0
    words: str = ""
    end: str = ""
    owner: str = ""
    keep: bool = False


class AckSheet(FormSheet[AckTyped]):
    """Dismissed with what was typed when it is to be done, else with None. It asks no server: the snapshot tells.

    mine: whose acknowledgements are one's own. at_most: seconds for which one is kept.
    """

    DEFAULT_CSS = """
    AckSheet > Vertical { height: auto; max-height: 96%; }
    AckSheet #scopes { max-height: 5; }
    AckSheet VerticalScroll { height: auto; }
    """
    FIELDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "words": ("why", "what others should know"),
        "end": ("until", "15m, until 09:00, until Mon"),
        "owner": ("by", "your name"),
    }

    def __init__(self, title: str, scopes: Sequence[AckScope], typed: AckTyped, mine: str, at_most: float) -> None:
        super().__init__()
        self._title, self._scopes, self._start, self._mine = title, tuple(scopes), typed, mine
        self._chosen, self._kept, self._at_most = typed.scope, typed.keep, at_most

    def compose(self) -> ComposeResult:
        """What it is of, the fields, and what would come of it."""
        start = self._start
        with Vertical() as box:
            box.border_title = Content(clean_line(self._title, 60))
            box.border_subtitle = "tab next · space chooses · enter does it · esc leaves"
            if len(self._scopes) > 1:
                yield Choices([scope.title for scope in self._scopes], id="scopes")
            yield self.field("words", start.words)
            yield self.field("end", start.end, [Lines(id="moment")], select=True)
            yield self.field("owner", start.owner, select=True)
            yield Choices([f"keep it while it fires, for {humanize(self._at_most)} at most"], id="keep")
            with VerticalScroll(can_focus=False):
                yield Lines(id="preview")

    def on_mount(self) -> None:
        """The cursor goes to what others should know; new snapshots are taken in while it stands."""
        self.begin("words")

    # What is typed, and what comes of it

    def _typed(self) -> AckTyped:
        values = {name: self.value(name) for name in self.FIELDS}
        return AckTyped(self._chosen, values["words"], values["end"], values["owner"], self._kept)

    def _end(self) -> tuple[End | None, str]:
        try:
            return parse_end(self.value("end"), self.oncall.clock()), ""
        except ValueError as error:
            return None, f"until: {error}"

    def _preview(self) -> AckPreview | None:
        assessment = self.oncall.assessment
        if assessment is None:
            return None
        return preview(self._scopes[self._chosen], assessment, self.oncall.silence_watch.index(assessment))

    def _complaints(self, seen: AckPreview) -> list[str]:
        unnamed = "" if self.value("owner").strip() else "by: say who has it"
        return [complaint for complaint in (seen.fault, self._end()[1], unnamed) if complaint]

    def redraw(self) -> None:
        """Show the scopes, the end, and what would come of it."""
        self.drawn = self.oncall.assessment
        if len(self._scopes) > 1:
            places = range(len(self._scopes))
            self.query_one("#scopes", Choices).show([place == self._chosen for place in places])
        self.query_one("#keep", Choices).show([self._kept])
        now = self.oncall.clock()
        self.query_one("#moment", Lines).show([end_line(self._end()[0], now)])
        below = self.query_one("#preview", Lines)
        seen = self._preview()
        if seen is None:
            below.show([span("Asking the sources…", Role.UNKNOWN)])
            return
        width, room = self.preview_width, max(2, self.size.height - 17)
        scope, owner = self._scopes[self._chosen], self.value("owner").strip()
        below.show(form_lines(scope, seen, self._complaints(seen), owner, self._mine, now, width=width, room=room))
        below.refresh(layout=True)  # its lines wrap: as many of them may take more room

    def on_choices_toggled(self, event: Choices.Toggled) -> None:
        """One scope at a time; whether it is kept."""
        if event.choices.id == "keep":
            self._kept = not self._kept
        else:
            self._chosen = event.place
        self.redraw()

    # Doing it

    def action_post(self) -> None:
        """Do it: what reaches further than what was meant is asked about first."""
        seen = self._preview()
        if seen is None:
            self.app.bell()
        elif complaints := self._complaints(seen):
            self.app.bell()
            self.oncall.complain(complaints[0], title="Not acknowledged")
        elif seen.wide:
            self._ask(seen)
        else:
            self.dismiss(self._typed())

    def _ask(self, seen: AckPreview) -> None:
        from oncall_tui.ui.screens.confirm import Confirm

        typed = self._typed()

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(typed)

        scope, now = self._scopes[self._chosen], self.oncall.clock()
        lines = form_lines(scope, seen, (), typed.owner.strip(), self._mine, now, width=90, room=8)
        self.app.push_screen(Confirm(span("Acknowledge all of it?"), lines, "acknowledge it"), answered)
