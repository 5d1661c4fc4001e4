"""Where a request may go: redirects that stay with the host that may see the credentials, and proxies."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies_environment

from oncall_tui.config.http_config import HttpConfig

MAX_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 307, 308})
"""Redirects that may be followed with the same method and body; 303 would turn a query into something else."""


def followed(url: str, location: str) -> bool:
    """Whether a redirect from url to location (absolute) stays with the host that may see the credentials.

    The same scheme, host and port; or the same host from http to https on its default port.
    """
    here, there = urlsplit(url), urlsplit(location)
    if "@" in there.netloc or here.hostname != there.hostname:
        return False
    ours, theirs = (here.scheme, _port(here)), (there.scheme, _port(there))
    return ours == theirs or (ours[0] == "http" and theirs == ("https", 443))


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def proxy_for(url: str, cfg: HttpConfig) -> str | None:
    """The proxy that a request to url goes through, None for none. no_proxy: hosts, domains, networks or '*'."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies_environment() if cfg.proxy_from_environment else {}
    proxy = cfg.proxy_url or proxies.get(parts.scheme) or proxies.get("all")
    excluded = cfg.no_proxy if cfg.proxy_url else cfg.no_proxy or proxies.get("no", "")
    bypassed = any(_covers(entry.strip().lower(), host) for entry in excluded.split(","))
    return None if bypassed else proxy or None


def _covers(entry: str, host: str) -> bool:
    """Whether one entry of no_proxy means the host: '*', a network, a name or a domain with all below it."""
    name = entry.removeprefix("*").lstrip(".")
    if entry == "*" or (name and (host == name or host.endswith("." + name))):
        return True
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False
