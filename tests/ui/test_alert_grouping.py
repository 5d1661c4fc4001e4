"""Alerts in groups and storms, what is new, and rows that keep their places while somebody chooses."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.alerts import Alert, AlertGroup
from oncall_tui.core.storms import StormRule
from oncall_tui.preferences.memory import Memory
from oncall_tui.ui.screens import alerts as alerts_screen
from oncall_tui.ui.widgets.live_table import LiveTable


def alert(name, number, ago=3_000.0, **labels):
    told = {"alertname": name, "instance": f"host-{number}", "severity": "page", **labels}
    return Alert("main-am", f"{name}-{number}".lower(), told, starts_at=fleet.NOW - ago)


GPUS = tuple(alert("GpuHot", number, node="n7") for number in range(4))
DISKS = tuple(alert("DiskFull", number, severity="ticket", team="infra") for number in range(3))
LONE = alert("Lone", 0, ago=9_000.0)


def groups(*alerts, receiver="pager", **labels):
    return AlertGroup("main-am", labels, receiver, tuple(one.fingerprint for one in alerts))


def grouped(**changes):
    told = {
        "alerts": (*GPUS, *DISKS, LONE),
        "silences": (),
        "groups": (
            groups(*GPUS, alertname="GpuHot"),
            groups(*DISKS, receiver="mail", alertname="DiskFull"),
            groups(LONE, alertname="Lone"),
        ),
    }
    return fleet.snapshot(**(told | changes))


@pytest.fixture
async def on_alerts(make_app, settle, shown):
    """Opens the alerts of a snapshot."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opened(snapshot, size=(120, 40), **desk):
        poller = StaticPoller(snapshot)
        app = make_app(poller, **desk)
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            await pilot.press("2")
            await settle(pilot, lambda: "WHO HAS IT" in shown(app))
            yield app, pilot, poller

    return opened


def table(app):
    return app.screen.query_one(LiveTable)


def lines(app):
    """The rows on screen."""
    return [table(app).render_line(y).text.rstrip() for y in range(1, table(app).size.height)]


def names(app):
    """What each row begins with: the fold sign of a heading, or the alert's fingerprint."""
    return [key if isinstance(key, str) else getattr(key, "labels", key[-1:])[-1] for key in app.screen._listing.keys]


async def test_alerts_stand_as_alertmanager_groups_them_and_one_alone_needs_no_heading(on_alerts):
    async with on_alerts(grouped()) as (app, _, __):
        told = lines(app)
        assert "▾ ● firing page" in told[0]
        assert "4 alerts, 4 unacked" in told[0]
        assert "alertname=GpuHot → pager" in told[0]
        assert "Lone" in told[5]
        assert "3 alerts, 3 unacked" in told[6]
        assert "→ mail" in told[6]


@pytest.mark.parametrize("key", ["enter", "left", "h"])
async def test_a_group_is_shut_with_its_alerts_and_opened_again(on_alerts, settle, key):
    async with on_alerts(grouped()) as (app, pilot, _):
        await pilot.press(key)
        await settle(pilot, lambda: lines(app)[0].lstrip().startswith("▸"))
        assert "Lone" in lines(app)[1]
        await pilot.press("right" if key != "enter" else "enter")
        await settle(pilot, lambda: lines(app)[0].lstrip().startswith("▾"))


async def test_left_on_an_alert_shuts_its_group_and_goes_to_its_heading(on_alerts, settle):
    async with on_alerts(grouped()) as (app, pilot, _):
        await pilot.press("j", "j", "left")
        await settle(pilot, lambda: "Lone" in lines(app)[1])
        assert app.screen.group_in_hand()[0] == {"alertname": "GpuHot"}


async def test_all_groups_at_once(on_alerts, settle):
    async with on_alerts(grouped()) as (app, pilot, _):
        await pilot.press("H")
        await settle(pilot, lambda: len(app.screen._listing.keys) == 3)
        await pilot.press("L")
        await settle(pilot, lambda: len(app.screen._listing.keys) == 10)


async def test_a_heading_gives_its_group_and_its_alerts_and_an_alert_gives_none(on_alerts, settle):
    async with on_alerts(grouped()) as (app, pilot, _):
        labels, members = app.screen.group_in_hand()
        assert labels == {"alertname": "GpuHot"}
        assert {status.alert for status in members} == set(GPUS)
        assert set(app.screen.alerts_in_hand()) == set(members)
        await pilot.press("j")
        await settle(pilot, lambda: app.screen.group_in_hand() is None)
        assert len(app.screen.alerts_in_hand()) == 1


async def test_a_heading_marks_its_group_shut_or_open(on_alerts, settle):
    async with on_alerts(grouped()) as (app, pilot, _):
        await pilot.press("left", "space")
        await settle(pilot, lambda: len(table(app).marked) == 4)
        assert lines(app)[0].startswith("✓")
        assert {status.alert for status in app.screen.alerts_in_hand()} == set(GPUS)
        await pilot.press("g", "right", "j", "space")
        await settle(pilot, lambda: len(table(app).marked) == 3)
        assert lines(app)[0].startswith("-")
        await pilot.press("g", "space")
        await settle(pilot, lambda: len(table(app).marked) == 4)


async def test_a_group_is_acknowledged_only_after_it_is_shown(on_alerts, settle, shown):
    async with on_alerts(grouped()) as (app, pilot, _):
        await pilot.press("a")
        await settle(pilot, lambda: "cknowledge" in shown(app) and "4 alerts" in shown(app))


async def test_by_any_label_with_completion_and_a_label_nobody_has_is_refused(on_alerts, settle, shown):
    async with on_alerts(grouped()) as (app, pilot, _):
        assert "group team" in app.command_words()
        assert "sort newest" in app.command_words()
        app.run_command("group team")
        await settle(pilot, lambda: "by team" in shown(app))
        assert "no label team" in lines(app)[0]
        assert app.screen.group_in_hand() is None
        assert any("team=infra" in line for line in lines(app))
        app.run_command("group nonsense")
        await settle(pilot, lambda: any("no alert has a label 'nonsense'" in n.message for n in app._notifications))


async def test_order_and_groups_are_found_again(on_alerts, settle):
    memory = Memory()
    async with on_alerts(grouped(), preferences=memory) as (app, pilot, _):
        app.run_command("group none")
        app.run_command("sort oldest")
        await settle(pilot, lambda: "Lone" in lines(app)[0])
    async with on_alerts(grouped(), preferences=memory) as (app, _, __):
        assert "Lone" in lines(app)[0]
        assert len(app.screen._listing.keys) == 8


STORM = tuple(alert("Any", n, ago=200.0 - n, alertname=f"Any{n % 3}", node="n9", zone="z1") for n in range(12))


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_storm_is_one_line_with_what_its_alerts_share_and_can_be_opened(on_alerts, settle, shown, size):
    whole = grouped(alerts=(*STORM, *DISKS, LONE))
    async with on_alerts(whole, size, storm=StormRule(10, 300.0)) as (app, pilot, _):
        (line,) = [line for line in lines(app) if "STORM" in line]
        assert "12 alerts, 12 unacked" in line
        assert "node=n9" in line
        if size[0] == 200:
            assert "zone=z1" in line
            assert "began within 11s, 3m20s ago" in line
        assert not any("Any1" in one for one in lines(app))
        assert app.screen.group_in_hand()[0] == {"node": "n9", "zone": "z1", "severity": "page"}
        await pilot.press("enter")
        await settle(pilot, lambda: any("Any1" in one for one in lines(app)))


async def test_a_filter_that_leaves_little_of_a_storm_shows_what_it_found(on_alerts, settle):
    async with on_alerts(grouped(alerts=(*STORM, LONE)), storm=StormRule(10, 300.0)) as (app, pilot, _):
        app.filter_by('alertname="Any1"')
        await settle(pilot, lambda: sum("Any1" in line for line in lines(app)) == 4)
        assert not any("STORM" in line for line in lines(app))


async def test_new_is_marked_until_all_is_seen_wherever_one_was_meanwhile(on_alerts, settle, shown):
    fresh = alert("Fresh", 1, ago=5.0)
    async with on_alerts(grouped()) as (app, pilot, poller):
        assert "✦" not in shown(app)
        poller.hand(grouped(alerts=(*poller.now.alerts, fresh)))
        await settle(pilot, lambda: any("✦ new" in line and "Fresh" in line for line in lines(app)))
        await pilot.press("3", "2")
        await settle(pilot, lambda: any("✦ new" in line and "Fresh" in line for line in lines(app)))
        app.filter_by("@state=new")
        await settle(pilot, lambda: len(app.screen._listing.keys) == 1)
        app.filter_by("")
        await pilot.press("N")
        await settle(pilot, lambda: "✦" not in "\n".join(lines(app)))
        assert any("1 new: all seen" in one.message for one in app._notifications)


async def test_what_was_seen_is_seen_in_the_next_run_and_what_came_meanwhile_is_new(on_alerts, settle):
    memory, fresh = Memory(), alert("Fresh", 1, ago=5.0)
    async with on_alerts(grouped(alerts=(*GPUS, fresh)), preferences=memory) as (app, pilot, _):
        await pilot.press("N")
        await settle(pilot, lambda: not any("✦" in line for line in lines(app)))
    later = alert("Later", 1, ago=1.0)
    async with on_alerts(grouped(alerts=(*GPUS, fresh, later)), preferences=memory) as (app, _, __):
        assert ["Later" in line for line in lines(app) if "✦ new" in line] == [True]


async def test_no_row_moves_while_somebody_chooses_and_then_they_do(on_alerts, settle, shown, monkeypatch):
    monkeypatch.setattr(alerts_screen, "CHOOSING", 0.6)
    flat = grouped(groups=())
    async with on_alerts(flat) as (app, pilot, poller):
        await pilot.press("j", "j")
        before = list(app.screen._listing.keys)
        louder = alert("Louder", 1, ago=1.0)
        poller.hand(replace(flat, alerts=(louder, *flat.alerts[:2], *flat.alerts[3:])))
        await settle(pilot, lambda: "1 more wait" in shown(app))
        assert app.screen._listing.keys == before
        assert any("· gone" in line for line in lines(app))
        assert app.screen.alerts_in_hand() == ()
        await settle(pilot, lambda: "Louder" in lines(app)[0])
        assert "more wait" not in shown(app)


async def test_a_key_on_an_empty_list_keeps_no_alert_from_it(on_alerts, settle, shown, monkeypatch):
    monkeypatch.setattr(alerts_screen, "CHOOSING", 600.0)
    async with on_alerts(grouped(alerts=(), groups=())) as (app, pilot, poller):
        await pilot.press("j")
        assert "No alert is firing" in shown(app)
        poller.hand(grouped(alerts=(LONE,), groups=()))
        await settle(pilot, lambda: "Lone" in lines(app)[0])
        assert "more wait" not in shown(app)


async def test_a_row_that_keeps_its_place_shows_what_is_true_now(on_alerts, settle, shown):
    flat = grouped(groups=())
    async with on_alerts(flat) as (app, pilot, poller):
        app.filter_by("@state=firing")
        await pilot.press("j")
        here = table(app).cursor
        gone = replace(next(one for one in flat.alerts if one.key == here), resolved_at=fleet.NOW)
        poller.hand(replace(flat, alerts=tuple(one for one in flat.alerts if one.key != here), resolved=(gone,)))
        await settle(pilot, lambda: "✓ resolved" in lines(app)[1])
        assert table(app).cursor == here


async def test_behind_a_dialog_nothing_moves_and_what_was_asked_about_is_what_is_done(on_alerts, settle, shown):
    async with on_alerts(grouped()) as (app, pilot, poller):
        await pilot.press("a")
        await settle(pilot, lambda: app.front is None)
        before = list(app.screen_stack[-2]._listing.keys)
        poller.hand(grouped(alerts=(alert("Louder", 1, ago=1.0), *poller.now.alerts)))
        await settle(pilot)
        assert app.screen_stack[-2]._listing.keys == before
        await pilot.press("escape")
        await settle(pilot, lambda: "Louder" in shown(app))


async def test_labels_from_outside_are_text_in_a_heading(on_alerts, shown):
    hostile = tuple(replace(one, labels={**one.labels, "team": "[red]x[/] \x1b[2J[/nope"}) for one in GPUS)
    told = groups(*hostile, receiver="\x1b]52;c;aGk=\x07", team="[red]x[/] \x1b[2J[/nope")
    async with on_alerts(grouped(alerts=hostile, groups=(told,))) as (app, _, __):
        assert "team=[red]x[/]" in lines(app)[0]
        assert "\x1b" not in shown(app)
