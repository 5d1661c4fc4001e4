"""What the on-call saw, kept in a file: snapshots as the changes between them, with marks where something happened."""
