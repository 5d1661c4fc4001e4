"""Acknowledge with more than one key: what it is of, why, until when, who has it, and what it would hide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from oncall_tui.core.ack_scope import AckPreview, AckScope, preview
from oncall_tui.core.duration import humanize
from oncall_tui.core.text import clean_line
from oncall_tui.core.until import End, parse_end
from oncall_tui.ui.render.ack_form import form_lines
from oncall_tui.ui.render.silence_form import end_line
from oncall_tui.ui.render.spans import Role, span
from oncall_tui.ui.widgets.choices import Choices
from oncall_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp

_FIELDS = {
    "words": ("why", "what others should know"),
    "end": ("until", "15m, until 09:00, until Mon"),
    "owner": ("by", "your name"),
}


@dataclass(frozen=True, slots=True)
class AckTyped:
    """What a person wants. scope: place of the chosen one. end: as typed. keep: while firing."""

    scope: int = 0
    words: str = ""
    end: str = ""
    owner: str = ""
    keep: bool = False


class AckSheet(ModalScreen[AckTyped | None]):
    """Dismissed with what was typed when it is to be done, else with None. It asks no server: the snapshot tells.

    mine: whose acknowledgements are one's own. at_most: seconds for which one is kept.
    """

    DEFAULT_CSS = """
    AckSheet { align: center middle; background: $background 40%; }
    AckSheet > Vertical {
        width: 96%; max-width: 110; height: auto; max-height: 96%; background: $surface;
        border: round $accent; border-title-color: $accent; border-subtitle-color: $muted; padding: 0 1;
    }
    AckSheet .field { height: 1; }
    AckSheet .label { width: 6; color: $muted; }
    AckSheet Input { width: 1fr; border: none; height: 1; padding: 0; background: $surface; }
    AckSheet Input:focus { border: none; background: $surface-lighten-1; }
    AckSheet #moment { width: auto; max-width: 60%; }
    AckSheet #end { width: 1fr; min-width: 12; }
    AckSheet #scopes { max-height: 5; padding: 0 0 0 6; }
    AckSheet #keep { padding: 0 0 0 6; }
    AckSheet VerticalScroll { height: auto; border-top: solid $surface-lighten-1; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", show=False),
        Binding("ctrl+s", "post", "Acknowledge", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = None

    def __init__(self, title: str, scopes: Sequence[AckScope], typed: AckTyped, mine: str, at_most: float) -> None:
        super().__init__()
        self._title, self._scopes, self._start, self._mine = title, tuple(scopes), typed, mine
        self._chosen, self._kept, self._at_most = typed.scope, typed.keep, at_most
        self._drawn: object = None

    @property
    def _oncall(self) -> OncallApp:
        return cast("OncallApp", self.app)

    def compose(self) -> ComposeResult:
        """What it is of, the fields, and what would come of it."""
        with Vertical() as box:
            box.border_title = Content(clean_line(self._title, 60))
            box.border_subtitle = "tab next · space chooses · enter does it · esc leaves"
            if len(self._scopes) > 1:
                yield Choices([scope.title for scope in self._scopes], id="scopes")
            yield self._field("words")
            yield self._field("end", [Lines(id="moment")])
            yield self._field("owner")
            yield Choices([f"keep it while it fires, for {humanize(self._at_most)} at most"], id="keep")
            with VerticalScroll(can_focus=False):
                yield Lines(id="preview")

    def _field(self, name: str, more: Iterable[Widget] = ()) -> Horizontal:
        label, hint = _FIELDS[name]
        value = clean_line(str(getattr(self._start, name)))
        field = Input(value, placeholder=hint, id=name, select_on_focus=name != "words")
        return Horizontal(Static(label, classes="label", markup=False), field, *more, classes="field")

    def on_mount(self) -> None:
        """The cursor goes to what others should know; new snapshots are taken in while it stands."""
        self._redraw()
        self.query_one("#words").focus()
        self.set_interval(1.0, self._catch_up)

    # What is typed, and what comes of it

    def _typed(self) -> AckTyped:
        values = {name: self.query_one(f"#{name}", Input).value for name in _FIELDS}
        return AckTyped(self._chosen, values["words"], values["end"], values["owner"], self._kept)

    def _end(self) -> tuple[End | None, str]:
        try:
            return parse_end(self.query_one("#end", Input).value, self._oncall.clock()), ""
        except ValueError as error:
            return None, f"until: {error}"

    def _preview(self) -> AckPreview | None:
        assessment = self._oncall.assessment
        if assessment is None:
            return None
        return preview(self._scopes[self._chosen], assessment, self._oncall.silence_watch.index(assessment))

    def _complaints(self, seen: AckPreview) -> list[str]:
        unnamed = "" if self.query_one("#owner", Input).value.strip() else "by: say who has it"
        return [complaint for complaint in (seen.fault, self._end()[1], unnamed) if complaint]

    def _catch_up(self) -> None:
        if self._oncall.assessment is not self._drawn:
            self._redraw()

    def _redraw(self) -> None:
        self._drawn = self._oncall.assessment
        if len(self._scopes) > 1:
            places = range(len(self._scopes))
            self.query_one("#scopes", Choices).show([place == self._chosen for place in places])
        self.query_one("#keep", Choices).show([self._kept])
        now = self._oncall.clock()
        self.query_one("#moment", Lines).show([end_line(self._end()[0], now)])
        below = self.query_one("#preview", Lines)
        seen = self._preview()
        if seen is None:
            below.show([span("Asking the sources…", Role.UNKNOWN)])
            return
        width, room = min(104, self.size.width * 96 // 100 - 6), max(2, self.size.height - 17)
        scope, owner = self._scopes[self._chosen], self.query_one("#owner", Input).value.strip()
        below.show(form_lines(scope, seen, self._complaints(seen), owner, self._mine, now, width=width, room=room))
        below.refresh(layout=True)  # its lines wrap: as many of them may take more room

    def on_input_changed(self) -> None:
        """Every letter counts."""
        self._redraw()

    def on_resize(self) -> None:
        """Another size has another number of lines."""
        self._redraw()

    def on_choices_toggled(self, event: Choices.Toggled) -> None:
        """One scope at a time; whether it is kept."""
        if event.choices.id == "keep":
            self._kept = not self._kept
        else:
            self._chosen = event.place
        self._redraw()

    # Doing it

    def on_input_submitted(self) -> None:
        """Enter in a field."""
        self.action_post()

    def on_choices_submitted(self) -> None:
        """Enter on a list."""
        self.action_post()

    def action_post(self) -> None:
        """Do it: what reaches further than what was meant is asked about first."""
        seen = self._preview()
        if seen is None:
            self.app.bell()
        elif complaints := self._complaints(seen):
            self.app.bell()
            self._oncall.complain(complaints[0], title="Not acknowledged")
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

        scope, now = self._scopes[self._chosen], self._oncall.clock()
        lines = form_lines(scope, seen, (), typed.owner.strip(), self._mine, now, width=90, room=8)
        self.app.push_screen(Confirm(span("Acknowledge all of it?"), lines, "acknowledge it"), answered)
