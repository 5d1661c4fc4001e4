"""Write a silence, and see what it would hide before it is posted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input, Static

from oncall_tui.core.silence_preview import Preview, Typed, preview
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render.silence_form import end_line, form_lines
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.silence_start import EditorStart, holds, toggled
from oncall_tui.ui.widgets.choices import Choices
from oncall_tui.ui.widgets.lines import Lines

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp

_FIELDS = {
    "matchers": ("match", 'alertname="...", service=~"rank.*"'),
    "end": ("until", "2h, until 09:00, until Mon, 2026-11-30 14:00"),
    "comment": ("why", "what others should know (required)"),
    "author": ("by", "your name"),
}


class SilenceEditor(ModalScreen[Typed | None]):
    """Dismissed with what was typed when it is to be posted, else with None. It asks no server: the snapshot tells."""

    DEFAULT_CSS = """
    SilenceEditor { align: center middle; background: $background 40%; }
    SilenceEditor > Vertical {
        width: 96%; max-width: 110; height: 100%; max-height: 34; background: $surface;
        border: round $accent; border-title-color: $accent; border-subtitle-color: $muted; padding: 0 1;
    }
    SilenceEditor .field { height: 1; }
    SilenceEditor .label { width: 6; color: $muted; }
    SilenceEditor Input { width: 1fr; border: none; height: 1; padding: 0; background: $surface; }
    SilenceEditor Input:focus { border: none; background: $surface-lighten-1; }
    SilenceEditor #moment { width: auto; max-width: 60%; }
    SilenceEditor #end { width: 1fr; min-width: 12; }
    SilenceEditor #labels { max-height: 25%; padding: 0 0 0 6; }
    SilenceEditor #places { max-height: 3; padding: 0 0 0 6; }
    SilenceEditor VerticalScroll { height: 1fr; border-top: solid $surface-lighten-1; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave", show=False),
        Binding("ctrl+s", "post", "Post", show=False),
    ]
    AUTO_FOCUS: ClassVar[str | None] = None

    def __init__(self, start: EditorStart) -> None:
        super().__init__()
        self._start = start
        self._sources = start.typed.sources or start.places
        self._drawn: object = None

    @property
    def _oncall(self) -> OncallApp:
        return cast("OncallApp", self.app)

    def compose(self) -> ComposeResult:
        """The fields, the labels that can be put in and out, where it is posted, and what would come of it."""
        with Vertical() as box:
            box.border_title = Content(clean_line(self._start.title, 60))
            box.border_subtitle = "tab next · space in/out · enter posts · esc leaves"
            yield self._field("matchers")
            if self._start.labels:
                yield Choices([str(matcher) for matcher in self._start.labels], id="labels")
            yield self._field("end", [Lines(id="moment")])
            yield self._field("comment")
            yield self._field("author")
            if len(self._start.places) > 1:
                yield Choices([f"post to {place}" for place in self._start.places], id="places")
            with VerticalScroll(can_focus=False):
                yield Lines(id="preview")

    def _field(self, name: str, more: Iterable[Widget] = ()) -> Horizontal:
        label, hint = _FIELDS[name]
        value = clean_line(str(getattr(self._start.typed, name)))
        field = Input(value, placeholder=hint, id=name, select_on_focus=False)
        return Horizontal(Static(label, classes="label", markup=False), field, *more, classes="field")

    def on_mount(self) -> None:
        """The cursor goes where something is missing; new snapshots are taken in while it stands."""
        self._redraw()
        missing = "matchers" if not self._start.typed.matchers else "comment"
        self.query_one("#end" if self._start.editing else f"#{missing}").focus()
        self.set_interval(1.0, self._catch_up)

    # What is typed, and what comes of it

    def _typed(self) -> Typed:
        values = {name: self.query_one(f"#{name}", Input).value for name in _FIELDS}
        return Typed(values["matchers"], values["end"], values["comment"], values["author"], self._sources)

    def _preview(self, typed: Typed, now: float) -> Preview | None:
        assessment = self._oncall.assessment
        if assessment is None:
            return None
        index = self._oncall.silence_watch.index(assessment)
        start = self._start
        return preview(typed, assessment, index, own=start.own, editing=start.editing, now=now)

    def _catch_up(self) -> None:
        if self._oncall.assessment is not self._drawn:
            self._redraw()

    def _redraw(self) -> None:
        typed = self._typed()
        now = self._oncall.clock()
        seen = self._preview(typed, now)
        self._drawn = self._oncall.assessment
        if self._start.labels:
            self.query_one("#labels", Choices).show(holds(typed.matchers, self._start.labels))
        if len(self._start.places) > 1:
            self.query_one("#places", Choices).show([place in self._sources for place in self._start.places])
        if seen is None:
            self.query_one("#preview", Lines).show([span("Asking the sources…", Role.UNKNOWN)])
            return
        self.query_one("#moment", Lines).show([end_line(seen.end, now)])
        last: list[Line] = []
        if self._start.complaint:
            last.append(join([span("■ not posted:", Role.CRIT), outside(self._start.complaint, Role.CRIT)]))
        lines = self._form(typed, seen, max(2, self.size.height - 16 - len(self._start.labels[:4])))
        below = self.query_one("#preview", Lines)
        below.show(last + lines)
        below.refresh(layout=True)  # its lines wrap: as many of them may take more room

    def _form(self, typed: Typed, seen: Preview, room: int) -> list[Line]:
        start, width = self._start, min(104, self.size.width * 96 // 100 - 6)
        now, url = self._oncall.clock(), self._url()
        return form_lines(typed, seen, now, own=start.own, width=width, room=room, url=url, editing=start.editing)

    def _url(self) -> str:
        """The address of the first Alertmanager it is posted to."""
        assessment = self._oncall.assessment
        health = assessment.snapshot.sources.get(self._sources[0]) if assessment and self._sources else None
        return health.url if health is not None else ""

    def on_input_changed(self) -> None:
        """Every letter counts."""
        self._redraw()

    def on_resize(self) -> None:
        """Another size has another number of lines."""
        self._redraw()

    def on_choices_toggled(self, event: Choices.Toggled) -> None:
        """Put a label in or out, or an Alertmanager."""
        if event.choices.id == "labels":
            field = self.query_one("#matchers", Input)
            field.value = toggled(field.value, self._start.labels[event.place])
        else:
            place = self._start.places[event.place]
            self._sources = tuple(p for p in self._start.places if (p in self._sources) != (p == place))
            self._redraw()

    # Posting

    def on_input_submitted(self) -> None:
        """Enter in a field."""
        self.action_post()

    def on_choices_submitted(self) -> None:
        """Enter on a list."""
        self.action_post()

    def action_post(self) -> None:
        """Post it: where it reaches further than what was meant, only after it was shown and asked for."""
        typed = self._typed()
        seen = self._preview(typed, self._oncall.clock())
        if seen is None or seen.faults or seen.everything:
            self.app.bell()
            if seen is not None and seen.faults:
                self._oncall.complain(seen.faults[0], title="Not posted")
            return
        if seen.wide:
            self._ask(typed, seen)
        else:
            self.dismiss(typed)

    def _ask(self, typed: Typed, seen: Preview) -> None:
        from oncall_tui.ui.screens.confirm import Confirm

        def answered(yes: bool | None) -> None:
            if yes:
                self.dismiss(typed)

        lines = self._form(typed, seen, 8)
        first = sorted(lines, key=lambda line: not (line and line[0][0] == "!"))
        self.app.push_screen(Confirm(span("Post this silence?"), first, "post it"), answered)
