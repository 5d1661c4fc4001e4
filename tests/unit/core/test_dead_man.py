"""An always-firing alert that is not there: known to be missing only after a while, and never blamed on the silent."""

from oncall_tui.core.alerts import Alert, Urgency
from oncall_tui.core.assess import assess
from oncall_tui.core.catalogue import Catalogue
from oncall_tui.core.dead_man import OURS, DeadMan, Heartbeats, Pulse
from oncall_tui.core.matchers import parse_matchers
from oncall_tui.core.snapshot import Snapshot, SourceHealth, SourceKind
from oncall_tui.core.state import State

NOW = 1_800_000_000.0
WATCHDOG = Alert("eu", "w", {"alertname": "Watchdog", "severity": "none"}, starts_at=NOW - 9_000)
OTHER = Alert("eu", "o", {"alertname": "Other"})


def switch(**more):
    return DeadMan("Watchdog", parse_matchers('alertname="Watchdog"'), 120.0, **more)


def pulses(beats):
    return {beat.cluster: beat.pulse for beat in beats}


def test_never_seen_is_not_known_and_then_missing():
    hearts = Heartbeats([switch()])
    assert pulses(hearts.look(["eu"], {"eu": (OTHER,)}, NOW)) == {"eu": Pulse.UNSURE}
    [beat] = hearts.look(["eu"], {"eu": (OTHER,)}, NOW + 120)
    assert beat.pulse is Pulse.MISSING
    assert beat.alert is not None
    assert "never seen" in beat.alert.annotations["description"]
    assert beat.alert.urgency is Urgency.PAGE
    assert beat.alert.source == OURS


def test_gone_is_missing_after_a_while_and_back_at_once():
    hearts = Heartbeats([switch()])
    assert pulses(hearts.look(["eu"], {"eu": (OTHER, WATCHDOG)}, NOW)) == {"eu": Pulse.BEATING}
    assert pulses(hearts.look(["eu"], {"eu": ()}, NOW + 15)) == {"eu": Pulse.UNSURE}
    [beat] = hearts.look(["eu"], {"eu": ()}, NOW + 200)
    assert (beat.pulse, beat.absent_since, beat.seen_at) == (Pulse.MISSING, NOW + 15, NOW)
    assert "last seen at" in beat.alert.annotations["description"]
    assert hearts.look(["eu"], {"eu": ()}, NOW + 300)[0].alert == beat.alert  # the same alert as long as it lasts
    [back] = hearts.look(["eu"], {"eu": (WATCHDOG,)}, NOW + 400)
    assert (back.pulse, back.alert) == (Pulse.BEATING, None)


def test_a_cluster_that_does_not_answer_is_not_blamed_for_the_alert():
    hearts = Heartbeats([switch()])
    hearts.look(["eu"], {"eu": (WATCHDOG,)}, NOW)
    assert pulses(hearts.look(["eu"], {}, NOW + 9_000)) == {"eu": Pulse.UNSURE}
    # Back from a restart with nothing: it has its time.
    assert pulses(hearts.look(["eu"], {"eu": ()}, NOW + 9_015)) == {"eu": Pulse.UNSURE}
    assert pulses(hearts.look(["eu"], {"eu": ()}, NOW + 9_200)) == {"eu": Pulse.MISSING}


def test_each_cluster_is_for_itself_and_only_those_that_are_named_count():
    both = Heartbeats([switch()]).look(["eu", "us"], {"eu": (WATCHDOG,), "us": ()}, NOW)
    assert pulses(both) == {"eu": Pulse.BEATING, "us": Pulse.UNSURE}
    named = switch(clusters=("eu-1", "eu-2"))
    one = Heartbeats([named]).look(["eu", "us"], {"eu": ()}, NOW, lambda name: "eu" if name.startswith("eu") else "")
    assert pulses(one) == {"eu": Pulse.UNSURE}  # both names are of one cluster
    assert Heartbeats().look(["eu"], {"eu": ()}, NOW) == ()


def test_without_it_nothing_is_ok():
    sources = {"eu": SourceHealth("eu", SourceKind.ALERTMANAGER, "http://am", 15, NOW, cluster="eu")}
    hearts = Heartbeats([switch()])
    states = []
    for at, alerts in ((NOW, (OTHER,)), (NOW + 121, (OTHER,))):
        beats = hearts.look(["eu"], {"eu": alerts}, at)
        missing = tuple(beat.alert for beat in beats if beat.alert)
        states.append(assess(Snapshot(at, Catalogue(()), sources, alerts=missing, heartbeats=beats)).state)
    assert states == [State.UNKNOWN, State.CRIT]
