"""`oncall-tui check`: everything that the dashboard rests on, tried before it is needed."""

from oncall_tui.checks.cost import Rhythm
from oncall_tui.checks.run import Parts, check_all
from oncall_tui.checks.written import mistaken

__all__ = ["Parts", "Rhythm", "check_all", "mistaken"]
