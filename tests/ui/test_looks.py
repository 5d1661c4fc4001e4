"""How every screen looks, at the size of an SSH session and at a wider one; and in every theme."""

import pytest
from fleet import doubtful
from staging import StaticPoller, settled

SIZES = [(80, 24), (140, 40)]
SCREENS = {
    "fleet": [],
    "alerts": ["2"],
    "slos": ["3"],
    "slo": ["3", "enter"],
    "models": ["4"],
    "model-page": ["4", "enter", "H"],
    "runbook": ["2", "j", "r"],
    "help": ["question_mark"],
    "sources": ["S"],
    "silences": ["8"],
    "silence-editor": ["2", "s"],
    "ack-sheet": ["2", "j", "A"],
    "themes": ["t"],
}

SLO_SCREENS = {
    "slos-grouped": ["3", "v", "v"],
    "slo-frozen": ["3", "enter"],
    "slo-explained": ["3", "j", "equals_sign"],
    "slo-frozen-explained": ["3", "equals_sign"],
    "signal-explained": ["4", "equals_sign"],
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_at_both_sizes(snap_compare, make_app, name, size):
    async def press(pilot):
        await settled(pilot)
        for key in SCREENS[name]:
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause(0.3)
        await settled(pilot)

    assert snap_compare(make_app(), run_before=press, terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SLO_SCREENS)
def test_slos_that_are_frozen_thin_assumed_and_young(snap_compare, make_app, name, size):
    """What is not simply a number says so: a page frozen, too few events, a policy's word, a short history, groups."""

    async def press(pilot):
        await settled(pilot)
        for key in SLO_SCREENS[name]:
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause(0.3)
        await settled(pilot)

    assert snap_compare(make_app(StaticPoller(doubtful())), run_before=press, terminal_size=size)


@pytest.mark.parametrize("theme", ["day", "contrast", "okabe", "phosphor"])
def test_the_fleet_in_other_themes(snap_compare, make_app, theme):
    async def wait(pilot):
        await settled(pilot, lambda: pilot.app.theme == theme)

    assert snap_compare(make_app(theme=theme), run_before=wait, terminal_size=(80, 24))


def test_a_fleet_whose_prometheus_is_gone(snap_compare, make_app):
    """Not one green cell: what cannot be known is UNKNOWN."""
    from fleet import snapshot

    whole = snapshot()
    later = dict(whole.sources)
    from dataclasses import replace

    later["main"] = replace(
        later["main"], failures=4, error="connection refused", hint="is it running?", answered_at=whole.at - 90
    )
    poller = StaticPoller(replace(whole, sources=later, alerts=(), silences=()))

    async def wait(pilot):
        await settled(pilot)

    assert snap_compare(make_app(poller), run_before=wait, terminal_size=(80, 24))
