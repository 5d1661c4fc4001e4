"""What a server that refuses throws back at us: without what we let ourselves in with."""

from __future__ import annotations

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.config.secrets import secrets_in
from oncall_tui.core.redaction import Redactor


def without_secrets(body: bytes, cfg: HttpConfig, authorization: str) -> bytes:
    """The body of an error answer, of which screens and records tell, without a secret of cfg.

    authorization: the header that was sent, which holds a fetched token where there is one.
    """
    token = authorization.partition(" ")[2].strip()
    redactor = Redactor(secrets_in(cfg) | {token, authorization})
    return redactor.stream().feed(body, final=True)
