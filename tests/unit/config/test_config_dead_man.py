"""Dead-man switches as they are written, and what is told of mistakes in them."""

import pytest

from oncall_tui.config.loader import load_config
from oncall_tui.core.dead_man import DeadMan
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.matchers import parse_matchers

SOURCES = """
sources:
  alertmanager:
    - {name: eu-1, url: 'http://a:9093', cluster: eu}
    - {name: us, url: 'http://b:9093'}
alerts:
  dead_man_switches:
"""


def loaded(tmp_path, text):
    file = tmp_path / "config.yaml"
    file.write_text(SOURCES + text)
    return load_config(file).alerts.switches()


def test_it_may_be_written_short_and_in_full(tmp_path):
    text = (
        "    - {}\n    - {name: Beat, match: ['alertname=\"Beat\"', 'env=~\"p.*\"'], after: 5m, clusters: [eu, us]}\n"
    )
    plain, full = loaded(tmp_path, text)
    assert plain == DeadMan("Watchdog", parse_matchers('alertname="Watchdog"'), 180.0)
    assert full == DeadMan("Beat", parse_matchers('alertname="Beat", env=~"p.*"'), 300.0, ("eu", "us"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("    - {clusters: [ue]}\n", "8: alerts.dead_man_switches[0].clusters[0]: there is no Alertmanager or cluster"),
        ("    - {}\n    - {}\n", "another dead-man switch has this name"),
        ("    - {match: []}\n", "alerts.dead_man_switches[0].match"),
        ("    - {match: ['=']}\n", "8: alerts.dead_man_switches[0].match[0]: expected matchers"),
        ("    - {after: soon}\n", "8: alerts.dead_man_switches[0].after: expected a duration"),
        ("    - {alertname: Watchdog}\n", "alertname"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path, text, said):
    with pytest.raises(ConfigError) as error:
        loaded(tmp_path, text)
    assert said in str(error.value)
