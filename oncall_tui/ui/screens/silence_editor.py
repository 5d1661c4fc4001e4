"""Write a silence, and see what it would hide before it is posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input

from oncall_tui.core.silence_preview import Preview, Typed, preview
from oncall_tui.core.text import clean_line
from oncall_tui.ui.render.silence_form import end_line, form_lines
from oncall_tui.ui.render.spans import Line, Role, join, outside, span
from oncall_tui.ui.screens.form_sheet import FormSheet
from oncall_tui.ui.silence_start import EditorStart, holds, toggled
from oncall_tui.ui.widgets.choices import Choices
from oncall_tui.ui.widgets.lines import Lines


class SilenceEditor(FormSheet[Typed]):
    """Dismissed with what was typed when it is to be posted, else with None. It asks no server: the snapshot tells."""

    DEFAULT_CSS = """
    SilenceEditor > Vertical { height: 100%; max-height: 34; }
    SilenceEditor #labels { max-height: 25%; }
    SilenceEditor #places { max-height: 3; }
    SilenceEditor VerticalScroll { height: 1fr; }
    """
    FIELDS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "matchers": ("match", 'alertname="...", service=~"rank.*"'),
        "end": ("until", "2h, until 09:00, until Mon, 2026-11-30 14:00"),
        "comment": ("why", "what others should know (required)"),
        "author": ("by", "your name"),
    }

    def __init__(self, start: EditorStart) -> None:
        super().__init__()
        self._start = start
        self._sources = start.typed.sources or start.places

    def compose(self) -> ComposeResult:
        """The fields, the labels that can be put in and out, where it is posted, and what would come of it."""
        start = self._start.typed
        with Vertical() as box:
            box.border_title = Content(clean_line(self._start.title, 60))
            box.border_subtitle = "tab next · space in/out · enter posts · esc leaves"
            yield self.field("matchers", start.matchers)
            if self._start.labels:
                yield Choices([str(matcher) for matcher in self._start.labels], id="labels")
            yield self.field("end", start.end, [Lines(id="moment")])
            yield self.field("comment", start.comment)
            yield self.field("author", start.author)
            if len(self._start.places) > 1:
                yield Choices([f"post to {place}" for place in self._start.places], id="places")
            with VerticalScroll(can_focus=False):
                yield Lines(id="preview")

    def on_mount(self) -> None:
        """The cursor goes where something is missing; new snapshots are taken in while it stands."""
        missing = "matchers" if not self._start.typed.matchers else "comment"
        self.begin("end" if self._start.editing else missing)

    # What is typed, and what comes of it

    def _typed(self) -> Typed:
        values = {name: self.value(name) for name in self.FIELDS}
        return Typed(values["matchers"], values["end"], values["comment"], values["author"], self._sources)

    def _preview(self, typed: Typed, now: float) -> Preview | None:
        assessment = self.oncall.assessment
        if assessment is None:
            return None
        index = self.oncall.silence_watch.index(assessment)
        start = self._start
        return preview(typed, assessment, index, own=start.own, editing=start.editing, now=now)

    def redraw(self) -> None:
        """Show which labels are in, the end, and what it would hide."""
        typed = self._typed()
        now = self.oncall.clock()
        seen = self._preview(typed, now)
        self.drawn = self.oncall.assessment
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
        start, width = self._start, self.preview_width
        now, url = self.oncall.clock(), self._url()
        return form_lines(typed, seen, now, own=start.own, width=width, room=room, url=url, editing=start.editing)

    def _url(self) -> str:
        """The address of the first Alertmanager it is posted to."""
        assessment = self.oncall.assessment
        health = assessment.snapshot.sources.get(self._sources[0]) if assessment and self._sources else None
        return health.url if health is not None else ""

    def on_choices_toggled(self, event: Choices.Toggled) -> None:
        """Put a label in or out, or an Alertmanager."""
        if event.choices.id == "labels":
            field = self.query_one("#matchers", Input)
            field.value = toggled(field.value, self._start.labels[event.place])
        else:
            place = self._start.places[event.place]
            self._sources = tuple(p for p in self._start.places if (p in self._sources) != (p == place))
            self.redraw()

    # Posting

    def action_post(self) -> None:
        """Post it: where it reaches further than what was meant, only after it was shown and asked for."""
        typed = self._typed()
        seen = self._preview(typed, self.oncall.clock())
        if seen is None or seen.faults or seen.everything:
            self.app.bell()
            if seen is not None and seen.faults:
                self.oncall.complain(seen.faults[0], title="Not posted")
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
