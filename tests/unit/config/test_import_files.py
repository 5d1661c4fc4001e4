"""Which files slo_files names, how their SLOs join the configured services, and that nothing in them stops a start."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from foreign_files import config_naming, config_of, notes_of, slos_of
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from oncall_tui.cli import cli
from oncall_tui.config.files import MAX_BYTES
from oncall_tui.config.importers import folders, objects
from oncall_tui.config.loader import load_config
from oncall_tui.config.notes import Note, in_short, told
from oncall_tui.core.errors import ConfigError


def sloth(service: str, name: str = "answers", more: str = "") -> str:
    return (
        f"version: prometheus/v1\nservice: {service}\n{more}\nslos:\n"
        f"  - {{name: {name}, objective: 99, sli: {{raw: {{error_ratio_query: 'rate(x[{{{{.window}}}}])'}}}}}}\n"
    )


def ids(folder: Path, entry: str, rest: str = "") -> list[str]:
    return [slo.id for slo in config_naming(folder, entry, rest).catalogue().slos()]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        file = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_yml", ".yml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


# Which files


def test_a_folder_is_read_with_all_below_it_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        slos__b_yaml=sloth("b"),
        slos__a__deep_yml=sloth("deep"),
        slos__a_yaml=sloth("a"),
        other_yaml=sloth("c"),
    )
    assert ids(tmp_path, "slos") == ["deep/answers", "a/answers", "b/answers"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("slos/*.yaml", ["a", "b"]),
        ("'slos/[b]*.y*ml'", ["b"]),
        ("slos/**/*.yaml", ["deep", "a", "b"]),
        ("slos/**", ["deep", "a", "b"]),
        ("'**/x/*.yaml'", ["deep"]),
        ("s*", ["deep", "a", "b"]),
    ],
)
def test_a_pattern_names_files_and_folders(tmp_path: Path, pattern: str, found: list[str]) -> None:
    write(tmp_path, slos__a_yaml=sloth("a"), slos__b_yaml=sloth("b"), slos__x__deep_yaml=sloth("deep"))
    assert sorted(ids(tmp_path, pattern)) == sorted(f"{name}/answers" for name in found)


def test_what_else_lies_in_a_folder_is_passed_over_without_a_word(tmp_path: Path) -> None:
    write(
        tmp_path, slos__a_yaml=sloth("a"), slos__b_yaml="kind: Pod\n", slos__c_yaml="{{ helm }}: [\n", slos__d_yaml=""
    )
    (tmp_path / "slos/.hidden.yaml").write_text(sloth("hidden"), encoding="utf-8")
    (tmp_path / "slos/notes.txt").write_text(sloth("text"), encoding="utf-8")
    os.mkfifo(tmp_path / "slos/pipe.yaml")
    config = config_naming(tmp_path, "slos")
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]
    assert config.notes == ()


def test_links_in_a_circle_and_to_nowhere_end(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=sloth("a"))
    (tmp_path / "slos/again").symlink_to(tmp_path / "slos")
    (tmp_path / "slos/gone.yaml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round.yaml").symlink_to(tmp_path / "round.yaml")
    config = config_naming(tmp_path, "slos, round.yaml")
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]
    assert [note.file for note in config.notes] == ["round.yaml"]


def test_a_mounted_config_map_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, slos__data__a_yaml=sloth("a"))
    (tmp_path / "slos/data").rename(tmp_path / "slos/..2026")
    (tmp_path / "slos/..data").symlink_to("..2026")
    (tmp_path / "slos/a.yaml").symlink_to("..data/a.yaml")
    config = config_naming(tmp_path, "slos")
    assert ([slo.id for slo in config.catalogue().slos()], config.notes) == (["a/answers"], ())


def test_a_file_that_two_entries_name_belongs_to_the_first(tmp_path: Path) -> None:
    write(tmp_path, slos__a_yaml=sloth("a"))
    config = config_naming(tmp_path, "{path: slos/a.yaml, service: mine}, slos")
    assert [slo.id for slo in config.catalogue().slos()] == ["mine/answers"]
    assert [note.told() for note in config.notes] == ["slos: there is no SLO in it"]


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("nowhere", "nowhere: slo_files names it, and there is no such file"),
        ("nowhere/*.yaml", "nowhere/*.yaml: slo_files names it, and there is no such file"),
        ("pod.yaml", "pod.yaml: it holds no SLO of Sloth, Pyrra or OpenSLO"),
        ("empty", "empty: slo_files names it, and there is no such file"),
        ("pods", "pods: there is no SLO in it"),
        ("big.yaml", "is larger than 1 MB"),
        ("latin.yaml", "not UTF-8 text"),
        ("pipe.yaml", "pipe.yaml: it holds no SLO of Sloth, Pyrra or OpenSLO"),
    ],
)
def test_what_is_named_and_gives_no_slo_is_told(tmp_path: Path, entry: str, expected: str) -> None:
    write(tmp_path, pod_yaml="kind: Pod\n", pods__pod_yaml="kind: Pod\n", big_yaml="#" * (MAX_BYTES + 1))
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.yaml").write_bytes("service: für".encode("latin-1"))
    os.mkfifo(tmp_path / "pipe.yaml")
    config = config_naming(tmp_path, entry)
    (note,) = config.notes
    assert expected in note.told()
    assert note.left_out


def test_a_folder_with_more_than_fits_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, slos__a_yaml=sloth("a"), slos__b_yaml=sloth("b"), slos__c_yaml=sloth("c"))
    monkeypatch.setattr(folders, "MOST_FILES", 2)
    config = config_naming(tmp_path, "slos")
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers", "b/answers"]
    assert config.notes[0].told().startswith("slos: more than")
    monkeypatch.setattr(folders, "MOST_FILES", 9)
    monkeypatch.setattr(objects, "MOST_BYTES", len(sloth("a")) + 5)
    config = config_naming(tmp_path, "slos")
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]
    assert [note.file for note in config.notes] == ["slos/b.yaml", "slos/c.yaml"]


# What is broken


def test_broken_yaml_is_told_with_its_line_and_what_came_before_stands(tmp_path: Path) -> None:
    config = config_of(tmp_path, sloth("a") + "---\nversion: prometheus/v1\nslos: [\n---\n" + sloth("b"))
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]
    (note,) = config.notes
    assert note.told().startswith("slos.yaml:9:1: not YAML: ")


def test_a_document_that_is_not_understood_does_not_take_the_next_along(tmp_path: Path) -> None:
    deep = "[" * 60 + "]" * 60
    text = f"a: {deep}\n---\nb: *nothing\n---\nc: !!python/object x\n---\n" + sloth("a")
    config = config_of(tmp_path, text)
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]
    assert [note.line for note in config.notes] == [1, 3, 5]


def test_a_key_written_twice_is_told(tmp_path: Path) -> None:
    text = sloth("a", more="labels: {}\nlabels: {a: b}")
    assert notes_of(tmp_path, text) == ("slos.yaml:4: labels: written twice, first on line 3",)
    assert list(slos_of(tmp_path, text)) == ["a/answers"]


def test_an_alias_bomb_goes_out(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9)
    )
    config = config_of(tmp_path, "---\n".join([sloth("a"), bomb, bomb, sloth("b")]))
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]
    (note,) = config.notes
    assert "once aliases are spelt out" in note.told()


@pytest.mark.parametrize("query", ["(" * 50_000 + "x", "-" * 50_000 + "x", "x" + "+x" * 50_000, "x" + " or x" * 20_000])
def test_a_query_that_would_take_the_parser_down_is_refused(tmp_path: Path, query: str) -> None:
    (note,) = config_of(tmp_path, sloth("a").replace("rate(x[", query + "(rate(x[")).notes
    assert "nested more than 250 deep" in note.told()


def test_text_from_outside_is_told_on_one_safe_line(tmp_path: Path) -> None:
    for line in notes_of(tmp_path, sloth("a", name='"x\\e[31m\\nSLO b"')):
        assert line.isprintable()


# How they join


OWN = """
services:
  - name: ranker
    kind: model
    team: ranking
    slos: [{name: answers, objective: 95%, at_least: {query: up, bound: 1}}]
"""


def test_slos_join_the_service_of_their_name_after_its_own(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=sloth("ranker", "more"), b_yaml=sloth("new", more="labels: {owner: search}"))
    catalogue = config_naming(tmp_path, "a.yaml, b.yaml", OWN).catalogue()
    ranker, new = catalogue.services
    assert [slo.id for slo in ranker.slos] == ["ranker/answers", "ranker/more"]
    assert (ranker.team, ranker.kind.value, ranker.source) == ("ranking", "model", "main")
    assert [slo.id for slo in new.slos] == ["new/answers"]
    assert (new.team, new.kind.value, new.source) == ("search", "other", "main")


def test_an_entry_says_whose_a_new_service_is_and_who_knows_it(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=sloth("a", more="labels: {team: x}"), b_yaml=sloth("b"))
    catalogue = config_naming(tmp_path, "{path: '*.yaml', service: all, team: us, source: gpu}").catalogue()
    (service,) = catalogue.services
    assert (service.name, service.team, service.source) == ("all", "us", "gpu")


def test_of_two_slos_of_one_id_the_configured_one_stands_then_the_first(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=sloth("ranker") + "---\n" + sloth("x"), b_yaml=sloth("x"))
    config = config_naming(tmp_path, "a.yaml, b.yaml", OWN)
    assert [(slo.id, slo.origin) for slo in config.catalogue().slos()] == [
        ("ranker/answers", ""),
        ("x/answers", "a.yaml (Sloth)"),
    ]
    assert told(config.notes) == (
        "a.yaml:1: SLO 'ranker/answers' left out: there is one already, from the configuration",
        "b.yaml:1: SLO 'x/answers' left out: there is one already, from a.yaml:7",
    )


def test_a_configured_service_keeps_its_source(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=sloth("ranker", "more"))
    config = config_naming(tmp_path, "{path: a.yaml, source: gpu}", OWN)
    assert config.catalogue().services[0].source == "main"
    assert told(config.notes) == ("a.yaml:1: SLO 'ranker/more' is asked of main, as its service is",)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("{path: a.yaml, source: gqu}", "config.yaml:2: slo_files[0].source: there is no Prometheus among the sources of the name 'gqu'; did you mean 'gpu'?"),
        ("{service: a}", "config.yaml:2: slo_files[0].path: required, but not there"),
        ("{path: a.yaml, team: x, owner: y}", "config.yaml:2: slo_files[0].owner: not a key that is known; known here: path, service, team, source"),
        ("[a.yaml]", "config.yaml:2: slo_files[0]: expected a mapping of keys and values, got a list"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_configuration_itself_is_one_of_the_configuration(
    tmp_path: Path, entry: str, expected: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        config_naming(tmp_path, entry)
    assert str(caught.value) == expected


def test_a_copy_of_the_configuration_keeps_what_was_imported(tmp_path: Path) -> None:
    config = config_of(tmp_path, sloth("a")).model_copy(update={"journal": tmp_path / "j"})
    assert [slo.id for slo in config.catalogue().slos()] == ["a/answers"]


# How it is told


def test_notes_are_told_in_order_each_once_and_not_without_end() -> None:
    assert told([Note("b", 1, "x"), Note("a", 2, "x"), Note("a", 2, "x"), Note("a", 0, "y", True, about="SLO")]) == (
        "a: SLO left out: y",
        "a:2: x",
        "b:1: x",
    )
    assert told(Note("a", line, "x") for line in range(70))[-1] == "and 20 more"


def test_in_short_it_is_how_much_is_missing_and_the_first_of_it() -> None:
    remark, gone = Note("a", 1, "not honoured: x"), Note("b", 2, "wrong", True, about="SLO 'x'")
    again = Note("b", 3, "wrong too", True, about="SLO 'x'")
    assert in_short([]) == ""
    assert in_short([remark]) == "remarks on slo_files (1): a:1: not honoured: x"
    assert in_short([remark, gone, again]) == (
        "1 left out of slo_files: b:2: SLO 'x' left out: wrong. All of them: `oncall-tui status`"
    )


def test_status_tells_on_standard_error_what_was_left_out(tmp_path: Path) -> None:
    (tmp_path / "slos.yaml").write_text(sloth("a") + "---\n" + sloth("b").replace("99", "990"), encoding="utf-8")
    (tmp_path / "config.yaml").write_text(
        "sources: {prometheus: [{url: 'http://127.0.0.1:9'}]}\nslo_files: [slos.yaml]\n", encoding="utf-8"
    )
    result = CliRunner().invoke(cli, ["status", "--config", str(tmp_path / "config.yaml"), "--format", "json"])
    assert result.stderr.startswith("slos.yaml:11: SLO 'answers' left out: slos[0].objective: expected an objective")
    assert [slo["id"] for slo in json.loads(result.stdout)["slos"]] == ["a/answers"]


async def test_the_dashboard_says_at_its_start_that_something_was_left_out(tmp_path: Path) -> None:
    from oncall_tui.wiring.dashboard import dashboard

    rest = f"journal: {tmp_path / 'journal.sqlite3'}"
    config_of(tmp_path, sloth("a"), entry="slos.yaml, nowhere", rest=rest)
    async with dashboard(tmp_path / "config.yaml") as desk:
        assert desk.banner == "1 left out of slo_files: nowhere: slo_files names it, and there is no such file"


# Whatever stands in them


@pytest.mark.parametrize("number", ["9" * 30, "9" * 4_200, "9" * 5_000])
def test_numbers_beyond_reckoning_are_mistakes(tmp_path: Path, number: str) -> None:
    windows = json.dumps(WHOLE[1]).replace('"7d"', f'"{number}"')
    config = config_of(tmp_path, f"{windows}\n---\n" + sloth("a"))
    assert [note.about for note in config.notes] == ["AlertWindows"]
    assert [slo.period for slo in config.catalogue().slos()] == [30 * 86_400]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["99.9", "1e9999999", "5m", "30d", "1M", "rate(x[{{.window}}])", "x", "x{", "lte", "Timeslices", "{{", "∞"]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def with_one_thing_else(whole: object, ways: list[tuple[str | int, ...]], at: int, thing: object) -> list[object]:
    """The document with anything at all in one of its places."""
    way = ways[at % len(ways)]
    copy = json.loads(json.dumps(whole))
    inside = copy
    for part in way[:-1]:
        inside = inside[part]
    inside[way[-1]] = thing
    return copy


def ways_in(data: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return ([way] if way else []) + [one for key, value in inner for one in ways_in(value, (*way, key))]


QUERY = "sum by (a) (rate(x[{{.window}}]))"
METRIC = {"metricSource": {"type": "Prometheus", "metricSourceRef": "d", "spec": {"query": QUERY}}}
WHOLE: list[dict[str, object]] = [
    {"version": "prometheus/v1", "service": "s", "labels": {"a": "b"}, "slo_plugins": {"chain": [{"id": "p"}]}, "slos": [
        {"name": "n", "objective": 99, "description": "d", "labels": {"c": "d"}, "plugins": {"chain": []},
         "sli": {"events": {"error_query": QUERY, "total_query": QUERY}},
         "alerting": {"page_alert": {"disable": True}, "ticket_alert": {"disable": False}}},
        {"name": "m", "objective": 99, "sli": {"raw": {"error_ratio_query": QUERY}}},
        {"name": "o", "objective": 99, "sli": {"plugin": {"id": "x"}}},
    ]},
    {"apiVersion": "sloth.slok.dev/v1", "kind": "AlertWindows", "spec": {"sloPeriod": "7d", **{
        severity: {speed: {"errorBudgetPercent": 2, "shortWindow": "5m", "longWindow": "1h"} for speed in ("quick", "slow")}
        for severity in ("page", "ticket")}}},
    *({"apiVersion": "pyrra.dev/v1alpha1", "kind": "ServiceLevelObjective",
       "metadata": {"name": name, "namespace": "m", "labels": {"pyrra.dev/a": "b"}, "annotations": {}},
       "spec": {"target": "99", "window": "2w", "description": "d", "indicator": indicator, "performanceOverAccuracy": False,
                "partial_response_strategy": "abort", "alerting": {"disabled": False, "severities": {"fastBurn": "page"}}}}
      for name, indicator in {
          "r": {"ratio": {"errors": {"metric": "e"}, "total": {"metric": "t"}, "grouping": ["a"]}},
          "l": {"latency": {"success": {"metric": 'd_bucket{le="1"}'}, "total": {"metric": "d_count"}}},
          "n": {"latencyNative": {"latency": "1s", "total": {"metric": "d"}}},
          "b": {"bool_gauge": {"metric": "up"}}}.items()),
    {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "n", "displayName": "d", "labels": {"a": ["b"]}},
     "spec": {"service": "s", "indicatorRef": "i", "timeWindow": [{"duration": "4w", "isRolling": True, "calendar": {"a": "b"}}],
              "budgetingMethod": "Timeslices", "alertPolicies": ["p"], "objectives": [
                  {"displayName": "d", "target": 0.9, "timeSliceTarget": 0.9, "timeSliceWindow": "1m", "op": "lte", "value": 1},
                  {"targetPercent": 99, "timeSliceTarget": 0.9}]}},
    {"apiVersion": "openslo/v1", "kind": "SLI", "metadata": {"name": "i"},
     "spec": {"ratioMetric": {"counter": True, "good": METRIC, "total": METRIC}}},
    {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "t"}, "spec": {
        "service": "s", "indicator": {"spec": {"thresholdMetric": METRIC}}, "objectives": [{"target": 0.9, "op": "lt", "value": 1}]}},
    {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": {"name": "w"}, "spec": {
        "service": "s", "indicator": {"spec": {"ratioMetric": {"raw": METRIC, "rawType": "success"}}}, "objectives": [{"target": 0.9}]}},
    {"apiVersion": "openslo/v1", "kind": "DataSource", "metadata": {"name": "d"}, "spec": {"type": "Prometheus"}},
    {"apiVersion": "openslo/v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"description": "d"}},
    {"apiVersion": "openslo/v1alpha", "kind": "SLO", "metadata": {"name": "n"}, "spec": {
        "service": "s", "timeWindows": [{"count": 30, "unit": "Day"}], "objectives": [
            {"ratioMetrics": {"incremental": True, "good": {"query": "x"}, "total": {"source": "prometheus", "query": "y"}}, "target": 0.9}]}},
]  # fmt: skip
WAYS = ways_in(WHOLE)


def test_the_whole_of_it_is_right(tmp_path: Path) -> None:
    config = config_of(tmp_path, json.dumps(WHOLE))
    assert len(list(config.catalogue().slos())) == 11
    assert {note.about for note in config.notes if note.left_out} == {"SLO 'o'"}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, len(WAYS) - 1), thing=ANYTHING)
@example(at=0, thing=[[]])
def test_anything_anywhere_gives_slos_and_notes_and_never_an_error(tmp_path: Path, at: int, thing: object) -> None:
    document = with_one_thing_else(WHOLE, WAYS, at, thing)
    (tmp_path / "slos.yaml").write_text(json.dumps(document), encoding="utf-8")
    config = config_naming(tmp_path, "slos.yaml")
    config.catalogue()
    for line in (*told(config.notes), in_short(config.notes)):
        assert "\n" not in line


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ANYTHING, max_size=3), st.sampled_from(["prometheus/v1", "openslo/v1"]), st.text(max_size=40))
def test_any_document_of_theirs_gives_notes_at_worst(
    tmp_path: Path, things: list[object], version: str, junk: str
) -> None:
    documents = [
        {"version": version, "apiVersion": version, "kind": "SLO", "spec": thing, "slos": thing} for thing in things
    ]
    text = "\n---\n".join([*map(json.dumps, documents), f"# {version}", junk])
    (tmp_path / "slos.yaml").write_text(text, encoding="utf-8", errors="surrogatepass")
    assert config_naming(tmp_path, "slos.yaml").services == ()


@pytest.mark.parametrize("thing", [None, "x", [], ["x"], {"x": "y"}], ids=repr)
def test_every_place_may_be_missing_or_of_another_shape(tmp_path: Path, thing: object) -> None:
    config_of(tmp_path, "")
    for at, way in enumerate(WAYS):
        document = with_one_thing_else(WHOLE, WAYS, at, thing)
        (tmp_path / "slos.yaml").write_text(json.dumps(document[way[0]]), encoding="utf-8")
        load_config(tmp_path / "config.yaml").catalogue()
