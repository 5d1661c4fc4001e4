"""The certificates and secrets that a configuration names."""

from __future__ import annotations

import functools
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_tui.config.http_config import TlsConfig
from oncall_tui.core.errors import Unauthorized, Unreachable

if TYPE_CHECKING:
    from pydantic import SecretStr


@functools.lru_cache(maxsize=64)
def tls_context(tls: TlsConfig) -> ssl.SSLContext:
    """The TLS rules of one configuration; made once, for it reads hundreds of certificates.

    ca_file is trusted alone; without it the system's authorities and certifi's are. Raises Unreachable when a
    file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=str(tls.ca_file) if tls.ca_file else None)
        if not tls.ca_file:
            import certifi

            context.load_verify_locations(certifi.where())
        if tls.cert_file:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:
        why = error.strerror or "not a usable certificate"
        raise Unreachable(f"tls_config: {why}", "check ca_file, cert_file and key_file") from None
    if tls.min_version:
        context.minimum_version = ssl.TLSVersion[tls.min_version.replace("TLS1", "TLSv1_").replace("TLSv1_0", "TLSv1")]
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def secret(value: SecretStr | None, file: Path | None) -> str:
    """A secret from the configuration or its file ('' for neither). The file is read anew: it may be rotated.

    Raises Unauthorized when the file cannot be read.
    """
    if file is None:
        return value.get_secret_value() if value else ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not text"
        raise Unauthorized(f"the file with the credentials, {file}: {why}", "check the path and its mode") from None
