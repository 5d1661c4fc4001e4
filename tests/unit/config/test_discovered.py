"""Findings as a configuration: always accepted, and whatever strangers call things, exactly that is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.config.discovered import MOST_CHARACTERS, distinct_names, slug, written
from oncall_tui.config.loader import config_from, load_config
from oncall_tui.config.models import Config
from oncall_tui.config.output import refuse_to_overwrite, write_config
from oncall_tui.config.yaml_text import comment, scalar
from oncall_tui.core.burn import DAY, Severity, Tier
from oncall_tui.core.catalogue import Protocol, ServiceKind, SignalKind
from oncall_tui.core.errors import ConfigError
from oncall_tui.core.findings import Findings, FoundEndpoint, FoundService, FoundSignal, FoundSlo, ProposedSlo
from oncall_tui.core.slo import EventsSli, LatencySli, RatioSli
from oncall_tui.sources.prometheus.discovery.labels import matchers
from oncall_tui.sources.prometheus.promql import error_ratio

URL = "http://p:9090"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.sampled_from(
    [
        "${HOME}",
        "$window",
        "$${a}",
        "~",
        "null",
        "no",
        "1.10",
        "a: b",
        "# c",
        "- d",
        "'",
        '"',
        "\\",
        "*x",
        "&y",
        "{z}",
        "!t",
    ]
)


def load(text: str) -> Config:
    return config_from(text, Path("found"))


def of(*services: FoundService, **more: object) -> str:
    return written(Findings(URL, services, **more))  # type: ignore[arg-type]


def value_of(query: str, label: str) -> str:
    """What a query's first selector wants of a label."""
    node = promql_parser.parse(query)
    while not isinstance(node, promql_parser.VectorSelector):
        node = node.expr
    (found,) = (one.value for one in node.matchers.matchers if one.name == label)
    return str(found)


@given(TEXT, TEXT, TEXT, TEXT)
def test_any_text_gives_a_configuration_that_asks_for_exactly_that(
    service: str, name: str, text: str, label: str
) -> None:
    own = (("model_name", text),)
    found = FoundService(
        service,
        own,
        ServiceKind.MODEL,
        slos=(
            FoundSlo(
                name, 0.999, 30 * DAY, f"a:ratio$window{{{matchers(own)}}}", labels={"team": label}, remarks=(text,)
            ),
        ),
        signals=(FoundSignal("queue", SignalKind.OTHER, f"max(queue{{{matchers(own)}}})", remark=text),),
        remarks=(text,),
    )
    config = load(of(found, remarks=(text, name)))
    (known,) = config.catalogue().services
    assert value_of(known.signals[0].query, "model_name") == text
    (slo,) = known.slos
    assert slo.labels == {"team": label}
    assert value_of(error_ratio(slo.sli, 300), "model_name") == text
    assert [(one.name, one.value) for one in known.matchers] == [("model_name", text)]
    assert known.owns({"model_name": text})


@given(TEXT)
def test_a_scalar_is_read_back_as_it_was(text: str) -> None:
    assert "\n" not in scalar(text)
    known = load(f"services:\n  - name: a\n    labels: {{x: {scalar(text)}}}\n").catalogue().services[0]
    assert known.labels == {"x": text}


@given(st.text(max_size=300))
def test_a_comment_stays_a_comment(text: str) -> None:
    lines = comment(text, 4)
    assert all(re.match(r" {4}# ?[\x20-\x7e]*$", line) and len(line) <= 120 for line in lines)
    assert load("\n".join([*lines, "theme: x"])).theme == "x"


@given(st.lists(TEXT, unique=True, max_size=8))
def test_names_are_taken_by_a_configuration_and_no_two_are_one(names: list[str]) -> None:
    found = distinct_names(names)
    assert len(set(found)) == len(names)
    assert all(known == name for name, known in zip(names, found, strict=True) if slug(name) == name)
    assert [service.name for service in load(of(*map(FoundService, names))).catalogue().services] == found


def test_a_name_that_is_changed_is_told_and_its_alerts_are_still_its_own() -> None:
    text = of(
        FoundService("org/llama", (("service", "org/llama"),)), FoundService("org llama", (("service", "org llama"),))
    )
    assert "# found as 'org/llama'" in text
    first, second = load(text).catalogue().services
    assert (first.name, second.name) == ("org-llama", "org-llama-2")
    assert (first.owns({"service": "org/llama"}), first.owns({"service": "org llama"})) == (True, False)


SLO = FoundSlo(
    "up",
    0.9995,
    28 * DAY,
    'm:burnrate$window{slo="up"}',
    'sum(a{slo="up"}) / sum(b{slo="up"})',
    ("handler", "zone"),
    (Tier(Severity.PAGE, 3_600, 300, 0.0208333),),
)


def test_an_slo_is_written_with_all_that_is_known_of_it() -> None:
    (slo,) = load(of(FoundService("x", slos=(SLO,)))).catalogue().slos()
    assert (slo.objective, slo.period, slo.by, slo.tiers) == (SLO.objective, SLO.period, SLO.by, SLO.tiers)
    assert slo.sli == RatioSli(SLO.error_ratio, SLO.period_error_ratio)


PROPOSED = FoundService(
    "x",
    proposals=(
        ProposedSlo("availability", EventsSli("sum(rate(t[$window]))", "sum(rate(e[$window]))")),
        ProposedSlo("latency", LatencySli("h", 0.25, 'job="${a}"'), "bounds: 0.1, 0.25"),
        ProposedSlo("fast", LatencySli("h", 1e-05)),
        ProposedSlo("up", EventsSli("sum(rate(t[$window]))", good="sum(rate(g[$window]))")),
    ),
    endpoints=(
        FoundEndpoint(Protocol.TF_SERVING, "http://h:8501", "m"),
        FoundEndpoint(Protocol.VLLM, "http://u:p@h", "m"),
    ),
)


def freed(text: str) -> str:
    return re.sub(r"(?m)^( *)# ( *(?:- )?[a-z_]+:.*)$", r"\1\2", text)


@pytest.mark.parametrize("slos", [(), (SLO,)])
def test_a_proposal_is_right_once_its_marks_are_taken_away(slos: tuple[FoundSlo, ...]) -> None:
    service = FoundService("x", slos=slos, proposals=PROPOSED.proposals, endpoints=PROPOSED.endpoints)
    text = of(service, alertmanagers=("http://a",))
    assert list(load(text).catalogue().endpoints()) == []
    known = load(freed(text)).catalogue()
    assert [(one.protocol, one.url, one.model) for one in known.endpoints()] == [
        (Protocol.TF_SERVING, "http://h:8501", "m")
    ]
    new = list(known.slos())[len(slos) :]
    assert [one.sli for one in new] == [one.sli for one in PROPOSED.proposals]
    assert len({one.name for one in known.slos()}) == len(new) + len(slos)


def test_alertmanagers_are_told_apart_and_one_with_a_password_is_not_written() -> None:
    urls = ("http://a:9093", "http://b:9093/x", "http://a:9093/y", "http://me:secret@c", "nonsense")
    text = of(alertmanagers=urls)
    assert "secret" not in text
    assert "cluster: NAME" in text
    sources = load(text).sources.alertmanager
    assert [(one.name, one.url) for one in sources] == [
        ("a-9093", "http://a:9093"),
        ("b-9093", "http://b:9093/x"),
        ("a-9093-2", "http://a:9093/y"),
    ]


def test_without_an_alertmanager_it_is_said_where_one_goes() -> None:
    assert load(freed(of())).sources.alertmanager[0].url == "http://alertmanager.example.org:9093"


def test_of_nothing_it_is_said_what_was_looked_for() -> None:
    text = of(remarks=("rules could not be asked for: HTTP 403",))
    assert "Nothing was found" in text
    assert "# - rules could not be asked for: HTTP 403" in text
    assert load(text).sources.prometheus[0].url == URL


def test_a_file_never_grows_beyond_what_is_read_again(tmp_path: Path) -> None:
    signals = tuple(FoundSignal(f"s{i}", SignalKind.OTHER, f'x{{a="{"y" * 290}"}}') for i in range(50))
    text = of(*(FoundService(f"s{i}", signals=signals) for i in range(200)))
    assert len(text) <= MOST_CHARACTERS + 10_000
    assert "more services, which would make this file too large" in text
    file = tmp_path / "config.yaml"
    write_config(file, text, force=False)
    assert load_config(file).services


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("mine")
    with pytest.raises(ConfigError, match=r"there is already .*config.yaml .*--force"):
        refuse_to_overwrite(file, force=False)
    with pytest.raises(ConfigError, match="there is already"):
        write_config(file, "theirs", force=False)
    assert file.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["config.yaml"]


def test_a_link_stays_one_when_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yaml", tmp_path / "link.yaml"
    real.write_text("old")
    link.symlink_to(real)
    write_config(link, "new", force=True)
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize("name", ["file/config.yaml", "folder"])
@pytest.mark.parametrize("force", [False, True])
def test_where_nothing_can_be_written_one_line_says_so(tmp_path: Path, name: str, force: bool) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError, match=r"cannot write|there is already"):
        write_config(tmp_path / name, "text", force=force)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file", "folder"]
