"""Commands with more to them than arguments: what a script does, by the same code as the keys."""
