"""The filters that have a name: the configuration's, and those a person saved on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from oncall_tui.config.fields import name_mistake
from oncall_tui.preferences.memory import Section


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter's text under a name. configured: it stands in the configuration, and is changed there alone."""

    name: str
    text: str
    configured: bool


class SavedFilters:
    """Both kinds as one. A saved one never hides a configured one of its name."""

    def __init__(self, configured: Mapping[str, str], saved: Section) -> None:
        self._configured = dict(configured)
        self._saved = saved

    def all(self) -> tuple[SavedFilter, ...]:
        """The configuration's in its order, then the saved ones by name."""
        own = [SavedFilter(name, text, True) for name, text in self._configured.items()]
        saved = sorted(self._saved.texts().items())
        return (*own, *(SavedFilter(name, text, False) for name, text in saved if name not in self._configured))

    def text(self, name: str) -> str | None:
        """The filter of that name; None if there is none."""
        return next((one.text for one in self.all() if one.name == name), None)

    def save(self, name: str, text: str) -> str:
        """Keep the text under the name, in place of what was saved under it; returns what is wrong, '' if nothing."""
        if complaint := name_mistake(name):
            return complaint
        if name in self._configured:
            return f"{name} stands in the configuration: take another name"
        self._saved.set(name, text)
        return ""

    def forget(self, name: str) -> str:
        """Forget a saved one; returns why not, '' if it is done."""
        if name in self._configured:
            return f"{name} stands in the configuration: take it out there"
        self._saved.forget(name)
        return ""
