"""Several Alertmanagers on the screens: a column where clusters are several, members under their cluster."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.snapshot import SourceHealth, SourceKind


def alertmanager(name, cluster, age=2.0, **more):
    health = SourceHealth(name, SourceKind.ALERTMANAGER, f"http://{name}:9093", 15, fleet.NOW - age, cluster=cluster)
    return replace(health, **more)


def clustered(*alertmanagers):
    """The fixed fleet, its alerts from prod, and one of them again from lab."""
    whole = fleet.snapshot()
    apart = replace(fleet.ALERTS[0], source="lab")
    alerts = (*(one if one.pending else replace(one, source="prod") for one in fleet.ALERTS), apart)
    sources = {"main": whole.sources["main"], **{one.name: one for one in alertmanagers}}
    return replace(whole, sources=sources, alerts=alerts)


LACKING = "lacks 1 alert that am-1 has"
TWO = (
    alertmanager("am-1", "prod"),
    alertmanager("am-2", "prod", warnings=(LACKING,)),
    alertmanager("lab", "lab"),
)


@pytest.mark.parametrize("size", [(100, 30), (140, 40)])
async def test_alerts_of_several_clusters_say_whose_they_are(make_app, settle, shown, size):
    app = make_app(StaticPoller(clustered(*TWO)))
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: "CLUSTER" in shown(app))
        rows = [line for line in shown(app).splitlines() if "RankerAccuracyB" in line and "firing" in line]
        assert any(" lab " in row for row in rows)
        assert any(" prod " in row for row in rows)


async def test_alerts_of_one_cluster_need_no_column(make_app, settle, shown):
    app = make_app(StaticPoller(clustered(*TWO[:2])))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2")
        await settle(pilot, lambda: "WHO HAS IT" in shown(app))
        assert "CLUSTER" not in shown(app)


async def test_members_stand_under_their_cluster_with_what_they_lack(make_app, settle, shown):
    app = make_app(StaticPoller(clustered(*TWO)))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert "am-2 2s partial" in shown(app)
        await pilot.press("S")
        await settle(pilot, lambda: "cluster prod 2 of 2 members answer" in shown(app))
        assert LACKING in shown(app)
        assert shown(app).count("members answer") == 1


async def test_one_silent_member_is_seen_and_leaves_the_list_of_alerts_whole(make_app, settle, shown):
    silent = alertmanager("am-2", "prod", 90.0, failures=4, error="connection refused")
    app = make_app(StaticPoller(clustered(TWO[0], silent)))
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        assert "✖ am-2" in shown(app)
        assert "unacked" in shown(app)
        await pilot.press("S")
        await settle(pilot, lambda: "1 of 2 members answer" in shown(app))
        assert "connection refused" in shown(app)
