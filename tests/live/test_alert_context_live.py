"""What stands around an alert, held against the real servers: routes against amtool, recurrence, rules and curves."""

import asyncio
import itertools
import json
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from alertmanager_fixture import running_alertmanager

from oncall_tui.config.http_config import HttpConfig
from oncall_tui.core.alerts import Alert
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.dead_man import DeadMan, Pulse
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.state import State
from oncall_tui.poll.alert_lookup import AlertLookup
from oncall_tui.poll.pace import Pace
from oncall_tui.poll.poller import Poller
from oncall_tui.sources.alertmanager import AlertmanagerSource
from oncall_tui.sources.prometheus import PrometheusSource
from oncall_tui.ui.render.alert_copy import copy_forms

pytestmark = pytest.mark.live

ROUTES = """
route:
  receiver: default
  group_by: [alertname]
  routes:
    - matchers: [severity="page"]
      receiver: pager
      continue: true
      routes:
        - matchers: ['team=~"search|ads"', 'env!="dev"']
          receiver: search
        - match_re: {service: gpu-.*}
          receiver: gpu
          continue: true
        - matchers: ['service!~"gpu-.*|"']
    - matchers: ['env=~"dev|test"']
      receiver: quiet
      mute_time_intervals: [always]
    - match: {team: search}
      receiver: search
      active_time_intervals: [never]
    - matchers: ['severity=~"page|ticket"']
      receiver: chat
receivers:
  - name: default
  - {name: pager, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}
  - {name: search, webhook_configs: [{url: 'http://127.0.0.1:1/'}, {url: 'http://127.0.0.1:1/x'}]}
  - {name: gpu}
  - {name: quiet}
  - {name: chat}
time_intervals:
  - name: always
    time_intervals:
      - {weekdays: ['sunday:saturday'], days_of_month: ['1:-1'], months: ['january:december'], years: ['2020:2100']}
  - name: never
    time_intervals:
      - {times: [{start_time: '00:00', end_time: '24:00'}], years: ['1999'], location: Europe/Berlin}
"""
LABELS = {
    "severity": ("", "page", "ticket"),
    "team": ("", "search", "ads"),
    "env": ("", "dev", "prod"),
    "service": ("", "gpu-a", "ranker"),
}


async def test_routes_name_the_receivers_that_amtool_does_and_alertmanager_itself(tmp_path):
    amtool = shutil.which("amtool")
    if amtool is None:
        pytest.skip("no amtool")
    with running_alertmanager(tmp_path, config=ROUTES) as server:
        source = AlertmanagerSource("am", server.url, HttpConfig(timeout=5))
        sets = [
            {name: value for name, value in zip(LABELS, values, strict=True) if value}
            for values in itertools.product(*LABELS.values())
        ]
        named = [{"alertname": "A", **labels} for labels in sets]
        server.fire(*named)
        board = await source.board()
        await source.close()
    routing = board.routing
    assert routing is not None
    assert routing.receivers["search"].kinds == ("webhook", "webhook")
    for labels in sets:
        arguments = [f"{name}={value}" for name, value in labels.items()]
        asked = [amtool, "config", "routes", "test", f"--config.file={tmp_path / 'alertmanager.yml'}", *arguments]
        done = await asyncio.to_thread(subprocess.run, asked, check=True, capture_output=True, text=True)
        said = done.stdout.strip()
        assert [one.receiver.name for one in routing.told(labels, time.time())] == said.split(","), labels
    assert len(board.alerts) == len(named)
    for alert in board.alerts:
        told = {one.receiver.name for one in routing.told(alert.labels, time.time())}
        assert told == set(alert.receivers), alert.labels
    [quiet] = routing.told({"env": "dev"}, time.time())
    assert quiet.mute == "muted by the time interval always"
    [search] = routing.told({"team": "search"}, time.time())
    assert search.mute == "active only in the time interval never"


RULES = """
groups:
  - name: g
    interval: 1s
    rules:
      - alert: Hot
        expr: temperature{room!="cellar"} > 20 * 2
        labels: {severity: page}
        annotations: {summary: hot}
      - alert: Both
        expr: (temperature > 40) and (temperature offset 1s > 30)
        for: 5m
"""


def history(now, rooms=("attic",)):
    """Three beginnings two days ago within one hour, one ten days ago that held for three hours."""
    lines = ["# TYPE temperature gauge"]
    for room in (*rooms, "cellar"):
        lines += [
            f'temperature{{room="{room}"}} {41 + len(room)} {t}' for t in range(int(now) - 3_600, int(now) + 600, 15)
        ]
    lines.append("# TYPE ALERTS_FOR_STATE gauge")
    spans = [(now - 10 * 86_400, 3 * 3_600), *((now - 2 * 86_400 + n * 900, 300) for n in range(3))]
    for start, lasts in spans:
        for t in range(int(start) + 15, int(start + lasts), 15):
            lines.append(f'ALERTS_FOR_STATE{{alertname="Hot",room="attic",severity="page"}} {int(start)} {t}')
    for t in range(int(now - 15 * 86_400), int(now), 60):
        lines.append(f'ALERTS_FOR_STATE{{alertname="Watchdog"}} {int(now - 15 * 86_400)} {t}')
    return "\n".join([lines[0], *[line for line in lines[1:] if line]]) + "\n"


def by_series(text):
    """OpenMetrics wants the samples of one series together."""
    families, current = {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            current = line
            families[current] = {}
        else:
            families[current].setdefault(line.split(" ")[0], []).append(line)
    return "".join(
        f"{head}\n" + "".join(f"{line}\n" for lines in series.values() for line in lines)
        for head, series in families.items()
    )


@pytest.fixture(scope="module")
def prometheus(prometheus_server, tmp_path_factory):
    now = time.time()
    rules = tmp_path_factory.mktemp("rules") / "rules.yml"
    rules.write_text(RULES)
    config = f"global: {{scrape_interval: 1h, external_labels: {{cluster: eu}}}}\nrule_files: ['{rules}']\n"
    return prometheus_server(by_series(history(now)), config), now


@pytest.fixture
async def lookup(prometheus):
    server, now = prometheus
    source = PrometheusSource("main", server.url, HttpConfig(timeout=5), Catalogue(()))
    yield AlertLookup([source], clock=lambda: now), server
    await source.close()


HOT = Alert("am", "f", {"alertname": "Hot", "room": "attic", "severity": "page", "cluster": "eu"})


async def test_recurrence_is_counted_by_one_query_as_far_back_as_there_are_records(lookup):
    look, _ = lookup
    recalled = await look.recurrence(HOT, "")
    found = recalled.recurrence
    assert found is not None, recalled
    assert found.count(30 * 86_400) - found.count(86_400) == 4  # what it does now is Prometheus' own affair
    assert found.reaches(86_400)
    assert not found.reaches(30 * 86_400)
    assert abs((found.at - found.since) / 86_400 - 15) < 0.2


async def test_what_prometheus_has_no_record_of_is_not_known(lookup):
    look, _ = lookup
    recalled = await look.recurrence(replace(HOT, labels={"alertname": "Hot", "room": "kitchen"}), "")
    assert recalled.recurrence is None
    assert "main keeps no record of it" in recalled.trouble


async def test_the_rule_is_found_by_its_labels_and_drawn_against_its_bound(lookup):
    look, _ = lookup
    looked = await look(HOT, "", 3_600, 60)
    assert looked.rule is not None, looked
    assert looked.rule.expression == 'temperature{room!="cellar"} > 20 * 2'
    assert looked.rule.hold == 0
    [curve] = looked.curves.curves
    assert curve.comparison is not None
    assert (curve.comparison.op, curve.comparison.bound) == (">", 40.0)
    assert curve.points[-1][1] == 46
    both = await look(replace(HOT, labels={"alertname": "Both", "room": "cellar"}), "", 3_600, 60)
    assert both.rule is not None
    assert both.rule.hold == 300
    assert [one.comparison.bound for one in both.curves.curves] == [40.0, 30.0]


async def test_the_link_of_a_real_alert_leads_to_the_same(lookup):
    look, server = lookup
    link = f"{server.url}/graph?g0.expr=temperature%7Broom%21%3D%22cellar%22%7D+%3E+20+%2A+2&g0.tab=1"
    looked = await look(replace(HOT, generator_url=link), "", 3_600, 60)
    assert (looked.source, looked.note) == ("main", "")
    assert looked.rule.told_by == "its own link"
    assert looked.curves.curves[0].points[-1][1] == 46
    bad = await look(replace(HOT, generator_url=f"{server.url}/graph?g0.expr=sum%28"), "", 3_600, 60)
    assert bad.rule is not None
    assert "parse error" in bad.trouble
    none = await look(replace(HOT, labels={"alertname": "Hot", "room": "void"}, generator_url=link), "", 3_600, 60)
    assert none.trouble == "no series has this alert's labels; 1 others have a value"


async def test_a_watchdog_that_stops_arriving_is_missed_and_one_that_never_came_too(tmp_path):
    """A real Alertmanager forgets an alert that is not sent again; another was never sent it."""
    both = {name: tmp_path / name for name in ("eu", "us")}
    for folder in both.values():
        folder.mkdir()
    switch = DeadMan("Watchdog", parse_matchers('alertname="Watchdog"'), 0.5)
    with running_alertmanager(both["eu"]) as eu, running_alertmanager(both["us"]) as us:
        ends = (datetime.now(UTC) + timedelta(seconds=4)).isoformat()
        eu.fire({"alertname": "Watchdog", "severity": "none"}, endsAt=ends)
        us.fire({"alertname": "Other", "severity": "page"})
        sources = [AlertmanagerSource(name, one.url, HttpConfig(timeout=5)) for name, one in (("eu", eu), ("us", us))]
        poller = Poller(Catalogue(()), [], sources, None, Pace(1, 60, 5), switches=[switch])

        async def pulses():
            snapshot = await poller.once()
            assessment = assess(snapshot)
            missing = {one.alert.labels["cluster"] for one in assessment.alerts if one.alert.name == "WatchdogMissing"}
            return {beat.cluster: beat.pulse for beat in snapshot.heartbeats}, missing, assessment.state

        assert await pulses() == ({"eu": Pulse.BEATING, "us": Pulse.UNSURE}, set(), State.CRIT)
        await asyncio.sleep(1)
        assert await pulses() == ({"eu": Pulse.BEATING, "us": Pulse.MISSING}, {"us"}, State.CRIT)
        deadline = time.monotonic() + 60
        while (await pulses())[1] != {"eu", "us"}:
            assert time.monotonic() < deadline, "the alarm never came"
            await asyncio.sleep(0.5)
        eu.fire({"alertname": "Watchdog", "severity": "none"})
        assert (await pulses())[0]["eu"] is Pulse.BEATING
        us.kill()
        await poller.once()
        await poller.close()


async def test_what_is_copied_for_a_shell_finds_the_very_alert_again(tmp_path):
    labels = {"alertname": "Burn", "service": 'ran\'ker "x" $(true)', "severity": "page"}
    with running_alertmanager(tmp_path) as server:
        server.fire(labels, {**labels, "service": "other"})
        source = AlertmanagerSource("am", server.url, HttpConfig(timeout=5))
        poller = Poller(Catalogue(()), [], [source], None, Pace(1, 60, 5))
        assessment = assess(await poller.once())
        await poller.close()
        [status] = [one for one in assessment.alerts if one.alert.labels == labels]
        commands = {form.name: form.text for form in copy_forms(assessment, [status])}
        for name in ("amtool", "curl"):
            if shutil.which(name) is None:
                continue
            shell = ["sh", "-c", commands[name] + (" -o json" if name == "amtool" else "")]
            done = await asyncio.to_thread(subprocess.run, shell, check=True, capture_output=True, text=True)
            assert [one["fingerprint"] for one in json.loads(done.stdout)] == [status.alert.fingerprint], name
