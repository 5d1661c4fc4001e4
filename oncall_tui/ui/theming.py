"""Themes as YAML files: the ones we ship, and the reader's own beside or in place of them.

A file is read when its theme is asked for: at the start that is one, in the picker all of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import yaml
from textual.theme import Theme
from yaml.nodes import MappingNode, Node, ScalarNode

from oncall_tui.core.errors import ConfigError
from oncall_tui.ui.wardrobe import tailored

DEFAULT_THEME: Final = "night"

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}\Z")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
_SAMPLE = "a colour like '#7aa2f7'"

_COLOURS = ("primary", "secondary", "accent", "background", "surface", "panel", "foreground")
_STATES = ("crit", "warn", "silent", "unknown", "ok")
_KEYS = ("name", "title", "description", "dark", "colors", "states", "muted", "cursor")


@dataclass(frozen=True, slots=True)
class Look:
    """A theme as the picker presents it."""

    theme: Theme
    title: str
    description: str

    @property
    def name(self) -> str:
        """What it is called in the configuration."""
        return self.theme.name

    def variable(self, name: str) -> str:
        """One of our own variables: 'muted', 'cursor', 'state-crit', ..."""
        return self.theme.variables[name]


def shipped_themes_folder() -> Path:
    """Where our own themes are: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_shipped" / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def load_themes(folders: Sequence[Path]) -> tuple[tuple[Theme, ...], tuple[ConfigError, ...]]:
    """Every theme of these folders, and what is wrong with the files that gave none. See ThemeShelf."""
    looks, problems = ThemeShelf(folders).all()
    return tuple(look.theme for look in looks), problems


class ThemeShelf:
    """The themes of some folders, `<name>.yaml` each. Of two of the same name the later folder's counts.

    A folder that does not exist holds no themes. A file with a mistake is left out, and the earlier folder's theme
    of that name stands in for it, if there is one; the mistake is in `problems` once the file has been read.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        self._files: dict[str, list[Path]] = {}
        self._read: dict[Path, Look | ConfigError] = {}
        for folder in folders:
            for path in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
                self._files.setdefault(path.stem, []).insert(0, path)

    @property
    def names(self) -> tuple[str, ...]:
        """What there is, by file name, in the folders' order; nothing is read for it."""
        return tuple(self._files)

    @property
    def problems(self) -> tuple[ConfigError, ...]:
        """The mistakes in the files read so far."""
        return tuple(outcome for outcome in self._read.values() if isinstance(outcome, ConfigError))

    def get(self, name: str) -> Theme:
        """The theme of that name. Raises ConfigError if there is none, or none without a mistake."""
        return self.look(name).theme

    def look(self, name: str) -> Look:
        """As get, with title and description."""
        mistake: ConfigError | None = None
        for path in self._files.get(name, ()):
            outcome = self._outcome(path)
            if isinstance(outcome, Look):
                return outcome
            mistake = mistake or outcome
        raise mistake or ConfigError(
            f"there is no theme {name!r}", _did_you_mean(name, self.names) or f"there are {', '.join(self.names)}"
        )

    def all(self) -> tuple[tuple[Look, ...], tuple[ConfigError, ...]]:
        """Every theme that is without a mistake, the default first, and every mistake."""
        looks = []
        for name in sorted(self._files, key=lambda name: name != DEFAULT_THEME):
            outcome = next((good for path in self._files[name] if isinstance(good := self._outcome(path), Look)), None)
            if outcome is not None:
                looks.append(outcome)
        return tuple(looks), self.problems

    def _outcome(self, path: Path) -> Look | ConfigError:
        if path not in self._read:
            try:
                self._read[path] = read_theme(path)
            except ConfigError as mistake:
                self._read[path] = mistake
        return self._read[path]


def read_theme(path: Path) -> Look:
    """The theme in a file. Raises ConfigError with file, line, key and what was expected there."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "a theme is a YAML file in UTF-8") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        raise ConfigError(f"{path}{line}: {getattr(error, 'problem', None) or 'not YAML'}", "mend the YAML") from error
    return _Reader(path).look(node)


class _Reader:
    """Takes a parsed file apart; every mistake is told with its line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def look(self, node: Node | None) -> Look:
        top = self._section(node, "", _KEYS)
        name = self._text(top["name"], "name")
        if name != self._path.stem or not _NAME.match(name):
            raise self._mistake(top["name"], f"name: a file's theme has the file's name, {self._path.stem!r}")
        colours = self._colours(top["colors"], "colors", _COLOURS)
        states = self._colours(top["states"], "states", _STATES)
        dark = top["dark"]
        if not (isinstance(dark, ScalarNode) and dark.tag.endswith(":bool")):
            raise self._mistake(dark, "dark: expected true or false")
        theme = tailored(
            name,
            dark.value.lower() in ("true", "yes", "on"),
            colours,
            states,
            self._colour(top["muted"], "muted"),
            self._colour(top["cursor"], "cursor"),
        )
        return Look(theme, self._text(top["title"], "title"), self._text(top["description"], "description"))

    def _section(self, node: Node | None, where: str, keys: Sequence[str]) -> dict[str, Node]:
        """The entries of a mapping that must have just these keys."""
        prefix = f"{where}." if where else ""
        if not isinstance(node, MappingNode):
            raise self._mistake(node, f"{where or 'the file'}: expected a mapping with {', '.join(keys)}")
        entries: dict[str, Node] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode) or key.value not in keys:
                given = key.value if isinstance(key, ScalarNode) else "?"
                known = f"the keys are {', '.join(keys)}"
                raise self._mistake(key, f"{prefix}{given}: no such key", _did_you_mean(given, keys) or known)
            if key.value in entries:
                raise self._mistake(key, f"{prefix}{key.value}: given twice")
            entries[key.value] = value
        for key in keys:
            if key not in entries:
                raise self._mistake(node, f"{prefix}{key}: missing")
        return entries

    def _colours(self, node: Node, where: str, keys: Sequence[str]) -> dict[str, str]:
        return {k: self._colour(value, f"{where}.{k}") for k, value in self._section(node, where, keys).items()}

    def _colour(self, node: Node, where: str) -> str:
        if not (isinstance(node, ScalarNode) and _COLOUR.match(node.value)):
            given = f", not {node.value!r}" if isinstance(node, ScalarNode) and node.value else ""
            quotes = "" if given else "a colour needs its quotes: without them # begins a comment"
            raise self._mistake(node, f"{where}: expected {_SAMPLE}{given}", quotes)
        return str(node.value)

    def _text(self, node: Node, where: str) -> str:
        if not (isinstance(node, ScalarNode) and node.value.strip()):
            raise self._mistake(node, f"{where}: expected a text")
        return str(node.value)

    def _mistake(self, node: Node | None, what: str, hint: str = "") -> ConfigError:
        line = node.start_mark.line + 1 if node is not None else 1
        return ConfigError(f"{self._path}:{line}: {what}", hint or "the shipped themes show how one is written")


def _did_you_mean(given: str, known: Sequence[str]) -> str:
    near = get_close_matches(given, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""
