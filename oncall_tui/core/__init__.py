"""The functional core: frozen values and pure functions. It knows no source, no widget and no clock."""
