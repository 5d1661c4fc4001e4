"""The objects in foreign files, whatever they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncall_tui.config.document import Document, read_documents
from oncall_tui.config.files import read_text
from oncall_tui.config.importers.folders import MOST_FILES, Named, files_of
from oncall_tui.config.importers.parts import Part
from oncall_tui.config.notes import Note
from oncall_tui.core.errors import ConfigError

MOST_BYTES = 8_000_000
"""Of SLO documents in one entry; more is no folder of SLOs."""

SIGNS = ("prometheus/v", "sloth.slok.dev/", "pyrra.dev/", "openslo/")
"""A file without any of these holds no SLO and is not parsed: a folder may hold whatever else it likes."""


def objects_of(path: Path, base: Path, seen: set[Path]) -> Iterator[Part | Note]:
    """Every object in the files that a path means, and what is to be told of these files.

    base: the folder that file names are shown from. seen: files that have been read already, which are not read again.
    """
    named = files_of(path)
    if not named.files:
        yield Note(shown(path, base), 0, "slo_files names it, and there is no such file", left_out=True)
    if named.cut:
        yield Note(shown(path, base), 0, f"more than {MOST_FILES} files: the rest is not read", left_out=True)
    left = MOST_BYTES
    for file, text in _texts(named, seen):
        name = shown(file, base)
        if isinstance(text, Note):
            yield Note(name, text.line, text.what, left_out=True)
        elif not any(sign in text for sign in SIGNS):
            if named.directly:
                yield Note(name, 0, "it holds no SLO of Sloth, Pyrra or OpenSLO", left_out=True)
        elif (left := left - len(text)) < 0:
            what = f"not read: there are {MOST_BYTES // 1_000_000} MB of SLO files before it in this entry of slo_files"
            yield Note(name, 0, what, left_out=True)
        else:
            for document in read_documents(text):
                yield from _objects(name, document)


def shown(file: Path, base: Path) -> str:
    """A file's name as a person knows it: from the folder, where it is in there."""
    return str(file.relative_to(base) if file.is_relative_to(base) else file)


def _texts(named: Named, seen: set[Path]) -> Iterator[tuple[Path, str | Note]]:
    """Every file that was not read before, with its text, or with why there is none."""
    for file in named.files:
        try:
            real = file.resolve()
            if real not in seen:
                seen.add(real)
                yield file, read_text(file)
        except ConfigError as error:
            yield file, Note("", 0, error.message)
        except (OSError, RuntimeError):  # links in a circle
            yield file, Note("", 0, "it cannot be read")


def _objects(file: str, document: Document) -> Iterator[Part | Note]:
    """The objects of a document: itself, or those that it lists."""
    for mistake in document.mistakes:
        what = ": ".join(text for text in (mistake.place, mistake.what) if text)
        yield Note(file, mistake.line, what, document.data is None, mistake.column)
    whole = Part(file, document, (), document.data)
    listed = whole.at("items") if whole.has("items") else whole
    parts = listed.items() if isinstance(listed.data, list) else (whole,)
    yield from (part for part in parts if isinstance(part.data, dict))
