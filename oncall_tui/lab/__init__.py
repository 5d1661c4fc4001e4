"""Real Prometheus, Alertmanager and model servers on loopback, with history."""

from oncall_tui.lab.lab import Lab
from oncall_tui.lab.ports import LabPorts
from oncall_tui.lab.run import run_lab

__all__ = ["Lab", "LabPorts", "run_lab"]
