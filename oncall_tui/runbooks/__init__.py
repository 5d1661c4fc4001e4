"""Markdown runbooks: found, read, and run step by step."""
