"""What a bug report needs, and nothing that is secret: the debug log, and the bundle."""

from oncall_tui.debugging.bundle import Bundle, BundleError
from oncall_tui.debugging.facts import facts
from oncall_tui.debugging.log import DebugLog, DebugLogError, log_path
from oncall_tui.debugging.scrub import Scrubber

__all__ = ["Bundle", "BundleError", "DebugLog", "DebugLogError", "Scrubber", "facts", "log_path"]
