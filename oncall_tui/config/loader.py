"""Finding and reading the configuration file."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from oncall_tui.config.checks import cross_check
from oncall_tui.config.document import Document, DocumentError, read_document
from oncall_tui.config.explain import explain
from oncall_tui.config.files import read_text
from oncall_tui.config.importers import read_slo_files
from oncall_tui.config.mistakes import Mistake, config_error
from oncall_tui.config.models import Config
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.text import clean_line

ENVIRONMENT = "ONCALL_TUI_CONFIG"
EXAMPLE = "config.example.yaml"


def find_config(explicit: Path | None = None) -> Path | None:
    """The configuration file to read: explicit, else $ONCALL_TUI_CONFIG, else config.yaml in the user's folder.

    What is named need not exist, load_config says so if it does not; of the user's folder, None if it has none.
    """
    if explicit is not None:
        return explicit
    if named := os.environ.get(ENVIRONMENT):
        return Path(named)
    usual = usual_config()
    return usual if os.path.lexists(usual) else None


def usual_config() -> Path:
    """Where a configuration is looked for when none is named: in the user's folder (XDG_CONFIG_HOME)."""
    import platformdirs

    return platformdirs.user_config_path("oncall-tui") / "config.yaml"


def load_config(path: Path) -> Config:
    """The configuration in a file, with the environment filled in.

    Relative paths in it belong to its folder. Raises ConfigError, a line for each mistake: file, line, place,
    what was expected. Secrets are in none of them. Mistakes in the foreign files that slo_files names are among the
    configuration's notes: there, the rest stands.
    """
    return read_config(path)[0]


def config_from(text: str, path: Path) -> Config:
    """The configuration in a text, as load_config: path is what mistakes are told of, and where relative ones begin."""
    return _configured(text, path)[0]


def read_config(path: Path) -> tuple[Config, Document]:
    """As load_config, with the document it was read from, which knows the line of everything."""
    return _configured(read_text(path), path)


def _configured(text: str, path: Path) -> tuple[Config, Document]:
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
    if config.read_only:
        config = config.locked_at(f"{path}:{document.spot(('read_only',)).line}")
    if config.slo_files:
        config = config.with_imported(read_slo_files(config.slo_files, path.absolute().parent))
    return config, document


def _not_a_configuration(path: Path, document: Document) -> ConfigError:
    if document.data is None:
        return ConfigError(f"{clean_line(str(path))} is empty", "copy config.example.yaml there and change it")
    spot = document.spot(())
    return config_error(path, [Mistake(spot.line, "", "expected keys such as 'sources:' and 'services:' here")])


def example_config() -> Path:
    """The example configuration: inside the package where it was installed, beside it in a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "_shipped" / EXAMPLE
    return shipped if shipped.is_file() else package.parent / EXAMPLE
