"""No configured secret comes out, wherever the pieces are cut."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.redaction import MARK, Redactor

SECRETS = ("hunter2", "s3cr/et+ x", "abcabcabd")


def streamed(redactor: Redactor, text: bytes, cuts: list[int]) -> bytes:
    stream = redactor.stream()
    out, at = b"", 0
    for cut in sorted(cut % (len(text) + 1) for cut in cuts):
        out += stream.feed(text[at:cut])
        at = cut
    return out + stream.feed(text[at:], final=True)


@given(
    st.lists(st.sampled_from([*SECRETS, "abc", "hunter", "\n", "x", "é", "s3cr"]), max_size=12),
    st.lists(st.integers(0, 500), max_size=8),
)
def test_pieces_make_no_difference_and_no_secret_comes_out(words: list[str], cuts: list[int]) -> None:
    text = "".join(words)
    redactor = Redactor(SECRETS)
    whole = redactor.text(text)
    got = streamed(redactor, text.encode(), cuts).decode()
    assert not any(secret in got for secret in SECRETS)
    assert streamed(redactor, text.encode(), []).decode() == whole
    assert got.replace(MARK, "") in text or got == whole


def test_what_is_no_secret_is_passed_on_at_once_but_for_a_beginning() -> None:
    stream = Redactor(["hunter2"]).stream()
    assert stream.feed(b"10% hun") == b"10% "
    assert stream.feed(b"gry") == b"hungry"
    assert stream.feed(b"hunter") == b""
    assert stream.feed(b"", final=True) == b"hunter"


def test_encoded_forms_and_the_lines_of_a_key_are_found() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0\n-----END KEY-----"
    redactor = Redactor(["a b/c", key, "maria:hunter2"])
    coded = base64.b64encode(b"maria:hunter2").decode()
    said = redactor.text(f"?token=a%20b%2Fc\nBasic {coded}\n   MIIEvQIBADANBgkqhkiG9w0")
    assert said == f"?token={MARK}\nBasic {MARK}\n   {MARK}"


def test_what_is_too_short_to_be_told_from_words_is_left() -> None:
    assert Redactor(["on", ""]).text("on and on") == "on and on"
    assert Redactor().stream().feed(b"as it came") == b"as it came"
