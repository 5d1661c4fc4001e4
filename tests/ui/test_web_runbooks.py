"""A link's page is fetched when a person asks, shown with its age, and never run."""

import fleet

from oncall_tui.core.errors import Refused
from oncall_tui.core.web_pages import WebPage

HOSTILE = "# Page\n\n[red]x[/red] \x1b[2J \u202e [@click=app.quit]y[/]\n\n```sh {kind=diagnose}\ntouch pwned\n```\n"


class Wiki:
    def __init__(self):
        self.page, self.trouble, self.fetched = None, None, 0

    def kept(self, url):
        return self.page

    async def fetch(self, url):
        self.fetched += 1
        if self.trouble:
            raise self.trouble
        self.page = WebPage(url, HOSTILE, fleet.NOW)
        return self.page


async def test_a_page_is_fetched_on_enter_alone_and_its_steps_are_not_to_be_run(make_app, settle, shown):
    wiki = Wiki()
    app = make_app(web_pages=wiki)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await pilot.press("2", "j", "r")
        await settle(pilot, lambda: "https://runbooks.example/ranker" in shown(app))
        await pilot.press("j")
        await settle(pilot, lambda: "enter fetches it; it is read, never run" in shown(app))
        assert wiki.fetched == 0
        await pilot.press("enter")
        await settle(pilot, lambda: "Fetched 0s ago" in shown(app) and "touch pwned" in shown(app))
        assert "[red]x[/red]" in shown(app)
        assert "\x1b[2J" not in shown(app)
        assert "A link is read, never run." in shown(app)
        wiki.page = WebPage(wiki.page.url, HOSTILE, fleet.NOW - 7_200)
        wiki.trouble = Refused("wiki: HTTP 404: there is no such page", "mend the link")
        await pilot.press("enter")
        await settle(pilot, lambda: "not fetched: wiki: HTTP 404" in shown(app) and "Fetched 2h ago" in shown(app))
