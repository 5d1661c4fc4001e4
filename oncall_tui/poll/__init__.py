"""Asks every source at its own pace and keeps the latest of everything."""
