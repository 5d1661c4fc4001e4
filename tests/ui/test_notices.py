"""The dashboard rings: through the driver, past what is painted."""

from dataclasses import replace

import fleet
from staging import StaticPoller

from oncall_tui.ui.noticing import NoticeSettings


async def test_a_new_page_rings_once_and_its_title_is_given_to_the_terminal(make_app, settle, monkeypatch):
    monkeypatch.delenv("TMUX", raising=False)
    poller = StaticPoller()
    app = make_app(poller, notices=NoticeSettings())
    written = []
    monkeypatch.setattr(app, "emit", written.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "\x07" not in written
        whole = fleet.snapshot()
        poller.hand(replace(whole, alerts=(*whole.alerts, fleet.alert("GatewayDown", "gateway", "page", 5))))
        await settle(pilot, lambda: "\x07" in written)
        assert written.count("\x07") == 1
        assert "\x1b]9;oncall-tui: PAGE GatewayDown gateway\x07" in written
        assert any(one.startswith("\x1b]2;3 pages") for one in written)
        app.noticing.ring("by hand")
        assert "\x1b]9;oncall-tui: by hand\x07" in written
