"""Whom an opened alert is looked up with, and what is told when that does not work."""

from oncall_tui.core.alert_rule import AlertRule, Comparison, RuleCurve, RuleCurves
from oncall_tui.core.alerts import Alert
from oncall_tui.core.dead_man import OURS
from oncall_tui.core.errors import Unreachable
from oncall_tui.poll.alert_lookup import AlertLookup


class Prometheus:
    def __init__(self, name, url, rule=None, trouble=None):
        self.name, self.url, self.rule, self.trouble = name, url, rule, trouble
        self.asked = []

    async def alert_rule(self, labels):
        if self.trouble:
            raise self.trouble
        return self.rule

    async def rule_curves(self, expression, labels, start, end, step):
        self.asked.append((expression, start, end, step))
        if self.trouble:
            raise self.trouble
        return RuleCurves((RuleCurve("", ((end, 1.0),), Comparison("up{}", "==", 0.0)),))


def alert(link="", source="am"):
    return Alert(source, "f", {"alertname": "A"}, generator_url=link)


LINK = "http://eu:9090/graph?g0.expr=up+%3D%3D+0"


async def test_the_server_that_made_it_is_asked_for_the_expression_of_its_link():
    first, eu = Prometheus("main", "http://main:9090"), Prometheus("eu", "http://eu:9090")
    looked = await AlertLookup([first, eu], clock=lambda: 1_000.0)(alert(LINK), "main", 600, 60)
    assert eu.asked == [("up == 0", 400.0, 1_000.0, 60)]
    assert not first.asked
    assert (looked.source, looked.trouble, looked.note) == ("eu", "", "")


async def test_a_server_that_is_not_configured_is_never_asked_and_told():
    main = Prometheus("main", "http://main:9090")
    looked = await AlertLookup([main])(alert("https://u:secret@evil.example/graph?g0.expr=up"), "", 600, 60)
    assert main.asked
    assert looked.note == "evil.example made it, which is not configured: asked of main"


async def test_without_a_link_the_service_s_own_server_is_asked_for_its_rule():
    main, eu = Prometheus("main", "m"), Prometheus("eu", "e", AlertRule("x > 1", "eu's rules", 300.0))
    looked = await AlertLookup([main, eu])(alert(), "eu", 600, 60)
    assert looked.rule == AlertRule("x > 1", "eu's rules", 300.0)
    assert eu.asked[0][0] == "x > 1"


async def test_a_pending_alert_is_looked_up_where_it_is_pending():
    main, eu = Prometheus("main", "m"), Prometheus("eu", "e")
    assert AlertLookup([main, eu]).source_of(alert(source="eu"), "main") is eu


async def test_no_rule_no_server_and_no_answer_each_say_so():
    nobody = await AlertLookup([])(alert(LINK), "", 600, 60)
    assert nobody.rule is not None
    assert "no Prometheus is configured" in nobody.trouble
    unknown = await AlertLookup([Prometheus("main", "m")])(alert(), "", 600, 60)
    assert unknown.rule is None
    assert unknown.trouble == "its link shows no expression, and main has no such rule"
    dead = Prometheus("eu", "http://eu:9090", trouble=Unreachable("eu: connection refused"))
    for link in ("", LINK):
        looked = await AlertLookup([dead])(alert(link), "", 600, 60)
        assert looked.trouble == "eu: connection refused"
        assert not looked.curves.curves
        assert (looked.rule is None) is (link == "")


async def test_the_dashboards_own_alarm_is_looked_up_nowhere():
    main = Prometheus("main", "m")
    looked = await AlertLookup([main])(alert(source=OURS), "", 600, 60)
    assert "this dashboard's own alarm" in looked.trouble
    assert "this dashboard's own alarm" in (await AlertLookup([main]).recurrence(alert(source=OURS), "")).trouble
    assert main.asked == []
