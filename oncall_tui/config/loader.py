"""Finding and reading the configuration file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from oncall_tui.config.checks import cross_check
from oncall_tui.config.document import Document, DocumentError, read_document
from oncall_tui.config.explain import explain
from oncall_tui.config.mistakes import Mistake, config_error
from oncall_tui.config.models import Config
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line

ENVIRONMENT = "ONCALL_TUI_CONFIG"
MAX_BYTES = 1_000_000
EXAMPLE = "config.example.yaml"


def find_config(explicit: Path | None = None) -> Path | None:
    """The configuration file to read: explicit, else $ONCALL_TUI_CONFIG, else config.yaml in the user's folder.

    What is named need not exist, load_config says so if it does not; of the user's folder, None if it has none.
    """
    if explicit is not None:
        return explicit
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    import platformdirs

    usual = platformdirs.user_config_path("oncall-tui") / "config.yaml"
    return usual if os.path.lexists(usual) else None


def load_config(path: Path) -> Config:
    """The configuration in a file, with the environment filled in.

    Relative paths in it belong to its folder. Raises ConfigError, a line for each mistake: file, line, place,
    what was expected. Secrets are in none of them.
    """
    text = _text(path)
    try:
        document = read_document(text, os.environ)
    except DocumentError as error:
        raise config_error(path, [error.mistake]) from None
    if not isinstance(document.data, dict):
        raise _not_a_configuration(path, document)
    mistakes = [*document.mistakes, *cross_check(document)]
    # What the environment lacks is told once, and not again as a value that makes no sense.
    told = {(mistake.line, mistake.place) for mistake in mistakes}
    try:
        config = Config.model_validate(document.data, context={"base": path.absolute().parent})
    except ValidationError as error:
        mistakes += [each for each in explain(document, error, Config) if (each.line, each.place) not in told]
    if mistakes:
        # From None: a traceback would carry pydantic's error, and that the values.
        raise config_error(path, mistakes) from None
    return config


def _not_a_configuration(path: Path, document: Document) -> ConfigError:
    if document.data is None:
        return ConfigError(f"{clean_line(str(path))} is empty", "copy config.example.yaml there and change it")
    spot = document.spot(())
    return config_error(path, [Mistake(spot.line, "", "expected keys such as 'sources:' and 'services:' here")])


def _text(path: Path) -> str:
    name = clean_line(str(path))
    try:
        # Not blocking: opening a named pipe must not hang.
        with open(path, "rb", opener=lambda file, flags: os.open(file, flags | os.O_NONBLOCK)) as file:
            content = _content(file, path)
    except FileNotFoundError:
        raise ConfigError(f"there is no {name}", "give --config FILE, or begin with config.example.yaml") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a file name"
        raise ConfigError(f"cannot read {name}: {reason}", "check the path and its permissions") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise config_error(path, [Mistake(line, "", "not UTF-8 text")]) from None


def _content(file: BinaryIO, path: Path) -> bytes:
    content = file.read(MAX_BYTES + 1) or b""
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{clean_line(str(path))} is larger than 1 MB", "is it the right file?")
    return content


def example_config() -> Path:
    """The example configuration: inside the package where it was installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "_shipped" / EXAMPLE
    return shipped if shipped.is_file() else package.parent / EXAMPLE
