"""Bytes to lines, whatever pieces they come in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.text import LINE_LIMIT
from oncall_tui.runbooks.output import Lines, Output


@given(st.lists(st.binary(max_size=6) | st.sampled_from([b"\r", b"\n", b"\r\n", b"\xc3", b"\xa9"]), max_size=30))
def test_the_pieces_output_comes_in_make_no_difference(pieces: list[bytes]) -> None:
    apart, whole = Lines(), Lines()
    lines = [line for piece in pieces for line in apart.feed(piece)] + list(apart.feed(b"", final=True))
    assert lines == list(whole.feed(b"".join(pieces), final=True))
    assert not any("\r" in line or "\n" in line for line in lines)


@given(st.lists(st.text(alphabet="aé\u4e00 ", max_size=10), max_size=20))
def test_lines_come_out_as_they_went_in(texts: list[str]) -> None:
    seen: list[str] = []
    output = Output(seen.append)
    output.feed("".join(f"{text}\n" for text in texts).encode())
    output.close()
    assert seen == texts
    assert output.omitted == 0


def test_a_line_is_shown_when_its_carriage_return_comes() -> None:
    lines = Lines()
    assert list(lines.feed(b"10%\r")) == ["10%"]
    assert list(lines.feed(b"\n20%\r")) == ["20%"]
    assert list(lines.feed(b"\r\n\n")) == ["", ""]


def test_a_line_that_never_ends_takes_no_endless_memory() -> None:
    lines = Lines()
    for _ in range(100):
        assert all(len(line) == LINE_LIMIT for line in lines.feed(b"x" * 10_000))
    assert len(lines._begun) <= LINE_LIMIT
