"""What a step is told about its alert: environment variables. Values are never spliced into a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from oncall_tui.core.alerts import Alert

PREFIX = "ALERT_"
"""Every variable that begins so is ours: an inherited one is taken away from the step."""
VALUE_LIMIT = 32_768
"""Characters of one value; Linux refuses a variable over 128 KiB."""

_YEAR_10000 = 253_402_300_800
_NOT_IN_NAMES = re.compile(r"[^A-Z0-9_]")
_NOT_IN_VALUES = re.compile("[\x00\ud800-\udfff]")


def alert_environment(alert: Alert | None, service: str = "", extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables of a step, by name.

    ALERT_ALERTNAME, ALERT_FINGERPRINT, ALERT_SOURCE, ALERT_STARTS_AT (RFC 3339, UTC; missing when unknown),
    ALERT_LABEL_<NAME> and ALERT_ANNOTATION_<NAME> for each label and annotation, and ONCALL_SERVICE. In names,
    lower case becomes upper and whatever is not A-Z 0-9 becomes _; of names that become the same, the plainest
    keeps it and the others get _2, _3. NUL and lone surrogates, which no variable can hold, become U+FFFD.
    Without an alert only ONCALL_SERVICE and extra are there. extra: names as they are.
    """
    variables = dict(extra or {}) | {"ONCALL_SERVICE": service}
    if alert is not None:
        variables |= {
            "ALERT_ALERTNAME": alert.name,
            "ALERT_FINGERPRINT": alert.fingerprint,
            "ALERT_SOURCE": alert.source,
        }
        if 0 < alert.starts_at < _YEAR_10000:
            variables["ALERT_STARTS_AT"] = datetime.fromtimestamp(alert.starts_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        variables |= _named("ALERT_LABEL_", alert.labels) | _named("ALERT_ANNOTATION_", alert.annotations)
    return {name: _NOT_IN_VALUES.sub("\ufffd", value[:VALUE_LIMIT]) for name, value in variables.items()}


def _named(prefix: str, values: Mapping[str, str]) -> dict[str, str]:
    """values under variable names, each under one of its own."""
    named: dict[str, str] = {}
    for name in sorted(values, key=lambda name: (_variable(name).lower() != name, name)):
        wanted = free = prefix + _variable(name)
        number = 2
        while free in named:
            free, number = f"{wanted}_{number}", number + 1
        named[free] = values[name]
    return named


def _variable(name: str) -> str:
    return _NOT_IN_NAMES.sub("_", name.upper())
