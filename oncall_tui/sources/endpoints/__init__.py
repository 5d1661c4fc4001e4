"""Model endpoints: one module a protocol, each a table of what is asked and how the answer is read."""

from oncall_tui.sources.endpoints.prober import EndpointProber

__all__ = ["EndpointProber"]
