"""Pure functions from domain values to Content."""
