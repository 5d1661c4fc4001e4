"""Who we say we are: the Authorization header, from the configuration, for any HTTP library."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from urllib.parse import quote_plus

from oncall_tui.config.http_config import Authorization, BasicAuth, HttpConfig, OAuth2
from oncall_tui.core.errors import Malformed
from oncall_tui.sources.credentials import secret

_EARLY = 30.0
"""Seconds before a token's end at which it is renewed."""


def standing_header(cfg: HttpConfig) -> str | None:
    """The Authorization header that needs no conversation; None if there is none. Raises Unauthorized."""
    if cfg.basic_auth:
        return _basic(cfg.basic_auth)
    if cfg.authorization:
        return _typed(cfg.authorization)
    return None


def _basic(auth: BasicAuth) -> str:
    username = secret(None, auth.username_file) or auth.username
    return basic_header(username, secret(auth.password, auth.password_file))


def basic_header(username: str, password: str) -> str:
    """HTTP basic authentication, in UTF-8."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def _typed(auth: Authorization) -> str:
    return f"{auth.type} {secret(auth.credentials, auth.credentials_file)}"


class Tokens:
    """The OAuth 2 token in force: what to ask the token server, and how long its answer holds."""

    def __init__(self, oauth2: OAuth2) -> None:
        self._cfg = oauth2
        self._token, self._until = "", 0.0
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Where tokens are had."""
        return self._cfg.token_url

    def header(self) -> str | None:
        """The Authorization header; None when a token must be fetched first."""
        with self._lock:
            return f"Bearer {self._token}" if self._token and time.monotonic() < self._until else None

    def request(self) -> tuple[dict[str, str], dict[str, str]]:
        """The form and the headers of the request for a token. Raises Unauthorized."""
        form = {"grant_type": "client_credentials", **self._cfg.endpoint_params}
        if self._cfg.scopes:
            form["scope"] = " ".join(self._cfg.scopes)
        client_secret = secret(self._cfg.client_secret, self._cfg.client_secret_file)
        # RFC 6749, 2.3.1: both halves are form-encoded before they become basic authentication.
        who = basic_header(quote_plus(self._cfg.client_id), quote_plus(client_secret))
        return form, {"Authorization": who, "Accept": "application/json"}

    def keep(self, answer: object) -> str:
        """Take the token server's answer; the Authorization header it makes. Raises Malformed."""
        token = answer.get("access_token") if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or not isinstance(token, str) or not token:
            raise Malformed("oauth2: the token server gave no access_token", "check token_url")
        try:
            lasts = float(answer.get("expires_in", 300))
        except (TypeError, ValueError):
            lasts = 300.0
        with self._lock:
            self._token, self._until = token, time.monotonic() + max(lasts - _EARLY, 1.0)
            return f"Bearer {token}"

    def forget(self) -> None:
        """Fetch another next time: the one in force was not accepted."""
        with self._lock:
            self._token = ""
