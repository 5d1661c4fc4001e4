"""The commands that act on alerts and silences from a script."""
