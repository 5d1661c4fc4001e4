"""The durable local record of acks, runbook runs and state changes."""
