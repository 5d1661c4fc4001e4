"""A step on another host over ssh: only hosts that the configuration allows, and no value in any command line.

What ssh is told to run is always the same: a shell that reads what to do. That begins with the variables, each quoted
as data, and ends by becoming the step's own shell.
"""

from __future__ import annotations

import ipaddress
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from oncall_tui.core.errors import ActionError
from oncall_tui.core.text import clean_line

REMOTE_COMMAND = "exec sh -s"
SSH = ("ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10")
NOT_SENT = frozenset({"PATH"})
"""Variables that are this machine's own."""

_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Remote:
    """Where steps may run. hosts: names with * and ?, addresses and networks (10.0.0.0/8); none: nowhere.

    user: '' for what ssh is configured to take. command: ssh and its options.
    """

    hosts: tuple[str, ...] = ()
    user: str = ""
    command: tuple[str, ...] = SSH

    def host(self, value: str) -> str:
        """The host in a label's value, a port left out. Raises ActionError when it is none, or not allowed."""
        host = _without_port(value.strip())
        if not (_NAME.fullmatch(host) or _address(host)):
            raise ActionError(f"{clean_line(value, 60)!r} is no host", "look at the label that names it")
        if not any(_allows(pattern, host) for pattern in self.hosts):
            raise ActionError(f"{host} is not among the hosts that steps may run on", "add it to runbooks.ssh.hosts")
        return host

    def argv(self, host: str) -> tuple[str, ...]:
        """The program to run. host: as host() gave it."""
        login = ("-l", self.user) if self.user else ()
        return (*self.command, *login, "--", host, REMOTE_COMMAND)


def what_to_read(shell: Sequence[str], code: str, environment: Mapping[str, str]) -> str:
    """What the shell over there reads: variables as data, then the step's own shell in its place."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items() if name not in NOT_SENT]
    return "\n".join([*lines, f"exec {shlex.join(shell)} -c {shlex.quote(code)} </dev/null", ""])


def _without_port(value: str) -> str:
    if match := re.fullmatch(r"\[([^\]]*)\](?::\d+)?", value):
        return match[1]
    host, colon, port = value.rpartition(":")
    return host if colon and port.isdecimal() and ":" not in host else value


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return None if "%" in host else ipaddress.ip_address(host)
    except ValueError:
        return None


def _allows(pattern: str, host: str) -> bool:
    address = _address(host)
    if address is not None:
        try:
            return address in ipaddress.ip_network(pattern, strict=False)
        except ValueError:
            return False  # a pattern of names allows no address
    return fnmatchcase(host.lower(), pattern.lower())
