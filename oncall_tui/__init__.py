"""oncall-tui: the terminal dashboard for the people who carry the pager for machine-learning systems."""

__version__ = "0.1.0"
