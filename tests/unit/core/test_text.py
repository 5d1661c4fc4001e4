from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oncall_tui.core.text import LINE_LIMIT, REPLACEMENT, clean_block, clean_line, strip_ansi

# Cf characters with ink of their own, such as the Arabic number sign: they hide nothing and turn nothing round.
INKED = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
BIDI = {0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
INVISIBLE = {0x34F, 0x115F, 0x1160, 0x200B, 0x200C, 0x200D, 0x2060, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xE0001, 0xE0100}

hostile = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=("Cc", "Cf", "Cs", "Zl", "Zp")),
        st.sampled_from([chr(code) for code in sorted(BIDI | INVISIBLE)]),
    )
)


def is_safe(character: str) -> bool:
    code = ord(character)
    if code in BIDI | INVISIBLE:
        return False
    return code in INKED or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


@given(hostile)
@example("\x1b[2J\x1b]0;pwned\x07\x9b31m")
@example("user\u202etxt.exe")
@example("\ud800")
@example("a\u200bb\ufeff")
def test_nothing_that_steers_a_terminal_or_hides_survives_in_a_line(text: str) -> None:
    cleaned = clean_line(text)
    assert all(map(is_safe, cleaned))
    cleaned.encode("utf-8")


@given(hostile)
def test_nothing_but_line_breaks_survives_in_a_block(text: str) -> None:
    cleaned = clean_block(text)
    assert all(character == "\n" or is_safe(character) for character in cleaned)
    cleaned.encode("utf-8")


@given(hostile)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean_line(clean_line(text)) == clean_line(text)


def test_every_control_and_format_character_of_unicode_is_made_visible() -> None:
    everything = (chr(code) for code in range(0x110000))
    assert [hex(ord(c)) for c in everything if not is_safe(c) and c in clean_line(c)] == []


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("", ""),
        ("plain [bold]text[/]", "plain [bold]text[/]"),
        ("a\r\nb\nc\rd\te", "a b c d e"),
        ("\x1b[31mred", "␛[31mred"),
        ("\x00\x7f", "␀␡"),
        ("\x9b\u202e\ud800", REPLACEMENT * 3),
        ("größer ≥ 3 模型", "größer ≥ 3 模型"),
    ],
)
def test_controls_get_their_pictures_and_the_rest_is_left_alone(text: str, cleaned: str) -> None:
    assert clean_line(text) == cleaned


def test_a_long_line_is_cut_with_an_ellipsis_to_the_very_limit() -> None:
    assert clean_line("x" * LINE_LIMIT) == "x" * LINE_LIMIT
    assert clean_line("x" * (LINE_LIMIT + 1)) == "x" * (LINE_LIMIT - 1) + "…"
    assert clean_line("abcdef", 3) == "ab…"


def test_a_block_keeps_its_lines_and_widens_its_tabs() -> None:
    assert clean_block("a\r\n\tb\rc") == "a\n    b\nc"
    assert clean_block("abcdef", 3) == "ab…"


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x1b(Bx", "x"),
        ("\x9b31m", "\x9b31m"),
    ],
)
def test_well_formed_terminal_sequences_are_taken_out_of_command_output(text: str, stripped: str) -> None:
    assert strip_ansi(text) == stripped


@given(st.text(st.sampled_from(["\x1b", "[", "]", "P", "0", ";", "m", "\x07", "\\", "a", "(", "\x9b"])))
def test_sequences_nested_to_survive_stripping_are_still_harmless_afterwards(text: str) -> None:
    assert all(map(is_safe, clean_block(strip_ansi(text))))
