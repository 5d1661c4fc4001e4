"""SLOs -> Prometheus rules: figures recorded under Sloth's names, multiwindow alerts, and test cases for both.

The recorded names and labels are Sloth's, so that its dashboards (and this program) read them; the alerts are the
workbook's, one per severity, each the `or` of its tiers. How an SLI becomes PromQL is handed in.
"""

from oncall_tui.rules.alerts import alert_name, burn_alert, no_data_alert
from oncall_tui.rules.cases import cases_for
from oncall_tui.rules.document import Group, Rule, kubernetes, to_yaml
from oncall_tui.rules.files import RuleFiles, rule_files
from oncall_tui.rules.names import camel_case, recorded_name, selector, sloth_id
from oncall_tui.rules.recordings import recorded_ratio, recording_groups
from oncall_tui.rules.rule_set import RuleSet, rule_set

__all__ = [
    "Group",
    "Rule",
    "RuleFiles",
    "RuleSet",
    "alert_name",
    "burn_alert",
    "camel_case",
    "cases_for",
    "kubernetes",
    "no_data_alert",
    "recorded_name",
    "recorded_ratio",
    "recording_groups",
    "rule_files",
    "rule_set",
    "selector",
    "sloth_id",
    "to_yaml",
]
