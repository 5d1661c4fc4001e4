"""What a screen with nothing on it says: why, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap

from oncall_tui.core.snapshot import Snapshot, SourceKind
from oncall_tui.ui.render.spans import Line, plain, span, width_of

NO_SERVICE = (
    "No service is configured. `oncall-tui init` finds what your Prometheus knows of and writes it down; or write one "
    "under `services:`, as config.example.yaml shows. `oncall-tui demo` shows what there will be to see."
)
NO_SLO = (
    "No SLO is configured. Write one under `slos:` of a service, or name files of Sloth, Pyrra or OpenSLO under "
    "`slo_files:`. `oncall-tui init` finds those that are recorded already."
)
NO_MODEL = (
    "No service has an endpoint or a signal. Name a model's URL under `endpoints:` of its service, its drift or "
    "freshness under `signals:`, or take a ready-made set with `recipes:`."
)
NO_RUNBOOK = (
    "There is no runbook yet. Put Markdown files with shell blocks into a folder and name it under "
    "`runbooks: folders:`; docs/writing-runbooks.md tells how. An alert's `runbook_url` is found without that."
)
NO_RUNBOOK_FITS = (
    "No runbook fits. One fits by its front matter (`alerts:`, `services:`), by a rule under `runbooks:`, or by the "
    "alert's own `runbook_url`."
)
NO_DRIFT = (
    "It has no drift signal. Add one under `signals:` of the service: a gauge (`query:`), or the histogram of a "
    "feature (`histogram:`), from which drift is computed."
)
_NO_ALERTMANAGER = (
    "Name one under `sources: alertmanager:`; without it there are no alerts to see, to acknowledge or to silence."
)


def nobody_knows(snapshot: Snapshot) -> str:
    """Why alerts and silences cannot be told, and what to do; '' when they can."""
    doubt = snapshot.alerts_doubt()
    if not doubt:
        return ""
    configured = any(source.kind is SourceKind.ALERTMANAGER for source in snapshot.sources.values())
    return f"Nobody can say: {doubt}." + ("" if configured else f" {_NO_ALERTMANAGER}")


def paragraphs(lines: Iterable[Line], width: int) -> tuple[Line, ...]:
    """Lines of one role each as lines of at most width cells, broken between words; a line of several roles stays."""
    broken: list[Line] = []
    for line in lines:
        if len(line) == 1 and width_of(line) > width > 20:
            broken += [span(part, line[0][1]) for part in wrap(plain(line), width)]
        else:
            broken.append(line)
    return tuple(broken)
