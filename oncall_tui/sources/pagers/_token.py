"""The Authorization header that a pager's token makes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import SecretStr

from oncall_tui.sources.credentials import secret


class Tokened(Protocol):
    """A configuration with a token, or with another way in."""

    @property
    def token(self) -> SecretStr | None:
        """The token itself."""
        ...

    @property
    def token_file(self) -> Path | None:
        """The file that holds it."""
        ...


def authorized(
    config: Tokened, made: Callable[[str], str], always: Mapping[str, str]
) -> Callable[[], Mapping[str, str]]:
    """The headers of every request. made: the Authorization header of a token; without one, another way in is used."""

    def headers() -> Mapping[str, str]:
        token = secret(config.token, config.token_file)
        return {**always, "Authorization": made(token)} if token else dict(always)

    return headers


def token_of(config: Tokened) -> Callable[[], Iterator[str]]:
    """The token, for it to be kept out of what is told."""
    return lambda: iter((secret(config.token, config.token_file),))
