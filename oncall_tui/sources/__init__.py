"""All network I/O. Sources answer in core types, or with a SourceError that says what to do."""
