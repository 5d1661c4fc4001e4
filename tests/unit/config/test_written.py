"""A mistake in a query points at its column in the file, whatever style the query is written in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.config.document import read_document
from oncall_tui.config.loader import load_config
from oncall_tui.core.errors import ConfigError

HEAD = "services:\n- name: a\n  slos:\n  - name: b\n    objective: 99%\n    error_ratio: "


def told(folder: Path, written: str) -> list[str]:
    file = folder / "config.yaml"
    file.write_text(HEAD + written + "\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    "written",
    [
        "x[$window] / foo «bar",
        "'x{a=''b''}[$window] / foo «bar'",
        r'"x{a=\"b\", c=\"\u00e9\x41\"}[$window] / foo «bar"',
        '"x[$window] /\\\n      foo\n      \\ «bar"',
        "x[$window]\n        / foo\n\n      «bar",
        ">\n      x[$window] /\n        foo\n      «bar",
        ">-2\n      x[$window] /\n\n      foo «bar # «no\n",
        "|+ # a «comment\n      # another, of PromQL\n      x[$window]\n        / foo «bar\n\n\n",
        "'x[$window] / foo «bar' # «",
        "&it x[$window] / foo «bar",
        "!!str 'x[$window] / foo «bar'",
    ],
)
def test_the_column_is_that_in_the_file(tmp_path: Path, written: str) -> None:
    at = len(HEAD) + written.index("«bar") - written[: written.index("«bar")].count("«")
    text = written.replace("«", "")
    line, column = (HEAD + text).count("\n", 0, at) + 1, at - (HEAD + text).rfind("\n", 0, at)
    first, query, caret = told(tmp_path, text)
    assert first.startswith(
        f"config.yaml:{line}:{column}: services[0].slos[0].error_ratio: expected PromQL with $window"
    )
    assert first.endswith("with no operator before 'bar'")
    assert query[caret.index("^") :].startswith("bar")
    assert caret.strip() == "^"


def test_an_alias_is_told_where_the_text_stands(tmp_path: Path) -> None:
    text = "&q foo bar[$window]\n  - {name: c, objective: 99%, error_ratio: *q}"
    first, _, _, second, _, _ = told(tmp_path, text)
    assert first.startswith("config.yaml:6:25: services[0].slos[0]")
    assert second.startswith("config.yaml:6:25: services[0].slos[1]")


def test_a_query_from_the_environment_is_neither_shown_nor_pointed_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUERY_PART", "hidden")
    (only,) = told(tmp_path, "foo ${QUERY_PART} bar[$window]")
    assert only.startswith("config.yaml:6: services[0].slos[0].error_ratio: expected PromQL with $window")
    assert "hidden" not in only


def test_of_a_long_line_what_is_around_the_mistake_is_shown(tmp_path: Path) -> None:
    _, query, caret = told(tmp_path, "sum(x[$window]) + " * 40 + "foo bar" + " + sum(x[$window])" * 40)
    assert len(query) < 120
    assert query[caret.index("^") :].startswith("bar")


def test_a_selector_is_pointed_into_without_the_braces_it_was_read_in(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    sli = """    latency: {histogram: x, threshold: 0.5, selector: 'a="b", c=~"("'}\n"""
    file.write_text(HEAD.rpartition("    error")[0] + sli)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    first, query, caret = str(caught.value).splitlines()
    column = sli.index('"("') + 1
    assert first.startswith(f"config.yaml:6:{column}: services[0].slos[0].latency.selector")
    assert query[caret.index("^") :] == '"("'


PLAIN = st.text(alphabet="ab '\"\\\né:#{}[],|>%@`-", min_size=1, max_size=60)


@given(PLAIN, st.sampled_from([None, "'", '"', "|", ">"]), st.integers(10, 40), st.data())
def test_every_character_is_found_again(text: str, style: str | None, width: int, data: st.DataObject) -> None:
    written = yaml.dump({"key": text}, default_style=style, width=width, allow_unicode=True)
    document = read_document(written, {})
    assert document.data is not None
    offset = data.draw(st.integers(0, len(text) - 1))
    found = document.position(("key",), text, offset)
    key = ("key",) if ("key",) in document.spots else next(iter(document.spots))
    if text[offset].isspace() or document.spots[key].written is None:
        return
    assert found is not None
    line, column = found
    there = written.split("\n")[line - 1][column - 1]
    assert there == text[offset] or there == "\\"
