"""What can be done with the alerts in hand on every screen that is about alerts: open their links, copy them."""

from __future__ import annotations

from oncall_tui.ui.screens.base import OncallScreen


class AlertActions(OncallScreen):
    """Keys of the list of alerts and of an opened alert. The keys are keys.ALERT_KEYS."""

    def action_open_link(self) -> None:
        """List the links of the alerts in hand, each with where it goes."""
        from oncall_tui.ui.links import links_of
        from oncall_tui.ui.screens.links import LinksScreen

        alerts = [status.alert for status in self.alerts_in_hand()]
        links = {link.url: link for alert in reversed(alerts) for link in reversed(links_of(alert))}
        if links:
            self.app.push_screen(LinksScreen(tuple(links.values())[::-1]))
        elif alerts:
            self.oncall.complain("it has no http or https link: write one into the annotations of its rule")
        else:
            self.oncall.complain("select an alert: its links are listed then")

    def action_copy_alert(self) -> None:
        """Copy the alerts in hand, in a form that is chosen."""
        from oncall_tui.ui.render.alert_copy import copy_forms
        from oncall_tui.ui.screens.copy_alert import CopyAlertScreen

        statuses, assessment = self.alerts_in_hand(), self.oncall.assessment
        if not statuses or assessment is None:
            self.oncall.complain("select an alert to copy it")
            return
        what = f"{len(statuses)} alerts" if len(statuses) > 1 else statuses[0].alert.name or "the alert"
        self.app.push_screen(CopyAlertScreen(what, copy_forms(assessment, statuses)))
