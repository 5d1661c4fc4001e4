"""Real Prometheus, Alertmanager and model servers on loopback, with history."""
