"""Which loopback ports the lab listens on."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from oncall_tui.core.errors import ActionError

HOST = "127.0.0.1"
PROMETHEUS, ALERTMANAGER, CONTROL = 19_090, 19_093, 19_100
_ADDRESS = re.compile(r"\b(127\.0\.0\.1|localhost):(\d{1,5})\b")


def taken(who: str, port: int, error: OSError) -> ActionError:
    """What to say when a port cannot be listened on."""
    return ActionError(
        f"port {port}, meant for {who}, cannot be used: {error.strerror}",
        "stop what listens there (another lab?), or use --free-ports",
    )


@dataclass(frozen=True, slots=True)
class LabPorts:
    """Ports on 127.0.0.1. services: by service name. free: chosen by the system rather than those of the example."""

    prometheus: int
    alertmanager: int
    control: int
    services: Mapping[str, int]
    free: bool = False

    @classmethod
    def fixed(cls, services: Sequence[str]) -> LabPorts:
        """The ports config.example.yaml names: the control's own, and after it one per service in their order."""
        numbered = {service: CONTROL + 1 + i for i, service in enumerate(services)}
        return cls(PROMETHEUS, ALERTMANAGER, CONTROL, numbered)

    @classmethod
    def unused(cls, services: Sequence[str]) -> LabPorts:
        """Ports nobody listens on at the moment, all different."""
        with ExitStack() as held:
            sockets = [held.enter_context(socket.socket()) for _ in range(3 + len(services))]
            for one in sockets:
                one.bind((HOST, 0))
            first, second, third, *rest = (one.getsockname()[1] for one in sockets)
        return cls(first, second, third, dict(zip(services, rest, strict=True)), free=True)

    def named(self) -> Iterator[tuple[str, int]]:
        """Every port with who listens on it."""
        yield from (("Prometheus", self.prometheus), ("Alertmanager", self.alertmanager), ("the control", self.control))
        yield from self.services.items()

    def check(self) -> None:
        """Raise ActionError for the first port somebody else listens on."""
        for who, port in self.named():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError as error:
                    raise taken(who, port, error) from None

    def translate(self, text: str) -> str:
        """text with every loopback address of the fixed ports changed to these; other addresses stay as they are."""
        fixed = LabPorts.fixed(tuple(self.services))
        changed = {old: new for (_, old), (_, new) in zip(fixed.named(), self.named(), strict=True)}
        return _ADDRESS.sub(lambda match: f"{match[1]}:{changed.get(int(match[2]), match[2])}", text)
