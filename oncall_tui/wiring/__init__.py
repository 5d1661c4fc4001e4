"""Puts the parts together: configuration to sources, poller, actions and screen. The only place that knows them all."""
