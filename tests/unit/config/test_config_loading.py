"""What a configuration means, where it is looked for, and that nothing but ConfigError comes out of reading one."""

from __future__ import annotations

import getpass
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from oncall_tui.config.document import read_document
from oncall_tui.config.loader import find_config, load_config
from oncall_tui.config.models import Config
from oncall_tui.core.burn import MONTHLY, WEEKLY, Severity, Tier
from oncall_tui.core.catalogue import VERSIONS, Service, Signal, SignalKind
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.slo import EventsSli, RatioSli, Side, Slo, SloKind

EXAMPLE = Path(__file__).parents[3] / "config.example.yaml"


def load(folder: Path, text: str) -> Config:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def service(folder: Path, body: str) -> Service:
    return load(folder, f"services:\n  - name: ranker\n    {body}\n").catalogue().services[0]


def slo(folder: Path, body: str) -> Slo:
    return service(folder, f"slos: [{{objective: 99%, {body}}}]").slos[0]


def signal(folder: Path, body: str) -> Signal:
    return service(folder, f"signals: [{{query: up, {body}}}]").signals[0]


def test_versions_are_one_member_each_however_many_pods_serve_them(tmp_path: Path) -> None:
    versions = service(tmp_path, "versions: {query: 'model_info{service=\"ranker\"}', by: version}").versions
    assert versions is not None
    assert versions.query == 'max by (version) (model_info{service="ranker"})'
    assert (versions.by, versions.name) == ("version", VERSIONS)


def test_a_comment_in_the_query_of_versions_does_not_swallow_what_follows(tmp_path: Path) -> None:
    versions = service(tmp_path, "versions: {query: 'model_info # all of them', by: version}").versions
    assert versions is not None
    assert versions.query == "max by (version) (model_info # all of them\n)"


@pytest.mark.parametrize(
    ("written", "objective"),
    [("99.9%", 0.999), ("99.9", 0.999), ("0.999", 0.999), ("'99.95 %'", 0.9995), ("0.5%", 0.005), ("1.5", 0.015)],
)
def test_an_objective_is_a_percentage_or_a_fraction(tmp_path: Path, written: str, objective: float) -> None:
    text = f"slos: [{{name: x, objective: {written}, at_least: {{query: up, bound: 1}}}}]"
    assert service(tmp_path, text).slos[0].objective == objective


@pytest.mark.parametrize(
    ("name", "sli", "kind"),
    [
        ("accuracy", "at_least: {query: up, bound: 1}", SloKind.ACCURACY),
        ("checkout-latency-p99", "at_most: {query: up, bound: 1}", SloKind.LATENCY),
        ("fast", "latency: {histogram: h, threshold: 1}", SloKind.LATENCY),
        ("good", "events: {error: 'rate(x[$window])', total: 'rate(x[$window])'}", SloKind.AVAILABILITY),
        ("good", "at_least: {query: up, bound: 1}", SloKind.OTHER),
        ("latency, kind: drift", "at_least: {query: up, bound: 1}", SloKind.DRIFT),
    ],
)
def test_the_kind_of_an_slo_follows_from_its_name_else_from_its_indicator(
    tmp_path: Path, name: str, sli: str, kind: SloKind
) -> None:
    assert slo(tmp_path, f"name: {name}, {sli}").kind is kind


def test_a_drift_signal_warns_at_a_tenth_and_nothing_else_has_a_threshold(tmp_path: Path) -> None:
    drift = signal(tmp_path, "name: drift")
    assert (drift.kind, drift.warn, drift.crit, drift.good) == (SignalKind.DRIFT, 0.1, None, Side.AT_MOST)
    assert signal(tmp_path, "name: drift, warn: 0.2").warn == 0.2
    assert signal(tmp_path, "name: drift, crit: 0.05").warn == 0.05
    accuracy = signal(tmp_path, "name: accuracy")
    assert (accuracy.warn, accuracy.crit, accuracy.good) == (None, None, Side.AT_LEAST)
    assert signal(tmp_path, "name: freshness").unit == "s"
    assert signal(tmp_path, "name: queue").kind is SignalKind.INFRASTRUCTURE
    assert signal(tmp_path, "name: something").kind is SignalKind.OTHER


def test_tiers_of_its_own_and_the_usual_ones_for_the_period(tmp_path: Path) -> None:
    sli = "at_least: {query: up, bound: 1}"
    assert slo(tmp_path, f"name: x, {sli}").policy == MONTHLY
    assert slo(tmp_path, f"name: x, period: 7d, {sli}").policy == WEEKLY
    own = "burn_tiers: [{severity: page, long: 1h, short: 5m, budget_spent: 50%}]"
    assert slo(tmp_path, f"name: x, period: 1d, {own}, {sli}").policy == (Tier(Severity.PAGE, 3600, 300, 0.5),)


def test_the_other_indicators_reach_the_core(tmp_path: Path) -> None:
    good = slo(tmp_path, "name: x, events: {good: 'rate(a[$window])', total: 'rate(b[$window])'}")
    assert good.sli == EventsSli(total="rate(b[$window])", good="rate(a[$window])")
    assert slo(tmp_path, "name: x, error_ratio: 'rate(a[$window])'").sli == RatioSli("rate(a[$window])")
    recorded = "name: x, error_ratio: 'a:ratio$window{x=\"y\"}', period_error_ratio: 'a:ratio_of_month'"
    assert slo(tmp_path, recorded).sli == RatioSli('a:ratio$window{x="y"}', "a:ratio_of_month")


def test_text_stays_as_it_is_written(tmp_path: Path) -> None:
    assert service(tmp_path, "labels: {version: 1.10, on: no, zip: 007}").labels == {
        "version": "1.10",
        "on": "no",
        "zip": "007",
    }


def test_a_key_without_a_value_is_as_good_as_not_written(tmp_path: Path) -> None:
    assert load(tmp_path, "polling:\n  interval:\nservices:\n") == load(tmp_path, "theme: ''")


def test_anchors_and_merges_work_and_what_is_written_wins(tmp_path: Path) -> None:
    text = """\
services:
  - &base
    name: a
    team: ml
    labels: &labels {x: "1"}
  - {<<: *base, name: b}
  - {name: c, labels: {<<: [{y: '2', x: '9'}, *labels], z: '3'}}
"""
    a, b, c = load(tmp_path, text).catalogue().services
    assert (a.name, b.name, b.team, b.labels) == ("a", "b", "ml", {"x": "1"})
    assert c.labels == {"x": "9", "y": "2", "z": "3"}


def test_a_service_takes_the_first_prometheus_unless_it_names_one(tmp_path: Path) -> None:
    sources = "sources: {prometheus: [{name: p1, url: 'http://a/'}, {name: p2, url: 'http://b'}]}\n"
    config = load(tmp_path, sources + "services: [{name: a}, {name: b, source: p2}]")
    assert [each.source for each in config.catalogue().services] == ["p1", "p2"]
    assert config.sources.prometheus[0].url == "http://a"
    assert service(tmp_path, "team: x").source == ""


def test_endpoints_take_the_common_interval_unless_they_name_one(tmp_path: Path) -> None:
    text = """\
polling: {endpoint_interval: 1m}
services: [{name: a, endpoints: [{url: 'http://h'}, {name: b, url: 'http://h', interval: 5s, timeout: 2s}]}]
"""
    first, second = load(tmp_path, text).catalogue().endpoints()
    assert (first.id, first.interval, first.timeout) == ("a/http", 60.0, 5.0)
    assert (second.interval, second.timeout) == (5.0, 2.0)


def test_an_acknowledgement_has_the_login_name_and_no_prefix_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "maria")
    config = load(tmp_path, "acknowledge: {comment: 'ACK! mine', duration: 20m}")
    assert (config.acknowledge.author, config.acknowledge.comment) == ("maria", "mine")
    assert config.acknowledge.duration == 1200


def test_an_acknowledgement_is_kept_for_half_a_day_unless_told_otherwise(tmp_path: Path) -> None:
    assert (Config().acknowledge.keep, Config().acknowledge.kept_for) == (True, 43_200)
    config = load(tmp_path, "acknowledge: {keep: false, duration: 1h, at_most: 2h}")
    assert (config.acknowledge.keep, config.acknowledge.kept_for) == (False, 7_200)
    assert load(tmp_path, "acknowledge: {duration: 2d}").acknowledge.kept_for == 172_800
    with pytest.raises(ConfigError, match="at_most is shorter than duration"):
        load(tmp_path, "acknowledge: {duration: 3h, at_most: 2h}")


def test_a_user_without_a_name_can_acknowledge(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert Config().acknowledge.author == "oncall"


def test_paths_belong_to_the_folder_of_the_file_and_a_tilde_to_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/maria")
    config = load(
        tmp_path,
        "journal: ~/j.db\nrunbooks: {folders: [books, /srv/books], rules: "
        "[{title: t, match: ['a=\"b\", c!=\"d\"'], file: x.md}, {title: u, match: [a=b], file: 'https://h/x?y'}]}",
    )
    assert config.journal.file == Path("/home/maria/j.db")
    assert config.runbooks.folders == (tmp_path / "books", Path("/srv/books"))
    assert [rule.file for rule in config.runbooks.rules] == [str(tmp_path / "x.md"), "https://h/x?y"]
    assert [str(matcher) for matcher in config.runbooks.rules[0].matchers] == ['a="b"', 'c!="d"']


def test_a_configuration_does_not_change_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Config().theme = "other"  # type: ignore[misc]


def test_what_is_named_is_read_before_the_environment_and_the_usual_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _name: tmp_path)
    monkeypatch.delenv("ONCALL_TUI_CONFIG", raising=False)
    assert find_config() is None
    (tmp_path / "config.yaml").touch()
    assert find_config() == tmp_path / "config.yaml"
    monkeypatch.setenv("ONCALL_TUI_CONFIG", "/etc/oncall.yaml")
    assert find_config() == Path("/etc/oncall.yaml")
    assert find_config(Path("mine.yaml")) == Path("mine.yaml")


LINES = EXAMPLE.read_text(encoding="utf-8").splitlines()


def told_of(file: Path) -> str | None:
    """The mistakes in the file; None if there are none. Anything but a ConfigError comes out."""
    try:
        load_config(file).catalogue()
    except ConfigError as error:
        return str(error)
    return None


PIECES = st.sampled_from(
    [
        *LINES,
        "<<: *a",
        "&a",
        "*a",
        "- ",
        "  ",
        "? ",
        "!x",
        "${",
        "${HOME}",
        "$${",
        "|",
        "{",
        "}",
        "[",
        "]",
        "\t",
        "\x00",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=200),
        st.lists(PIECES, max_size=40).map("\n".join),
        st.lists(st.tuples(st.sampled_from(["", "  ", "    "]), PIECES), max_size=12).map(
            lambda rows: "\n".join(indent + piece.strip() for indent, piece in rows)
        ),
    )
)
def test_any_text_is_a_configuration_or_a_configuration_error(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    told = told_of(file)
    assert told is None or told
    assert "\x1b" not in (told or "")


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    line=st.integers(0, len(LINES) - 1),
    change=st.sampled_from(["drop", "double", "indent", "dedent", "garble", "empty", "list"]),
)
def test_any_slip_in_the_example_is_told_in_lines_or_harmless(tmp_path: Path, line: int, change: str) -> None:
    old = LINES[line]
    new = {
        "drop": [],
        "double": [old, old],
        "indent": ["  " + old],
        "dedent": [old.removeprefix("  ")],
        "garble": [old.replace("e", "x", 1)],
        "empty": [old.partition(":")[0] + ":"],
        "list": [old.partition(":")[0] + ": [[1], {a: b}]"],
    }[change]
    file = tmp_path / "config.yaml"
    file.write_text("\n".join([*LINES[:line], *new, *LINES[line + 1 :]]), encoding="utf-8")
    for told in (told_of(file) or "").splitlines():
        assert told.startswith(("config.yaml:", "    "))  # what is indented shows the mistake above it


YAML_VALUES = st.recursive(
    st.text(alphabet="abc10.-", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet="abc", max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(value=st.dictionaries(st.text(alphabet="abc", min_size=1, max_size=3), YAML_VALUES, max_size=4))
def test_a_document_read_is_the_document_written_and_every_value_has_its_spot(value: dict[str, object]) -> None:
    import json

    document = read_document(json.dumps(value, indent=1), {})
    assert document.data == value
    assert document.mistakes == []
    places = {place for place in document.spots if place}
    assert len(places) == sum(1 for _ in flat(value))


def flat(value: object) -> list[object]:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return [*inner, *(deeper for each in inner for deeper in flat(each))]


def test_a_signal_may_have_no_past(tmp_path: Path) -> None:
    text = "services: [{name: a, signals: [{name: drift, query: up, past: false}, {name: b, query: up}]}]\n"
    without, usual = load(tmp_path, text).catalogue().services[0].signals
    assert (without.past_weeks, usual.past_weeks) == (0, 4)
