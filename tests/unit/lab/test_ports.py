"""Ports of the lab: taken ones are named, fixed ones are the example's, free ones are translated."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from oncall_tui.core.errors import ActionError
from oncall_tui.lab.ports import HOST, LabPorts

SERVICES = ("gateway", "ranker")
EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


def test_a_taken_port_is_named_with_whose_it_is_and_the_option_that_helps() -> None:
    ports = LabPorts.unused(SERVICES)
    with socket.socket() as other:
        other.bind((HOST, ports.prometheus))
        other.listen()
        with pytest.raises(ActionError) as refused:
            ports.check()
    assert f"port {ports.prometheus}, meant for Prometheus," in refused.value.message
    assert "--free-ports" in refused.value.hint


def test_free_ports_pass_the_check_and_are_all_different() -> None:
    ports = LabPorts.unused(SERVICES)
    ports.check()
    numbers = [port for _, port in ports.named()]
    assert len(set(numbers)) == len(numbers) == 5


def test_fixed_ports_are_those_of_the_example_configuration() -> None:
    services = re.findall(r"^  - name: (\S+)", EXAMPLE.read_text().partition("\nservices:")[2], re.M)
    ports = LabPorts.fixed(services)
    named = {int(port) for port in re.findall(r"http://127\.0\.0\.1:(\d+)", EXAMPLE.read_text())}
    assert named <= {port for _, port in ports.named()}
    blocks = re.split(r"^  - name: ", EXAMPLE.read_text(), flags=re.M)[1:]
    for block in blocks:
        if found := re.search(r"endpoints:.*?127\.0\.0\.1:(\d+)", block, re.S):
            assert int(found[1]) == ports.services[block.split()[0]]


def test_only_the_labs_own_loopback_addresses_are_translated() -> None:
    ports = LabPorts(1, 2, 3, {"gateway": 4, "ranker": 5}, free=True)
    text = (
        "http://127.0.0.1:19090 http://localhost:19093/x 127.0.0.1:19102 127.0.0.1:9090 10.0.0.1:19090 127.0.0.1:190900"
    )
    assert ports.translate(text) == (
        "http://127.0.0.1:1 http://localhost:2/x 127.0.0.1:5 127.0.0.1:9090 10.0.0.1:19090 127.0.0.1:190900"
    )
