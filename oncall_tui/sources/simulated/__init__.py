"""The embedded fleet and its scenarios: demo, lab and tests live on it."""
