"""The keys `f` and `F`: filters that have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.matchers import MatcherSyntaxError
from oncall_tui.ui.render.filter_line import Tally

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp
    from oncall_tui.ui.screens.base import OncallScreen


def choose_filter(app: OncallApp, screen: OncallScreen) -> None:
    """Let the person choose among the saved ones; what is chosen is on then."""
    from oncall_tui.ui.screens.filter_picker import FilterPicker

    def count(text: str) -> Tally | str:
        try:
            wanted = screen.parsed(text)
        except MatcherSyntaxError as error:
            return str(error)
        tally = screen.tally(app.assessment, wanted) if app.assessment is not None else None
        return tally or "nothing is filtered here"

    def chosen(text: str | None) -> None:
        if text is not None and (complaint := screen.set_filter(text)):
            app.complain(f"filter: {complaint}")

    app.push_screen(FilterPicker(app.saved_filters, count, app.key_of("save_filter")), chosen)


def save_filter(app: OncallApp, screen: OncallScreen, name: str) -> None:
    """Save the filter that is on under the name."""
    name = name.strip()
    before = app.saved_filters.text(name)
    if complaint := app.saved_filters.save(name, screen.filter_text):
        app.complain(f"not saved: {complaint}")
    elif before is not None and before != screen.filter_text:
        app.say(f"saved {name} in place of {before}; {app.key_of('saved_filters')} offers it", seconds=10)
    else:
        app.say(f"saved {name}: {screen.filter_text}; {app.key_of('saved_filters')} offers it")
