"""A configuration with foreign SLO files beside it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from oncall_tui.config.loader import load_config
from oncall_tui.config.models import Config
from oncall_tui.config.notes import told
from oncall_tui.core.slo import Slo

PROMETHEUS = "sources: {prometheus: [{name: main, url: 'http://p:9090'}, {name: gpu, url: 'http://g:9090'}]}\n"


def config_of(folder: Path, text: str, entry: str = "slos.yaml", rest: str = "") -> Config:
    """A configuration that names slos.yaml, which holds this text."""
    (folder / "slos.yaml").write_text(dedent(text), encoding="utf-8")
    return config_naming(folder, entry, rest)


def config_naming(folder: Path, entry: str, rest: str = "") -> Config:
    """A configuration that names foreign files."""
    file = folder / "config.yaml"
    file.write_text(f"{PROMETHEUS}slo_files: [{entry}]\n{rest}", encoding="utf-8")
    return load_config(file)


def slos_of(folder: Path, text: str) -> dict[str, Slo]:
    """The SLOs in the text, by id."""
    return {slo.id: slo for slo in config_of(folder, text).catalogue().slos()}


def slo_of(folder: Path, text: str) -> Slo:
    """The one SLO in the text, in which there is nothing to tell of."""
    config = config_of(folder, text)
    assert told(config.notes) == ()
    (slo,) = config.catalogue().slos()
    return slo


def notes_of(folder: Path, text: str) -> tuple[str, ...]:
    """What is told of the text."""
    return told(config_of(folder, text).notes)
