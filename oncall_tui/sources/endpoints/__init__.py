"""Model servers: one module per protocol."""
