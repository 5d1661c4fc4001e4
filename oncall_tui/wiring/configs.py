"""Where the configuration is, and what stands beside it."""

from __future__ import annotations

from pathlib import Path

from oncall_tui.config.loader import find_config, load_config, usual_config
from oncall_tui.config.models import Config
from oncall_tui.core.errors import ConfigError


def theme_folders() -> tuple[Path, ...]:
    """Where people keep themes of their own."""
    import platformdirs

    return (platformdirs.user_config_path("oncall-tui") / "themes",)


def existing_config(path: Path | None) -> Path:
    """The file of the configuration, wherever it is. Raises ConfigError with what to do when there is none."""
    found = find_config(path)
    if found is None:
        raise ConfigError(
            f"there is no configuration at {usual_config()}",
            "`oncall-tui init` asks and writes one, `oncall-tui --prometheus URL` does without; to look around first: "
            "`oncall-tui demo`",
        )
    return found


def configured(path: Path | None) -> Config:
    """The configuration, wherever it is. Raises ConfigError."""
    return load_config(existing_config(path))
