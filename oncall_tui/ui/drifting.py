"""Opening the drift of a service, by key or by command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.catalogue import SignalKind

if TYPE_CHECKING:
    from oncall_tui.ui.app import OncallApp


def open_drift(app: OncallApp, name: str = "") -> None:
    """Show a service's drift: of that name, or of the selection; complain where there is none to show."""
    from oncall_tui.ui.screens.drift import DriftScreen

    if app.front is None or app.assessment is None:
        return
    app.front.hold()
    name = name.strip() or app.front.service_in_hand()
    status = app.assessment.service(name) if name else None
    if status is None:
        app.complain(
            f"there is no service {name}" if name else "select a service, or an alert of one, to see its drift"
        )
    elif not any(signal.kind is SignalKind.DRIFT for signal in status.service.signals):
        app.complain(f"{name} has no drift signal: add one in the config")
    else:
        app.push_screen(DriftScreen(name))
