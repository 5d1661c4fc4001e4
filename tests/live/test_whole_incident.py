"""One night from the page to the postmortem, by keys, on a terminal over real servers.

A bad release pages; its diagnosis waits; it is taken, looked into, rolled back, and over; it is written down. What is
told of it afterwards is held against Prometheus, Alertmanager and the journal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner
from lab_fixture import RunningLab, eventually, require_binaries, running_lab
from ptys import Terminal, python

from oncall_tui.cli import cli
from oncall_tui.config.loader import example_config
from oncall_tui.core.alerts import Phase
from oncall_tui.core.assess import Assessment, assess
from oncall_tui.core.events import EventKind
from oncall_tui.core.state import State
from oncall_tui.journal import Journal
from oncall_tui.recording.file import Recording, read
from oncall_tui.recording.frames import Player

pytestmark = [pytest.mark.live, pytest.mark.timeout(400)]

PAGE = "FraudAvailabilityBurn"
SLO = "fraud/availability"
SLACK = 10.0
"""Seconds: an evaluation, a poll, and a machine that has other things to do."""
BLINK = 12.0
"""Seconds for which something has to last to be in the recording for certain; frames are five seconds apart."""
BURNS = [
    {"severity": "page", "long": "3m", "short": "30s", "budget_spent": "0.05%"},
    {"severity": "ticket", "long": "1h", "short": "5m", "budget_spent": "100%"},
]
"""A page that comes and goes within the minute; the ticket, for the windows it has, is out of reach."""


@dataclass
class Night:
    """What is left of it. truth: by what the servers said, unix seconds. screens: by what had just happened."""

    config: Path
    folder: Path
    screens: dict[str, str] = field(default_factory=dict)
    truth: dict[str, float] = field(default_factory=dict)
    budgets: dict[str, float] = field(default_factory=dict)

    def told(self, *arguments: str) -> str:
        """What a command prints."""
        done = CliRunner().invoke(cli, [*arguments, "--config", str(self.config)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    @property
    def events(self):
        journal = Journal(self.folder / "journal.sqlite3")
        try:
            return journal.events(limit=10_000)
        finally:
            journal.close()


def written_config(folder: Path) -> Path:
    """The example's fleet, at a pace for which a test can wait."""
    config = yaml.safe_load(example_config().read_text(encoding="utf-8"))
    runbooks = example_config().parent / "docs" / "runbooks"
    config |= {
        "polling": {"interval": "2s", "endpoint_interval": "2s"},
        "journal": str(folder / "journal.sqlite3"),
        "recording": {"folder": str(folder / "flight")},
        "incidents": {"resolve_after": "5s", "folder": str(folder / "postmortems")},
        "acknowledge": {"author": "maria"},
        "runbooks": {"folders": [str(runbooks)], "auto_diagnose": {"matches": ['severity="page"']}},
    }
    fraud = next(service for service in config["services"] if service["name"] == "fraud")
    next(slo for slo in fraud["slos"] if slo["name"] == "availability")["burn_tiers"] = BURNS
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    require_binaries()
    folder = tmp_path_factory.mktemp("night")
    with running_lab("bad-release", 2 * 86_400, config=written_config(folder)) as lab:
        lived = Night(lab.lab.config_path, folder)
        environment = {"ONCALL_LAB_CONTROL": lab.lab.control_url, "XDG_STATE_HOME": str(folder / "state")}
        terminal = Terminal(python("-m", "oncall_tui", "--config", str(lived.config)), 120, 40, environment)
        try:
            live_through(Person(terminal), lab, lived)
            terminal.press("q")
            assert terminal.ended(20) == 0
        finally:
            terminal.close()
        yield lived


class Person:
    """Who sits at the terminal: presses keys and waits for what they bring about."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    @property
    def screen(self) -> str:
        """What stands there."""
        return self._terminal.text()

    def waits(self, *words: str, seconds: float = 60.0) -> None:
        """Until a line of the screen holds all these words."""
        self._terminal.until(lambda _: self.line(*words), seconds)

    def presses(self, keys: str, *words: str, seconds: float = 60.0) -> None:
        """Press keys, and wait for words in a line."""
        self._terminal.press(keys)
        self._terminal.answer()
        self.waits(*words, seconds=seconds)

    def line(self, *words: str) -> str:
        """The first line that holds all these words; '' where there is none."""
        return next((line for line in self.screen.splitlines() if all(word in line for word in words)), "")

    def goes_to(self, key: str, words: str) -> None:
        """Press a key, and wait until the row with these words has the cursor, as its colour tells."""
        self._terminal.press(key)
        self._terminal.until(lambda _: self._colour(words) == self._cursor, 10.0)

    def learns_the_cursor(self, words: str) -> None:
        """Take the colour behind these words for that of the cursor."""
        self._cursor = self._colour(words)

    def _colour(self, words: str) -> str:
        for y, line in enumerate(self.screen.splitlines()):
            if words in line:
                return str(self._terminal.screen.buffer[y][line.index(words)].bg)
        return ""


def live_through(person: Person, lab: RunningLab, night: Night) -> None:
    """The night, key by key."""

    def keep(name: str) -> None:
        night.screens[name] = person.screen

    person.waits("LIVE", seconds=60)
    person.presses("2", "firing", "page", "FraudAvail", seconds=90)
    active = next(one for one in lab.get("alerts")["alerts"] if one["labels"]["alertname"] == PAGE)
    night.truth["began"] = moment(active["activeAt"])
    person.presses("6", "auto_diagnose", "#symptoms")
    person.waits("opened: fraud burns")
    keep("diagnosed")

    person.presses("2", "firing", "page", "FraudAvail")
    person.presses("a", "yours to")
    person.waits("acked", "FraudAvail", "maria")
    keep("acknowledged")
    silences = httpx.get(f"{lab.lab.alertmanager_url}/api/v2/silences", timeout=10).json()
    (ack,) = (one for one in silences if one["createdBy"] == "maria" and one["comment"].startswith("ACK!"))
    night.truth["acknowledged"] = moment(ack["startsAt"])

    person.presses("i", "asked at", "Z", seconds=60)
    keep("investigated")
    person.presses("W", "The finding is in")
    person.presses("6", "fraud/accuracy WARN", seconds=60)  # a signal in bounds has nothing to recover from
    person.presses("r", "A bad model release")
    person.waits("diagnose", "auto ok")
    person.learns_the_cursor("A bad model release")
    person.goes_to("\r", "Did the version")
    person.goes_to("j", "Wrong, failing")
    person.goes_to("j", "Roll fraud back")
    person.presses("\r", "Run this mitigate step?")
    keep("asked")
    person.presses("y", "exit 0", seconds=60)
    person.presses("\x1b", "auto ok")

    person.presses("6", "#rollback")
    person.presses("c", "commander is you")
    person.waits("recovered: fraud/accuracy", seconds=90)
    person.presses("m", "is mitigated")
    night.truth["mitigated"] = time.time()
    person.presses("n", ":", "note ")
    person.presses("2.4.0 must not go out again\r", "Noted in")
    person.waits("RESOLVED", "SEV2", seconds=120)
    night.truth["resolved"] = eventually(lambda: last_fired(lab))
    keep("resolved")
    person.presses("e", "Written:")
    person.presses("7", "#rollback", "maria: recovered", seconds=60)
    for name, at in (("calm", lab.lab.fleet.epoch), ("after", night.truth["resolved"])):
        night.budgets[name] = budget_left(lab, at)


def moment(text: str) -> float:
    """Unix seconds of a time as Prometheus or Alertmanager writes it, with nanoseconds or without."""
    whole, _, rest = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{rest or 0}")


def last_fired(lab: RunningLab) -> float | None:
    """When Prometheus evaluated the page's rule last and it fired; None while it does."""
    query = f'ALERTS{{alertname="{PAGE}",alertstate="firing"}}'
    if lab.query(query):
        return None
    now = time.time()
    (found,) = lab.get("query_range", query=query, start=str(now - 600), end=str(now), step="1")["result"]
    return float(found["values"][-1][0])


def budget_left(lab: RunningLab, at: float) -> float:
    """1 = all of it: asked in PromQL, raw."""
    bad, all_of_it = (f'sum(rate(http_requests_total{{service="fraud"{only}}}[30d]))' for only in (',code=~"5.."', ""))
    (answer,) = lab.query(f"1 - ({bad} / {all_of_it}) / 0.0005", time=str(at))
    return float(answer["value"][1])


def test_the_page_waits_with_its_diagnosis_and_nothing_else_ran(night: Night) -> None:
    assert "opened: fraud burns its availability error budget fast" in night.screens["diagnosed"]
    ran = [event for event in night.events if event.kind == EventKind.STEP_INTENDED]
    assert [(event.actor, event.subject) for event in ran] == [
        ("auto_diagnose", "bad-release.md#version"),
        ("auto_diagnose", "bad-release.md#symptoms"),
        ("maria", "bad-release.md#rollback"),
    ]
    assert all(event.fingerprint for event in ran)


def test_what_was_taken_stays_in_hand(night: Night) -> None:
    """The list puts what is taken further down; i, W and r after it are about what was taken all the same."""
    (finding,) = (event for event in night.events if event.kind == EventKind.INCIDENT_FINDING)
    text = str(finding.payload["text"])
    assert text.startswith(("fraud: first cause most likely fraud, version 2.4.0", "fraud: no first cause named"))
    if "no first cause" in text:  # looked into seconds after it began: that is said, and not taken for calm
        assert "ask again in a minute" in text or "cannot" in night.screens["investigated"]
    assert "oncall-tui fleet heal rollback-fraud" in night.screens["asked"]
    assert PAGE in night.screens["asked"]


def test_the_postmortem_has_the_right_times_people_and_budget(night: Night) -> None:
    (one,) = (line for line in night.told("incident", "list").splitlines() if "fraud burns" in line)
    incident = next(word for word in one.split() if word[:4].isdigit() and word[4:5] == "-")
    told = json.loads(night.told("incident", "export", incident, "--format", "json"))
    assert (told["status"], told["severity"], told["services"]) == ("resolved", "sev2", ["fraud"])
    assert (told["opened_by"], told["roles"]) == ("oncall-tui", {"commander": "maria"})
    impact = told["impact"]
    assert impact["acknowledged_by"] == "maria"
    assert moment(told["began"]) == pytest.approx(night.truth["began"], abs=0.01)
    assert moment(impact["acknowledged_at"]) == pytest.approx(night.truth["acknowledged"], abs=2)
    assert moment(told["mitigated_at"]) == pytest.approx(night.truth["mitigated"], abs=2)
    assert 0 <= moment(told["resolved_at"]) - night.truth["resolved"] <= SLACK
    assert impact["lasted_s"] == pytest.approx(moment(told["resolved_at"]) - moment(told["began"]), abs=0.01)
    worst = impact["budgets"][0]
    assert worst["slo"] == SLO
    # A figure over 30 days is asked every five minutes, and this was over in less: what was known lags behind.
    assert night.budgets["after"] - 0.01 <= worst["left_after"] <= worst["left_before"] <= night.budgets["calm"] + 0.01
    assert worst["spent"] == pytest.approx(worst["left_before"] - worst["left_after"], abs=1e-6)
    texts = [line["text"] for line in told["timeline"]]
    assert [word for word in ORDER if any(word in text for text in texts)] == list(ORDER)
    assert sorted(ORDER, key=lambda word: next(i for i, text in enumerate(texts) if word in text)) == list(ORDER)
    (written,) = (night.folder / "postmortems").glob("*.md")
    text = written.read_text(encoding="utf-8")
    assert f"Acknowledged by maria | {impact['acknowledged_at'][:10]} {impact['acknowledged_at'][11:19]}Z" in text
    assert "2.4.0 must not go out again" in text
    assert f"| {SLO} | {worst['spent']:.1%} |" in text
    (page,) = (night.folder / "postmortems").glob("*.html")
    assert "<svg" in page.read_text(encoding="utf-8")


ORDER = (
    f"{PAGE} fires (page)",
    "ran bad-release.md#version",
    f"acknowledged {PAGE}",
    "first cause",
    "ran bad-release.md#rollback",
    "recovered: fraud/accuracy",
    "status: mitigated",
    f"{PAGE} resolved",
    "status: resolved",
)
"""The night in the words of its timeline."""


def test_the_handoff_names_what_happened_and_what_is_left(night: Night) -> None:
    told = json.loads(night.told("review", "--handoff", "--format", "json"))
    (page,) = (one for one in told["alerts"] if one["name"] == PAGE)
    assert (page["fired"], page["firing"], page["acked"], page["by"]) == (1, 0, 1, ["maria"])
    lasted = night.truth["resolved"] - night.truth["began"]
    assert page["total"] == pytest.approx(lasted, abs=SLACK)
    taken_after = night.truth["acknowledged"] - night.truth["began"]
    assert page["taken_after"] == pytest.approx(taken_after, abs=SLACK)
    over = told["handoff"]
    assert PAGE not in {one["name"] for one in (*over["unacknowledged"], *over["acknowledged"])}
    assert "bad-release.md#rollback run by maria: recovered" in {one["what"] for one in over["changes"]}
    assert not [one for one in over["changes"] if "auto_diagnose" in one["what"]]
    assert "2.4.0 must not go out again" in {one["text"] for one in over["notes"]}
    assert not [line for line in told["unknown"] if "no answer" in line]


def test_the_recording_shows_the_states_that_the_journal_has(night: Night) -> None:
    assert "sound" in night.told("journal", "verify")
    file = night.folder / "night.rec"
    night.told("record", "--last", "30m", str(file))
    done = CliRunner().invoke(cli, ["replay", "--marks", str(file)], catch_exceptions=False)
    marks = [line.partition("Z  ")[2] for line in done.stdout.splitlines()]
    about = [mark.partition(f"page {PAGE} (fraud) ")[2] for mark in marks if PAGE in mark]
    assert about == ["firing", "acknowledged by maria", "resolved"]
    recording = read(file)
    shown = list(frames(recording))
    for kind, subject, state_of in ((EventKind.SLO_STATE, SLO, slo_state), (EventKind.ALERT_STATE, PAGE, page_state)):
        changes = [(e.at, str(e.payload["state"])) for e in night.events if e.kind == kind and e.subject == subject]
        assert changes
        assert len(shown) > 10
        for at, seen in shown:
            known = standing(changes, at)
            assert state_of(seen) in known, (subject, at, known)
        lasting = [
            state
            for (at, state), (after, _) in zip(changes, [*changes[1:], (shown[-1][0], "")], strict=True)
            if after - at > BLINK
        ]
        seen_states = [state for state, _ in groupby(state_of(seen) for _, seen in shown)]
        # What is as it should be when it is first seen is no entry, where it was seen before anything else.
        told = [state for state in seen_states if state in lasting]
        assert told[-len(lasting) :] == lasting
        assert told[: -len(lasting)] in ([], [State.OK.name])


def frames(recording: Recording) -> Iterator[tuple[float, Assessment]]:
    """What a replay shows, frame by frame, where the SLO is known.

    Where the lab's past meets its present its shortest window is empty for seconds: that is shown, and is no entry in
    the journal, which waits a minute for it.
    """
    player, last = Player(), None
    for place in range(len(recording.frames)):
        snapshot = player.snapshot(recording.frame(place))
        last = assess(snapshot, last)
        if slo_state(last) != State.UNKNOWN.name and all(health.answered_at for health in snapshot.sources.values()):
            yield snapshot.at, last


def standing(changes: list[tuple[float, str]], at: float) -> set[str]:
    """The states that the journal knows around a moment; before its first, what is ordinary."""
    before = [state for when, state in changes if when <= at - SLACK]
    around = {state for when, state in changes if abs(when - at) < SLACK}
    return around | {before[-1] if before else "ordinary"} | ({"OK", ""} if not before else set())


def slo_state(seen: Assessment) -> str:
    status = seen.slo(SLO)
    return status.state.name if status is not None else ""


def page_state(seen: Assessment) -> str:
    status = next((one for one in seen.listed if one.alert.name == PAGE), None)
    if status is None or status.alert.pending:
        return ""
    acked = status.ack is not None and status.phase is not Phase.RESOLVED
    return f"acked by {status.ack.author}" if acked and status.ack else status.phase.value
