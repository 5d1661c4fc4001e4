"""The line on top: what is wrong stays at any width, and what gives way does so in its order."""

from dataclasses import replace

import fleet
import pytest
from staging import StaticPoller

from oncall_tui.core.assess import assess
from oncall_tui.core.snapshot import SourceHealth, SourceKind
from oncall_tui.ui.render.spans import plain, width_of
from oncall_tui.ui.render.strip import strip, tally_of

CLOCK = "06:00:00Z"


def told(width, snapshot=None, title="prod", **more):
    assessment = assess(snapshot or fleet.snapshot())
    line = strip(assessment, tally_of(assessment), title, fleet.NOW, width, **more)
    return plain(line)


def failing(whole):
    """Its Prometheus answers no more."""
    gone = replace(whole.sources["main"], answered_at=fleet.NOW - 900, failures=9, error="refused")
    return replace(whole, sources={**whole.sources, "main": gone})


def test_it_gives_way_in_its_order():
    seen = [told(width) for width in range(140, 20, -1)]
    order = ["prod", "oncall-tui", "am 2s", "sources 5s", CLOCK, "unacked"]
    lost = [max(place for place, text in enumerate(seen) if word in text) for word in order]
    assert lost == sorted(lost)
    assert len(set(lost)) == len(lost)


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize(
    "more", [{}, {"read_only": True}, {"journal_ails": True}, {"lag": 1.2}, {"lag": 12.3, "journal_ails": True}]
)
@pytest.mark.parametrize("make", [lambda whole: whole, failing, lambda whole: replace(whole, paused=True)])
def test_at_eighty_cells_it_tells_the_time_and_all_that_is_wrong(width, more, make):
    snapshot = make(fleet.snapshot())
    text = told(width, snapshot, **more)
    assert "06:00" in text
    assert "CRIT" in text
    assert "alerts" in text
    assert ("✖ prom 15m" in text) == (make is failing)
    assert ("READ-ONLY" in text, "✖ journal" in text) == (bool(more.get("read_only")), bool(more.get("journal_ails")))


def test_a_source_with_something_to_say_never_gives_way():
    whole = fleet.snapshot()
    skewed = replace(whole.sources["main"], skew=90.0)
    slow = SourceHealth("slow", SourceKind.ALERTMANAGER, "http://slow:9093", 15, fleet.NOW - 1, warnings=("partial",))
    text = told(40, replace(whole, sources={**whole.sources, "main": skewed, "slow": slow}))
    assert "skew +90s" in text
    assert "slow 1s partial" in text


def test_where_a_recording_plays_its_moment_is_told_once():
    text = told(160, replace(fleet.snapshot(), replay="▶"))
    assert text.count(CLOCK) == 1


def test_it_has_exactly_its_width_where_there_is_room():
    assessment = assess(fleet.snapshot())
    for width in range(80, 160):
        assert width_of(strip(assessment, tally_of(assessment), "prod", fleet.NOW, width)) == width


async def test_behind_a_sheet_it_tells_of_now(make_app, settle, shown):
    now = fleet.NOW
    poller = StaticPoller()
    app = make_app(poller, clock=lambda: now)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await pilot.press("ctrl+p")
        await settle(pilot, lambda: app.front is None)
        now += 600.0
        fresh = {name: replace(one, answered_at=now) for name, one in poller.now.sources.items()}
        poller.hand(replace(poller.now, at=now, sources=fresh))
        await settle(pilot, lambda: "06:10:00Z" in shown(app))
        assert "LATE" not in shown(app)
        assert "LIVE" in shown(app)
        assert "prom 0s" in shown(app)
