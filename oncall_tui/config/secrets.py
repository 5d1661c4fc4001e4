"""Every secret that a configuration holds or names, so that none is shown in what a command prints."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel, SecretStr

from oncall_tui.config.models import Config

_LIMIT = 65_536
"""Bytes of a file that are read; no secret is longer."""
_CERTIFICATES = ("ca_file", "cert_file")
"""Files that are no secret."""


def secrets_of(config: Config, environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """The secrets written into it, those in the files it names, and the environment variables under runbooks.redact.

    Files are read anew, as they may be rotated; one that cannot be read has nothing to give. Blocks for milliseconds.
    """
    found = set(_in(config))
    found |= {environment.get(name, "") for name in config.runbooks.redact}
    return frozenset(found - {""})


def secrets_in(part: BaseModel) -> frozenset[str]:
    """The same of one part of a configuration."""
    return frozenset(set(_in(part)) - {""})


def _in(value: object) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            yield from _of_model(value)
        case Mapping():
            for one in value.values():
                yield from _in(one)
        case list() | tuple():
            for one in value:
                yield from _in(one)


def _of_model(model: BaseModel) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, Path) and name.endswith("_file") and name not in _CERTIFICATES:
            yield _read(value)
        elif not field.repr:  # Such a value is kept out of every trace: it may be a secret as a whole.
            yield from _texts(value)
        else:
            yield from _in(value)
    if type(model).__name__ == "BasicAuth":
        yield from _pair(model)


def _pair(model: BaseModel) -> Iterator[str]:
    """user:password, as it is encoded in a header."""
    password = next((text for text in (_secret(model, "password"), _secret(model, "password_file")) if text), "")
    user = getattr(model, "username", "") or _secret(model, "username_file")
    if user and password:
        yield f"{user}:{password}"


def _secret(model: BaseModel, name: str) -> str:
    value = getattr(model, name, None)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return _read(value) if isinstance(value, Path) else ""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    else:
        yield from _in(value)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_LIMIT).decode(errors="replace").strip()
    except OSError:
        return ""
