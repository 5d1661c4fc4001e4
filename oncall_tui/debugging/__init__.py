"""What a bug report needs, and nothing that is secret: the debug log, and the bundle."""
